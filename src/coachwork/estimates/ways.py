"""The ways in which one item can be put right, each with its lines: keep the paint, repair and refinish, or replace."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from coachwork.estimates.items import LabourClass, Material, fitting_class, is_painted, material_of
from coachwork.estimates.keeping import keeping_lines
from coachwork.estimates.line import Line, item_words, labour_line, open_entry, remove_install, taxed, work_words
from coachwork.estimates.money import ZERO, rounded, tenths
from coachwork.estimates.rate_card import Charge, RateCard, hours_for
from coachwork.estimates.readings import OpenItem, ReadDamage, Reading
from coachwork.estimates.rules import Operation, Rule
from coachwork.inspections.vehicle import Vehicle
from coachwork.reasons import Reason, said
from coachwork.taxonomy import DamageType, Item, Severity

_NEVER_REPAIRED = {
    DamageType.BROKEN_GLASS,
    DamageType.BROKEN_LAMP,
    DamageType.MISSING_OR_BROKEN_PART,
    DamageType.FLAT_TIRE,
    DamageType.DEPLOYED_AIRBAG,
}


class WayKind(StrEnum):
    """How heavily an item is worked on, lightest first."""

    KEEP = "keep the paint"
    REPAIR = "repair and refinish"
    REPLACE = "replace"


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way of putting an item right.

    Attributes:
        kind: which.
        lines: of it, without painting, which is counted for all items together.
        painted: whether the item is refinished.
        open: what could not be priced.
    """

    kind: WayKind
    lines: tuple[Line, ...]
    painted: bool
    open: tuple[OpenItem, ...] = ()

    @property
    def amount(self) -> Decimal:
        """With tax, without painting."""
        return sum((line.amount for line in self.lines), ZERO)


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemJob:
    """All that is wrong with one item, in one reading.

    Attributes:
        item, place: which.
        damages: at least one, by name.
        card, vehicle, reading: by which they are priced.
    """

    item: Item
    place: str
    damages: tuple[ReadDamage, ...]
    card: RateCard
    vehicle: Vehicle
    reading: Reading

    @property
    def words(self) -> Reason:
        """The item as people read it."""
        return item_words(self.item, self.place)

    @property
    def key(self) -> tuple[Item, str]:
        """Item and place, of which a car has one."""
        return self.item, self.place

    @property
    def names(self) -> tuple[str, ...]:
        """Of the damages."""
        return tuple(one.damage.name for one in self.damages)


def ways_of(job: ItemJob) -> list[Way]:
    """The ways that the rules allow, lightest first; more damage never allows more of them, nor makes one cheaper."""
    ways: list[Way | None] = [_keep(job)]
    repaired, why = _repair(job), _beyond_repair(job)
    new = _replace(job, why)
    if repaired is not None and why is None:
        excess = _more_than_replacing(job, repaired, new)
        ways.append(repaired if excess is None else None)
        new = new if excess is None else _replace(job, (Rule.REPAIR_OR_REPLACE, excess))
    return [_with_allowance(job, way) for way in (*ways, new) if way is not None]


def repair_way(job: ItemJob) -> Way | None:
    """Repair and refinish, whether the rules allow it or not; None where the item carries no paint."""
    found = _repair(job)
    return None if found is None else _with_allowance(job, found)


def replace_way(job: ItemJob) -> Way:
    """Replacing, which is always allowed."""
    return _with_allowance(job, _replace(job, None))


def _keep(job: ItemJob) -> Way | None:
    kept = keeping_lines(job.item, job.place, job.damages, card=job.card, vehicle=job.vehicle, reading=job.reading)
    return None if kept is None else Way(kind=WayKind.KEEP, lines=kept[0], painted=False, open=kept[1])


def _beyond_repair(job: ItemJob) -> tuple[Rule, Reason] | None:
    """Why the item cannot be repaired; None where it can."""
    material = material_of(job.item)
    for one in job.damages:
        cracked = one.damage.type is DamageType.CRACK and material is not Material.METAL
        if one.damage.type in _NEVER_REPAIRED or cracked or not is_painted(job.item):
            if one.damage.type in _NEVER_REPAIRED:
                return Rule.NOT_REPAIRABLE, said("replace.type", type=one.damage.type)
            return Rule.NOT_REPAIRABLE, said("replace.type_in", type=one.damage.type, material=material)
    for one in job.damages:
        steps = job.card.repair.get(one.damage.type)
        if steps is not None and hours_for(steps, one.size_mm) is None:
            return Rule.TOO_LARGE, said("replace.too_large", type=one.damage.type, size=one.size_mm)
        if material is Material.PLASTIC and one.level is Severity.SEVERE and one.damage.type is DamageType.DENT:
            return Rule.TOO_LARGE, said("replace.dent_in_plastic")
    return None


def _repair(job: ItemJob) -> Way | None:
    """Repair hours of all damages together, and what is in the way; None where nothing is painted."""
    if not is_painted(job.item):
        return None
    hours = ZERO
    missing: list[OpenItem] = []
    tables: list[str] = []
    for one in job.damages:
        steps = job.card.repair.get(one.damage.type)
        each = None if steps is None else hours_for(steps, one.size_mm)
        if steps is None:
            key = said("lacking.repair_times", type=one.damage.type)
            missing.append(open_entry(work_words(job.words, Operation.REPAIR), f"repair.{one.damage.type.value}", key))
        hours += (each or ZERO) * one.damage.count
        tables.append(f"repair.{one.damage.type.value}")
    factor = job.card.uncertainty.times[job.reading.place]
    repair, lacking = _labour(
        job, Operation.REPAIR, LabourClass.BODY, tenths(hours * factor), rule=Rule.REPAIR, tables=tables
    )
    fitted = remove_install(job.card, job.item, job.place, job.names)
    lines = [line for line in (repair, *fitted[0]) if line.hours or line.amount]
    return Way(
        kind=WayKind.REPAIR,
        lines=tuple(lines),
        painted=True,
        open=(*missing, *lacking, *fitted[1], *_paint_missing(job)),
    )


def _replace(job: ItemJob, why: tuple[Rule, str] | None) -> Way:
    """Part, fitting, and edges where the part is painted."""
    card, item = job.card, job.item
    price, hours = card.part_prices.get(item), card.item_hours(item).replace
    rule, reason = why or (Rule.CHEAPEST, "")
    missing = []
    if price is None:
        key = said("lacking.price", item=item.value)
        missing.append(open_entry(said("item.part", item=job.words), "part_prices", key))
    if hours is None:
        what = said("item.fitting", item=job.words)
        missing.append(open_entry(what, f"hours.{item.value}", said("lacking.replace_time")))
    tables = ["part_prices", f"hours.{item.value}"]
    line, lacking = _labour(job, Operation.REPLACE, fitting_class(item), hours or ZERO, rule=rule, tables=tables)
    parts = rounded((price or ZERO) * card.uncertainty.parts[job.reading.place], card.decimals)
    line = replace(line, parts=parts, tax=line.tax + taxed(card, Charge.PARTS, parts), why=reason)
    lines, painted = [line], is_painted(item)
    if painted:
        edging, more = _edging(job)
        lines += edging
        lacking = (*lacking, *more, *_paint_missing(job))
    return Way(kind=WayKind.REPLACE, lines=tuple(lines), painted=painted, open=(*missing, *lacking))


def _edging(job: ItemJob) -> tuple[list[Line], tuple[OpenItem, ...]]:
    card, hours = job.card, job.card.refinish.edging_hours
    if not hours or card.item_hours(job.item).refinish is None:
        return [], ()
    tables = ["refinish", "materials"]
    line, lacking = _labour(job, Operation.EDGING, LabourClass.REFINISH, hours, rule=Rule.EDGING, tables=tables)
    materials = rounded(hours * (card.paint_per_hour or ZERO), card.decimals)
    tax = line.tax + taxed(card, Charge.MATERIALS, materials)
    return [replace(line, materials=materials, tax=tax)], lacking


def _paint_missing(job: ItemJob) -> list[OpenItem]:
    """What the card lacks to paint the item."""
    card, what = job.card, work_words(job.words, Operation.REFINISH)
    found = []
    if card.item_hours(job.item).refinish is None:
        found.append(open_entry(what, f"hours.{job.item.value}", said("lacking.refinish_time")))
    if LabourClass.REFINISH not in card.labour:
        found.append(open_entry(what, "labour", said("lacking.rate", labour=LabourClass.REFINISH)))
    if card.paint_per_hour is None:
        found.append(open_entry(what, "materials", "paint_per_refinish_hour"))
    return found


def _labour(
    job: ItemJob, operation: Operation, labour_class: LabourClass, hours: Decimal, *, rule: Rule, tables: Sequence[str]
) -> tuple[Line, tuple[OpenItem, ...]]:
    blank = Line(
        item=job.item,
        place=job.place,
        operation=operation,
        damages=job.names,
        rules=(rule,),
        tables=tuple(dict.fromkeys(tables)),
    )
    return labour_line(job.card, blank, labour_class, hours)


def _more_than_replacing(job: ItemJob, repaired: Way, new: Way) -> str | None:
    """Why replacing is right though the item could be repaired; None where it is not, or cannot be priced."""
    if repaired.open or new.open:
        return None
    card = job.card
    refinish = card.item_hours(job.item).refinish or ZERO
    paint = refinish * (card.labour[LabourClass.REFINISH] + (card.paint_per_hour or ZERO))
    labour = sum((line.labour for line in repaired.lines if line.operation is Operation.REPAIR), ZERO)
    line = new.lines[0]
    part = rounded(
        card.part_prices.get(job.item, ZERO), card.decimals
    )  # in no reading a dearer one: it would allow more
    whole = part + line.labour + rounded(paint, card.decimals)
    if labour <= card.choices.replace_share * whole:
        return None
    return said("replace.cheaper", labour=labour, share=card.choices.replace_share, whole=whole)


def _with_allowance(job: ItemJob, way: Way) -> Way:
    """In the upper reading, work on the body allows for damage that photos do not show."""
    share = job.card.uncertainty.hidden
    body = is_painted(job.item) and way.kind is not WayKind.KEEP
    if job.reading is not Reading.UPPER or not body or not share:
        return way
    net = [sum((getattr(line, charge.value) for line in way.lines), ZERO) for charge in Charge]
    labour, parts, materials, sublet = (rounded(one * share, job.card.decimals) for one in net)
    charged = zip(Charge, (labour, parts, materials, sublet), strict=True)
    line = Line(
        item=job.item,
        place=job.place,
        operation=Operation.ALLOWANCE,
        labour=labour,
        parts=parts,
        materials=materials,
        sublet=sublet,
        tax=sum((taxed(job.card, charge, amount) for charge, amount in charged), ZERO),
        damages=job.names,
        rules=(Rule.ALLOWANCE,),
        tables=("uncertainty",),
    )
    return replace(way, lines=(*way.lines, line))
