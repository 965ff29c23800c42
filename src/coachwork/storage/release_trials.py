"""What challengers said beside champions, and which server follows which release, in the database."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Integer, RowMapping, delete, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from coachwork.registry.release import Mode
from coachwork.registry.trial import Compared, Evidence
from coachwork.storage.columns import now
from coachwork.storage.database import Database
from coachwork.storage.release_tables import release_comparisons, release_servers

_GONE_AFTER = timedelta(minutes=2)
_FORGOTTEN_AFTER = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowingServer:
    """A process that follows the release, as it last told.

    Attributes:
        server: its worker's name, machine and process.
        revision: that it follows.
        champion, challenger: what it answers with and tries, in words; empty where there is none.
        problem: why it does not follow the last release; empty where it does.
        dropped: photos that it did not compare since it started, as it had no time.
        seen: when it told so, UTC.
    """

    server: str
    revision: int
    champion: str
    challenger: str
    problem: str
    dropped: int
    seen: datetime

    @property
    def is_gone(self) -> bool:
        """Whether it told nothing for so long that it must have stopped."""
        return now() - self.seen > _GONE_AFTER


class TrialStore:
    """Comparisons and followers in a database."""

    def __init__(self, database: Database) -> None:
        """Works on a database whose tables are up to date."""
        self._database = database

    def add(self, compared: Compared) -> bool:
        """Keeps a comparison; False where its case was erased meanwhile."""
        values = asdict(compared) | {"mode": compared.mode.value, "failed": compared.failed}
        try:
            with self._database.writing() as connection:
                connection.execute(insert(release_comparisons).values(values))
        except IntegrityError:
            return False
        return True

    def evidence(self, trial: int) -> Evidence:
        """What a trial showed so far."""
        table = release_comparisons.c
        flags = (table.failed, table.slower, table.disagrees)
        failed, slow, differing = (func.coalesce(func.sum(flag.cast(Integer)), 0) for flag in flags)
        wanted = select(func.count(), failed, slow, differing).where(table.trial == trial)
        with self._database.reading() as connection:
            photos, failures, slower, disagreements = connection.execute(wanted).one()
        return Evidence(photos=photos, failures=failures, slower=slower, disagreements=disagreements)

    def compared(self, trial: int, *, differing: bool = False, limit: int = 100) -> Sequence[Compared]:
        """The comparisons of a trial, the newest first.

        Args:
            trial: revision with which it began.
            differing: only those on which the challenger failed or claims something else.
            limit: at most so many.
        """
        table = release_comparisons.c
        wanted = select(release_comparisons).where(table.trial == trial).order_by(table.number.desc()).limit(limit)
        if differing:
            wanted = wanted.where(or_(table.disagrees, table.failed))
        with self._database.reading() as connection:
            return [_compared(row) for row in connection.execute(wanted).mappings()]

    def last_trial(self) -> int:
        """The trial of the newest comparison; 0 where there is none."""
        table = release_comparisons.c
        with self._database.reading() as connection:
            wanted = select(table.trial).order_by(table.number.desc()).limit(1)
            return connection.execute(wanted).scalar_one_or_none() or 0

    def tell(self, server: FollowingServer) -> None:
        """Keeps what a server follows, in the place of what it told before."""
        values = asdict(server)
        own = release_servers.c.server == server.server
        with self._database.writing() as connection:
            connection.execute(delete(release_servers).where(release_servers.c.seen < now() - _FORGOTTEN_AFTER))
            if connection.execute(update(release_servers).where(own).values(values)).rowcount == 0:
                connection.execute(insert(release_servers).values(values))

    def forget(self, server: str) -> None:
        """Forgets a server that stops."""
        with self._database.writing() as connection:
            connection.execute(delete(release_servers).where(release_servers.c.server == server))

    def servers(self) -> Sequence[FollowingServer]:
        """The servers that told something within a day, by name."""
        with self._database.reading() as connection:
            rows = connection.execute(select(release_servers).order_by(release_servers.c.server)).mappings()
            return [FollowingServer(**row) for row in rows]


def _compared(row: RowMapping) -> Compared:
    told: dict[str, Any] = {name: value for name, value in row.items() if name not in {"number", "failed"}}
    return Compared(**told | {"mode": Mode(told["mode"])})
