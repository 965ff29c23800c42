"""The valuation of a car's condition: its grade, what a buyer takes off for it, and how sure both are."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from coachwork.estimates.case_json import CarCase
from coachwork.estimates.estimate import Estimate, make_estimate
from coachwork.estimates.money import ZERO, MoneyRange
from coachwork.estimates.rate_card import RateCard
from coachwork.estimates.readings import OpenItem, Reading
from coachwork.estimates.work_changes import WorkChange
from coachwork.inspections.vehicle import Vehicle
from coachwork.reasons import said
from coachwork.valuation.deduction import Condition, DeductionLine, deduction_lines
from coachwork.valuation.diminished_value import missing_of
from coachwork.valuation.grading import Grading, grade_car
from coachwork.valuation.policy import DeductionPolicy, Method
from coachwork.valuation.proof import Proof, find_proof, untold
from coachwork.valuation.rating import rate_damages
from coachwork.valuation.scheme import Scheme


@dataclass(frozen=True, slots=True, kw_only=True)
class Valuation:
    """What a car's condition is and takes off its price; never edited, made again instead.

    Attributes:
        condition: what it is made of: the estimate, the grading by the known damages, fair wear, the policy, the day.
        proof: whether there may be further damage.
        lines: of the deduction.
        open: what no figure holds.
        notes: what was assumed.
    """

    condition: Condition
    proof: Proof
    lines: tuple[DeductionLine, ...]
    open: tuple[OpenItem, ...]
    notes: tuple[str, ...]

    @property
    def estimate(self) -> Estimate:
        """Of repairing all damages."""
        return self.condition.estimate

    @property
    def grading(self) -> Grading:
        """By the damages that are known."""
        return self.condition.grading

    @property
    def sums(self) -> tuple[Decimal, ...]:
        """Of the lines, in the order of readings."""
        return tuple(sum((line.amounts[reading.place] for line in self.lines), ZERO) for reading in Reading)

    @property
    def is_unknown(self) -> bool:
        """Whether no damage is known and nothing proves that there is none: then nothing can be said."""
        return not self.estimate.damages and not self.proof.proven

    @property
    def deduction(self) -> MoneyRange | None:
        """The sum of the lines; None where nothing can be said."""
        return None if self.is_unknown else MoneyRange.around(self.sums, self.estimate.card.currency)

    @property
    def is_least(self) -> bool:
        """Whether more may have to be taken off: something is open, or further damage is not ruled out."""
        return bool(self.open) or not self.proof.proven


def value_car(
    case: CarCase,
    *,
    scheme: Scheme,
    policy: DeductionPolicy,
    card: RateCard,
    vehicle: Vehicle | None = None,
    on: date,
    changes: Sequence[WorkChange] = (),
) -> Valuation:
    """Grades a car and says what its condition takes off its price; the order of its damages does not matter.

    Args:
        case: its damages, prior ones too, and what was looked at.
        scheme: of the grade.
        policy: of the deduction.
        card: of reconditioning.
        vehicle: None where nothing is known of it.
        on: the day of the valuation, which decides how old the car is.
        changes: what people decided about single lines of the estimate, the first one first; the grade, which goes by
            the damages alone, does not follow them.

    Raises:
        EstimateError: two damages have one name, or the vehicle's values are in another currency than the card.
        GradingError: the scheme has no grades.
        ValuationError: the policy lacks a step for a grade of the scheme.
    """
    estimate = make_estimate(case.damages, card, vehicle, changes=changes)
    worn = policy.fair_wear
    condition = Condition(
        estimate=estimate,
        grading=grade_car(estimate.damages, scheme, card),
        wear={
            reading: () if worn is None else rate_damages(estimate.damages, worn, card, reading) for reading in Reading
        },
        policy=policy,
        on=on,
    )
    return Valuation(
        condition=condition,
        proof=find_proof(case),
        lines=deduction_lines(condition),
        open=(*estimate.open, *(_open(policy, estimate.vehicle) if estimate.damages else ())),
        notes=(*estimate.notes, *_notes(policy, estimate), *_unknown_to_model(case)),
    )


def _open(policy: DeductionPolicy, vehicle: Vehicle) -> Iterator[OpenItem]:
    if vehicle.market_value is None:
        yield OpenItem(what=said("item.grade_step"), why=said("open.vehicle_lacks", key="market_value"))
    for key in missing_of(policy, vehicle):
        what = said("item.diminished_value", method=policy.method)
        yield OpenItem(what=what, why=said("open.vehicle_lacks", key=key))


def _notes(policy: DeductionPolicy, estimate: Estimate) -> Iterator[str]:
    vehicle = estimate.vehicle
    if policy.sample:
        yield said("note.sample_policy")
    if any(one.prior for one in estimate.damages):
        yield said("note.prior_counts")
    if not estimate.damages:
        return
    aged = policy.method in {Method.SHARE_OF_REPAIR, Method.RUHKOPF_SAHM}
    if aged and vehicle.registered is None and vehicle.year is None:
        yield said("note.no_age")
    driven = policy.ruhkopf_sahm is not None or (policy.by_class is not None and policy.by_class.mileage)
    if driven and vehicle.mileage_km is None:
        yield said("note.no_mileage")


def _unknown_to_model(case: CarCase) -> Iterator[str]:
    if case.verdict is not None and untold(case):
        yield said("note.unknown_parts", parts=untold(case))
