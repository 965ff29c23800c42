"""What a buyer takes off for a car's condition, term by term, in each reading of what is unknown.

    deduction = reconditioning x channel - fair wear + grade step x market value + diminished value

More damage never lowers it: reconditioning less fair wear is what repairing the damages beyond fair wear costs, more
damage never costs less to repair, and no rule of a scheme makes a damage milder because there is more of it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from coachwork.errors import CoachworkError
from coachwork.estimates.estimate import Estimate
from coachwork.estimates.money import ZERO, rounded
from coachwork.estimates.planning import plan_repairs
from coachwork.estimates.readings import Reading, read_damages
from coachwork.reasons import said
from coachwork.valuation.diminished_value import diminished_value, missing_of
from coachwork.valuation.grading import Grading
from coachwork.valuation.policy import DeductionPolicy, Method
from coachwork.valuation.rating import Rating, rate_damages


class ValuationError(CoachworkError):
    """Scheme, policy and vehicle do not go together."""


class LineKind(StrEnum):
    """What a line of a deduction is, in the order of the formula."""

    RECONDITIONING = "reconditioning"
    FAIR_WEAR = "fair wear"
    GRADE_STEP = "grade step"
    DIMINISHED_VALUE = "diminished value"
    CAP = "cap"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeductionLine:
    """One term of the formula.

    Attributes:
        kind: which.
        amounts: in the order of readings; rounded; fair wear and the cap are not above 0, all others not below.
        formulas: how each amount comes about, with its figures.
        sources: where the figures come from.
    """

    kind: LineKind
    amounts: tuple[Decimal, ...]
    formulas: tuple[str, ...]
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """What a deduction is made of.

    Attributes:
        estimate: of repairing all damages, on the vehicle and by the card that it names.
        grading: of the car.
        wear: in each reading the damages rated by the policy's scheme of fair wear; empty where it has none.
        policy: holds the figures.
        on: the day of the valuation.
    """

    estimate: Estimate
    grading: Grading
    wear: Mapping[Reading, tuple[Rating, ...]]
    policy: DeductionPolicy
    on: date

    def fair(self, reading: Reading) -> tuple[str, ...]:
        """Names of the damages that are fair wear."""
        return tuple(rating.damage.name for rating in self.wear[reading] if not rating.level)

    def share(self, amount: Decimal) -> Decimal:
        """The share of a cost of repair that the channel takes off, rounded."""
        return rounded(amount * self.policy.recon_share, self.estimate.card.decimals)


def deduction_lines(condition: Condition) -> tuple[DeductionLine, ...]:
    """The terms of the formula; what cannot be reckoned is left out.

    Raises:
        ValuationError: the policy lacks a step for a grade of the scheme.
    """
    repair = _beyond_fair_wear(condition)
    whole = _reconditioning(condition)
    worn = _fair_wear(condition, whole, repair)
    found = [whole, *([worn] if any(worn.amounts) else []), *_grade_step(condition), *_diminished(condition, repair)]
    return (*found, *_cap(condition, found))


def _beyond_fair_wear(condition: Condition) -> tuple[Decimal, ...]:
    """What repairing the damages beyond fair wear costs, as much of it as the channel takes off; by reading."""
    estimate, found = condition.estimate, []
    for reading in Reading:
        whole = estimate.plans[reading].total
        fair = condition.fair(reading)
        if fair:
            damages = [damage for damage in estimate.damages if damage.name not in fair]
            read = read_damages(damages, estimate.card, reading)
            rest = plan_repairs(read, estimate.card, estimate.vehicle, reading, changes=estimate.changes)
            whole = min(whole, rest.total)
        found.append(condition.share(whole))
    return tuple(found)


def _reconditioning(condition: Condition) -> DeductionLine:
    card, policy = condition.estimate.card, condition.policy
    totals = [condition.estimate.plans[reading].total for reading in Reading]
    return DeductionLine(
        kind=LineKind.RECONDITIONING,
        amounts=tuple(condition.share(total) for total in totals),
        formulas=tuple(
            said("deduction.repair", repair=total, share=policy.recon_share, channel=policy.channel) for total in totals
        ),
        sources=(
            said("deduction.card", name=card.name, version=card.version),
            said("deduction.channel", source=policy.sources["reconditioning"]),
        ),
    )


def _fair_wear(condition: Condition, whole: DeductionLine, repair: Sequence[Decimal]) -> DeductionLine:
    scheme, formulas = condition.policy.fair_wear, []
    for reading in Reading:
        fair = condition.fair(reading)
        formulas.append(said("deduction.worn", names=fair) if fair else said("deduction.none"))
    return DeductionLine(
        kind=LineKind.FAIR_WEAR,
        amounts=tuple(beyond - all_ for beyond, all_ in zip(repair, whole.amounts, strict=True)),
        formulas=tuple(formulas),
        sources=() if scheme is None else (f"{scheme.title}: {scheme.source}",),
    )


def _grade_step(condition: Condition) -> Iterator[DeductionLine]:
    scheme, policy = condition.grading.scheme, condition.policy
    value, steps = condition.estimate.vehicle.market_value, policy.grade_steps.get(scheme.name, {})
    where = f"[grade_step.{scheme.name}]"
    for grade in scheme.grades:
        if grade.name not in steps:
            message = f"the policy {policy.name} has no step for grade {grade.name} of {scheme.name}: add it to {where}"
            raise ValuationError(message)
    ordered = [steps[grade.name] for grade in scheme.grades]
    if ordered != sorted(ordered):
        message = f"the steps of {where} in the policy {policy.name} fall towards a worse grade: let them rise"
        raise ValuationError(message)
    if value is not None:
        names = [condition.grading.read[reading].grade.name for reading in Reading]
        yield DeductionLine(
            kind=LineKind.GRADE_STEP,
            amounts=tuple(rounded(value * steps[name], condition.estimate.card.decimals) for name in names),
            formulas=tuple(said("deduction.step", share=steps[name], value=value, grade=name) for name in names),
            sources=(policy.sources["grade_step"],),
        )


def _diminished(condition: Condition, repair: Sequence[Decimal]) -> Iterator[DeductionLine]:
    policy, vehicle = condition.policy, condition.estimate.vehicle
    if policy.method is Method.NONE or missing_of(policy, vehicle):
        return
    found = [
        diminished_value(
            policy,
            vehicle,
            repair=repair[reading.place],
            level=_worst(condition, reading),
            reading=reading,
            on=condition.on,
            decimals=condition.estimate.card.decimals,
        )
        for reading in Reading
    ]
    yield DeductionLine(
        kind=LineKind.DIMINISHED_VALUE,
        amounts=tuple(one.amount for one in found),
        formulas=tuple(one.formula for one in found),
        sources=(policy.sources[policy.method.value],),
    )


def _worst(condition: Condition, reading: Reading) -> int | None:
    """The worst class by the method's own scheme, of damages beyond fair wear."""
    table, fair = condition.policy.by_class, condition.fair(reading)
    if table is None:
        return None
    ratings = rate_damages(condition.estimate.damages, table.scheme, condition.estimate.card, reading)
    return max((rating.level for rating in ratings if rating.damage.name not in fair), default=None)


def _cap(condition: Condition, lines: Sequence[DeductionLine]) -> Iterator[DeductionLine]:
    """No car loses more than it is worth."""
    value = condition.estimate.vehicle.market_value
    if value is None:
        return
    most = rounded(value, condition.estimate.card.decimals)
    sums = [sum((line.amounts[reading.place] for line in lines), ZERO) for reading in Reading]
    amounts = tuple(min(ZERO, most - total) for total in sums)
    if any(amounts):
        formulas = tuple(
            said("deduction.capped", value=most) if amount else said("deduction.not_reached") for amount in amounts
        )
        yield DeductionLine(kind=LineKind.CAP, amounts=amounts, formulas=formulas, sources=())
