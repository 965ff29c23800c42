"""The sample card, changed for a test."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from functools import cache
from typing import Any

from coachwork.estimates.card_reading import read_rate_card, sample_card_path
from coachwork.estimates.damage import RepairDamage
from coachwork.estimates.rate_card import ItemHours, RateCard
from coachwork.span import Span
from coachwork.taxonomy import CarPart, DamageType, Item

D = Decimal
THREE_HOURS = (Item.BONNET, Item.FRONT_LEFT_WING, Item.FRONT_RIGHT_WING)
"""The three panels of the worked examples, 3.0 h each."""


@cache
def sample_card() -> RateCard:
    return read_rate_card(sample_card_path())


def card_with(**changes: Any) -> RateCard:
    """The sample card with other values in some fields."""
    return replace(sample_card(), **changes)


def without_taxes() -> RateCard:
    return card_with(taxes=dict.fromkeys(sample_card().taxes or {}, D(0)))


def hours_of(refinish: Mapping[Item, str]) -> dict[Item, ItemHours]:
    return {item: ItemHours(refinish=D(hours), replace=D(1)) for item, hours in refinish.items()}


def damage(
    type_: DamageType, part: CarPart | None, size: str | tuple[str, str] | None = None, **more: Any
) -> RepairDamage:
    """A damage that is sure, unless said otherwise."""
    ends = (size, size) if isinstance(size, str) else size
    span = None if ends is None else Span(low=D(ends[0]), high=D(ends[1]))
    given: dict[str, Any] = {"name": f"{type_.value} {part}", "confidence": D(1)} | more
    return RepairDamage(type=type_, part=part, size_mm=span, **given)
