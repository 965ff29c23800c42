"""Three readings of what is uncertain: every doubt taken for little damage, the likely one, every doubt against."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from coachwork.estimates.damage import Access, RepairDamage, by_name
from coachwork.estimates.items import Material, item_of, material_of
from coachwork.estimates.rate_card import RateCard
from coachwork.inspections.vehicle import Paint, Vehicle
from coachwork.reasons import said
from coachwork.span import Span
from coachwork.taxonomy import DamageType, Item, Severity


class Reading(StrEnum):
    """How doubts are read; in the order of what they cost."""

    LOWER = "lower"
    LIKELY = "likely"
    UPPER = "upper"

    @property
    def place(self) -> int:
        """0, 1 or 2."""
        return list(Reading).index(self)

    def of(self, span: Span) -> Decimal:
        """The low end, the middle or the high end."""
        return (span.low, span.middle, span.high)[self.place]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenItem:
    """Something that could not be priced, and is in no total.

    Attributes:
        what: the thing, such as "front left door: replace".
        why: what is missing and where it would stand, one sentence without its full stop.
        table: of the rate card; empty where the damages lack something.
    """

    what: str
    why: str
    table: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadDamage:
    """A damage in one reading: nothing is unknown any more but a severity that nobody told.

    Attributes:
        damage: as it was given.
        item: what it asks to be repaired.
        size_mm: of one of them.
        level: how severe.
        broken: whether the paint is.
        access: to the back of the panel.
    """

    damage: RepairDamage
    item: Item
    size_mm: Decimal
    level: Severity | None
    broken: bool
    access: Access

    @property
    def place(self) -> str:
        """Which of several like items; empty for what a car has once."""
        return self.damage.place if material_of(self.item) in {Material.WHEEL, Material.TYRE} else ""


def read_damages(damages: Iterable[RepairDamage], card: RateCard, reading: Reading) -> list[ReadDamage]:
    """The damages that count in a reading, read so; those on unknown parts are left out (see `unplaced`)."""
    found = []
    for damage in damages:
        item = item_of(damage.type, damage.part)
        if item is not None and counts(damage, card, reading):
            found.append(read_damage(damage, item, card, reading))
    return sorted(found, key=lambda one: one.damage.name)


def read_damage(damage: RepairDamage, item: Item, card: RateCard, reading: Reading) -> ReadDamage:
    """One damage in one reading, taken to lie on the item; whether it counts there is not asked."""
    level = _level(damage.severity, reading)
    sized = damage.size_mm or _size(damage, card)
    return ReadDamage(
        damage=damage,
        item=item,
        size_mm=reading.of(sized) if damage.size_mm or not level else _size_of(level, card, reading),
        level=level,
        broken=_broken(damage, level, reading),
        access=damage.access or (Access.EASY, Access.EASY, Access.HARD)[reading.place],
    )


def counts(damage: RepairDamage, card: RateCard, reading: Reading) -> bool:
    """Whether a damage is sure enough for a reading; of unknown confidence, it is likely but not sure."""
    limits = card.uncertainty
    if damage.confidence is None:
        return reading is not Reading.LOWER
    return damage.confidence >= (limits.lower_from, limits.likely_from, limits.upper_from)[reading.place]


def unplaced(damages: Iterable[RepairDamage], card: RateCard) -> list[OpenItem]:
    """Damages whose part is unknown, or does not tell what is broken."""
    found = []
    for damage in by_name(damages):
        if item_of(damage.type, damage.part) is None and counts(damage, card, Reading.UPPER):
            why = said("open.no_part") if damage.part is None else said(f"open.which_{_thing(damage)}")
            found.append(OpenItem(what=said("open.damage", name=damage.name, damage=damage.words), why=why))
    return found


def paint_of(vehicle: Vehicle, reading: Reading) -> Paint:
    """The car's paint; where nobody states it, plain under clear coat, metallic or tri-coat."""
    return vehicle.paint or (Paint.CLEAR_COAT, Paint.METALLIC, Paint.TRI_COAT)[reading.place]


def _thing(damage: RepairDamage) -> str:
    return "glass" if damage.type is DamageType.BROKEN_GLASS else "lamp"


def _level(levels: tuple[Severity, ...], reading: Reading) -> Severity | None:
    if not levels:
        return None
    return (levels[0], levels[len(levels) // 2], levels[-1])[reading.place]


def _size(damage: RepairDamage, card: RateCard) -> Span:
    """Of a damage without a size: what its severities stand for, of all if none is told."""
    levels = damage.severity or tuple(Severity)
    return Span(low=card.sizes[levels[0]].low, high=card.sizes[levels[-1]].high)


def _size_of(level: Severity, card: RateCard, reading: Reading) -> Decimal:
    return reading.of(card.sizes[level])


def _broken(damage: RepairDamage, level: Severity | None, reading: Reading) -> bool:
    """Unknown paint is whole in the lower and broken in the upper reading; likely broken are worse scratches."""
    if damage.paint_broken is not None:
        return damage.paint_broken
    mildest = damage.type is not DamageType.SCRATCH or level in {None, Severity.MINOR}
    likely = level is Severity.SEVERE or not mildest
    return (False, likely, True)[reading.place]
