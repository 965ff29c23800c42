"""What people do with a case's results: correct its damages, decide, approve. Rights are checked here."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from coachwork.cases.case import Case, Decision, DecisionKind
from coachwork.cases.corrections import Correction
from coachwork.cases.identity import new_id
from coachwork.cases.people import Person, Right
from coachwork.cases.problems import CaseRefused
from coachwork.casework.prices import Prices
from coachwork.casework.pricing import priced_case
from coachwork.reasons import said
from coachwork.storage.case_store import CaseStore
from coachwork.storage.columns import now
from coachwork.storage.correction_store import CorrectionStore

MOST_REASON = 2000
MOST_AMOUNT = Decimal(10) ** 12


class Desk:
    """Where people work on cases."""

    def __init__(self, *, cases: CaseStore, corrections: CorrectionStore, prices: Prices) -> None:
        """Takes the stores and the tables by which results are priced again."""
        self._cases, self._corrections, self._prices = cases, corrections, prices

    def correct(self, person: Person, case_id: str, correction: Correction) -> Case:
        """Keeps a correction; estimate and proposal follow at once, as a revision of their own.

        Raises:
            NotAllowed: the person's role does not allow it.
            CaseError: see `CorrectionStore.keep`.
            CoachworkError: what was corrected cannot be priced; nothing is kept then.
        """
        person.need(Right.CORRECT)
        _check_reason(correction.reason, needed=False)
        return self._corrections.keep(case_id, correction, person, priced=self._priced)

    def decide(
        self, person: Person, case_id: str, kind: DecisionKind, *, revision: int, amount: Decimal | None, reason: str
    ) -> Decision:
        """Keeps a decision; an offer above the setting's amount waits for a second person then.

        Args:
            person: who decides.
            case_id: of a case of the person's tenant.
            kind: what is decided.
            revision: of the results that lay before the person.
            amount: of an offer; its currency is the policy's.
            reason: in the person's words.

        Raises:
            NotAllowed: the person's role does not allow it.
            CaseError: see `CaseStore.decide`; an offer without an amount, or a decision without a reason.
        """
        person.need(Right.DECIDE)
        _check_reason(reason, needed=True)
        offered = kind is DecisionKind.OFFER
        if offered and (amount is None or not 0 < amount < MOST_AMOUNT):
            message = said("refused.no_amount")
            raise CaseRefused(message)
        told = amount.quantize(Decimal("0.01")) if offered and amount is not None else None
        decision = Decision(
            id=new_id("decision"),
            revision=revision,
            kind=kind,
            amount=None if told is None else str(told),
            currency=self._prices.policy.currency if offered else None,
            reason=reason.strip(),
            by=person.login,
            at=now(),
            person=person.id,
        )
        return self._cases.decide(person.tenant, case_id, decision)

    def approve(self, person: Person, case_id: str, decision_id: str, *, approved: bool, reason: str) -> Decision:
        """Lets an offer stand that one person alone may not make, or refuses it.

        Raises:
            NotAllowed: the person is no supervisor, or decided so themselves.
            CaseError: see `CorrectionStore.approve`; a refusal without a reason.
        """
        person.need(Right.APPROVE)
        _check_reason(reason, needed=not approved)
        return self._corrections.approve(person, case_id, decision_id, approved=approved, reason=reason.strip())

    def _priced(
        self, case: Case, inspection: Mapping[str, Any], corrections: Sequence[Correction]
    ) -> Mapping[str, Any]:
        found = priced_case(case, inspection, corrections, self._prices, self._cases.signals(case))
        return {"estimate": found.estimate, "settlement": found.settlement, "damages": found.damages}


def _check_reason(reason: str, *, needed: bool) -> None:
    if needed and not reason.strip():
        message: str = said("refused.say_why")
        raise CaseRefused(message)
    if len(reason) > MOST_REASON:
        message = f"the reason is longer than {MOST_REASON} characters: shorten it"
        raise CaseRefused(message)
