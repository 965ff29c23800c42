"""Which changes of the release somebody outside was told of; of several processes one at a time tells."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, insert, select, update
from sqlalchemy.exc import IntegrityError

from coachwork.storage.columns import now
from coachwork.storage.database import Database
from coachwork.storage.release_tables import release_notices

WAITING: Final = "waiting"
DELIVERED: Final = "delivered"
GIVEN_UP: Final = "given_up"


class ReleaseNoticeStore:
    """Notices in a database, one for each revision."""

    def __init__(self, database: Database) -> None:
        """Works on a database whose tables are up to date."""
        self._database = database

    def last(self) -> int | None:
        """The last revision that there is a notice of; None where there is none at all."""
        with self._database.reading() as connection:
            found: int | None = connection.execute(select(func.max(release_notices.c.revision))).scalar_one()
        return found

    def add(self, revision: int, state: str = WAITING) -> None:
        """Makes a notice; a second time does nothing."""
        values = {"revision": revision, "state": state, "attempts": 0, "problem": "", "due": now()}
        try:
            with self._database.writing() as connection:
                connection.execute(insert(release_notices).values(values))
        except IntegrityError:  # another process was quicker
            return

    def take(self, *, within: timedelta) -> tuple[int, int] | None:
        """A notice that is due, for this process alone during some time: its revision and the attempts before."""
        table, moment = release_notices.c, now()
        due = (table.state == WAITING) & (table.due <= moment)
        with self._database.writing() as connection:
            row = connection.execute(select(release_notices).where(due).order_by(table.revision).limit(1)).one_or_none()
            if row is None:
                return None
            own = due & (table.revision == row.revision)
            taken = connection.execute(update(release_notices).where(own).values(due=moment + within))
            return (row.revision, row.attempts) if taken.rowcount else None

    def attempted(self, revision: int, state: str, *, problem: str, due: datetime) -> None:
        """Writes how an attempt ended, and when the next one is due."""
        table = release_notices.c
        values = {"state": state, "attempts": table.attempts + 1, "problem": problem[:500], "due": due}
        with self._database.writing() as connection:
            connection.execute(update(release_notices).where(table.revision == revision).values(values))
