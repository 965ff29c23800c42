"""Synthetic settled cases, to exercise the evaluation; figures on them say nothing on real accuracy."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from coachwork.claims.claim_files import Cause, InsurancePolicy, Loss
from coachwork.estimates.damage import RepairDamage
from coachwork.estimates.line import Line
from coachwork.estimates.rate_card import RateCard
from coachwork.inspections.coverage import Sight
from coachwork.inspections.vehicle_json import vehicle_to_json
from coachwork.settled.case_json import SCHEMA
from coachwork.settled.planted import PlantedFacts
from coachwork.settled.simulated_shop import Bill, noise, simulated_bill, simulated_payout, simulated_route
from coachwork.settled.synthetic_cars import synthetic_car
from coachwork.settled.synthetic_damages import SyntheticDamage, synthetic_damages
from coachwork.taxonomy import CarPart

_CASES_A_SHOP = 12
_LEAST_SHOPS = 8
_FIRST_DAY = date(2026, 1, 1)
_SEEN_WELL = 0.85
"""Share of the cases whose photos show every part."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shop:
    name: str
    level: Decimal


def synthetic_cases(
    count: int, *, seed: int, card: RateCard, policy: InsurancePolicy, facts: PlantedFacts
) -> Iterator[dict[str, Any]]:
    """Cases as JSON values by ``coachwork.settled-case/1``; equal arguments give equal cases.

    What was planted stands in each case under ``synthetic``: items, swapped and hidden ones, false alarms, the shop's
    level.

    Args:
        count: how many.
        seed: of everything that is drawn.
        card: which shops start from.
        policy: by which claims are paid.
        facts: in which ways shops differ from the card.
    """
    random = Random(seed)
    shops = [
        _Shop(name=f"shop {number}", level=facts.price_level * noise(random, facts.shop_spread))
        for number in range(1, max(_LEAST_SHOPS, count // _CASES_A_SHOP) + 1)
    ]
    for number in range(1, count + 1):
        # each case draws from a stream of its own, so that one fact changed does not turn all cases into others
        one = Random(f"{seed} {number}")
        name = f"synthetic-{seed}-{number:05}"
        yield _case(name, one.choice(shops), random=one, card=card, policy=policy, facts=facts)


def _case(
    name: str, shop: _Shop, *, random: Random, card: RateCard, policy: InsurancePolicy, facts: PlantedFacts
) -> dict[str, Any]:
    car = synthetic_car(random, card.currency, vague=facts.vague)
    cause, damages = synthetic_damages(random, facts)
    loss = _loss(cause, random)
    coverage = _coverage(random)
    real = [one.real for one in damages if one.real is not None]
    bill = simulated_bill(real, card=card, vehicle=car.real, facts=facts, level=shop.level, random=random)
    route = simulated_route(
        bill, real, loss=loss, policy=policy, card=card, vehicle=car.real, facts=facts, random=random
    )
    payout = simulated_payout(bill, route, policy=policy, vehicle=car.real)
    return {
        "schema": SCHEMA,
        "id": name,
        "cluster": shop.name,
        "currency": card.currency,
        "vehicle": {key: value for key, value in vehicle_to_json(car.told).items() if value and key != "doubts"},
        "loss": {
            "on": None if loss.on is None else loss.on.isoformat(),
            "cause": cause.value,
            "injured": loss.injured,
            "drivable": loss.drivable,
        },
        "damages": [_damage(one.seen) for one in damages],
        "coverage": coverage,
        "settled": {
            "lines": [_line(line) for line in bill.lines],
            "total": f"{bill.total:f}",
            "payout": f"{payout:f}",
            "route": route.value,
        },
        "synthetic": _planted(bill, damages, shop),
    }


def _planted(bill: Bill, damages: Sequence[SyntheticDamage], shop: _Shop) -> Mapping[str, Any]:
    return {
        "items": bill.items,
        "swapped": bill.swapped,
        "hidden": len(bill.hidden),
        "false_alarms": sum(one.real is None for one in damages),
        "price_level": str(shop.level),
    }


def _loss(cause: Cause, random: Random) -> Loss:
    crash = cause is Cause.COLLISION
    return Loss(
        on=_FIRST_DAY + timedelta(days=random.randrange(300)),
        cause=cause,
        injured=crash and random.random() < 0.06,
        drivable=not (crash and random.random() < 0.15),
    )


def _coverage(random: Random) -> list[dict[str, str]]:
    hidden = set() if random.random() < _SEEN_WELL else set(random.sample(list(CarPart), 3))
    sights = {True: Sight.NOT.name.lower(), False: Sight.WELL.name.lower()}
    return [{"part": part.value, "sight": sights[part in hidden]} for part in CarPart]


def _line(line: Line) -> dict[str, str]:
    return {
        "item": line.item.value,
        "place": line.place,
        "operation": line.operation.value,
        "amount": f"{line.amount:f}",
    }


def _damage(seen: RepairDamage) -> dict[str, Any]:
    size = seen.size_mm
    told: dict[str, Any] = {
        "name": seen.name,
        "type": seen.type.value,
        "part": None if seen.part is None else seen.part.value,
        "place": seen.place,
        "count": seen.count,
        "size_mm": None if size is None else [int(size.low), int(size.high)],
        "severity": [level.value for level in seen.severity],
        "paint_broken": seen.paint_broken,
        "confidence": None if seen.confidence is None else float(seen.confidence),
    }
    return {key: value for key, value in told.items() if value not in (None, "", [])}
