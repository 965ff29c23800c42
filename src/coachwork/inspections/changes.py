"""What changed on a car between two inspections: new, grown, unchanged and gone damages, each with its evidence.

Nothing is guessed. "New" is said only where the place was seen well before, "gone" only where it is seen well now,
"grown" only beyond what two photos of one unchanged damage differ by; everything else is told as uncertain or not
comparable.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from statistics import median

from coachwork.assessments.views import CarDamage
from coachwork.inspections.counterparts import OTHER_PLACE, SAME_PLACE, Basis, Counterpart, Shared, counterparts
from coachwork.inspections.inspection import Inspection
from coachwork.inspections.same_car import other_car_signs
from coachwork.inspections.sightings import Sighting, sighting

GROWN_FROM = 1.6
"""Area, as a multiple of the earlier one, from which a damage is said to have grown; see ``benchmarks/merging``."""

GROWN_SURELY_NOT = 1.35
"""Below this it is unchanged; between both nobody can tell."""

LEAST_PAIRS = 2
"""Pairs of photos that must show a growth: one alone may be laid wrong."""

LESS_THAN = 0.5
"""A damage that covers less than this share of its earlier area was repaired in part or seen badly: that is told."""

PLACE_DOUBT = 1.5
"""By so many times must a growth exceed the bounds where it is told by shares of the part alone."""


class State(StrEnum):
    """What became of a damage, in the order of reports."""

    NEW = "new"
    GROWN = "grown"
    UNCERTAIN = "uncertain"
    NOT_COMPARABLE = "not comparable"
    UNCHANGED = "unchanged"
    GONE = "gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One damage of the car over both inspections.

    Attributes:
        state: what became of it.
        before, after: its places among the damages of either inspection; several where one is in pieces.
        why: one sentence without full stop: what the state rests on.
        evidence: what speaks for both being the same, the strongest first.
        sighting: where the place is seen in the inspection that does not have it; None where it does, or is not.
        growth: area later over area earlier; None where it cannot be measured.
    """

    state: State
    before: tuple[int, ...] = ()
    after: tuple[int, ...] = ()
    why: str = ""
    evidence: tuple[Counterpart, ...] = ()
    sighting: Sighting | None = None
    growth: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What changed between two inspections.

    Attributes:
        before, after: the inspections.
        changes: every damage of either once, by state, then in the inspections' order.
        warnings: sentences, such as that these may be two cars.
    """

    before: Inspection
    after: Inspection
    changes: tuple[Change, ...]
    warnings: tuple[str, ...] = ()

    def of(self, state: State) -> tuple[Change, ...]:
        """The changes of one state."""
        return tuple(one for one in self.changes if one.state is state)

    def damage(self, one: Change) -> CarDamage:
        """The damage of a change, as the later inspection has it, or else the earlier one."""
        return self.after.damages[one.after[0]] if one.after else self.before.damages[one.before[0]]


def compare_inspections(before: Inspection, after: Inspection, shared: Shared) -> Changes:
    """Compares two inspections of one car.

    Args:
        before: the earlier one.
        after: the later one.
        shared: (photo of `before`, photo of `after`) -> the points that they share; pairs that share none are left out.
    """
    found = counterparts(before, after, shared)
    matched, doubtful = _matched(found, len(before.damages), len(after.damages))
    turned = {(second, first): points.turned for (first, second), points in shared.items()}
    changes = [_continued(*pair, before=before, after=after) for pair in matched]
    for own, other, points, later in ((before, after, shared, False), (after, before, turned, True)):
        taken = {number for olds, news, _ in matched for number in (news if later else olds)}
        theirs = {number for olds, news, _ in matched for number in (olds if later else news)}
        known = {view for number in theirs for view in other.damages[number].views}
        for number in range(len(own.damages)):
            if number not in taken:
                rivals = [one for one in doubtful if (one.after if later else one.before) == number]
                seen = sighting(own.damages[number], own, other, points, known=known)
                unplaced = any(
                    one.part is None and one.type is own.damages[number].type and place not in theirs
                    for place, one in enumerate(other.damages)
                )
                changes.append(_lone(number, own, other, seen, rivals, later=later, unplaced=unplaced))
    order = list(State)
    changes.sort(key=lambda one: (order.index(one.state), one.after or (math.inf,), one.before))
    return Changes(before=before, after=after, changes=tuple(changes), warnings=other_car_signs(before, after, shared))


_Matched = tuple[list[int], list[int], list[Counterpart]]


def _matched(found: Sequence[Counterpart], olds: int, news: int) -> tuple[list[_Matched], list[Counterpart]]:
    """Damages that are the same, with the evidence; and what speaks for others without being enough."""
    sure = [one for one in found if one.same_type and one.basis is Basis.IMAGE]
    group: dict[tuple[str, int], set[tuple[str, int]]] = {
        node: {node} for node in (*(("b", n) for n in range(olds)), *(("a", n) for n in range(news)))
    }
    for one in sure:
        _join(group, one)
    taken_before, taken_after = {one.before for one in sure}, {one.after for one in sure}
    for one in found:
        near = one.basis is Basis.PLACE and (one.distance or 0) <= SAME_PLACE and one.same_type
        if near and one.before not in taken_before and one.after not in taken_after:
            _join(group, one)
            sure.append(one)
            taken_before.add(one.before)
            taken_after.add(one.after)
    merged: list[_Matched] = []
    for nodes in {id(nodes): nodes for nodes in group.values()}.values():
        old, new = (sorted(n for kind, n in nodes if kind == wanted) for wanted in ("b", "a"))
        if old and new:
            merged.append((old, new, [one for one in sure if one.before in old and one.after in new]))
    doubtful = [
        one
        for one in found
        if one.before not in taken_before
        and one.after not in taken_after
        and not (one.basis is Basis.PLACE and (one.distance or 0) >= OTHER_PLACE)
    ]
    return merged, doubtful


def _join(group: dict[tuple[str, int], set[tuple[str, int]]], one: Counterpart) -> None:
    joined = group["b", one.before] | group["a", one.after]
    for node in joined:
        group[node] = joined


def _continued(
    olds: list[int], news: list[int], evidence: list[Counterpart], *, before: Inspection, after: Inspection
) -> Change:
    """A damage that both inspections have: grown, unchanged, or neither for sure."""
    by_image = [one for one in evidence if one.basis is Basis.IMAGE]
    told = [
        math.log(one.growth)
        for one in evidence
        if one.growth is not None and one.basis is (Basis.IMAGE if by_image else Basis.PLACE)
    ]
    whole = not _in_pieces(before, olds) and not _in_pieces(after, news)
    growth = math.exp(median(told)) if told and whole else None
    state, why = _size_change(growth, told, by_image=bool(by_image))
    if growth is None and not whole:
        why = "it is in several pieces in one of the inspections, so that sizes cannot be compared"
    return Change(
        state=state,
        before=tuple(olds),
        after=tuple(news),
        why=f"{_tied(evidence[0])}; {why}",
        evidence=tuple(evidence),
        growth=growth,
    )


def _in_pieces(inspection: Inspection, places: Sequence[int]) -> bool:
    """Whether any photo shows a damage in several pieces; several damages of one photo each are views of one."""
    photos = [view.photo for place in places for view in inspection.damages[place].views]
    return len(set(photos)) < len(photos)


def _size_change(growth: float | None, told: Sequence[float], *, by_image: bool) -> tuple[State, str]:
    """The state by the growth over all pairs of views, of each of which the logarithm is told."""
    doubt = 1.0 if by_image else PLACE_DOUBT
    if growth is None:
        return State.UNCERTAIN, "no pair of photos shows all of it: whether it grew is unknown"
    words = f"it covers {growth:.2f} times its earlier area"
    if growth >= GROWN_FROM * doubt and math.exp(min(told)) >= GROWN_SURELY_NOT:
        if len(told) >= LEAST_PAIRS:
            return State.GROWN, f"{words}, by {len(told)} pairs of photos"
        return State.UNCERTAIN, f"{words}, but one pair of photos alone says so"
    if growth >= GROWN_SURELY_NOT * doubt:
        return State.UNCERTAIN, f"{words}, which may be growth or the way it was seen"
    if growth < LESS_THAN / doubt:
        return State.UNCERTAIN, f"{words}: it was repaired in part, or is seen badly now"
    return State.UNCHANGED, f"{words}, within what two photos differ by"


def _tied(one: Counterpart) -> str:
    if one.basis is Basis.PLACE:
        return f"it lies at the same place of the part (off by {100 * (one.distance or 0):.0f} % of it)"
    photos = f"photo {one.first.photo + 1} before and photo {one.second.photo + 1} now"
    return f"{one.points} points that {photos} share lay {100 * (one.overlap or 0):.0f} % of one on the other"


def _lone(
    number: int,
    own: Inspection,
    other: Inspection,
    seen: Sighting | None,
    rivals: Sequence[Counterpart],
    *,
    later: bool,
    unplaced: bool,
) -> Change:
    """A damage that only one inspection has: new or gone where the other saw its place well, else not comparable."""
    change = Change(state=State.UNCERTAIN, before=() if later else (number,), after=(number,) if later else ())
    time = "before" if later else "now"
    if rivals:
        why = _doubt(rivals[0], own=own.damages[number].type.words, other=other, later=later)
        return replace(change, why=why, evidence=tuple(rivals), sighting=seen)
    if seen is not None and seen.close is not None:
        kind = own.damages[number].type.words
        why = f"a {kind} lies close to its place on photo {seen.photo + 1} {time}, and may be the same"
        return replace(change, why=why, sighting=seen)
    if seen is None:
        why = f"its place is not seen well enough {time} to compare"
        return replace(change, state=State.NOT_COMPARABLE, why=why)
    if seen.place is None and unplaced:
        kind = own.damages[number].type.words
        why = f"the other inspection has a {kind} of which nobody knows where it lies, and which may be the same"
        return replace(change, why=why, sighting=seen)
    state = State.NEW if later else State.GONE
    where = f"photo {seen.photo + 1} {time}"
    if seen.place is None:
        part = own.damages[number].part
        why = f"the {'part' if part is None else part.words} is seen well on {where}, and no such damage is found on it"
    else:
        why = f"{seen.points} shared points show its place on {where}, and no damage is found there"
    return replace(change, state=state, why=why, sighting=seen)


def _doubt(rival: Counterpart, *, own: str, other: Inspection, later: bool) -> str:
    """Why a damage may be one that the other inspection has."""
    told = other.damages[rival.before if later else rival.after].type.words
    time = "before" if later else "now"
    if not rival.same_type:
        return f"the same place shows a {told} {time}: it may be one damage under two names"
    if rival.basis is Basis.PART:
        return f"a {own} lies on the same part {time}, and nothing tells whether it is the same"
    off = f"off by {100 * (rival.distance or 0):.0f} %"
    return f"a {own} lies near its place on the part {time} ({off}): it may be the same"
