"""What a rate card lacks, and would leave open in estimates."""

from collections.abc import Iterator

from coachwork.estimates.card_reading import SUBLET_WORK, TABLES
from coachwork.estimates.items import LabourClass, is_painted
from coachwork.estimates.line import open_entry
from coachwork.estimates.rate_card import RateCard
from coachwork.estimates.readings import OpenItem
from coachwork.taxonomy import DamageType, Item

REPAIRED_TYPES = (
    DamageType.DENT,
    DamageType.SCRATCH,
    DamageType.CRACK,
    DamageType.EXPOSED_PRIMER,
    DamageType.PAINT_CHIP,
    DamageType.RUST,
)
"""Damages that are repaired by hours; the others are replaced."""


def gaps_of(card: RateCard) -> tuple[OpenItem, ...]:
    """Everything that the rules may ask for and the card does not have."""
    return (*_tables(card), *_rates(card), *_items(card), *_work(card))


def _tables(card: RateCard) -> Iterator[OpenItem]:
    for table in TABLES[1:]:
        if table not in card.sources and table != "labour_overlap":  # without it nothing is open, only counted twice
            yield OpenItem(what=table, why=f"the rate card has no table [{table}]", table=table)


def _rates(card: RateCard) -> Iterator[OpenItem]:
    for kind in LabourClass:
        if kind not in card.labour:
            yield open_entry(f"{kind.value} work", "labour", f"{kind.value} rate")
    if card.paint_per_hour is None:
        yield open_entry("paint materials", "materials", "paint_per_refinish_hour")


def _items(card: RateCard) -> Iterator[OpenItem]:
    for item in Item:
        times = card.item_hours(item)
        if item not in card.part_prices:
            yield open_entry(f"{item.words}: part", "part_prices", f"price of {item.value}")
        if times.replace is None:
            yield open_entry(f"{item.words}: fitting", f"hours.{item.value}", "replace time")
        if times.refinish is None and is_painted(item):
            yield open_entry(f"{item.words}: refinish", f"hours.{item.value}", "refinish time")


def _work(card: RateCard) -> Iterator[OpenItem]:
    for type_ in REPAIRED_TYPES:
        if type_ not in card.repair:
            yield open_entry(f"repair of {type_.words}", f"repair.{type_.value}", "repair times")
    for work in SUBLET_WORK:
        if work not in card.sublet:
            yield open_entry(work.replace("_", " "), "sublet", work)
