"""What the page of a comparison shows, put together for its template."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from coachwork.cases.case import Case
from coachwork.cases.comparison import Comparison, PairMark, StandingChange, StandingChanges
from coachwork.cases.damage_numbers import name_of, number_of
from coachwork.cases.listing import TermsRefused
from coachwork.casework.comparing import OPEN
from coachwork.casework.service import Service
from coachwork.inspections.changes import State
from coachwork.web.market.comparison_pictures import looked_at


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownChange:
    """A change in the list.

    Attributes:
        number: as it stands on the page.
        change: itself.
        source: its place in what the program found, by which its pictures are asked for.
        own: side -> numbers of its damages in the case of that side.
        pictures: side -> caption's kind (`damage`, `place`, `part`), and the photo's number; sides without one are
            left out.
        partners: changes that a person may tie it to, where only one side has it.
        marks: that count for it.
    """

    number: int
    change: StandingChange
    source: int
    own: Mapping[str, tuple[int, ...]]
    pictures: Mapping[str, tuple[str, int]]
    partners: tuple["ShownChange", ...] = ()
    marks: tuple[PairMark, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparisonView:
    """Everything on the page.

    Attributes:
        one: the comparison.
        before, after: its cases.
        standing: its changes after what people said; None until it is ready.
        changes: the same as they are listed.
        open: how many of them a person must look at.
        bill: what is charged; None without a list.
        bill_problem: why it could not be made.
        numbers: name of a damage of the later inspection -> the number of its change.
        stale: whether either case was changed since.
    """

    one: Comparison
    before: Case
    after: Case
    standing: StandingChanges | None
    changes: tuple[ShownChange, ...]
    open: int
    bill: Mapping[str, Any] | None
    bill_problem: str
    numbers: Mapping[str, int]
    stale: bool


def comparison_view(service: Service, one: Comparison) -> ComparisonView:
    """The view of a comparison."""
    market = service.market
    standing = market.standing(one)
    changes = () if standing is None else _changes(service, one, standing)
    bill, problem = None, ""
    try:
        bill = market.bill(one, standing)
    except TermsRefused as refused:
        problem = str(refused)
    return ComparisonView(
        one=one,
        before=service.cases.case(one.tenant, one.before),
        after=service.cases.case(one.tenant, one.after),
        standing=standing,
        changes=changes,
        open=sum(shown.change.state in OPEN for shown in changes),
        bill=bill,
        bill_problem=problem,
        numbers={name_of(own): shown.number for shown in changes for own in shown.own["after"]},
        stale=market.is_stale(one),
    )


def _changes(service: Service, one: Comparison, standing: StandingChanges) -> tuple[ShownChange, ...]:
    found = (one.found or {})["changes"]["changes"]
    marks = {mark.number: mark for mark in service.market.comparisons.marks(one.tenant, one.id)}
    shown = []
    for number, change in enumerate(standing.changes, start=1):
        source = next(place for place, told in enumerate(found) if told == change.told)
        said = tuple(marks[mark] for mark in change.marks if mark in standing.counting)
        own = {"before": _own_numbers(one, "before", change.before), "after": _own_numbers(one, "after", change.after)}
        pictures = {side: told for side in own if (told := _picture(one, change.told, side))}
        shown.append(ShownChange(number=number, change=change, source=source, own=own, pictures=pictures, marks=said))
    return tuple(_with_partners(each, shown) for each in shown)


def _with_partners(each: ShownChange, shown: list[ShownChange]) -> ShownChange:
    """Damages of the other side alone, those of the same part first."""
    own = each.change
    if own.before and own.after:
        return each
    others = [
        one
        for one in shown
        if one.change.state is not State.UNCHANGED
        and ((own.after and one.change.before and not one.change.after) or (own.before and not one.change.before))
    ]
    others.sort(key=lambda one: (one.change.part != own.part, one.change.type != own.type, one.number))
    return ShownChange(
        number=each.number,
        change=own,
        source=each.source,
        own=each.own,
        pictures=each.pictures,
        partners=tuple(others),
        marks=each.marks,
    )


def _own_numbers(one: Comparison, side: str, places: Sequence[int]) -> tuple[int, ...]:
    """By which the damages at some places of a side's inspection are called in its case."""
    listed = (one.found or {})[side]["inspection"]["damages"]
    return tuple(number_of(listed[place], place) for place in places)


def _picture(one: Comparison, told: Mapping[str, Any], side: str) -> tuple[str, int] | None:
    """What the picture of a side shows, and on which photo, counted from 1."""
    found = looked_at(one, told, side)
    return None if found is None else (found.kind, found.photo + 1)
