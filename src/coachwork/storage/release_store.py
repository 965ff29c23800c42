"""The release in the database: a row for each revision, of which the last one counts; rows are only added."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import func, insert, select
from sqlalchemy.exc import DBAPIError, IntegrityError

from coachwork.registry.release import Release, ReleaseError, ReleaseMoved
from coachwork.registry.release_json import release_from_json, release_to_json
from coachwork.storage.database import Database
from coachwork.storage.release_tables import releases


class ReleaseTable:
    """Keeps releases in a database; fills the port `coachwork.registry.release.ReleaseStore`."""

    def __init__(self, database: Database) -> None:
        """Works on a database whose tables are up to date."""
        self._database = database

    def read(self) -> Release:
        """See `ReleaseStore.read`."""
        wanted = select(releases.c.release).order_by(releases.c.revision.desc()).limit(1)
        with _told(), self._database.reading() as connection:
            found = connection.execute(wanted).scalar_one_or_none()
        return Release() if found is None else release_from_json(found)

    def write(self, release: Release) -> None:
        """See `ReleaseStore.write`."""
        values = {
            "revision": release.revision,
            "action": release.action.value,
            "by": release.by,
            "at": release.at,
            "release": release_to_json(release),
        }
        try:
            with _told(), self._database.writing() as connection:
                last = connection.execute(select(func.max(releases.c.revision))).scalar_one() or 0
                if release.revision != last + 1:
                    raise ReleaseMoved(revision=release.revision)
                connection.execute(insert(releases).values(values))
        except IntegrityError:  # on PostgreSQL another writer may have been in the same moment
            raise ReleaseMoved(revision=release.revision) from None

    def history(self, *, limit: int | None = None) -> Sequence[Release]:
        """See `ReleaseStore.history`."""
        wanted = select(releases.c.release).order_by(releases.c.revision.desc()).limit(limit)
        with _told(), self._database.reading() as connection:
            return [release_from_json(found) for found in connection.execute(wanted).scalars()]


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except IntegrityError:
        raise
    except DBAPIError as refused:
        message = f"the database that holds the release does not answer ({refused.orig}): try again"
        raise ReleaseError(message) from refused
