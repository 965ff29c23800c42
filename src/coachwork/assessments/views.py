"""One damage of the car from its views on several photos, with the evidence that they show the same.

Two damages of one type are the same where

1. the photos share enough points around the first to lay it on the second photo, and there they overlap (`image`);
2. else, where both lie on the same known part, in order of their size on it (`part`): a car has at least as many
   damages of a part as one photo shows, and no more are counted than that without a reason.

They are different where they lie on different known parts, where one photo shows both beside each other, or where
the points say that the one lies elsewhere on the other's photo. A damage in pieces on one photo and whole on another is
one, if the pieces lie inside the whole.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations

import cv2
import numpy as np
from numpy.typing import NDArray

from coachwork.assessments.assessment import Assessment, Damage
from coachwork.photos.correspondence import Carried, Correspondence, carry
from coachwork.taxonomy import CarPart, DamageType

SAME_OVERLAP = 0.35
"""Share of the smaller of two damages, laid on one photo, that they must have in common."""

SLACK = 0.01
"""Share of the photo's longer side by which a place that is laid on another photo may be off: a scratch is thinner."""

APART = 0.03
"""The same for damages that are said to lie elsewhere."""

PIECE_OVERLAP = 0.7
"""Share of a second piece that must lie inside a damage to be part of it."""


class Tie(StrEnum):
    """Why two views show one damage."""

    IMAGE = "image"
    PART = "part"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class View:
    """A damage of one photo: places in the assessments and in the assessment's damages."""

    photo: int
    damage: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Why two views were taken for one damage.

    Attributes:
        tie: by what.
        first, second: the views.
        overlap: share of the smaller one that they have in common, 0..1; None for `Tie.PART`.
        points: points of both photos that agree on where the first lies on the second; None for `Tie.PART`.
    """

    tie: Tie
    first: View
    second: View
    overlap: float | None = None
    points: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CarDamage:
    """One damage of the car.

    Attributes:
        type: what it is.
        part: what it lies on; None where no photo tells.
        views: where it is seen, the surest first.
        evidence: why these are one; empty for a single view.
    """

    type: DamageType
    part: CarPart | None
    views: tuple[View, ...]
    evidence: tuple[Evidence, ...]

    def seen(self, assessments: Sequence[Assessment]) -> tuple[Damage, ...]:
        """Its views as damages, the surest first."""
        return tuple(assessments[view.photo].damages[view.damage] for view in self.views)


Correspondences = Mapping[tuple[int, int], Correspondence]
"""(i, j) with i < j -> the points that photos i and j share; pairs that share too few are left out."""


def merge_views(assessments: Sequence[Assessment], correspondences: Correspondences) -> tuple[CarDamage, ...]:
    """The damages of the car, those with the surest view first.

    Args:
        assessments: of photos of one car.
        correspondences: what pairs of the photos share.
    """
    damages = {
        View(photo=p, damage=d): found for p, one in enumerate(assessments) for d, found in enumerate(one.damages)
    }
    groups = _Groups(damages)
    apart: set[frozenset[View]] = set()
    ties: list[Evidence] = []
    for pair, shared in sorted(correspondences.items()):
        for found, different in _compared(damages, pair, shared):
            ties += found
            apart |= different
    apart -= {frozenset({tie.first, tie.second}) for tie in ties}  # from one side a wrong plane may hide what is one
    order = _by_digest(assessments)

    def rank(tie: Evidence) -> tuple[float, int, int, int, int]:
        ends = (order[tie.first.photo], tie.first.damage, order[tie.second.photo], tie.second.damage)
        return (-(tie.overlap or 0), *ends)

    for tie in sorted(ties, key=rank):
        groups.join(tie, apart)
    _tie_by_part(groups, damages, apart, order)
    merged = [groups.damage(members) for members in groups.members()]
    return tuple(sorted(merged, key=lambda one: (-damages[one.views[0]].score, one.views[0])))


def _by_digest(assessments: Sequence[Assessment]) -> dict[int, int]:
    """Photo -> its rank by digest, so that nothing hangs on the order in which photos are given."""
    ranked = sorted(range(len(assessments)), key=lambda photo: (assessments[photo].sha256, photo))
    return {photo: rank for rank, photo in enumerate(ranked)}


class _Groups:
    """Views that are the same so far."""

    def __init__(self, damages: Mapping[View, Damage]) -> None:
        self.damages = damages
        self._of = {view: frozenset({view}) for view in damages}
        self._ties: list[Evidence] = []

    def group(self, view: View) -> frozenset[View]:
        return self._of[view]

    def members(self) -> list[frozenset[View]]:
        return list(dict.fromkeys(self._of[view] for view in sorted(self._of)))

    def part(self, members: frozenset[View]) -> CarPart | None:
        """The known part that most of the views' shares speak for."""
        shares: dict[CarPart, float] = {}
        for view in sorted(members):
            told = self.damages[view].part
            if told is not None and told.part is not None:
                shares[told.part] = shares.get(told.part, 0.0) + told.share
        return max(shares, key=lambda part: shares[part], default=None)

    def join(self, tie: Evidence, apart: set[frozenset[View]]) -> bool:
        """Makes one of two groups, unless something speaks against it."""
        one, other = self._of[tie.first], self._of[tie.second]
        if one == other:
            self._ties.append(tie)
            return True
        parts = {part for part in (self.part(one), self.part(other)) if part is not None}
        beside = {view.photo for view in one} & {view.photo for view in other}
        if len(parts) > 1 or (beside and (tie.overlap or 0) < PIECE_OVERLAP):
            return False
        if any(frozenset({a, b}) in apart for a in one for b in other):
            return False
        joined = one | other
        self._of |= dict.fromkeys(joined, joined)
        self._ties.append(tie)
        return True

    def damage(self, members: frozenset[View]) -> CarDamage:
        views = sorted(members, key=lambda view: (-self.damages[view].score, view))
        return CarDamage(
            type=self.damages[views[0]].type,
            part=self.part(members),
            views=tuple(views),
            evidence=tuple(tie for tie in self._ties if tie.first in members),
        )


def _compared(
    damages: Mapping[View, Damage], pair: tuple[int, int], shared: Correspondence
) -> list[tuple[list[Evidence], set[frozenset[View]]]]:
    """For each damage of either photo: which of the other photo's it is, and which it is not."""
    sides = [[view for view in damages if view.photo == photo] for photo in pair]
    found = []
    for here, there, points in ((sides[0], sides[1], shared), (sides[1], sides[0], shared.turned)):
        for view in here:
            like = [other for other in there if damages[other].type is damages[view].type]
            carried = carry(points, damages[view].box) if like else None
            if carried is not None:
                found.append(_ties(view, like, damages, carried))
    return found


def _ties(
    view: View, like: Sequence[View], damages: Mapping[View, Damage], carried: Carried
) -> tuple[list[Evidence], set[frozenset[View]]]:
    """Damages of the same type on the other photo: those under the carried one, and those that lie elsewhere."""
    overlaps = {other: overlap(damages[view], damages[other], carried, slack=SLACK) for other in like}
    ties = [
        Evidence(tie=Tie.IMAGE, first=view, second=other, overlap=share, points=carried.points)
        for other, share in overlaps.items()
        if share >= SAME_OVERLAP
    ]
    elsewhere = (other for other, share in overlaps.items() if share == 0)
    apart = {other for other in elsewhere if overlap(damages[view], damages[other], carried, slack=APART) == 0}
    return ties, {frozenset({view, other}) for other in apart}


def overlap(damage: Damage, other: Damage, carried: Carried, *, slack: float = 0.0) -> float:
    """Share 0..1 of the smaller of two damages that both have in common on the other's photo.

    Args:
        damage: on the first photo.
        other: on the second photo.
        carried: where the first lies on the second.
        slack: both are widened by this share of the second photo's longer side first.
    """
    outlines = [carried.outline(outline) for outline in outlines_of(damage)]
    x_min, y_min, x_max, y_max = other.box.xyxy
    moved = np.concatenate(outlines)
    wider = slack * carried.size.longest
    low = np.floor(np.minimum(moved.min(axis=0), (x_min, y_min)) - wider)
    high = np.ceil(np.maximum(moved.max(axis=0), (x_max, y_max)) + wider) + 1
    scale = min(1.0, 256 / float((high - low).max()))
    width, height = (int(side) + 1 for side in (high - low) * scale)
    drawn = np.zeros((2, height, width), dtype=np.uint8)
    for canvas, shapes in zip(drawn, (outlines, outlines_of(other)), strict=True):
        for shape in shapes:
            rim = [np.round((shape - low) * scale).astype(np.int32)]
            cv2.fillPoly(canvas, rim, 1)
            cv2.polylines(canvas, rim, isClosed=True, color=1, thickness=1 + round(2 * wider * scale))
    areas = drawn.sum(axis=(1, 2))
    return float((drawn[0] & drawn[1]).sum() / max(areas.min(), 1))


def outlines_of(damage: Damage) -> list[NDArray[np.float64]]:
    """The outlines (M, 2) of a damage's pixels, x and y in the upright photo; its box where there is no mask."""
    mask = damage.mask
    if mask is not None and mask.area:
        found, _ = cv2.findContours(mask.crop.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
        return [contour[:, 0] + np.array([mask.x + 0.5, mask.y + 0.5]) for contour in found]
    x_min, y_min, x_max, y_max = damage.box.xyxy
    return [np.array([[x_min, y_min], [x_max, y_min], [x_max, y_max], [x_min, y_max]], dtype=np.float64)]


def _tie_by_part(
    groups: _Groups, damages: Mapping[View, Damage], apart: set[frozenset[View]], order: Mapping[int, int]
) -> None:
    """Ties damages of one type on one part that no photo shows beside each other, the largest first."""
    for one, other in combinations(sorted({view.photo for view in damages}, key=lambda photo: order[photo]), 2):
        for view in _by_size(damages, one):
            for rival in _by_size(damages, other):
                if damages[view].type is not damages[rival].type:
                    continue
                mine, theirs = groups.group(view), groups.group(rival)
                part = groups.part(mine)
                taken = {v.photo for v in mine} & {v.photo for v in theirs}
                if mine == theirs:
                    break
                if part is None or part is not groups.part(theirs) or taken:
                    continue
                if groups.join(Evidence(tie=Tie.PART, first=view, second=rival), apart):
                    break


def _by_size(damages: Mapping[View, Damage], photo: int) -> list[View]:
    """The damages of a photo, the largest for their part first."""

    def share(view: View) -> float:
        part = damages[view].part
        whole = part.area_px if part is not None and part.area_px else None
        return damages[view].area_px / whole if whole else 0.0

    return sorted((view for view in damages if view.photo == photo), key=lambda view: (-share(view), view))
