"""Each damage sorted into a scheme's classes, in each reading of what is unknown, with the rule that decided."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from coachwork.estimates.damage import RepairDamage, by_name
from coachwork.estimates.items import Material, item_of, material_of
from coachwork.estimates.money import plain
from coachwork.estimates.rate_card import RateCard
from coachwork.estimates.readings import ReadDamage, Reading, counts, read_damage
from coachwork.reasons import said
from coachwork.taxonomy import CarPart, DamageType, Item
from coachwork.valuation.scheme import Scheme, SortingRule

_NOT_DENTED = {Material.GLASS, Material.LAMP}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rating:
    """A damage in one reading.

    Attributes:
        damage: as it was given.
        level: place of its class in the scheme.
        rule: that put it there.
        spot: which part it lies on; None where that is unknown, or which of several wheels is.
        tags: under which the part is counted beside its class.
        why: what of the damage the rule met, as people read it.
    """

    damage: RepairDamage
    level: int
    rule: SortingRule
    spot: tuple[Item, str] | None
    tags: frozenset[str] = frozenset()
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Placed:
    """A damage and every way in which it may lie on the car, in one reading."""

    damage: RepairDamage
    known: bool
    ways: tuple[ReadDamage, ...] = field(repr=False)


def rate_damages(
    damages: Iterable[RepairDamage], scheme: Scheme, card: RateCard, reading: Reading
) -> tuple[Rating, ...]:
    """Sorts the damages that count in a reading, by name; their order does not matter.

    Where the part is unknown every part that the type allows is tried: the lower reading takes the mildest class, the
    likely one the middle, the upper one the worst.

    Args:
        damages: with names of their own.
        scheme: whose rules sort them.
        card: says what a severity stands for in millimetres, and how sure a damage must be to count.
        reading: of the doubts.
    """
    known = by_name(one for one in damages if counts(one, card, reading))
    placed = [_placed(damage, card, reading) for damage in known]
    return tuple(_rating(one, placed, scheme, reading) for one in placed)


def items_of(type_: DamageType, part: CarPart | None) -> tuple[Item, ...]:
    """Everything that a damage may lie on: one item where the part tells it, else all that its type allows.

    >>> [item.value for item in items_of(DamageType.BROKEN_LAMP, CarPart.FRONT_BUMPER)]
    ['left_headlamp', 'right_headlamp', 'left_tail_lamp', 'right_tail_lamp']
    """
    told = item_of(type_, part)
    if told is not None:
        return (told,)
    found = {item_of(type_, one) for one in CarPart}
    if type_ is DamageType.DENT:
        found = {item for item in found if item is not None and material_of(item) not in _NOT_DENTED}
    return tuple(item for item in Item if item in found)


def _placed(damage: RepairDamage, card: RateCard, reading: Reading) -> _Placed:
    items = items_of(damage.type, damage.part)
    return _Placed(
        damage=damage,
        known=len(items) == 1,
        ways=tuple(read_damage(damage, item, card, reading) for item in items),
    )


def _rating(one: _Placed, placed: Sequence[_Placed], scheme: Scheme, reading: Reading) -> Rating:
    tried = [_at(way, one, placed, scheme, reading) for way in one.ways]
    tried.sort(key=lambda rating: rating.level)
    taken = tried[(0, len(tried) // 2, len(tried) - 1)[reading.place]]
    if one.known:
        return taken
    tags = frozenset[str]().union(*(rating.tags for rating in tried)) if reading is Reading.UPPER else frozenset[str]()
    return Rating(damage=one.damage, level=taken.level, rule=taken.rule, spot=None, tags=tags, why=taken.why)


def _at(way: ReadDamage, one: _Placed, placed: Sequence[_Placed], scheme: Scheme, reading: Reading) -> Rating:
    """The damage taken to lie somewhere."""
    fired = [rule for rule in scheme.rules if rule.holds(way) and _is_enough(rule, way, one, placed, reading)]
    rule = max(fired, key=lambda rule: rule.level)  # of several that say the same, the first
    return Rating(
        damage=one.damage,
        level=rule.level,
        rule=rule,
        spot=(way.item, way.place),
        tags=frozenset(rule.tag for rule in fired if rule.tag),
        why=_why(rule, way),
    )


def _is_enough(rule: SortingRule, way: ReadDamage, one: _Placed, placed: Sequence[_Placed], reading: Reading) -> bool:
    """Whether enough damages of the rule lie on one part; those on unknown parts count in the upper reading alone."""
    if rule.more_than is None:
        return True
    found = 0
    for other in placed:
        if other is one:
            found += one.damage.count
        elif other.known or reading is Reading.UPPER:
            here = [each for each in other.ways if _is_same_spot(each, way, reading)]
            found += other.damage.count if any(rule.holds(each) for each in here) else 0
    return found > rule.more_than


def _is_same_spot(one: ReadDamage, other: ReadDamage, reading: Reading) -> bool:
    """Whether two damages lie on one part; a wheel of unknown place may be any of them in the upper reading."""
    if one.item is not other.item:
        return False
    return one.place == other.place or (reading is Reading.UPPER and not (one.place and other.place))


def _why(rule: SortingRule, way: ReadDamage) -> str:
    """What of the damage the rule's conditions met."""
    parts = []
    if rule.above_mm is not None:
        parts.append(said("rating.above", size=plain(way.size_mm), limit=plain(rule.above_mm)))
    if rule.broken_paint:
        parts.append(said("rating.broken" if way.damage.paint_broken else "rating.taken_as_broken"))
    if rule.more_than is not None:
        parts.append(said("rating.more_than", count=rule.more_than, item=way.item))
    if way.damage.part is None and (rule.regions or rule.items):
        parts.append(said("rating.taken_to_lie", item=way.item))
    return said("joined.listed", parts=parts) if parts else ""
