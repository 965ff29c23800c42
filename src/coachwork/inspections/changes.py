"""What changed on a car between two inspections: new, grown, unchanged and gone damages, each with its evidence.

Nothing is guessed. "New" is said only where the place was seen well before, "gone" only where it is seen well now,
"grown" only beyond what two photos of one unchanged damage differ by; everything else is told as uncertain or not
comparable.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from statistics import median

from coachwork.assessments.views import CarDamage
from coachwork.inspections.counterparts import OTHER_PLACE, SAME_PLACE, Basis, Counterpart, Shared, counterparts
from coachwork.inspections.inspection import Inspection
from coachwork.inspections.same_car import other_car_signs
from coachwork.inspections.sightings import Sighting, sighting
from coachwork.reasons import Reason, clauses, said
from coachwork.taxonomy import DamageType

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
        why = said("change.in_pieces")
    return Change(
        state=state,
        before=tuple(olds),
        after=tuple(news),
        why=clauses(_tied(evidence[0]), why),
        evidence=tuple(evidence),
        growth=growth,
    )


def _in_pieces(inspection: Inspection, places: Sequence[int]) -> bool:
    """Whether any photo shows a damage in several pieces; several damages of one photo each are views of one."""
    photos = [view.photo for place in places for view in inspection.damages[place].views]
    return len(set(photos)) < len(photos)


def _size_change(growth: float | None, told: Sequence[float], *, by_image: bool) -> tuple[State, Reason]:
    """The state by the growth over all pairs of views, of each of which the logarithm is told."""
    doubt = 1.0 if by_image else PLACE_DOUBT
    if growth is None:
        return State.UNCERTAIN, said("change.not_whole")
    words = said("change.covers", growth=Decimal(f"{growth:.2f}"))
    if growth >= GROWN_FROM * doubt and math.exp(min(told)) >= GROWN_SURELY_NOT:
        if len(told) >= LEAST_PAIRS:
            return State.GROWN, said("change.grown", covers=words, pairs=len(told))
        return State.UNCERTAIN, said("change.grown_alone", covers=words)
    if growth >= GROWN_SURELY_NOT * doubt:
        return State.UNCERTAIN, said("change.perhaps_grown", covers=words)
    if growth < LESS_THAN / doubt:
        return State.UNCERTAIN, said("change.smaller", covers=words)
    return State.UNCHANGED, said("change.same_size", covers=words)


def _tied(one: Counterpart) -> Reason:
    if one.basis is Basis.PLACE:
        return said("change.same_place", off=_share(one.distance))
    return said(
        "change.shared_points",
        points=one.points,
        before=one.first.photo + 1,
        now=one.second.photo + 1,
        overlap=_share(one.overlap),
    )


def _share(share: float | None) -> Decimal:
    """In whole per cent."""
    return Decimal(f"{share or 0:.2f}")


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
        why = _doubt(rivals[0], own=own.damages[number].type, other=other, later=later)
        return replace(change, why=why, evidence=tuple(rivals), sighting=seen)
    if seen is not None and seen.close is not None:
        why = said("change.close", type=own.damages[number].type, photo=seen.photo + 1, time=time)
        return replace(change, why=why, sighting=seen)
    if seen is None:
        why = said("change.not_seen", time=time)
        return replace(change, state=State.NOT_COMPARABLE, why=why)
    if seen.place is None and unplaced:
        why = said("change.unplaced", type=own.damages[number].type)
        return replace(change, why=why, sighting=seen)
    state = State.NEW if later else State.GONE
    if seen.place is None:
        part = own.damages[number].part
        why = said("change.not_on_part", part="part" if part is None else part, photo=seen.photo + 1, time=time)
    else:
        why = said("change.not_at_place", points=seen.points, photo=seen.photo + 1, time=time)
    return replace(change, state=state, why=why, sighting=seen)


def _doubt(rival: Counterpart, *, own: DamageType, other: Inspection, later: bool) -> Reason:
    """Why a damage may be one that the other inspection has."""
    told = other.damages[rival.before if later else rival.after].type
    time = "before" if later else "now"
    if not rival.same_type:
        return said("change.two_names", type=told, time=time)
    if rival.basis is Basis.PART:
        return said("change.same_part", type=own, time=time)
    return said("change.near", type=own, time=time, off=_share(rival.distance))
