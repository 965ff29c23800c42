"""Work that keeps the paint: polishing, touching up, pushing dents out, filling glass, refurbishing rims."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal

from coachwork.estimates.damage import Access
from coachwork.estimates.items import LabourClass, Material, is_painted, material_of
from coachwork.estimates.line import Line, item_words, labour_line, open_entry, remove_install, taxed, work_words
from coachwork.estimates.money import ZERO, rounded
from coachwork.estimates.rate_card import Charge, PdrMatrix, RateCard, hours_for
from coachwork.estimates.readings import OpenItem, ReadDamage, Reading
from coachwork.estimates.rules import Operation, Rule
from coachwork.inspections.vehicle import Vehicle
from coachwork.reasons import said
from coachwork.taxonomy import DamageType, Item, Severity

_RULE_OF = {
    Operation.POLISH: Rule.POLISH,
    Operation.TOUCH_UP: Rule.TOUCH_UP,
    Operation.PDR: Rule.PDR,
    Operation.GLASS_REPAIR: Rule.GLASS_REPAIR,
    Operation.REFURBISH: Rule.REFURBISH,
}
_RIM_DAMAGES = {
    DamageType.SCRATCH,
    DamageType.PAINT_CHIP,
    DamageType.EXPOSED_PRIMER,
    DamageType.RUST,
    DamageType.DENT,
}


def keeping_lines(
    item: Item, place: str, damages: Sequence[ReadDamage], *, card: RateCard, vehicle: Vehicle, reading: Reading
) -> tuple[tuple[Line, ...], tuple[OpenItem, ...]] | None:
    """The lines, and what could not be priced; None where one damage does not allow it."""
    by_operation: dict[Operation, list[ReadDamage]] = {}
    for one in damages:
        operation = _operation(one, card)
        if operation is None:
            return None
        by_operation.setdefault(operation, []).append(one)
    lines: list[Line] = []
    missing: list[OpenItem] = []
    work = _Work(item, place, card=card, vehicle=vehicle, reading=reading)
    for operation in Operation:
        if operation in by_operation:
            found = work.line(operation, by_operation[operation])
            if found is None:
                return None
            lines += found[0]
            missing += found[1]
    return tuple(lines), tuple(missing)


def _operation(one: ReadDamage, card: RateCard) -> Operation | None:
    """What mends the damage without paint."""
    type_, material, limits = one.damage.type, material_of(one.item), card.choices
    severe = one.level is Severity.SEVERE
    if material is Material.WHEEL:
        return Operation.REFURBISH if type_ in _RIM_DAMAGES and not severe else None
    if type_ is DamageType.CRACK and one.item is Item.WINDSCREEN and not severe:
        return Operation.GLASS_REPAIR if one.size_mm <= limits.glass_repair_up_to_mm else None
    if type_ is DamageType.SCRATCH and not one.broken and not severe:
        return Operation.POLISH if one.size_mm <= limits.polish_up_to_mm else None
    if type_ is DamageType.PAINT_CHIP and is_painted(one.item) and not severe:
        return Operation.TOUCH_UP if one.size_mm <= limits.touch_up_up_to_mm else None
    pushed = type_ is DamageType.DENT and card.pdr is not None and one.item in card.pdr.items
    if pushed and not one.broken and not severe and one.access is not Access.NONE:
        return Operation.PDR
    return None


class _Work:
    """Lines of one item."""

    def __init__(self, item: Item, place: str, *, card: RateCard, vehicle: Vehicle, reading: Reading) -> None:
        self.item, self.place, self.card, self.vehicle, self.reading = item, place, card, vehicle, reading
        self.words = item_words(item, place)

    def line(self, operation: Operation, damages: list[ReadDamage]) -> tuple[list[Line], list[OpenItem]] | None:
        if operation is Operation.PDR:
            return self._pdr(damages)
        if operation is Operation.POLISH:
            return self._by_hours(operation, damages, "polish")
        if operation is Operation.TOUCH_UP:
            return self._by_hours(operation, damages, "touch_up")
        times = sum(one.damage.count for one in damages) if operation is Operation.GLASS_REPAIR else 1
        key = "glass_repair" if operation is Operation.GLASS_REPAIR else "wheel_refurbish"
        price = self.card.sublet.get(key)
        missing = [] if price is not None else [open_entry(work_words(self.words, operation), "sublet", key)]
        return [self._sublet(operation, (price or ZERO) * times, damages, "sublet")], missing

    def _by_hours(
        self, operation: Operation, damages: list[ReadDamage], table: str
    ) -> tuple[list[Line], list[OpenItem]] | None:
        steps = self.card.polish if operation is Operation.POLISH else self.card.touch_up
        each = [hours_for(steps, one.size_mm) for one in damages]
        if steps and None in each:
            return None
        hours = sum(((time or ZERO) * one.damage.count for time, one in zip(each, damages, strict=True)), ZERO)
        missing = [] if steps else [open_entry(work_words(self.words, operation), table, "steps")]
        line, lacking = labour_line(self.card, self._blank(operation, damages, table), LabourClass.REFINISH, hours)
        return [line], [*missing, *lacking]

    def _pdr(self, damages: list[ReadDamage]) -> tuple[list[Line], list[OpenItem]] | None:
        """The panel's price of its largest dent for all, or each dent by itself, whichever is less."""
        matrix = self.card.pdr
        if matrix is None:
            return None
        price, why = _matrix_price(matrix, damages, self.reading)
        if price is None:
            return None
        shares = [matrix.aluminium] if self.item in self.vehicle.aluminium else []
        shares += [matrix.hard_access] if any(one.access is Access.HARD for one in damages) else []
        for share in shares:
            price *= 1 + self.reading.of(share)
        why = said("pdr.aluminium", told=why) if self.item in self.vehicle.aluminium else why
        fitted, missing = remove_install(self.card, self.item, self.place, _names(damages))
        return [self._sublet(Operation.PDR, price, damages, "pdr", why), *fitted], missing

    def _sublet(
        self, operation: Operation, price: Decimal, damages: list[ReadDamage], table: str, why: str = ""
    ) -> Line:
        amount = rounded(price, self.card.decimals)
        tax = taxed(self.card, Charge.SUBLET, amount)
        return replace(self._blank(operation, damages, table), sublet=amount, tax=tax, why=why)

    def _blank(self, operation: Operation, damages: list[ReadDamage], table: str) -> Line:
        return Line(
            item=self.item,
            place=self.place,
            operation=operation,
            damages=_names(damages),
            rules=(_RULE_OF[operation],),
            tables=(table,),
        )


def _names(damages: Iterable[ReadDamage]) -> tuple[str, ...]:
    return tuple(one.damage.name for one in damages)


def _matrix_price(matrix: PdrMatrix, damages: list[ReadDamage], reading: Reading) -> tuple[Decimal | None, str]:
    """The price, and how it was found; None where the matrix does not reach."""
    rows = [next((row for row in matrix.sizes if one.size_mm <= row.up_to_mm), None) for one in damages]
    if any(row is None for row in rows):
        return None, ""
    known = [row for row in rows if row is not None]
    largest = max(known, key=lambda row: row.up_to_mm)
    count = sum(one.damage.count for one in damages)
    column = next((place for place, top in enumerate(matrix.counts) if count <= top), None)
    if column is None:
        return None, ""
    each = sum((reading.of(row.prices[0]) * one.damage.count for row, one in zip(known, damages, strict=True)), ZERO)
    together = reading.of(largest.prices[column])
    size = said("pdr.size", count=count, size=largest.name)
    if each < together:
        return each, said("pdr.each", told=size)
    return together, size
