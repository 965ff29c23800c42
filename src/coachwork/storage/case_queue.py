"""The queue of cases, as people work through it: filtered, searched, a page at a time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, and_, exists, func, or_, select

from coachwork.cases.case import Case, CaseState
from coachwork.cases.messages import Sender
from coachwork.storage.case_rows import case_of
from coachwork.storage.columns import now
from coachwork.storage.correction_tables import approvals
from coachwork.storage.database import Database
from coachwork.storage.desk_tables import message_reads, messages
from coachwork.storage.tables import cases, decisions, photos, results

MOST_TEXT = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which cases are wanted; all of them by default.

    Attributes:
        state: that they stand in.
        route: that their proposal goes; of the settlement's routes.
        text: that reference, plate, VIN or name of the case holds, in small or large letters.
        older_than: opened at least so long ago.
        awaits_approval: only those with an offer that a second person has to look at.
        unread: only those with a message of the customer that nobody took note of.
        oldest_first: instead of the latest first.
        after: the page after the case of this name.
    """

    state: CaseState | None = None
    route: str | None = None
    text: str = ""
    older_than: timedelta | None = None
    awaits_approval: bool = False
    unread: bool = False
    oldest_first: bool = False
    after: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuedCase:
    """A case in the queue.

    Attributes:
        case: itself.
        photos: how many it has.
        first_photo: the first one's id; None without any.
        route: where its proposal goes; None without one.
        payout: likely, a decimal number as text; None without a proposal.
        currency: of the payout.
        awaits_approval: whether an offer waits for a second person.
        unread: messages of the customer that nobody took note of.
    """

    case: Case
    photos: int
    first_photo: str | None
    route: str | None
    payout: str | None
    currency: str | None
    awaits_approval: bool
    unread: int


class CaseQueue:
    """Reads the queue of a tenant."""

    def __init__(self, database: Database) -> None:
        """Works on a database whose tables are up to date."""
        self._database = database

    def page(self, tenant: str, wanted: Wanted, *, limit: int = 50) -> Sequence[QueuedCase]:
        """At most so many of the wanted cases."""
        order = cases.c.id.asc() if wanted.oldest_first else cases.c.id.desc()
        chosen = _chosen(tenant, wanted).order_by(order).limit(limit)
        with self._database.reading() as connection:
            return [_queued(row) for row in connection.execute(chosen).mappings()]

    def counts(self, tenant: str) -> Mapping[CaseState, int]:
        """State -> how many cases stand there."""
        wanted = select(cases.c.state, func.count()).where(cases.c.tenant == tenant).group_by(cases.c.state)
        with self._database.reading() as connection:
            found = {state: count for state, count in connection.execute(wanted)}  # noqa: C416 (rows are no pairs)
        return {state: found.get(state.value, 0) for state in CaseState}


def _chosen(tenant: str, wanted: Wanted) -> Select[Any]:
    own = photos.c.case == cases.c.id
    first = select(photos.c.id).where(own).order_by(photos.c.place).limit(1).scalar_subquery()
    chosen = (
        select(
            cases,
            select(func.count()).where(own).scalar_subquery().label("photos"),
            first.label("first_photo"),
            _of_settlement("route").label("route"),
            _of_settlement("payout", "likely").label("payout"),
            _of_settlement("payout", "currency").label("currency"),
            _awaits().label("awaits"),
            _unread().label("unread"),
        )
        .join_from(
            cases, results, and_(results.c.case == cases.c.id, results.c.revision == cases.c.revision), isouter=True
        )
        .where(cases.c.tenant == tenant)
    )
    if wanted.state is not None:
        chosen = chosen.where(cases.c.state == wanted.state.value)
    if wanted.route is not None:
        chosen = chosen.where(_of_settlement("route") == wanted.route)
    if wanted.older_than is not None:
        chosen = chosen.where(cases.c.opened <= now() - wanted.older_than)
    if wanted.awaits_approval:
        chosen = chosen.where(_awaits())
    if wanted.unread:
        chosen = chosen.where(_unread() > 0)
    text = " ".join(wanted.text.split())[:MOST_TEXT]
    if text:
        chosen = chosen.where(_holds(text))
    if wanted.after is not None:
        chosen = chosen.where(cases.c.id > wanted.after if wanted.oldest_first else cases.c.id < wanted.after)
    return chosen


def _of_settlement(*keys: str) -> ColumnElement[str]:
    found: Any = results.c.settlement
    for key in keys:
        found = found[key]
    text: ColumnElement[str] = found.as_string()
    return text


def _awaits() -> ColumnElement[bool]:
    """Whether an offer on the present results waits for a second person."""
    answered = exists().where(approvals.c.decision == decisions.c.id)
    return exists().where(
        decisions.c.case == cases.c.id,
        decisions.c.revision == cases.c.revision,
        decisions.c.needs_approval.is_(True),
        ~answered,
    )


def _unread() -> ScalarSelect[int]:
    """How many messages of the customer nobody took note of."""
    upto = select(message_reads.c.upto).where(message_reads.c.case == messages.c.case).scalar_subquery()
    return (
        select(func.count())
        .select_from(messages)
        .where(
            messages.c.case == cases.c.id,
            messages.c.sender == Sender.CUSTOMER.value,
            messages.c.number > func.coalesce(upto, 0),
        )
        .scalar_subquery()
    )


def _holds(text: str) -> ColumnElement[bool]:
    """Plates and VINs are found however their letters are set apart."""
    vin = func.replace(cases.c.facts["vehicle"]["vin"].as_string(), " ", "")
    plate = func.replace(func.replace(cases.c.facts["vehicle"]["plate"].as_string(), " ", ""), "-", "")
    bare = text.replace(" ", "").replace("-", "")
    looks = [cases.c.reference.icontains(text, autoescape=True), cases.c.id == text]
    if bare:
        looks += [plate.icontains(bare, autoescape=True), vin.icontains(bare, autoescape=True)]
    return or_(*looks)


def _queued(row: Any) -> QueuedCase:
    return QueuedCase(
        case=case_of(row),
        photos=row["photos"],
        first_photo=row["first_photo"],
        route=row["route"],
        payout=row["payout"],
        currency=row["currency"],
        awaits_approval=bool(row["awaits"]),
        unread=row["unread"],
    )
