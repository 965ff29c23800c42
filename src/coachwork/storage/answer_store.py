"""What customers say to proposals; rows are only added, each with its event in the same transaction."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, RowMapping, insert, select

from coachwork.cases.case import Case, CaseState
from coachwork.cases.customer import CUSTOMER, AnswerKind, CustomerAnswer, Offer, offer_of
from coachwork.cases.identity import new_id
from coachwork.cases.problems import CaseChanged, CaseNotReady, CaseRefused
from coachwork.storage.approvals import decisions_on
from coachwork.storage.case_rows import result_of
from coachwork.storage.case_store import CaseStore
from coachwork.storage.case_writing import find_case, result_row, why_not_ready
from coachwork.storage.columns import now
from coachwork.storage.customer_tables import customer_answers
from coachwork.storage.database import Database


class AnswerStore:
    """Keeps and reads customers' answers."""

    def __init__(self, database: Database, cases: CaseStore) -> None:
        """Works on a database whose tables are up to date; the case store writes the events."""
        self._database, self._cases = database, cases

    def all(self, tenant: str, case_id: str) -> Sequence[CustomerAnswer]:
        """The answers to a case, the first one first.

        Raises:
            UnknownCase: the tenant has none of that name.
        """
        with self._database.reading() as connection:
            find_case(connection, tenant, case_id)
            return _answers(connection, case_id)

    def accept(self, tenant: str, case_id: str, *, revision: int, amount: str, currency: str) -> CustomerAnswer:
        """Accepts the offer that lies before the customer; doing so again gives the answer that was kept.

        Raises:
            UnknownCase: the tenant has none of that name.
            CaseNotReady: there are no results.
            CaseChanged: there are other results, or the offer is another one by now.
            CaseRefused: nothing is offered.
        """
        with self._database.writing() as connection:
            case = find_case(connection, tenant, case_id, lock=True)
            kept = _accepted(connection, case)
            if kept is not None:
                return kept
            if revision != case.revision:
                raise CaseChanged(_CHANGED)
            offer = _offer(connection, case)
            if offer is None:
                message = "nothing is offered at this moment: look at the case again"
                raise CaseRefused(message)
            if (offer.amount, offer.currency) != (amount, currency):
                raise CaseChanged(_CHANGED)
            detail = {"revision": revision, "amount": amount, "currency": currency, "decision": offer.decision}
            return self._keep(connection, case, AnswerKind.ACCEPT, offer=offer, detail=detail)

    def object(
        self, tenant: str, case_id: str, *, revision: int, text: str, request_key: str | None = None
    ) -> CustomerAnswer:
        """Objects to the results of a revision; a repeated request gives the answer that was kept.

        Raises:
            UnknownCase: the tenant has none of that name.
            CaseChanged: there are other results by now.
            CaseRefused: the offer was accepted, or there were no results.
        """
        with self._database.writing() as connection:
            case = find_case(connection, tenant, case_id, lock=True)
            known = [] if request_key is None else _answers(connection, case_id, request_key)
            if known:
                return known[0]
            if revision != case.revision or case.state is CaseState.WORKING:
                raise CaseChanged(_CHANGED)
            if not case.revision or _accepted(connection, case) is not None:
                message = "there is nothing to object to: the offer was accepted, or nothing was found yet"
                raise CaseRefused(message)
            return self._keep(
                connection, case, AnswerKind.OBJECT, text=text, request_key=request_key, detail={"revision": revision}
            )

    def _keep(
        self,
        connection: Connection,
        case: Case,
        kind: AnswerKind,
        *,
        detail: dict[str, Any],
        offer: Offer | None = None,
        text: str = "",
        request_key: str | None = None,
    ) -> CustomerAnswer:
        answer = CustomerAnswer(
            id=new_id("answer"), revision=case.revision, kind=kind, offer=offer, text=text, at=now()
        )
        values = {
            "id": answer.id,
            "case": case.id,
            "revision": answer.revision,
            "kind": kind.value,
            "amount": None if offer is None else offer.amount,
            "currency": None if offer is None else offer.currency,
            "decision": None if offer is None else offer.decision,
            "text": text,
            "at": answer.at,
            "request_key": request_key,
        }
        connection.execute(insert(customer_answers).values(values))
        past = {AnswerKind.ACCEPT: "customer.accepted", AnswerKind.OBJECT: "customer.objected"}[kind]
        self._cases.tell(connection, case, past, CUSTOMER, {"answer": answer.id, **detail})
        return answer


_CHANGED = "the case has moved on since you looked at it: look at it again"


def _offer(connection: Connection, case: Case) -> Offer | None:
    row = result_row(connection, case.id, case.revision)
    if case.state not in {CaseState.READY, CaseState.DECIDED} or row is None:
        raise CaseNotReady(why_not_ready(case))
    return offer_of(result_of(row), decisions_on(connection, case))


def _accepted(connection: Connection, case: Case) -> CustomerAnswer | None:
    """The acceptance of a case's present results."""
    own = [one for one in _answers(connection, case.id) if one.kind is AnswerKind.ACCEPT]
    return next((one for one in own if one.revision == case.revision), None)


def _answers(connection: Connection, case_id: str, request_key: str | None = None) -> list[CustomerAnswer]:
    wanted = select(customer_answers).where(customer_answers.c.case == case_id).order_by(customer_answers.c.id)
    if request_key is not None:
        wanted = wanted.where(customer_answers.c.request_key == request_key)
    return [_answer(row) for row in connection.execute(wanted).mappings()]


def _answer(row: RowMapping) -> CustomerAnswer:
    offered = row["amount"] is not None
    return CustomerAnswer(
        id=row["id"],
        revision=row["revision"],
        kind=AnswerKind(row["kind"]),
        offer=Offer(amount=row["amount"], currency=row["currency"], decision=row["decision"]) if offered else None,
        text=row["text"],
        at=row["at"],
    )
