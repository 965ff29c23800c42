"""A settled case: what was known of a car's damages, and what was then paid for them."""

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from coachwork.claims.claim_files import Loss
from coachwork.claims.settlement import Route
from coachwork.errors import CoachworkError
from coachwork.estimates.case_json import CarCase
from coachwork.estimates.rules import Operation
from coachwork.inspections.vehicle import Vehicle
from coachwork.taxonomy import Item


class SettledCaseError(CoachworkError):
    """A settled case cannot be used.

    Attributes:
        file: as it was given.
        line: of the case in it, from 1; None for the whole file.
        where: the place in the case, such as ``settled.lines[2].operation``; empty for all of it.
        why: what is wrong, and what stands right.
    """

    def __init__(self, *, file: str, line: int | None, where: str, why: str) -> None:
        place = file if line is None else f"{file}, line {line}"
        super().__init__(f"{place}: {where} {why}" if where else f"{place}: {why}")
        self.file, self.line, self.where, self.why = file, line, where, why


@dataclass(frozen=True, slots=True, kw_only=True)
class SettledLine:
    """One operation of the final bill.

    Attributes:
        item, place: what it was done to; the place tells apart items that a car has several of.
        operation: what was done.
        amount: with tax, in the case's currency; None where the bill does not tell.
    """

    item: Item
    place: str = ""
    operation: Operation
    amount: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a case ended; None is "not told", and leaves the case out of the figures that need it.

    Attributes:
        lines: of the final bill; None where only its total is known.
        total: of the final bill with tax, before deductible, as the estimate's total is; not negative.
        payout: to the customer; not negative.
        route: that a person took it on.
    """

    lines: tuple[SettledLine, ...] | None = None
    total: Decimal | None = None
    payout: Decimal | None = None
    route: Route | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SettledCase:
    """One case.

    Attributes:
        name: its own in the file.
        line: of the file, from 1.
        cluster: cases of one cluster resemble each other, such as those of one body shop, and are drawn together.
        currency: of every amount, ISO 4217.
        vehicle: the car.
        loss: what the customer told; None where the case knows nothing of a claim, and is not routed.
        evidence: what the assessment starts from: the damages of a car, or photos of it.
        outcome: how it ended.
    """

    name: str
    line: int
    cluster: str
    currency: str
    vehicle: Vehicle
    loss: Loss | None
    evidence: CarCase | tuple[Path, ...]
    outcome: Outcome
