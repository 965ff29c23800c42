"""The cheapest way to repair the whole car, among those that the rules allow for each item.

Choosing over the whole car keeps a law that single choices break: more damage never costs less. Each way costs at least
as much with more damage, more damage allows no way that less damage forbids, painting a further panel never saves
money, and taking off a further item never saves more work on others than it takes; so the least sum cannot fall.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from coachwork.estimates.changed_lines import changed_lines, decided_way
from coachwork.estimates.choosing import Key, cheapest_ways
from coachwork.estimates.labour_overlap import LabourOverlap
from coachwork.estimates.line import Line
from coachwork.estimates.money import ZERO
from coachwork.estimates.painting import Painting
from coachwork.estimates.rate_card import RateCard
from coachwork.estimates.readings import OpenItem, ReadDamage, Reading
from coachwork.estimates.rules import Operation, Rule
from coachwork.estimates.ways import ItemJob, Way, WayKind, ways_of
from coachwork.estimates.work_changes import WorkChange, decided_operations
from coachwork.inspections.vehicle import Vehicle
from coachwork.reasons import clauses, said
from coachwork.taxonomy import Item

_ITEM_ORDER = {item: place for place, item in enumerate(Item)}
_OPERATION_ORDER = {operation: place for place, operation in enumerate(Operation)}


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairPlan:
    """What is done to a car in one reading.

    Attributes:
        lines: in the order of items and operations.
        open: what could not be priced.
        ways: how each damaged item, by its place, is put right.
        applied: places of the changes by people that did something.
    """

    lines: tuple[Line, ...]
    open: tuple[OpenItem, ...]
    ways: Mapping[Key, WayKind] = field(default_factory=dict)
    applied: frozenset[int] = frozenset()

    @property
    def total(self) -> Decimal:
        """The sum of the lines, with tax."""
        return sum((line.amount for line in self.lines), ZERO)


def plan_repairs(
    damages: Sequence[ReadDamage],
    card: RateCard,
    vehicle: Vehicle,
    reading: Reading,
    *,
    decided: Mapping[Key, WayKind] | None = None,
    changes: Sequence[WorkChange] = (),
) -> RepairPlan:
    """The cheapest plan; the order of the damages does not matter.

    Args:
        damages: read in one way.
        card: the figures.
        vehicle: the car.
        reading: in which the damages are read.
        decided: ways that a person has decided on, whatever they cost; one that the rules do not allow is passed over.
        changes: of single lines by people, the first one first; what they say how an item is put right is done.
    """
    if not damages and not changes:
        return RepairPlan(lines=(), open=())
    painting, overlap = Painting(card, vehicle, reading), LabourOverlap(card)
    jobs = jobs_of(damages, card, vehicle, reading)
    by_hand = decided_operations(changes)
    candidates = {
        job.key: [decided_way(job, by_hand[job.key])]
        if job.key in by_hand
        else _candidates(_allowed(job, decided or {}))
        for job in jobs
    }
    choices = cheapest_ways(candidates, painting, overlap)
    painted = [job.item for job in jobs if choices[job.key].painted and painting.can_paint(job.item)]
    lines = overlap.applied(line for way in choices.values() for line in way.lines)
    paint_lines, paint_open = painting.lines(painted, {job.key: job.damages for job in jobs})
    entries = dict.fromkeys([entry for way in choices.values() for entry in way.open] + paint_open)
    changed = changed_lines([*lines, *paint_lines], list(entries), changes, card)
    return RepairPlan(
        lines=tuple(sorted(changed.lines, key=_line_order)),
        open=changed.open,
        ways={key: way.kind for key, way in choices.items()},
        applied=changed.applied,
    )


def jobs_of(damages: Sequence[ReadDamage], card: RateCard, vehicle: Vehicle, reading: Reading) -> list[ItemJob]:
    """What is wrong with each item, in the order of items."""
    found: dict[Key, list[ReadDamage]] = {}
    for one in sorted(damages, key=lambda one: one.damage.name):
        found.setdefault((one.item, one.place), []).append(one)
    jobs = [
        ItemJob(item=item, place=place, damages=tuple(those), card=card, vehicle=vehicle, reading=reading)
        for (item, place), those in found.items()
    ]
    return sorted(jobs, key=lambda job: (_ITEM_ORDER[job.item], job.place))


def _line_order(line: Line) -> tuple[int, str, int]:
    return _ITEM_ORDER[line.item], line.place, _OPERATION_ORDER[line.operation]


def _allowed(job: ItemJob, decided: Mapping[Key, WayKind]) -> list[Way]:
    """The ways of an item, or the one that a person decided on."""
    ways = ways_of(job)
    return [way for way in ways if way.kind is decided.get(job.key)] or ways


def _candidates(ways: Sequence[Way]) -> list[Way]:
    """The ways that can be priced in full; without any, the lightest one."""
    priced = [way for way in ways if not way.open] or [ways[0]]
    return [_said(way, priced) for way in priced]


def _said(way: Way, priced: Sequence[Way]) -> Way:
    """The way, whose first line says what the others would have cost where there was a choice."""
    others = [other for other in priced if other.kind is not way.kind]
    if not others or not way.lines:
        return way
    told = [said("way.other", way=other.kind, amount=other.amount) for other in others]
    first = way.lines[0]
    why = clauses(first.why, said("way.instead", ways=told))
    rules = tuple(dict.fromkeys((*first.rules, Rule.CHEAPEST)))
    return replace(way, lines=(replace(first, why=why, rules=rules), *way.lines[1:]))
