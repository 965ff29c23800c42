"""The cheapest way to repair the whole car, among those that the rules allow for each item.

Choosing over the whole car keeps a law that single choices break: more damage never costs less. Each way costs at least
as much with more damage, more damage allows no way that less damage forbids, and painting a further panel never saves
money; so the least sum cannot fall.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property

from coachwork.estimates.items import LabourClass
from coachwork.estimates.line import Line, labour_price, open_entry, taxed
from coachwork.estimates.money import ZERO, rounded, shared_out
from coachwork.estimates.rate_card import Charge, RateCard
from coachwork.estimates.readings import OpenItem, ReadDamage, Reading, paint_of
from coachwork.estimates.refinish import PaintJob, PanelTime
from coachwork.estimates.rules import Operation, Rule
from coachwork.estimates.ways import ItemJob, Way, ways_of
from coachwork.inspections.vehicle import Vehicle
from coachwork.taxonomy import Item

_ITEM_ORDER = {item: place for place, item in enumerate(Item)}
_OPERATION_ORDER = {operation: place for place, operation in enumerate(Operation)}


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairPlan:
    """What is done to a car in one reading.

    Attributes:
        lines: in the order of items and operations.
        open: what could not be priced.
    """

    lines: tuple[Line, ...]
    open: tuple[OpenItem, ...]

    @property
    def total(self) -> Decimal:
        """The sum of the lines, with tax."""
        return sum((line.amount for line in self.lines), ZERO)


def plan_repairs(damages: Sequence[ReadDamage], card: RateCard, vehicle: Vehicle, reading: Reading) -> RepairPlan:
    """The cheapest plan; the order of the damages does not matter."""
    if not damages:
        return RepairPlan(lines=(), open=())
    chooser = _Chooser(card, vehicle, reading)
    found: dict[tuple[Item, str], list[ReadDamage]] = {}
    for one in sorted(damages, key=lambda one: one.damage.name):
        found.setdefault((one.item, one.place), []).append(one)
    jobs = [
        ItemJob(item=item, place=place, damages=tuple(those), card=card, vehicle=vehicle, reading=reading)
        for (item, place), those in found.items()
    ]
    jobs.sort(key=lambda job: (_ITEM_ORDER[job.item], job.place))
    choices = chooser.choose({(job.item, job.place): _candidates(ways_of(job)) for job in jobs})
    painted = [job.item for job in jobs if choices[job.item, job.place].painted and chooser.can_paint(job.item)]
    lines = [line for way in choices.values() for line in way.lines]
    paint_lines, paint_open = chooser.paint_lines(painted, found)
    lines = sorted([*lines, *paint_lines], key=_line_order)
    entries = dict.fromkeys([entry for way in choices.values() for entry in way.open] + paint_open)
    return RepairPlan(lines=tuple(lines), open=tuple(entries))


def _line_order(line: Line) -> tuple[int, str, int]:
    return _ITEM_ORDER[line.item], line.place, _OPERATION_ORDER[line.operation]


def _candidates(ways: Sequence[Way]) -> list[Way]:
    """The ways that can be priced in full; without any, the lightest one. Of several that paint, the cheapest."""
    priced = [way for way in ways if not way.open] or [ways[0]]
    kept = [min(group, key=lambda way: way.amount) for group in _by_paint(priced) if group]
    return [_said(way, ways, priced) for way in kept]


def _by_paint(ways: Iterable[Way]) -> tuple[list[Way], list[Way]]:
    found: tuple[list[Way], list[Way]] = ([], [])
    for way in ways:
        found[way.painted].append(way)
    return found


def _said(way: Way, ways: Sequence[Way], priced: Sequence[Way]) -> Way:
    """The way, whose first line says what the others would have cost where there was a choice."""
    others = [other for other in ways if other.kind is not way.kind and other in priced]
    if not others or not way.lines:
        return way
    told = ", ".join(f"{other.kind.value} {other.amount:,}" for other in others)
    first = way.lines[0]
    why = "; ".join(part for part in (first.why, f"instead of {told} before paint") if part)
    rules = tuple(dict.fromkeys((*first.rules, Rule.CHEAPEST)))
    return replace(way, lines=(replace(first, why=why, rules=rules), *way.lines[1:]))


class _Chooser:
    """Chooses a way for each item, and prices painting."""

    def __init__(self, card: RateCard, vehicle: Vehicle, reading: Reading) -> None:
        self.card = card
        self._known: dict[frozenset[Item], Decimal] = {}
        base = {item: times.refinish for item, times in card.hours.items() if times.refinish is not None}
        paint = paint_of(vehicle, reading)
        self.job = PaintJob(
            times=card.refinish, base=base, paint=paint, two_tone=vehicle.two_tone, absent=vehicle.absent
        )

    def can_paint(self, item: Item) -> bool:
        return item in self.job.base

    def choose(self, candidates: Mapping[tuple[Item, str], Sequence[Way]]) -> dict[tuple[Item, str], Way]:
        """The choice of least total."""
        chosen, doubtful = {}, []
        for key, ways in candidates.items():
            best = min(ways, key=lambda way: (way.amount, way.painted))
            if len(ways) == 1 or not best.painted:  # painting comes on top: a way without it that is cheaper stays so
                chosen[key] = best
            else:
                doubtful.append((key, {way.painted: way for way in ways}))
        search = _Search(self, doubtful)
        painted = frozenset(item for (item, _), way in chosen.items() if way.painted and self.can_paint(item))
        search.look(0, painted, sum((way.amount for way in chosen.values()), ZERO), ())
        for (key, either), repaint in zip(doubtful, search.best, strict=True):
            chosen[key] = either[repaint]
        return {key: chosen[key] for key in candidates}

    def paint_amount(self, panels: frozenset[Item]) -> Decimal:
        """Painting these panels, with tax."""
        if panels not in self._known:
            charges = self._paint_charges(self.job.hours(panels))
            self._known[panels] = sum((amount + tax for amount, tax in charges), ZERO)
        return self._known[panels]

    def least_paint(self, item: Item) -> Decimal:
        """What refinishing the panel adds at the least, whatever else is painted, but for rounding."""
        if not self.can_paint(item):
            return ZERO
        rate = self.card.labour.get(LabourClass.REFINISH, ZERO)
        return self.job.least_more(item) * rate * (1 + (self.card.taxes or {}).get(Charge.LABOUR, ZERO))

    def _paint_charges(self, hours: Decimal) -> tuple[tuple[Decimal, Decimal], tuple[Decimal, Decimal]]:
        """Labour and materials for so many paint hours, each with its tax, rounded as a whole."""
        card = self.card
        labour = labour_price(card, LabourClass.REFINISH, hours) or ZERO
        materials = rounded(hours * (card.paint_per_hour or ZERO), card.decimals)
        if card.materials_cap is not None:
            materials = min(materials, rounded(card.materials_cap, card.decimals))
        return (labour, taxed(card, Charge.LABOUR, labour)), (materials, taxed(card, Charge.MATERIALS, materials))

    def paint_lines(
        self, panels: Sequence[Item], damages: Mapping[tuple[Item, str], Sequence[ReadDamage]]
    ) -> tuple[list[Line], list[OpenItem]]:
        """A line for each refinished and each blended panel; rounded as a whole and shared out by their hours."""
        times = self.job.panels(panels)
        hours = [panel.hours for panel in times]
        amounts = [
            shared_out(amount, hours, self.card.decimals)
            for charge in self._paint_charges(sum(hours, ZERO))
            for amount in charge
        ]
        lines = [
            _paint_line(panel, labour, materials, labour_tax + materials_tax, damages)
            for panel, labour, labour_tax, materials, materials_tax in zip(times, *amounts, strict=True)
        ]
        lacking = [
            open_entry(f"{item.words}: blend", f"hours.{item.value}", "refinish time")
            for item in self.job.beside(panels)
            if not self.can_paint(item)
        ]
        return lines, lacking


def _paint_line(
    panel: PanelTime,
    labour: Decimal,
    materials: Decimal,
    tax: Decimal,
    damages: Mapping[tuple[Item, str], Sequence[ReadDamage]],
) -> Line:
    blended = panel.blend is not None
    if blended:
        why = f"{panel.blend} h of {panel.base:f} h, of which {panel.blend_clear} h clear coat"
        rules: tuple[Rule, ...] = (Rule.BLEND,)
    else:
        parts = [f"{panel.base:f} h"]
        parts += [f"overlap -{panel.overlap:f} h"] if panel.overlap else []
        parts += [f"{coat.value} +{hours} h" for coat, hours in panel.coats.items()]
        why = ", ".join(parts)
        rules = (Rule.REFINISH, *([Rule.OVERLAP] if panel.overlap else []), *([Rule.COATS] if panel.coats else []))
    return Line(
        item=panel.item,
        operation=Operation.BLEND if blended else Operation.REFINISH,
        hours=panel.hours,
        labour_class=LabourClass.REFINISH,
        labour=labour,
        materials=materials,
        tax=tax,
        damages=tuple(one.damage.name for one in damages.get((panel.item, ""), ())) if not blended else (),
        rules=rules,
        tables=("labour", "materials", "refinish", f"hours.{panel.item.value}"),
        why=why,
    )


class _Search:
    """Branch and bound over the items for which repainting is cheaper before paint, and perhaps not after."""

    def __init__(self, chooser: _Chooser, doubtful: Sequence[tuple[tuple[Item, str], Mapping[bool, Way]]]) -> None:
        self.chooser, self.doubtful = chooser, doubtful
        self.best: tuple[bool, ...] = ()
        self._least: Decimal | None = None
        self._rounding = 5 * Decimal(1).scaleb(-chooser.card.decimals)  # of labour, materials, their taxes, the sum

    @cached_property
    def _still(self) -> list[Decimal]:
        """The least that the items from each place on can add."""
        sums = [ZERO]
        for (item, _), ways in reversed(self.doubtful):
            repainted = ways[True].amount + self.chooser.least_paint(item)
            sums.append(sums[-1] + min(ways[False].amount, repainted))
        return sums[::-1]

    def look(self, place: int, painted: frozenset[Item], spent: Decimal, taken: tuple[bool, ...]) -> None:
        """Tries all choices from an item on that can still be the cheapest."""
        so_far = spent + self.chooser.paint_amount(painted)
        if place == len(self.doubtful):
            if self._least is None or so_far < self._least:
                self._least, self.best = so_far, taken
            return
        if self._least is not None and so_far + self._still[place] - self._rounding >= self._least:
            return
        (item, _), ways = self.doubtful[place]
        more = painted | ({item} if self.chooser.can_paint(item) else frozenset())
        branches = [(False, painted), (True, more)]
        branches.sort(key=lambda branch: ways[branch[0]].amount + self.chooser.paint_amount(branch[1]))
        for repaint, panels in branches:
            self.look(place + 1, panels, spent + ways[repaint].amount, (*taken, repaint))
