"""How a case really ended: what the repair cost, or what the car was sold for. Proposals are measured against it."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from coachwork.cases.problems import CaseRefused

MOST_AMOUNT = Decimal(10) ** 12
MOST_NOTE = 500


class OutcomeKind(StrEnum):
    """What is known of the end."""

    REPAIR = "repair"
    SALE = "sale"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseOutcome:
    """One real amount of a case; never changed, a later one of its kind counts instead.

    Attributes:
        kind: a repair's bill, or a sale.
        amount: with tax; of a repair before the deductible, as estimates tell it.
        currency: ISO 4217, of both amounts.
        on: day of the bill or the sale.
        paid: to the customer; None where it is not told, and then the offer that stands counts.
        note: such as the bill's number.
        id: its name; empty until it is kept.
        by: who told it.
        at: UTC; None until it is kept.
    """

    kind: OutcomeKind
    amount: Decimal
    currency: str
    on: date
    paid: Decimal | None = None
    note: str = ""
    id: str = ""
    by: str = ""
    at: datetime | None = None

    def __post_init__(self) -> None:
        """Refuses what no bill says.

        Raises:
            CaseRefused: an amount is none, the currency has not three letters, or the note is too long.
        """
        for amount in (self.amount, self.paid):
            if amount is not None and not (amount.is_finite() and 0 <= amount < MOST_AMOUNT):
                message = f"an amount lies between 0 and {MOST_AMOUNT:,}, this one is {amount}: write it as 1234.50"
                raise CaseRefused(message)
        if self.paid is not None and self.kind is not OutcomeKind.REPAIR:
            message = "only of repairs can be told what was paid to the customer: leave it out"
            raise CaseRefused(message)
        if not (len(self.currency) == 3 and self.currency.isascii() and self.currency.isupper()):
            message = f"a currency has three letters such as EUR, this one is {self.currency[:20]!r}"
            raise CaseRefused(message)
        if len(self.note) > MOST_NOTE:
            message = f"the note is longer than {MOST_NOTE} characters: shorten it"
            raise CaseRefused(message)

    def same_as(self, other: "CaseOutcome") -> bool:
        """Whether both tell the same, whoever told it when."""
        return _told(self) == _told(other)


def _told(one: CaseOutcome) -> tuple[object, ...]:
    return one.kind, one.amount, one.currency, one.on, one.paid
