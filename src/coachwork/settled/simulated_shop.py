"""A simulated body shop and claims handler: they bill and route synthetic cases by what is really there.

The shop starts from the card's arithmetic, for the damages as they are, and differs from it in stated ways: its prices,
noise on every line, the other choice between repairing and replacing, and damages that it finds when the car is taken
apart. It knows nothing of what the assessment saw. Being simulated, it says nothing on real bills.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from random import Random

from coachwork.claims.claim_files import InsurancePolicy, Loss
from coachwork.claims.settlement import Route
from coachwork.estimates.choosing import Key
from coachwork.estimates.damage import RepairDamage
from coachwork.estimates.line import Line, taxed
from coachwork.estimates.money import ZERO, rounded
from coachwork.estimates.planning import jobs_of, plan_repairs
from coachwork.estimates.rate_card import Charge, RateCard
from coachwork.estimates.readings import ReadDamage, Reading, read_damages
from coachwork.estimates.ways import WayKind, ways_of
from coachwork.inspections.vehicle import Vehicle
from coachwork.settled.planted import PlantedFacts
from coachwork.taxonomy import CarPart, DamageType

_BEHIND = {
    "front_bumper": "left_headlamp",
    "bonnet": "right_headlamp",
    "front_left_wing": "left_headlamp",
    "front_right_wing": "right_headlamp",
    "rear_bumper": "left_tail_lamp",
    "rear_left_wing": "left_tail_lamp",
    "rear_right_wing": "right_tail_lamp",
    "front_left_door": "left_mirror",
    "front_right_door": "right_mirror",
}
"""What else turns out to be broken once a part is taken off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """What a shop bills.

    Attributes:
        lines: with tax, rounded.
        items: how many were worked on.
        swapped: of these, put right in the other way than the card's cheapest.
        hidden: damages found when the car was taken apart.
    """

    lines: tuple[Line, ...]
    items: int
    swapped: int
    hidden: tuple[RepairDamage, ...]

    @property
    def total(self) -> Decimal:
        """With tax."""
        return sum((line.amount for line in self.lines), ZERO)


def simulated_bill(
    damages: Sequence[RepairDamage],
    *,
    card: RateCard,
    vehicle: Vehicle,
    facts: PlantedFacts,
    level: Decimal,
    random: Random,
) -> Bill:
    """Repairs a car.

    Args:
        damages: as they are.
        card: the list that the shop starts from.
        vehicle: as it is.
        facts: how shops differ from the card.
        level: of this shop's prices against the card.
        random: what is drawn from.
    """
    found = tuple(_hidden(damages, card, vehicle, facts, random))
    read = read_damages([*damages, *found], card, Reading.LIKELY)
    listed = plan_repairs(read, card, vehicle, Reading.LIKELY)
    decided = dict(listed.ways)
    swapped = 0
    for key, other in _others(read, card, vehicle, listed.ways):
        if random.random() < facts.swaps:
            decided[key], swapped = other, swapped + 1
    plan = plan_repairs(read, card, vehicle, Reading.LIKELY, decided=decided)
    return Bill(
        lines=tuple(_charged(line, card, facts, level, random) for line in plan.lines),
        items=len(decided),
        swapped=swapped,
        hidden=found,
    )


def _hidden(
    damages: Sequence[RepairDamage], card: RateCard, vehicle: Vehicle, facts: PlantedFacts, random: Random
) -> Iterator[RepairDamage]:
    """Parts behind those that are worked on, where nothing was told of them."""
    ways = plan_repairs(read_damages(damages, card, Reading.LIKELY), card, vehicle, Reading.LIKELY).ways
    taken = {damage.part for damage in damages}
    for (item, _), way in ways.items():
        part = CarPart(_BEHIND[item.value]) if item.value in _BEHIND else None
        if part is not None and part not in taken and way is not WayKind.KEEP and random.random() < facts.hidden:
            taken.add(part)
            lamp = part.value.endswith("lamp")
            type_ = DamageType.BROKEN_LAMP if lamp else DamageType.MISSING_OR_BROKEN_PART
            yield RepairDamage(name=f"hidden {part.words}", type=type_, part=part, confidence=Decimal(1))


def _others(
    read: Sequence[ReadDamage], card: RateCard, vehicle: Vehicle, chosen: Mapping[Key, WayKind]
) -> Iterator[tuple[Key, WayKind]]:
    """For items that can be repaired as well as replaced, the one that the card's cheapest plan does not do."""
    for job in jobs_of(read, card, vehicle, Reading.LIKELY):
        kinds = [way.kind for way in ways_of(job) if not way.open]
        lighter = [kind for kind in kinds if kind is not WayKind.REPLACE]
        if lighter and WayKind.REPLACE in kinds:
            yield job.key, lighter[0] if chosen[job.key] is WayKind.REPLACE else WayKind.REPLACE


def _charged(line: Line, card: RateCard, facts: PlantedFacts, level: Decimal, random: Random) -> Line:
    """A line at the shop's prices, with the noise of its hours and its part."""
    work = level * noise(random, facts.hour_noise)
    part = level * noise(random, facts.part_noise)
    times = {Charge.LABOUR: work, Charge.PARTS: part, Charge.MATERIALS: work, Charge.SUBLET: work}
    amounts = {charge: rounded(getattr(line, charge.value) * factor, card.decimals) for charge, factor in times.items()}
    tax = sum((taxed(card, charge, amount) for charge, amount in amounts.items()), ZERO)
    return replace(
        line,
        labour=amounts[Charge.LABOUR],
        parts=amounts[Charge.PARTS],
        materials=amounts[Charge.MATERIALS],
        sublet=amounts[Charge.SUBLET],
        tax=tax,
    )


def noise(random: Random, spread: Decimal) -> Decimal:
    """A factor around 1, log-normal with mean 1; exactly 1 without spread."""
    width = float(spread)
    drawn = random.gauss(0, 1)
    return Decimal(f"{math.exp(width * drawn - width**2 / 2):.6f}")


def simulated_route(
    bill: Bill,
    damages: Sequence[RepairDamage],
    *,
    loss: Loss,
    policy: InsurancePolicy,
    card: RateCard,
    vehicle: Vehicle,
    facts: PlantedFacts,
    random: Random,
) -> Route:
    """Where a handler who knows the final bill sends the claim; now and then on another way."""
    route = _by_facts(bill, damages, loss=loss, policy=policy, card=card, vehicle=vehicle)
    if random.random() < facts.other_routes:
        return {Route.AUTO_OFFER: Route.REVIEW, Route.REVIEW: Route.AUTO_OFFER}.get(route, route)
    return route


def _by_facts(
    bill: Bill,
    damages: Sequence[RepairDamage],
    *,
    loss: Loss,
    policy: InsurancePolicy,
    card: RateCard,
    vehicle: Vehicle,
) -> Route:
    covered = [one for one in damages if one.type not in policy.excluded]
    if loss.cause not in policy.causes or (damages and not covered):
        return Route.NOT_COVERED
    limit = card.total_loss
    if limit is not None and vehicle.market_value is not None and bill.total >= limit.share * vehicle.market_value:
        return Route.TOTAL_LOSS
    grave = any(one.type in policy.routing.never_types for one in [*damages, *bill.hidden])
    paid = simulated_payout(bill, Route.REVIEW, policy=policy, vehicle=vehicle)
    small = 0 < paid <= policy.routing.most_amount
    return Route.AUTO_OFFER if small and not grave and loss.drivable and not loss.injured else Route.REVIEW


def simulated_payout(bill: Bill, route: Route, *, policy: InsurancePolicy, vehicle: Vehicle) -> Decimal:
    """What is paid on the bill: no more than the car's value, less the deductible, up to the limit."""
    if route is Route.NOT_COVERED:
        return ZERO
    amount = bill.total
    if vehicle.market_value is not None:
        wreck = vehicle.salvage_value if policy.keeps_wreck and vehicle.salvage_value is not None else ZERO
        amount = min(amount, max(ZERO, vehicle.market_value - wreck))
    amount = max(ZERO, amount - policy.deductible)
    return amount if policy.limit is None else min(amount, policy.limit)
