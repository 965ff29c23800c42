"""Rate cards read from TOML; every problem is told by file, line and reason, all of them at once."""

import hashlib
from collections.abc import Iterator
from decimal import Decimal
from importlib import resources
from itertools import pairwise
from pathlib import Path
from typing import Any

from coachwork.estimates.card_matrix import read_matrix
from coachwork.estimates.card_overlap import read_overlap
from coachwork.estimates.items import LabourClass
from coachwork.estimates.rate_card import (
    Charge,
    Choices,
    CoatShares,
    ItemHours,
    RateCard,
    RefinishTimes,
    SizeStep,
    TotalLossLimit,
    TotalLossRule,
    Uncertainty,
)
from coachwork.span import Span
from coachwork.taxonomy import DamageType, Item, Severity
from coachwork.toml_tables import TomlFileError, TomlTable, read_toml

SUBLET_WORK = ("wheel_refurbish", "glass_repair")
"""Work at a fixed price that the rules know."""
TABLES = (
    "card",
    "labour",
    "materials",
    "taxes",
    "part_prices",
    "hours",
    "labour_overlap",
    "repair",
    "polish",
    "touch_up",
    "sublet",
    "pdr",
    "refinish",
    "choices",
    "sizes",
    "uncertainty",
    "total_loss",
    "betterment",
)
"""Everything that a card may hold; only `_NEEDED` must be there."""
_NEEDED = ("card", "refinish", "choices", "sizes", "uncertainty")


class RateCardError(TomlFileError):
    """A rate card is malformed."""


def sample_card_path() -> Path:
    """The card that ships: figures from public sources and assumptions, for trying things out, not for offers."""
    return Path(str(resources.files("coachwork.estimates") / "sample_card.toml"))


def read_rate_card(path: Path) -> RateCard:
    """Reads a card; numbers become Decimal, never float.

    Raises:
        RateCardError: one thing is wrong in it, told by line.
        ExceptionGroup: of several RateCardErrors.
    """
    document, content = read_toml(path, RateCardError)
    root = document.root
    root.only(TABLES)
    root.need(_NEEDED)
    present = {name: table for name, table in root.tables() if name in TABLES}
    sources = {name: table.text("source") for name, table in present.items() if name != "card"}
    if any(name not in root for name in _NEEDED):
        document.finish()
    made = _card(root, sources, hashlib.sha256(content).hexdigest())
    document.finish()
    return made


def _card(root: TomlTable, sources: dict[str, str], sha256: str) -> RateCard:
    head = root.table("card")
    head.only(("name", "version", "region", "currency", "decimals", "sample"))
    currency = head.text("currency")
    if currency and (len(currency) != 3 or not currency.isascii() or not currency.isupper()):
        head.wrong("currency", f"must be three capital letters such as EUR (ISO 4217), is {currency!r}")
    materials = root.table("materials")
    materials.only(("source", "paint_per_refinish_hour", "cap"))
    hours = dict(_hours(root.table("hours")))
    return RateCard(
        name=head.text("name"),
        version=head.text("version"),
        region=head.text("region"),
        currency=currency,
        decimals=head.whole("decimals", low=0, high=4, default=2),
        sample=head.flag("sample"),
        sha256=sha256,
        labour=dict(_labour(root.table("labour"))),
        paint_per_hour=materials.number_or_none("paint_per_refinish_hour"),
        materials_cap=materials.number_or_none("cap"),
        taxes=_taxes(root.table("taxes")) if "taxes" in root else None,
        part_prices=dict(_prices(root.table("part_prices"))),
        hours=hours,
        labour_overlap=read_overlap(root.table("labour_overlap"), hours),
        repair=dict(_repair(root.table("repair"))),
        polish=_steps(root.table("polish")) if "polish" in root else (),
        touch_up=_steps(root.table("touch_up")) if "touch_up" in root else (),
        sublet=dict(_sublet(root.table("sublet"))),
        pdr=read_matrix(root.table("pdr")) if "pdr" in root else None,
        refinish=_refinish(root.table("refinish")),
        choices=_choices(root.table("choices")),
        sizes=_sizes(root.table("sizes")),
        uncertainty=_uncertainty(root.table("uncertainty")),
        total_loss=_total_loss(root.table("total_loss")) if "total_loss" in root else None,
        betterment=frozenset(_items(root.table("betterment"))),
        sources=sources,
    )


def _labour(table: TomlTable) -> Iterator[tuple[LabourClass, Decimal]]:
    table.only(("source", *LabourClass))
    for kind in LabourClass:
        if kind in table:
            yield kind, table.number(kind)


def _taxes(table: TomlTable) -> dict[Charge, Decimal]:
    table.only(("source", *Charge))
    return {charge: table.number(charge, high=1) for charge in Charge}


def _prices(table: TomlTable) -> Iterator[tuple[Item, Decimal]]:
    table.only(("source", *Item))
    for item in Item:
        if item in table:
            yield item, table.number(item)


def _hours(table: TomlTable) -> Iterator[tuple[Item, ItemHours]]:
    table.only(("source", *Item))
    for item in Item:
        if item in table:
            times = table.table(item)
            times.only(("refinish", "replace", "remove_install"))
            yield (
                item,
                ItemHours(
                    refinish=times.number_or_none("refinish", high=1000),
                    replace=times.number_or_none("replace", high=1000),
                    remove_install=times.number_or_none("remove_install", high=1000),
                ),
            )


def _repair(table: TomlTable) -> Iterator[tuple[DamageType, tuple[SizeStep, ...]]]:
    table.only(("source", *DamageType))
    for type_ in DamageType:
        if type_ in table:
            steps = table.table(type_)
            steps.only(("steps",))
            yield type_, _steps(steps)


def _steps(table: TomlTable) -> tuple[SizeStep, ...]:
    """Steps of size, in which neither sizes nor hours fall: else more damage would cost less."""
    found: list[SizeStep] = []
    for place, value in enumerate(table.list_of("steps"), start=1):
        step = _step(table, place, value)
        before = found[-1] if found else None
        if before is not None and before.up_to_mm is None:
            table.wrong("steps", f"step {place} follows one without up_to_mm, which reaches all sizes already")
        elif before is not None and step.up_to_mm is not None and step.up_to_mm <= (before.up_to_mm or 0):
            table.wrong("steps", f"step {place} must reach further than {before.up_to_mm} mm, reaches {step.up_to_mm}")
        if before is not None and step.hours < before.hours:
            table.wrong("steps", f"step {place} takes {step.hours} h, less than the smaller damage before it")
        found.append(step)
    if not found:
        table.wrong("steps", "is missing: list steps such as {up_to_mm = 50, hours = 0.5}")
    return tuple(found)


def _step(table: TomlTable, place: int, value: Any) -> SizeStep:
    if not isinstance(value, dict):
        table.wrong("steps", f"step {place} must look like {{up_to_mm = 50, hours = 0.5}}")
        return SizeStep(up_to_mm=None, hours=Decimal(0))
    step = TomlTable(table.document, value, (*table.path, "steps", f"step {place}"))
    step.only(("up_to_mm", "hours"))
    return SizeStep(up_to_mm=step.number_or_none("up_to_mm"), hours=step.number("hours", high=1000))


def _sublet(table: TomlTable) -> Iterator[tuple[str, Decimal]]:
    table.only(("source", *SUBLET_WORK))
    for name in SUBLET_WORK:
        if name in table:
            yield name, table.number(name)


def _refinish(table: TomlTable) -> RefinishTimes:
    coats = ("clear_coat", "tri_coat", "two_tone")
    hours = ("overlap_adjacent_hours", "overlap_apart_hours", "edging_hours")
    table.only(("source", *hours, *coats, "blend_share", "blend_clear_share"))
    adjacent = table.number("overlap_adjacent_hours", high=100)
    apart = table.number("overlap_apart_hours", high=100)
    if apart > adjacent:
        table.wrong("overlap_apart_hours", "must not be above overlap_adjacent_hours")
    clear, tri = _coat(table.table("clear_coat")), _coat(table.table("tri_coat"))
    if tri.first < clear.first or tri.further < clear.further:
        table.wrong("tri_coat", "must not add less than clear_coat")
    if tri.cap_hours is not None and (clear.cap_hours is None or tri.cap_hours < clear.cap_hours):
        table.wrong("tri_coat", "must not have a lower cap_hours than clear_coat")
    return RefinishTimes(
        overlap_adjacent=adjacent,
        overlap_apart=min(apart, adjacent),
        clear_coat=clear,
        tri_coat=tri,
        two_tone=_coat(table.table("two_tone")),
        blend=table.number("blend_share", high=1),
        blend_clear=table.number("blend_clear_share", high=1),
        edging_hours=table.number("edging_hours", high=100),
    )


def _coat(table: TomlTable) -> CoatShares:
    table.only(("first", "further", "cap_hours"))
    first, further = table.number("first", high=10), table.number("further", high=10)
    if further > first:
        table.wrong("further", f"must not be above first, {first}")
    return CoatShares(first=first, further=further, cap_hours=table.number_or_none("cap_hours", high=1000))


def _choices(table: TomlTable) -> Choices:
    limits = ("polish_up_to_mm", "touch_up_up_to_mm", "glass_repair_up_to_mm")
    table.only(("source", *limits, "replace_share"))
    polish, touch_up, glass = (table.number(name) for name in limits)
    return Choices(
        polish_up_to_mm=polish,
        touch_up_up_to_mm=touch_up,
        glass_repair_up_to_mm=glass,
        replace_share=table.number("replace_share", high=1),
    )


def _sizes(table: TomlTable) -> dict[Severity, Span]:
    table.only(("source", *Severity))
    spans = {level: table.span(level) for level in Severity}
    ordered = list(spans.items())
    for (_, milder), (level, worse) in pairwise(ordered):
        if worse.low < milder.low or worse.high < milder.high:
            table.wrong(level, "must not be smaller than the milder severity before it")
    if spans[Severity.MINOR].low <= 0:
        table.wrong(Severity.MINOR, "must be above 0 mm")
    return spans


def _uncertainty(table: TomlTable) -> Uncertainty:
    names = ("lower_from", "likely_from", "upper_from")
    table.only(("source", *names, "repair_times", "part_prices", "hidden_share"))
    lower, likely, upper = (table.number(name, high=1) for name in names)
    if not lower >= likely >= upper:
        table.wrong("likely_from", "must lie between upper_from and lower_from")
    return Uncertainty(
        lower_from=lower,
        likely_from=likely,
        upper_from=upper,
        times=_factors(table, "repair_times"),
        parts=_factors(table, "part_prices") if "part_prices" in table else (Decimal(1), Decimal(1), Decimal(1)),
        hidden=table.number("hidden_share", high=10),
    )


def _factors(table: TomlTable, key: str) -> tuple[Decimal, Decimal, Decimal]:
    factors = table.list_of(key)
    if len(factors) != 3:
        table.wrong(key, "must be three factors for lower, likely and upper, such as [0.8, 1.0, 1.3]")
        factors = [1, 1, 1]
    low, mid, high = (table.as_span(key, factor, high=100).low for factor in factors)
    if not low <= mid <= high:
        table.wrong(key, "must rise from lower to upper")
    return low, mid, high


def _total_loss(table: TomlTable) -> TotalLossLimit:
    table.only(("source", "rule", "share"))
    rule = table.text("rule")
    if rule not in list(TotalLossRule):
        table.wrong("rule", f"must be one of {', '.join(TotalLossRule)}, is {rule!r}")
        rule = TotalLossRule.THRESHOLD
    return TotalLossLimit(rule=TotalLossRule(rule), share=table.number("share", high=1, default=Decimal(1)))


def _items(table: TomlTable, key: str = "items") -> Iterator[Item]:
    table.only(("source", key))
    for name in table.list_of(key):
        if name in list(Item):
            yield Item(name)
        else:
            table.wrong(key, f"names the unknown item {name!r}: known are {', '.join(Item)}")
