"""A plan's lines after what people decided about them, one change after the other.

Figures that a person tells hold in every reading of the doubts; whether there is a damage at all they do not tell.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from coachwork.estimates.items import LabourClass, fitting_class, is_painted
from coachwork.estimates.line import Line, item_words, labour_price, open_entry, taxed, work_words
from coachwork.estimates.money import ZERO, plain, rounded
from coachwork.estimates.rate_card import Charge, RateCard
from coachwork.estimates.readings import OpenItem
from coachwork.estimates.rules import Operation, Rule
from coachwork.estimates.ways import ItemJob, Way, WayKind, repair_way, replace_way, ways_of
from coachwork.estimates.work_changes import WAY_OF, WorkChange, WorkDeed
from coachwork.reasons import Reason, clauses, said
from coachwork.taxonomy import Item

_PAINTING = {Operation.REFINISH, Operation.BLEND, Operation.EDGING}
_BY_REFINISHER = _PAINTING | {Operation.POLISH, Operation.TOUCH_UP}


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedLines:
    """Lines after changes.

    Attributes:
        lines: that are left, those that were added last.
        open: what still could not be priced.
        applied: places of the changes that did something.
    """

    lines: tuple[Line, ...]
    open: tuple[OpenItem, ...]
    applied: frozenset[int]


def decided_way(job: ItemJob, change: WorkChange) -> Way:
    """How an item is put right as a person decided, by the card's figures as far as it has any.

    What the rules do not allow, and the card therefore has no figures for, stays open until somebody tells them.
    """
    operation = change.target
    kind = WAY_OF[operation]
    listed = [way for way in ways_of(job) if way.kind is kind]
    found = next((way for way in listed if any(line.operation is operation for line in way.lines)), None)
    if found is None and kind is WayKind.REPAIR:
        found = repair_way(job)
    elif found is None and kind is WayKind.REPLACE:
        found = replace_way(job)
    if found is None or not any(line.operation is operation for line in found.lines):
        rest = () if found is None else found.lines
        lacking = OpenItem(what=work_words(job.words, operation), why=said("open.no_figure"))
        line = Line(item=job.item, place=job.place, operation=operation, damages=job.names, rules=(), tables=())
        painted = kind is not WayKind.KEEP and is_painted(job.item)
        entries = (lacking, *(found.open if found else ()))
        found = Way(kind=kind, lines=(line, *rest), painted=painted, open=entries)
    told = [said("by_hand.instead", operation=change.operation)] if change.instead is not change.operation else []
    return replace(
        found, lines=tuple(_marked(line, change, told) if line.operation is operation else line for line in found.lines)
    )


def changed_lines(
    lines: Sequence[Line], entries: Sequence[OpenItem], changes: Sequence[WorkChange], card: RateCard
) -> ChangedLines:
    """The lines of a plan after the changes, the first one first.

    Args:
        lines: of a plan in which ways that were decided on are taken already.
        entries: what could not be priced.
        changes: of the estimate.
        card: of which labour rates and taxes are taken.
    """
    found, still, applied = list(lines), list(entries), set[int]()
    for number, change in enumerate(changes):
        places = [place for place, line in enumerate(found) if is_about(line, change)]
        if change.deed is WorkDeed.ADD and not places:
            found.append(_added(change))
            places = [len(found) - 1]
        if not places:
            continue
        applied.add(number)
        if change.deed is WorkDeed.REMOVE:
            found = [line for place, line in enumerate(found) if place not in places]
            still = [one for one in still if one.what not in _whats(change)]
        elif change.has_figures:
            for place in places:
                found[place], lacking = with_figures(found[place], change, card)
                still = [one for one in still if one.what not in _whats(change)] + lacking
    return ChangedLines(lines=tuple(found), open=tuple(dict.fromkeys(still)), applied=frozenset(applied))


def is_about(line: Line, change: WorkChange) -> bool:
    """Whether a change is about a line."""
    return (line.item, line.place) == change.key and line.operation is change.target


def with_figures(line: Line, change: WorkChange, card: RateCard) -> tuple[Line, list[OpenItem]]:
    """The line with the figures of a change, priced by the card; and what the card lacks for that."""
    told, lacking = list[Reason](), list[OpenItem]()
    changed = line
    if change.hours is not None:
        class_ = line.labour_class or labour_class_of(line.item, line.operation)
        labour = labour_price(card, class_, change.hours)
        if labour is None:
            rate = said("lacking.rate", labour=class_)
            lacking.append(open_entry(work_words(line.words, line.operation), "labour", rate))
        materials = _materials(line, change.hours, card)
        told.append(_figure("hours", plain(change.hours), line.hours))
        changed = replace(
            changed, hours=change.hours, labour_class=class_, labour=labour or ZERO, materials=materials, sublet=ZERO
        )
    if change.parts is not None:
        parts = rounded(change.parts, card.decimals)
        told.append(_figure("part", parts, line.parts))
        changed = replace(changed, parts=parts)
    if change.net is not None:
        net = rounded(change.net, card.decimals)
        told.append(_figure("price", net, line.net))
        changed = replace(changed, labour=ZERO, parts=ZERO, materials=ZERO, sublet=net)
    tax = sum((taxed(card, charge, getattr(changed, charge.value)) for charge in Charge), ZERO)
    return _marked(replace(changed, tax=tax), change, told), lacking


def labour_class_of(item: Item, operation: Operation) -> LabourClass:
    """Whose hours an operation takes where the line does not say so."""
    if operation in _BY_REFINISHER:
        return LabourClass.REFINISH
    return fitting_class(item) if operation in {Operation.REPLACE, Operation.GLASS_REPAIR} else LabourClass.BODY


def _materials(line: Line, hours: Decimal, card: RateCard) -> Decimal:
    """Paint materials go with the hours of painting."""
    if line.operation not in _PAINTING:
        return line.materials
    found = rounded(hours * (card.paint_per_hour or ZERO), card.decimals)
    return found if card.materials_cap is None else min(found, rounded(card.materials_cap, card.decimals))


def _added(change: WorkChange) -> Line:
    return Line(item=change.item, place=change.place, operation=change.operation, rules=(), tables=())


def _figure(what: str, now: Decimal, before: Decimal | None) -> Reason:
    """A figure as a person told it, and what it was before."""
    return said(f"by_hand.{what}_instead", now=now, before=before) if before else said(f"by_hand.{what}", now=now)


def _marked(line: Line, change: WorkChange, told: Sequence[Reason]) -> Line:
    """The line, which says that a person decided it, and why."""
    by_hand = said("by_hand.told", told=told) if told else said("by_hand.by_hand")
    if change.reason:
        by_hand = said("by_hand.because", what=by_hand, reason=change.reason)
    why = clauses(line.why, by_hand)
    return replace(line, rules=tuple(dict.fromkeys((*line.rules, Rule.BY_HAND))), why=why)


def _whats(change: WorkChange) -> set[str]:
    """Names of open entries that a change settles."""
    words = item_words(change.item, change.place)
    whole = change.deed is WorkDeed.REMOVE or change.net is not None
    names = {change.target.value, "fitting"} if whole or change.hours is not None else set()
    names |= {"part"} if whole or change.parts is not None else set()
    return {f"{words}: {name}" for name in names}
