"""A grading scheme: classes of damages, the rules that sort them, and how many of each a grade takes.

Every rule says "at least": a damage falls into the worst class of all rules that fire for it, and rules fire for
larger, deeper and more damages only. So more damage can never give a milder class, whatever figures a scheme holds.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from coachwork.estimates.items import Material, is_welded, material_of
from coachwork.estimates.money import ZERO
from coachwork.estimates.readings import ReadDamage
from coachwork.span import Span
from coachwork.taxonomy import DamageType, Item


class Region(StrEnum):
    """What kind of part a damage lies on, as far as schemes tell them apart."""

    PANEL = "panel"
    WELDED_PANEL = "welded_panel"
    BUMPER = "bumper"
    MIRROR = "mirror"
    GLASS = "glass"
    LAMP = "lamp"
    WHEEL = "wheel"
    TYRE = "tyre"
    AIRBAGS = "airbags"


_BY_MATERIAL = {
    Material.GLASS: Region.GLASS,
    Material.LAMP: Region.LAMP,
    Material.WHEEL: Region.WHEEL,
    Material.TYRE: Region.TYRE,
    Material.AIRBAG: Region.AIRBAGS,
}


def region_of(item: Item) -> Region:
    """What kind of part an item is; roof, sills and rear wings are welded to the body.

    >>> region_of(Item.ROOF).value, region_of(Item.LEFT_MIRROR).value, region_of(Item.BONNET).value
    ('welded_panel', 'mirror', 'panel')
    """
    if is_welded(item):
        return Region.WELDED_PANEL
    if material_of(item) is Material.PLASTIC:
        return Region.MIRROR if "mirror" in item.value else Region.BUMPER
    return _BY_MATERIAL.get(material_of(item), Region.PANEL)


class Counted(StrEnum):
    """How damages of a class are counted: each, or each part of the car that has any."""

    DAMAGE = "damage"
    PART = "part"


@dataclass(frozen=True, slots=True, kw_only=True)
class DamageClass:
    """How bad a damage is in a scheme.

    Attributes:
        name: as rules and grades call it.
        words: what it stands for in the trade.
        counted: each damage, or each part of the car once.
        points: that one of them counts; never less than those of a milder class.
        value_share: share of the car's value that it takes off, where the scheme says so; None where it does not.
    """

    name: str
    words: str
    counted: Counted = Counted.DAMAGE
    points: Decimal = ZERO
    value_share: Span | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SortingRule:
    """One rule; all that it states must hold for it to fire.

    Attributes:
        name: by which findings refer to it.
        words: the rule as a sentence without its full stop.
        level: place of the class that a damage falls into at least.
        types, regions, items: what it speaks of; empty for all.
        above_mm: only damages larger than this.
        broken_paint: only where the paint is broken.
        more_than: only where more than so many damages, of which the rule holds otherwise, lie on one part.
        tag: under which the part is counted beside its class, such as "new bumper"; empty for none.
    """

    name: str
    words: str
    level: int
    types: frozenset[DamageType] = frozenset()
    regions: frozenset[Region] = frozenset()
    items: frozenset[Item] = frozenset()
    above_mm: Decimal | None = None
    broken_paint: bool = False
    more_than: int | None = None
    tag: str = ""

    def holds(self, damage: ReadDamage) -> bool:
        """Whether it holds for a damage by itself; how many lie on the part is not asked."""
        return (
            (not self.types or damage.damage.type in self.types)
            and (not self.regions or region_of(damage.item) in self.regions)
            and (not self.items or damage.item in self.items)
            and (self.above_mm is None or damage.size_mm > self.above_mm)
            and (not self.broken_paint or damage.broken)
        )

    @property
    def is_plain(self) -> bool:
        """Whether it holds for every damage."""
        narrowed = self.types or self.regions or self.items or self.broken_paint
        return not narrowed and self.above_mm is None and self.more_than is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Grade:
    """One grade, and what a car may have at most to get it.

    Attributes:
        name: as people call it.
        words: what it stands for.
        most: class or tag -> how many at most; worse classes count along with a class.
        points: at most; None without such a limit.
    """

    name: str
    words: str
    most: Mapping[str, int] = field(default_factory=dict)
    points: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheme:
    """A grading scheme.

    Attributes:
        name: by which it is chosen.
        title: what it is called, and whose it is.
        source: where its rules were published, and what of it is assumed.
        classes: mildest first; at least one.
        rules: in the order of the file; one of them holds for every damage.
        grades: best first, the last one without limits; empty where the scheme only sorts damages.
        sha256: of the file.
    """

    name: str
    title: str
    source: str
    classes: tuple[DamageClass, ...]
    rules: tuple[SortingRule, ...]
    grades: tuple[Grade, ...] = ()
    sha256: str = ""

    @property
    def tags(self) -> frozenset[str]:
        """Everything that rules count beside classes."""
        return frozenset(rule.tag for rule in self.rules if rule.tag)
