"""Four eyes: decisions on a case with what a second person said of them."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from sqlalchemy import Connection, select

from coachwork.cases.case import Approval, Case, Decision, DecisionKind
from coachwork.storage.case_rows import decision_of
from coachwork.storage.correction_tables import approvals
from coachwork.storage.tables import decisions


def needs_four_eyes(decision: Decision, above: Decimal | None) -> bool:
    """Whether a decision is an offer of more than one person alone may make."""
    if above is None or decision.kind is not DecisionKind.OFFER or decision.amount is None:
        return False
    return Decimal(decision.amount) > above


def decisions_on(connection: Connection, case: Case) -> Sequence[Decision]:
    """All decisions on a case, the first one first; what waits for approval lapses when the results are others."""
    wanted = (
        select(
            decisions,
            approvals.c.approved,
            approvals.c.by.label("approved_by"),
            approvals.c.reason.label("approval_reason"),
        )
        .join_from(decisions, approvals, isouter=True)
        .where(decisions.c.case == case.id)
        .order_by(decisions.c.id)
    )
    found = []
    for row in connection.execute(wanted).mappings():
        decision = decision_of(row)
        if row["approved"] is not None:
            decision = replace(
                decision,
                approval=Approval.GIVEN if row["approved"] else Approval.REFUSED,
                approved_by=row["approved_by"],
                approval_reason=row["approval_reason"],
            )
        elif decision.approval is Approval.AWAITED and decision.revision != case.revision:
            decision = replace(decision, approval=Approval.LAPSED)
        found.append(decision)
    return found
