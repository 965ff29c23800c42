"""The estimate: three plans of repair, what is taken off, what stays open."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from coachwork.errors import CoachworkError
from coachwork.estimates.damage import RepairDamage, by_name
from coachwork.estimates.money import ZERO, MoneyRange, rounded
from coachwork.estimates.planning import RepairPlan, plan_repairs
from coachwork.estimates.rate_card import Charge, RateCard
from coachwork.estimates.readings import OpenItem, Reading, read_damages, unplaced
from coachwork.estimates.rules import Operation
from coachwork.estimates.total_loss import TotalLossFinding, find_total_loss
from coachwork.estimates.work_changes import WorkChange, WorkDeed
from coachwork.inspections.vehicle import Vehicle
from coachwork.reasons import said


class EstimateError(CoachworkError):
    """Damages, vehicle and rate card do not go together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """What repairing a car costs; never edited, made again instead.

    Attributes:
        card: by which it was made.
        vehicle, damages: of what; damages by name.
        plans: what is done, in each reading of the doubts; the likely one is the estimate's own.
        prior: what repairing the prior damages alone would cost, in the order of readings.
        betterment: what wear takes off, in the order of readings.
        total_loss: whether the car is worth it.
        open: what no total holds.
        notes: what was assumed.
        changes: what people decided about single lines.
    """

    card: RateCard
    vehicle: Vehicle
    damages: tuple[RepairDamage, ...]
    plans: Mapping[Reading, RepairPlan]
    prior: tuple[Decimal, ...]
    betterment: tuple[Decimal, ...]
    total_loss: TotalLossFinding
    open: tuple[OpenItem, ...]
    notes: tuple[str, ...]
    changes: tuple[WorkChange, ...] = ()

    @property
    def likely(self) -> RepairPlan:
        """The plan in the likely reading."""
        return self.plans[Reading.LIKELY]

    @property
    def total(self) -> MoneyRange:
        """Repairing everything, with tax."""
        return MoneyRange.around([self.plans[reading].total for reading in Reading], self.card.currency)

    @property
    def payable(self) -> MoneyRange:
        """The total less prior damages and betterment; before cover and deductible, which are the policy's."""
        taken = zip(Reading, self.prior, self.betterment, strict=True)
        amounts = [max(ZERO, self.plans[reading].total - prior - wear) for reading, prior, wear in taken]
        return MoneyRange.around(_ordered(amounts), self.card.currency)


def _ordered(amounts: Sequence[Decimal]) -> list[Decimal]:
    """The same amounts with the likely one kept between the others."""
    low, high = min(amounts), max(amounts)
    return [low, amounts[1], high]


def make_estimate(
    damages: Iterable[RepairDamage],
    card: RateCard,
    vehicle: Vehicle | None = None,
    *,
    changes: Sequence[WorkChange] = (),
) -> Estimate:
    """Prices the damages of one car; their order does not matter.

    Args:
        damages: each once, with names of their own.
        card: the figures.
        vehicle: None where nothing is known of it.
        changes: what people decided about single lines, the first one first.

    Raises:
        EstimateError: two damages have one name, or the vehicle's values are in another currency.
    """
    car = vehicle or Vehicle()
    known = tuple(by_name(damages))
    _check(known, card, car)
    before = [one for one in known if one.prior]
    plans = _plans(known, card, car, changes)
    earlier = _plans(before, card, car, [one for one in changes if one.deed is not WorkDeed.ADD])
    prior = tuple(min(earlier[reading].total, plans[reading].total) for reading in Reading)
    claimed = [plans[reading].total - taken for reading, taken in zip(Reading, prior, strict=True)]
    repair = MoneyRange.around(claimed, card.currency)
    entries = dict.fromkeys(entry for reading in Reading for entry in plans[reading].open)
    return Estimate(
        card=card,
        vehicle=car,
        damages=known,
        plans=plans,
        prior=prior,
        betterment=tuple(_betterment(plans[reading], earlier[reading], card, car) for reading in Reading),
        total_loss=find_total_loss(repair, card.total_loss, car.market_value, car.salvage_value),
        open=(*unplaced(known, card), *entries, *_open_of_card(card)),
        notes=(*_notes(known, card, car, plans), *_notes_of_changes(changes, plans)),
        changes=tuple(changes),
    )


def _plans(
    damages: Sequence[RepairDamage], card: RateCard, car: Vehicle, changes: Sequence[WorkChange]
) -> dict[Reading, RepairPlan]:
    return {
        reading: plan_repairs(read_damages(damages, card, reading), card, car, reading, changes=changes)
        for reading in Reading
    }


def _notes_of_changes(changes: Sequence[WorkChange], plans: Mapping[Reading, RepairPlan]) -> Iterable[str]:
    applied = frozenset[int]().union(*(plan.applied for plan in plans.values()))
    for number, change in enumerate(changes):
        if number not in applied:
            yield said("note.change_lost", line=change.words)


def _check(damages: Sequence[RepairDamage], card: RateCard, vehicle: Vehicle) -> None:
    names = [one.name for one in damages]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        message = f"two damages are named {twice[0]!r}: give each a name of its own"
        raise EstimateError(message)
    if vehicle.currency is not None and vehicle.currency != card.currency:
        message = (
            f"the vehicle's values are in {vehicle.currency} and the rate card is in {card.currency}: "
            "state both in one currency"
        )
        raise EstimateError(message)


def _betterment(plan: RepairPlan, earlier: RepairPlan, card: RateCard, vehicle: Vehicle) -> Decimal:
    """Wear of new parts that the prior damages do not pay for already, on the part with its tax."""
    paid = {(line.item, line.place) for line in earlier.lines if line.operation is Operation.REPLACE}
    taken = ZERO
    for line in plan.lines:
        worn = vehicle.wear.get(line.item) if line.item in card.betterment else None
        if worn and line.operation is Operation.REPLACE and (line.item, line.place) not in paid:
            tax = (card.taxes or {}).get(Charge.PARTS, ZERO)
            taken += rounded(line.parts * (1 + tax) * worn, card.decimals)
    return taken


def _open_of_card(card: RateCard) -> list[OpenItem]:
    if card.taxes is None:
        return [OpenItem(what=said("item.taxes"), why=said("open.no_taxes"), table="taxes")]
    return []


def _notes(
    damages: Sequence[RepairDamage], card: RateCard, vehicle: Vehicle, plans: Mapping[Reading, RepairPlan]
) -> Iterable[str]:
    if card.sample:
        yield said("note.sample_card")
    lines = [line for plan in plans.values() for line in plan.lines]
    if vehicle.paint is None and any(line.operation in {Operation.REFINISH, Operation.BLEND} for line in lines):
        yield said("note.no_paint")
    worn = {line.item for line in lines if line.operation is Operation.REPLACE and line.item in card.betterment}
    for item in sorted(worn - set(vehicle.wear)):
        yield said("note.no_wear", item=item)
    unsized = [one.name for one in damages if one.size_mm is None and one.type.value not in _WITHOUT_SIZE]
    if unsized:
        yield said("note.no_size", names=unsized)
    unsure = [one.name for one in damages if one.confidence is None]
    if unsure:
        yield said("note.no_confidence", names=unsure)
    faint = [one.name for one in damages if one.confidence is not None and one.confidence < card.uncertainty.upper_from]
    if faint:
        yield said("note.too_unsure", names=faint)


_WITHOUT_SIZE = {"broken_glass", "broken_lamp", "missing_or_broken_part", "flat_tire", "deployed_airbag"}
