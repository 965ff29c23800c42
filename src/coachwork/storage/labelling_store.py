"""The labelling queue: photos of cases that people should label next."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import RowMapping, insert, select, update
from sqlalchemy.exc import IntegrityError

from coachwork.reactions.reaction import Reaction
from coachwork.storage.columns import now
from coachwork.storage.database import Database
from coachwork.storage.loop_tables import labelling_queue as queue
from coachwork.storage.tables import cases, photos


class LabellingState(StrEnum):
    """Where a photo of the queue stands."""

    WAITING = "waiting"
    EXPORTED = "exported"
    LABELLED = "labelled"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuedPhoto:
    """A photo that should be labelled.

    Attributes:
        tenant: whose it is; its bytes lie in the photo store under tenant and digest.
        case: that it was sent for.
        sha256: of its bytes, hex.
        name: of its file, as it may be shown.
        rank: the lower, the sooner it should be labelled.
        why: it is worth labelling.
        number: counts the queue; 0 before it is kept.
        reaction: number of the reaction that queued it; 0 before it is kept.
        state: where it stands.
        at: when it was queued, UTC.
    """

    tenant: str
    case: str
    sha256: str
    name: str
    rank: float
    why: str
    number: int = 0
    reaction: int = 0
    state: LabellingState = LabellingState.WAITING
    at: datetime | None = None


class LabellingStore:
    """Keeps the queue."""

    def __init__(self, database: Database) -> None:
        """Works on a database whose tables are up to date."""
        self._database = database

    def add(self, wanted: Iterable[QueuedPhoto], reaction: Reaction) -> int:
        """Queues photos for a reaction, each photo of a tenant once; returns how many were new."""
        added = 0
        for one in wanted:
            values = {name: getattr(one, name) for name in ("tenant", "case", "sha256", "name", "rank", "why")}
            values |= {"reaction": reaction.number, "state": LabellingState.WAITING.value}
            try:
                with self._database.writing() as connection:
                    own = (queue.c.tenant == one.tenant) & (queue.c.sha256 == one.sha256)
                    row = connection.execute(select(queue.c.number, queue.c.state).where(own)).one_or_none()
                    if row is None:
                        connection.execute(insert(queue).values(values | {"at": now(), "changed": now()}))
                        added += 1
                    elif row.state == LabellingState.WITHDRAWN.value:
                        connection.execute(update(queue).where(own).values(values | {"changed": now()}))
                        added += 1
            except IntegrityError:  # another process queued it in the same moment
                continue
        return added

    def of_case(self, case: str, sha256: str, *, rank: float, why: str) -> QueuedPhoto | None:
        """A photo of a case as it would be queued; None where the case holds none of that digest, or was erased."""
        wanted = (
            select(photos.c.name, cases.c.tenant)
            .join(cases, cases.c.id == photos.c.case)
            .where(photos.c.case == case, photos.c.sha256 == sha256)
        )
        with self._database.reading() as connection:
            row = connection.execute(wanted).one_or_none()
        if row is None:
            return None
        return QueuedPhoto(tenant=row.tenant, case=case, sha256=sha256, name=row.name, rank=rank, why=why)

    def photos(self, *, state: LabellingState | None = None, tenant: str | None = None) -> Sequence[QueuedPhoto]:
        """The queue, what should be labelled first first."""
        wanted = select(queue).order_by(queue.c.rank, queue.c.number)
        if state is not None:
            wanted = wanted.where(queue.c.state == state.value)
        if tenant is not None:
            wanted = wanted.where(queue.c.tenant == tenant)
        with self._database.reading() as connection:
            return [_photo(row) for row in connection.execute(wanted).mappings()]

    def mark(self, sha256: Iterable[str], state: LabellingState) -> int:
        """Says where photos stand now, by their digests; returns how many of the queue they were."""
        marked = 0
        with self._database.writing() as connection:
            for digest in sha256:
                own = (queue.c.sha256 == digest) & (queue.c.state != state.value)
                marked += connection.execute(update(queue).where(own).values(state=state.value, changed=now())).rowcount
        return marked

    def withdraw(self, reaction: int) -> int:
        """Takes back what a reaction queued and nobody has labelled yet; returns how many photos."""
        own = (queue.c.reaction == reaction) & (queue.c.state != LabellingState.LABELLED.value)
        with self._database.writing() as connection:
            values = {"state": LabellingState.WITHDRAWN.value, "changed": now()}
            return connection.execute(update(queue).where(own).values(values)).rowcount


def _photo(row: RowMapping) -> QueuedPhoto:
    names = ("tenant", "case", "sha256", "name", "rank", "why", "number", "reaction", "at")
    return QueuedPhoto(**{name: row[name] for name in names}, state=LabellingState(row["state"]))
