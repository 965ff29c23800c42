"""What a leasing or rental firm charges when a car comes back: a fixed amount for each damage beyond fair wear.

A list that does not speak of a damage leaves it open, and it is named. So a worse damage never lowers the charge but
where it goes beyond what the list speaks of, and something more is open.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from coachwork.estimates.damage import RepairDamage, by_name
from coachwork.estimates.items import item_of
from coachwork.estimates.money import ZERO, MoneyRange, rounded
from coachwork.estimates.rate_card import RateCard
from coachwork.estimates.readings import OpenItem, ReadDamage, Reading, read_damage
from coachwork.reasons import said
from coachwork.taxonomy import DamageType
from coachwork.valuation.rating import rate_damages
from coachwork.valuation.scheme import Region, Scheme, region_of


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnCharge:
    """One entry of a list; all that it states must hold.

    Attributes:
        name: by which results refer to it.
        words: what it is charged for.
        amount: for each such damage, in the list's currency.
        types, regions: what it speaks of; empty for all.
        broken_paint: only where the paint is broken.
        up_to_mm: only damages up to this size; None for any.
    """

    name: str
    words: str
    amount: Decimal
    types: frozenset[DamageType] = frozenset()
    regions: frozenset[Region] = frozenset()
    broken_paint: bool = False
    up_to_mm: Decimal | None = None

    def holds(self, damage: ReadDamage) -> bool:
        """Whether it speaks of a damage."""
        return (
            (not self.types or damage.damage.type in self.types)
            and (not self.regions or region_of(damage.item) in self.regions)
            and (damage.broken or not self.broken_paint)
            and (self.up_to_mm is None or damage.size_mm <= self.up_to_mm)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeList:
    """A list of charges.

    Attributes:
        name: by which it is chosen.
        title: what it is called, and whose it is.
        source: where its amounts were published, and what of it is assumed.
        currency, decimals: ISO 4217 and its decimals.
        fair_wear: its mildest class is not charged.
        entries: in the order of the file.
        sha256: of the file.
    """

    name: str
    title: str
    source: str
    currency: str
    decimals: int
    fair_wear: Scheme
    entries: tuple[ReturnCharge, ...]
    sha256: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargedDamage:
    """A damage on a bill.

    Attributes:
        damage: as it was given.
        entries: the entry in each reading; None where it is fair wear, does not count or is open there.
        amounts: by reading, rounded.
    """

    damage: RepairDamage
    entries: Mapping[Reading, ReturnCharge | None]
    amounts: tuple[Decimal, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnBill:
    """What is charged for a car; never edited, made again instead.

    Attributes:
        charges: by which list.
        lines: of the damages that are charged in any reading, by name.
        open: damages beyond fair wear that the list does not speak of.
    """

    charges: ChargeList
    lines: tuple[ChargedDamage, ...]
    open: tuple[OpenItem, ...]

    @property
    def total(self) -> MoneyRange:
        """The sum of the lines in each reading."""
        sums = [sum((line.amounts[reading.place] for line in self.lines), ZERO) for reading in Reading]
        return MoneyRange.around(sums, self.charges.currency)


def charge_return(damages: Iterable[RepairDamage], charges: ChargeList, card: RateCard) -> ReturnBill:
    """Charges a car's damages; their order does not matter.

    Args:
        damages: with names of their own. Prior ones, which were there at the start of the lease, are not charged.
        charges: the list.
        card: says what a severity stands for in millimetres, and how sure a damage must be to count.
    """
    new = by_name(one for one in damages if not one.prior)
    found: dict[str, dict[Reading, ReturnCharge | None]] = {one.name: dict.fromkeys(Reading) for one in new}
    beyond: dict[str, None] = {}
    for reading in Reading:
        for rating in rate_damages(new, charges.fair_wear, card, reading):
            if rating.level:
                entry = _entry(rating.damage, charges, card, reading)
                found[rating.damage.name][reading] = entry
                beyond |= {} if entry else {rating.damage.name: None}
    lines = [_line(one, found[one.name], charges) for one in new if any(found[one.name].values())]
    return ReturnBill(
        charges=charges,
        lines=tuple(lines),
        open=tuple(
            OpenItem(
                what=said("open.damage", name=one.name, damage=one.words),
                why=said("open.no_part" if one.part is None else "open.which_one")
                if item_of(one.type, one.part) is None
                else said("open.not_listed", charges=charges.name),
            )
            for one in new
            if one.name in beyond
        ),
    )


def _entry(damage: RepairDamage, charges: ChargeList, card: RateCard, reading: Reading) -> ReturnCharge | None:
    """The dearest entry that holds: of several that speak of a damage, one is charged."""
    item = item_of(damage.type, damage.part)
    if item is None:
        return None
    read = read_damage(damage, item, card, reading)
    return max((one for one in charges.entries if one.holds(read)), key=lambda one: one.amount, default=None)


def _line(damage: RepairDamage, entries: Mapping[Reading, ReturnCharge | None], charges: ChargeList) -> ChargedDamage:
    each = [entries[reading] for reading in Reading]
    amounts = tuple(ZERO if one is None else rounded(one.amount * damage.count, charges.decimals) for one in each)
    return ChargedDamage(damage=damage, entries=dict(entries), amounts=amounts)
