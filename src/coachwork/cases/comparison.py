"""Two inspections of one car compared, as a rental firm does at check-in; and what people say against the comparison.

People's marks are only ever added. They name damages by their places in either inspection, as the comparison does.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from coachwork.cases.problems import CaseError, CaseRefused
from coachwork.inspections.changes import State
from coachwork.reasons import said

_SIDES = ("before", "after")


class UnknownComparison(CaseError):
    """There is no such comparison, or it is another tenant's."""


class ComparisonState(StrEnum):
    """Where a comparison stands."""

    WAITING = "waiting"
    WORKING = "working"
    READY = "ready"
    FAILED = "failed"


class MarkKind(StrEnum):
    """What a person says of a pair of damages."""

    SAME = "same"
    GROWN = "grown"
    NOT_SAME = "not_same"
    UNDO = "undo"


@dataclass(frozen=True, slots=True, kw_only=True)
class PairMark:
    """What a person says.

    Attributes:
        kind: which. `NOT_SAME` with damages of one side alone says that the other side has none of them.
        before, after: places of the damages in either inspection, from 0.
        revision: of the comparison that lay before the person.
        undoes: number of the mark that counts no more.
        reason: in the person's words.
        number: rises with time; 0 until it is kept.
        by: who.
        at: UTC; None until it is kept.
    """

    kind: MarkKind
    revision: int
    before: tuple[int, ...] = ()
    after: tuple[int, ...] = ()
    undoes: int | None = None
    reason: str = ""
    number: int = 0
    by: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A comparison, as it stands.

    Attributes:
        id: its name.
        tenant: whose it is.
        reference: such as the number of the rental contract.
        before, after: ids of the cases, the earlier one first.
        charges: name of the list of return charges; empty charges nothing.
        state: where it stands.
        revision: counts what people said of it; 0 until it is ready.
        version: counts every change.
        problem: why it failed; empty else.
        found: `changes` by ``coachwork.changes/1``, and of `before` and `after` the case's revision and its inspection
            as it stood; None until it is ready.
        made_by: who asked for it.
        made, changed: UTC.
    """

    id: str
    tenant: str
    reference: str
    before: str
    after: str
    charges: str
    state: ComparisonState
    revision: int
    version: int
    problem: str
    found: Mapping[str, Any] | None
    made_by: str
    made: datetime
    changed: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingChange:
    """One damage over both inspections, after what people said.

    Attributes:
        state: what became of it.
        type, part: None is not known; values of the taxonomy.
        before, after: its places among the damages of either inspection.
        why: what the state rests on; the person's reason where one spoke.
        growth: area later over area earlier; None where it cannot be measured.
        told: the change of ``coachwork.changes/1`` that it was made from.
        by: who spoke last of it; empty for the program.
        marks: numbers of those that count for it.
    """

    state: State
    type: str
    part: str | None
    before: tuple[int, ...]
    after: tuple[int, ...]
    why: str
    growth: float | None
    told: Mapping[str, Any]
    by: str = ""
    marks: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingChanges:
    """All changes as they stand.

    Attributes:
        changes: by state, then in the inspections' order.
        counting: numbers of the marks that were not undone.
    """

    changes: tuple[StandingChange, ...]
    counting: frozenset[int] = frozenset()

    @property
    def counts(self) -> dict[State, int]:
        """State -> how many damages it has."""
        return {state: sum(one.state is state for one in self.changes) for state in State}


def standing_changes(changes: Mapping[str, Any], marks: Sequence[PairMark]) -> StandingChanges:
    """The changes after what people said.

    Args:
        changes: ``coachwork.changes/1``.
        marks: of the comparison, the first one first.
    """
    standing = [_told(one) for one in changes["changes"]]
    undone = {one.undoes for one in marks if one.kind is MarkKind.UNDO}
    counting = [one for one in marks if one.kind is not MarkKind.UNDO and one.number not in undone]
    for mark in counting:
        standing = _marked(standing, mark)
    order = list(State)
    standing.sort(key=lambda one: (order.index(one.state), not one.after, one.after, one.before))
    return StandingChanges(changes=tuple(standing), counting=frozenset(one.number for one in counting))


def check_mark(mark: PairMark, standing: StandingChanges) -> None:
    """Nothing, where a mark fits the changes as they stand.

    Raises:
        CaseRefused: it does not.
    """
    if not mark.reason.strip():
        message: str = said("refused.say_why")
        raise CaseRefused(message)
    if mark.kind is MarkKind.UNDO:
        if mark.undoes not in standing.counting:
            message = said("refused.statement_gone")
            raise CaseRefused(message)
        return
    known = tuple({place for one in standing.changes for place in getattr(one, side)} for side in ("before", "after"))
    if not set(mark.before) <= known[0] or not set(mark.after) <= known[1] or not (mark.before or mark.after):
        message = "there is no such damage in the comparison: name places from 0 as its changes have them"
        raise CaseRefused(message)
    if mark.kind is not MarkKind.NOT_SAME and not (mark.before and mark.after):
        message = said("refused.one_side")
        raise CaseRefused(message)
    if any(_says(one, mark) for one in standing.changes):
        message = said("refused.said_already")
        raise CaseRefused(message)


def _told(one: Mapping[str, Any]) -> StandingChange:
    return StandingChange(
        state=State(one["state"]),
        type=one["type"],
        part=one["part"],
        before=tuple(one["before"]),
        after=tuple(one["after"]),
        why=one["why"],
        growth=one["growth"],
        told=one,
    )


def _says(one: StandingChange, mark: PairMark) -> bool:
    """Whether a change says already what a mark would."""
    states = {
        MarkKind.SAME: {State.UNCHANGED},
        MarkKind.GROWN: {State.GROWN},
        MarkKind.NOT_SAME: {State.NEW, State.GONE},
    }
    return (one.before, one.after) == (mark.before, mark.after) and one.state in states[mark.kind]


def _marked(standing: list[StandingChange], mark: PairMark) -> list[StandingChange]:
    """The changes after a mark."""
    touched = [one for one in standing if set(one.before) & set(mark.before) or set(one.after) & set(mark.after)]
    rest = [one for one in standing if one not in touched]
    for one in touched:
        before = tuple(place for place in one.before if place not in mark.before)
        after = tuple(place for place in one.after if place not in mark.after)
        if before or after:
            rest.append(replace(one, before=before, after=after, state=_left(one, before, after)))
    sources = {side: [one for one in touched if set(getattr(one, side)) & set(getattr(mark, side))] for side in _SIDES}
    if mark.kind is MarkKind.NOT_SAME:
        made = [("before", State.GONE), ("after", State.NEW)]
        rest += [_stated(mark, sources[side][0], state, side) for side, state in made if getattr(mark, side)]
    else:
        state = State.GROWN if mark.kind is MarkKind.GROWN else State.UNCHANGED
        known = next((one for one in sources["after"] if one in sources["before"]), sources["after"][0])
        rest.append(_stated(mark, known, state, None))
    return rest


def _left(one: StandingChange, before: tuple[int, ...], after: tuple[int, ...]) -> State:
    """What remains of a damage in pieces when a person took some: of one side alone nobody knows more."""
    return one.state if bool(before) == bool(one.before) and bool(after) == bool(one.after) else State.UNCERTAIN


def _stated(mark: PairMark, known: StandingChange, state: State, side: str | None) -> StandingChange:
    return replace(
        known,
        state=state,
        before=mark.before if side in {None, "before"} else (),
        after=mark.after if side in {None, "after"} else (),
        why=mark.reason,
        by=mark.by or "?",
        growth=known.growth if side is None and known.before and known.after else None,
        marks=(*known.marks, mark.number),
    )
