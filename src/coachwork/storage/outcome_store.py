"""What repairs really cost and cars were really sold for; rows are only added, each with its event."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from sqlalchemy import Connection, RowMapping, insert, select

from coachwork.cases.case import Case
from coachwork.cases.identity import new_id
from coachwork.cases.outcome import CaseOutcome, OutcomeKind
from coachwork.cases.problems import UnknownCase
from coachwork.storage.case_store import CaseStore
from coachwork.storage.case_writing import find_case
from coachwork.storage.columns import now
from coachwork.storage.database import Database
from coachwork.storage.outcome_tables import outcomes
from coachwork.storage.tables import cases


class OutcomeStore:
    """Keeps and reads real amounts."""

    def __init__(self, database: Database, case_store: CaseStore) -> None:
        """Works on a database whose tables are up to date; the case store writes the events."""
        self._database, self._cases = database, case_store

    def keep(self, tenant: str, case_id: str, outcome: CaseOutcome, *, by: str) -> tuple[CaseOutcome, bool]:
        """Keeps a real amount.

        Returns:
            What is kept, and whether it is new: what the last one of its kind tells already is not kept again.

        Raises:
            UnknownCase: the tenant has none of that name.
        """
        with self._database.writing() as connection:
            case = find_case(connection, tenant, case_id, lock=True)
            earlier = [one for one in _of_case(connection, case_id) if one.kind is outcome.kind]
            if earlier and earlier[-1].same_as(outcome):
                return earlier[-1], False
            kept = replace(outcome, id=new_id("outcome"), by=by, at=now())
            connection.execute(insert(outcomes).values(_row(kept, case)))
            told = {"outcome": kept.id, "kind": kept.kind, "amount": str(kept.amount), "currency": kept.currency}
            self._cases.tell(connection, case, "outcome.recorded", by, told)
        return kept, True

    def all(self, tenant: str, case_id: str) -> Sequence[CaseOutcome]:
        """The real amounts of a case, the first one first; the last one of each kind counts.

        Raises:
            UnknownCase: the tenant has none of that name.
        """
        with self._database.reading() as connection:
            find_case(connection, tenant, case_id)
            return _of_case(connection, case_id)

    def case_named(self, tenant: str, name: str) -> str:
        """The id of the case of that id or reference.

        Raises:
            UnknownCase: the tenant has none, or several of that reference.
        """
        own = (cases.c.tenant == tenant) & ((cases.c.id == name) | (cases.c.reference == name))
        with self._database.reading() as connection:
            found = list(connection.execute(select(cases.c.id).where(own).limit(2)).scalars())
        if len(found) != 1:
            how = "several cases have" if found else "no case has"
            message = f"{how} the id or reference {name[:100]!r}: name it by its id, case_..."
            raise UnknownCase(message)
        return str(found[0])


def outcome_of(row: RowMapping) -> CaseOutcome:
    """A row of `outcomes`."""
    return CaseOutcome(
        id=row["id"],
        kind=OutcomeKind(row["kind"]),
        amount=Decimal(row["amount"]),
        currency=row["currency"],
        on=row["on"],
        paid=None if row["paid"] is None else Decimal(row["paid"]),
        note=row["note"],
        by=row["by"],
        at=row["at"],
    )


def _of_case(connection: Connection, case_id: str) -> list[CaseOutcome]:
    wanted = select(outcomes).where(outcomes.c.case == case_id).order_by(outcomes.c.id)
    return [outcome_of(row) for row in connection.execute(wanted).mappings()]


def _row(one: CaseOutcome, case: Case) -> dict[str, object]:
    return {
        "id": one.id,
        "case": case.id,
        "kind": one.kind.value,
        "amount": str(one.amount),
        "currency": one.currency,
        "on": one.on,
        "paid": None if one.paid is None else str(one.paid),
        "note": one.note,
        "by": one.by,
        "at": one.at,
    }
