"""The rate card: every figure that an estimate multiplies with, and where each comes from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from coachwork.estimates.items import LabourClass
from coachwork.span import Span
from coachwork.taxonomy import DamageType, Item, Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class SizeStep:
    """Hours for damages up to a size.

    Attributes:
        up_to_mm: the largest extent; None for any.
        hours: of labour.
    """

    up_to_mm: Decimal | None
    hours: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemHours:
    """Times of one item in hours; None is "the card has no such time".

    Attributes:
        refinish: painting it, without clear coat.
        replace: taking off the old and fitting the new one.
        remove_install: what is in the way of repairing it.
    """

    refinish: Decimal | None = None
    replace: Decimal | None = None
    remove_install: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CoatShares:
    """What a coat adds to paint times, as shares.

    Attributes:
        first, further: of the largest panel's time, and of the others' after overlap; first is not below further.
        cap_hours: the most that it adds to a car; None for no limit.
    """

    first: Decimal
    further: Decimal
    cap_hours: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefinishTimes:
    """How paint times of several panels go together.

    Attributes:
        overlap_adjacent, overlap_apart: hours that a further panel saves where it touches a painted one, and where not.
        clear_coat, tri_coat, two_tone: what these add; tri-coat stands in place of clear coat, two-tone beside it.
        blend: share of a panel's refinish time that blending takes.
        blend_clear: share of the blend time that is clear coat; the rest is colour.
        edging_hours: painting the edges of a new part.
    """

    overlap_adjacent: Decimal
    overlap_apart: Decimal
    clear_coat: CoatShares
    tri_coat: CoatShares
    two_tone: CoatShares
    blend: Decimal
    blend_clear: Decimal
    edging_hours: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class PdrSize:
    """One row of the PDR matrix.

    Attributes:
        name: as the trade calls it, such as "quarter".
        up_to_mm: the largest dent of the row.
        prices: of a panel with so many dents, one for each count of the matrix.
    """

    name: str
    up_to_mm: Decimal
    prices: tuple[Span, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PdrMatrix:
    """Prices of paintless dent repair, by size of dent and count on a panel.

    Attributes:
        items: panels that can be reached from behind.
        counts: the largest count of each column, rising.
        sizes: rows, rising.
        aluminium, hard_access: shares that are added.
    """

    items: frozenset[Item]
    counts: tuple[int, ...]
    sizes: tuple[PdrSize, ...]
    aluminium: Span
    hard_access: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """Limits of the rules that choose what is done.

    Attributes:
        polish_up_to_mm, touch_up_up_to_mm, glass_repair_up_to_mm: the largest damages for these.
        replace_share: repair hours that cost more than this share of part, fitting and refinish mean replacing.
    """

    polish_up_to_mm: Decimal
    touch_up_up_to_mm: Decimal
    glass_repair_up_to_mm: Decimal
    replace_share: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Uncertainty:
    """What makes the lower and the upper figure.

    Attributes:
        lower_from, likely_from, upper_from: confidence from which a damage counts in each, falling.
        times: factors on repair hours for lower, likely and upper, rising.
        parts: likewise on the prices of parts.
        hidden: share for damage that photos do not show, in the upper figure.
    """

    lower_from: Decimal
    likely_from: Decimal
    upper_from: Decimal
    times: tuple[Decimal, Decimal, Decimal]
    parts: tuple[Decimal, Decimal, Decimal]
    hidden: Decimal


class TotalLossRule(StrEnum):
    """How a total loss is told."""

    THRESHOLD = "threshold"
    FORMULA = "formula"


@dataclass(frozen=True, slots=True, kw_only=True)
class TotalLossLimit:
    """When a car is a total loss.

    Attributes:
        rule: threshold: repair reaches a share of the market value; formula: repair and salvage reach the value.
        share: of the market value, for the threshold.
    """

    rule: TotalLossRule
    share: Decimal


class Charge(StrEnum):
    """What a tax is laid on."""

    LABOUR = "labour"
    PARTS = "parts"
    MATERIALS = "materials"
    SUBLET = "sublet"


@dataclass(frozen=True, slots=True, kw_only=True)
class RateCard:
    """All figures of estimates in one region, immutable. What a mapping lacks is priced as open.

    Attributes:
        name, version, region: which card it is.
        currency, decimals: ISO 4217 and its decimals; every amount is rounded to them, halves up.
        sample: its figures are for trying things out, and no offer may rest on them.
        sha256: of the file.
        labour: price of an hour.
        paint_per_hour, materials_cap: paint materials by the refinish hour, and the most that they may come to.
        taxes: shares; None where the card has no table of taxes.
        part_prices, hours, repair, polish, touch_up: by item, and by type and size of damage.
        labour_overlap: two items that a car has once -> hours of body work that taking both off has in common.
        sublet: fixed prices of work given away, such as ``wheel_refurbish``.
        sizes: what a severity means in mm where no size is known.
        betterment: items that wear.
        sources: table -> where its figures come from.
    """

    name: str
    version: str
    region: str
    currency: str
    decimals: int
    sample: bool
    sha256: str
    labour: Mapping[LabourClass, Decimal]
    paint_per_hour: Decimal | None
    materials_cap: Decimal | None
    taxes: Mapping[Charge, Decimal] | None
    part_prices: Mapping[Item, Decimal]
    hours: Mapping[Item, ItemHours]
    labour_overlap: Mapping[frozenset[Item], Decimal]
    repair: Mapping[DamageType, Sequence[SizeStep]]
    polish: Sequence[SizeStep]
    touch_up: Sequence[SizeStep]
    sublet: Mapping[str, Decimal]
    pdr: PdrMatrix | None
    refinish: RefinishTimes
    choices: Choices
    sizes: Mapping[Severity, Span]
    uncertainty: Uncertainty
    total_loss: TotalLossLimit | None
    betterment: frozenset[Item]
    sources: Mapping[str, str]

    def item_hours(self, item: Item) -> ItemHours:
        """The times of an item, all None where the card does not have it."""
        return self.hours.get(item, ItemHours())


def hours_for(steps: Sequence[SizeStep], size_mm: Decimal) -> Decimal | None:
    """The hours of the first step that reaches the size; None where it is larger than all.

    >>> hours_for([SizeStep(up_to_mm=Decimal(50), hours=Decimal("0.5"))], Decimal(60)) is None
    True
    """
    for step in steps:
        if step.up_to_mm is None or size_mm <= step.up_to_mm:
            return step.hours
    return None
