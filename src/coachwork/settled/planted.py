"""What is planted in synthetic cases: how simulated body shops differ from the rate card, and by how much."""

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from decimal import Decimal, InvalidOperation

from coachwork.errors import CoachworkError


class PlantedFactError(CoachworkError):
    """A fact that cannot be planted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlantedFacts:
    """By how much shops differ from the card, and what an assessment sees from what is there. All are assumptions.

    Attributes:
        price_level: what shops charge against the card, all charges alike.
        shop_spread: standard deviation of the logarithm of one shop's level around it.
        hour_noise: standard deviation of the logarithm of each line's labour, materials and work given away.
        part_noise: likewise of each line's part.
        swaps: share of the items that could be repaired as well as replaced, for which a shop does the other.
        hidden: chance that a body part that is repaired or replaced hides one more damage, which no photo shows.
        false_alarms: share of seen damages that are not there; confidences tell it truly.
        unsized: share of damages of which no millimetres are known, but a severity.
        outside: share of damages whose size or severity lies outside of what the assessment says.
        vague: share of the cars whose paint, and of the damages whose paint's state, is not known.
        other_routes: share of claims that a handler sends on another way than the simulated rules.
    """

    price_level: Decimal = Decimal("1.05")
    shop_spread: Decimal = Decimal("0.06")
    hour_noise: Decimal = Decimal("0.15")
    part_noise: Decimal = Decimal("0.08")
    swaps: Decimal = Decimal("0.06")
    hidden: Decimal = Decimal("0.12")
    false_alarms: Decimal = Decimal("0.06")
    unsized: Decimal = Decimal("0.40")
    outside: Decimal = Decimal("0.10")
    vague: Decimal = Decimal("0.20")
    other_routes: Decimal = Decimal("0.05")

    def __post_init__(self) -> None:
        for one in fields(self):
            value, most = getattr(self, one.name), 10 if one.name == "price_level" else 1
            least = Decimal("0.01") if one.name == "price_level" else Decimal(0)
            if not least <= value <= most:
                message = f"{one.name} must lie between {least} and {most}, is {value}"
                raise PlantedFactError(message)


EXACT = replace(PlantedFacts(), price_level=Decimal(1), **{one.name: Decimal(0) for one in fields(PlantedFacts)[1:]})
"""Shops that bill by the card and an assessment that sees what is there: nothing differs."""


def planted_facts(told: Iterable[str], base: PlantedFacts) -> PlantedFacts:
    """Facts changed by texts such as ``price_level=1.08``.

    Raises:
        PlantedFactError: one is unknown, or no number within its bounds.
    """
    names = [one.name for one in fields(PlantedFacts)]
    changes: dict[str, Decimal] = {}
    for text in told:
        name, _, value = text.partition("=")
        if name.strip() not in names:
            message = f"{name.strip()!r} cannot be planted: known are {', '.join(names)}, such as price_level=1.08"
            raise PlantedFactError(message)
        try:
            changes[name.strip()] = Decimal(value.strip())
        except InvalidOperation:
            message = f"{name.strip()} must be a number, is {value.strip()!r}"
            raise PlantedFactError(message) from None
    return replace(base, **changes)
