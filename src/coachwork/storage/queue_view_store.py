"""Views of the queue that people keep under a name: their own, and those that a tenant's people share."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import RowMapping, delete, func, insert, or_, select

from coachwork.cases.identity import new_id
from coachwork.cases.people import Person, Role
from coachwork.cases.problems import CaseRefused
from coachwork.storage.columns import now
from coachwork.storage.database import Database
from coachwork.storage.desk_tables import queue_defaults, queue_views

MOST_VIEWS = 50
MOST_NAME = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueView:
    """One view.

    Attributes:
        id: its name for programs.
        name: for people.
        filters: of the queue's address, key to value.
        shared: whether everybody of the tenant sees it.
        own: whether the person who asks made it.
        default: whether that person's queue begins with it.
    """

    id: str
    name: str
    filters: Mapping[str, str]
    shared: bool
    own: bool
    default: bool


class QueueViewStore:
    """Keeps views."""

    def __init__(self, database: Database) -> None:
        """Works on a database whose tables are up to date."""
        self._database = database

    def views(self, person: Person) -> Sequence[QueueView]:
        """What a person may choose from, by name."""
        seen = or_(queue_views.c.person == person.id, queue_views.c.shared)
        wanted = select(queue_views).where(queue_views.c.tenant == person.tenant, seen).order_by(queue_views.c.id)
        chosen = select(queue_defaults.c.view).where(queue_defaults.c.person == person.id)
        with self._database.reading() as connection:
            default = connection.execute(chosen).scalar()
            found = [_view(row, person, default) for row in connection.execute(wanted).mappings()]
        return sorted(found, key=lambda one: one.name.casefold())

    def save(self, person: Person, name: str, filters: Mapping[str, str], *, shared: bool, default: bool) -> str:
        """Keeps a view, and returns its id; one's own of the same name is replaced.

        Raises:
            CaseRefused: the name is empty or too long, or there are too many views.
        """
        tidy = " ".join(name.split())
        if not 1 <= len(tidy) <= MOST_NAME:
            message = f"a view has a name of 1 to {MOST_NAME} characters"
            raise CaseRefused(message)
        own = queue_views.c.person == person.id
        with self._database.writing() as connection:
            same = connection.execute(select(queue_views.c.id).where(own, queue_views.c.name == tidy)).scalar()
            count = connection.execute(select(func.count()).select_from(queue_views).where(own)).scalar_one()
            if same is None and count >= MOST_VIEWS:
                message = f"you keep {count} views already: remove one first"
                raise CaseRefused(message)
            values = {"name": tidy, "filters": dict(filters), "shared": shared, "made": now()}
            if same is None:
                same = new_id("view")
                whose = {"id": same, "tenant": person.tenant, "person": person.id}
                connection.execute(insert(queue_views).values(values | whose))
            else:
                connection.execute(queue_views.update().where(queue_views.c.id == same).values(values))
                if not shared:
                    others = (queue_defaults.c.view == same) & (queue_defaults.c.person != person.id)
                    connection.execute(delete(queue_defaults).where(others))
            mine = delete(queue_defaults).where(queue_defaults.c.person == person.id)
            connection.execute(mine if default else mine.where(queue_defaults.c.view == same))
            if default:
                connection.execute(insert(queue_defaults).values(person=person.id, view=same))
        return str(same)

    def choose(self, person: Person, view_id: str | None) -> None:
        """Lets a person's queue begin with a view; None with all cases.

        Raises:
            CaseRefused: there is no such view.
        """
        if view_id is not None and view_id not in {one.id for one in self.views(person)}:
            raise CaseRefused(_GONE)
        with self._database.writing() as connection:
            connection.execute(delete(queue_defaults).where(queue_defaults.c.person == person.id))
            if view_id is not None:
                connection.execute(insert(queue_defaults).values(person=person.id, view=view_id))

    def remove(self, person: Person, view_id: str) -> None:
        """Forgets a view: one's own, or, by an admin, a shared one of the tenant.

        Raises:
            CaseRefused: there is none, or it is somebody else's.
        """
        allowed = queue_views.c.person == person.id
        if person.role is Role.ADMIN:
            allowed = or_(allowed, queue_views.c.shared)
        own = (queue_views.c.id == view_id) & (queue_views.c.tenant == person.tenant) & allowed
        with self._database.writing() as connection:
            if connection.execute(select(queue_views.c.id).where(own)).scalar() is None:
                raise CaseRefused(_GONE)
            connection.execute(delete(queue_defaults).where(queue_defaults.c.view == view_id))
            connection.execute(delete(queue_views).where(own))


_GONE = "there is no such view, or it is somebody else's: load the page anew"


def _view(row: RowMapping, person: Person, default: str | None) -> QueueView:
    return QueueView(
        id=row["id"],
        name=row["name"],
        filters={str(key): str(value) for key, value in row["filters"].items()},
        shared=row["shared"],
        own=row["person"] == person.id,
        default=row["id"] == default,
    )
