"""Everything that the page of a case shows, read at one moment: one transaction, and the case looked up once."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from coachwork.cases.case import Case, CaseEvent, CasePhoto, CaseResult, CaseState, Decision
from coachwork.cases.corrections import Correction
from coachwork.cases.messages import Thread
from coachwork.storage.approvals import decisions_on
from coachwork.storage.case_rows import event_of, photo_of, result_of
from coachwork.storage.case_writing import find_case, result_row
from coachwork.storage.correction_store import corrections_of
from coachwork.storage.database import Database
from coachwork.storage.message_store import thread_of
from coachwork.storage.tables import events, photos

_WITH_RESULTS = {CaseState.READY, CaseState.DECIDED}


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskCase:
    """A case as it lies on the desk.

    Attributes:
        case: itself.
        photos: in the order of their places.
        result: of the last revision; None where there is none that counts.
        corrections, decisions, events: the first one first; decisions with those that wait or were refused.
        thread: what the desk and the customer wrote.
    """

    case: Case
    photos: Sequence[CasePhoto]
    result: CaseResult | None
    corrections: Sequence[Correction]
    decisions: Sequence[Decision]
    events: Sequence[CaseEvent]
    thread: Thread


def read_desk_case(database: Database, tenant: str, case_id: str) -> DeskCase:
    """Reads a case with all that belongs to it.

    Raises:
        UnknownCase: the tenant has none of that name.
    """
    with database.reading() as connection:
        case = find_case(connection, tenant, case_id)
        shown = connection.execute(select(photos).where(photos.c.case == case_id).order_by(photos.c.place))
        happened = connection.execute(select(events).where(events.c.case == case_id).order_by(events.c.number))
        row = result_row(connection, case_id, case.revision) if case.state in _WITH_RESULTS else None
        return DeskCase(
            case=case,
            photos=[photo_of(one) for one in shown.mappings()],
            result=None if row is None else result_of(row),
            corrections=corrections_of(connection, case_id),
            decisions=decisions_on(connection, case),
            events=[event_of(one) for one in happened.mappings()],
            thread=thread_of(connection, case_id),
        )
