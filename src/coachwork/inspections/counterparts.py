"""Which damage of an earlier inspection is which of a later one, with the evidence.

Two damages of one type are the same where

1. two photos, one of each inspection, share enough points around the one to lay it on the other's photo, and there both
   overlap (`image`);
2. else, where both lie at about the same place of the same part, told by the part's box on photos that show all of it
   (`place`).

Where both lie on one part and nothing tells their places, they may be the same (`part`): that is no match but a doubt.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

import cv2
import numpy as np

from coachwork.assessments.assessment import Damage
from coachwork.assessments.views import SAME_OVERLAP, SLACK, CarDamage, View, outlines_of, overlap
from coachwork.geometry.box import Box
from coachwork.geometry.size import Size
from coachwork.inspections.inspection import Inspection
from coachwork.photos.correspondence import Carried, Correspondence, carry
from coachwork.taxonomy import CarPart

SAME_PLACE = 0.12
"""Damages are the same whose middles lie so near, as a share of their part's height and length."""

OTHER_PLACE = 0.30
"""From here on they are others; between both nobody can tell."""

_EDGE = 0.01
"""A shape that comes so near to the photo's edge, as a share of its longer side, may be cut off there."""

_AGREE = 1.5
"""Ratios that are measured on either photo may differ by so many times."""

Shared = Mapping[tuple[int, int], Correspondence]
"""(i, j) -> the points that photo i of the earlier inspection and photo j of the later one share."""


class Basis(StrEnum):
    """By what two damages were compared."""

    IMAGE = "image"
    PLACE = "place"
    PART = "part"


@dataclass(frozen=True, slots=True, kw_only=True)
class Counterpart:
    """What speaks for one damage of either inspection being the same.

    Attributes:
        before, after: places of the damages in the inspections.
        basis: by what.
        first, second: the views that were compared.
        overlap: share of the smaller one that they have in common, 0..1; None but for `Basis.IMAGE`.
        points: points of both photos that agree on where the first lies on the second; None but for `Basis.IMAGE`.
        distance: between their middles on the part, as a share of its sides; None but for `Basis.PLACE`.
        growth: area of the second over that of the first, both on the second's photo, or both as shares of their part;
            None where either is cut off.
        same_type: whether both are of one type.
    """

    before: int
    after: int
    basis: Basis
    first: View
    second: View
    overlap: float | None = None
    points: int | None = None
    distance: float | None = None
    growth: float | None = None
    same_type: bool = True


def counterparts(before: Inspection, after: Inspection, shared: Shared) -> tuple[Counterpart, ...]:
    """Everything that speaks for damages being the same, the strongest first."""
    found = [*_by_image(before, after, shared)]
    seen = {(one.before, one.after) for one in found}
    found += [one for one in _by_part(before, after) if (one.before, one.after) not in seen]
    ranks = list(Basis)
    return tuple(
        sorted(
            found,
            key=lambda one: (
                not one.same_type,
                ranks.index(one.basis),
                -(one.overlap or 0),
                one.distance or 0,
                one.first,
                one.second,
            ),
        )
    )


def touches_edge(box: Box, size: Size) -> bool:
    """Whether a shape may be cut off by the photo's edge."""
    near = _EDGE * size.longest
    return min(box.x_min, box.y_min, size.width - box.x_max, size.height - box.y_max) < near


def _by_image(before: Inspection, after: Inspection, shared: Shared) -> Iterator[Counterpart]:
    owners = {view: number for number, one in enumerate(after.damages) for view in one.views}
    for number, one in enumerate(before.damages):
        for view in one.views:
            for (photo, other), points in shared.items():
                if photo == view.photo and after.assessments[other].damages:
                    for found in _under(before, view, after, other, points):
                        yield replace(found, before=number, after=owners[found.second])


def _under(
    before: Inspection, view: View, after: Inspection, photo: int, points: Correspondence
) -> Iterator[Counterpart]:
    """The damages of a later photo that lie where an earlier one is laid on it."""
    damage = _damage(before, view)
    carried = carry(points, damage.box)
    if carried is None:
        return
    cut = touches_edge(damage.box, before.assessments[view.photo].size)
    for place, other in enumerate(after.assessments[photo].damages):
        share = overlap(damage, other, carried, slack=SLACK)
        if share >= SAME_OVERLAP:
            yield Counterpart(
                before=0,
                after=0,
                basis=Basis.IMAGE,
                first=view,
                second=View(photo=photo, damage=place),
                overlap=share,
                points=carried.points,
                growth=None if cut else _growth(damage, other, carried, points),
                same_type=damage.type is other.type,
            )


def _growth(damage: Damage, other: Damage, carried: Carried, points: Correspondence) -> float | None:
    """How many times the area of the first the second has, on one photo.

    It is measured on both photos, with a plane of its own each. None where either is cut off, or where the planes
    disagree, so that one of them lies wrong.
    """
    back = carry(points.turned, other.box)
    there = _areas(damage, other, carried)
    here = None if back is None else _areas(other, damage, back)
    if there is None or here is None or not 1 / _AGREE <= there[1] / there[0] * here[1] / here[0] <= _AGREE:
        return None
    return math.sqrt(there[1] / there[0] * here[0] / here[1])


def _areas(damage: Damage, other: Damage, carried: Carried) -> tuple[float, float] | None:
    """Areas of a damage that is laid on the other's photo and of the other, px; None where either is cut off."""
    moved = [carried.outline(outline) for outline in outlines_of(damage)]
    ends = np.concatenate(moved)
    if not np.isfinite(ends).all():
        return None
    (x_min, y_min), (x_max, y_max) = ends.min(axis=0), ends.max(axis=0)
    around = Box(x_min=float(x_min), y_min=float(y_min), x_max=float(x_max), y_max=float(y_max))
    if touches_edge(around, carried.size) or touches_edge(other.box, carried.size):
        return None
    sums = [
        sum(abs(float(cv2.contourArea(shape.astype(np.float32)))) for shape in shapes)
        for shapes in (moved, outlines_of(other))
    ]
    return (sums[0], sums[1]) if min(sums) > 0 else None


def _by_part(before: Inspection, after: Inspection) -> Iterator[Counterpart]:
    for number, one in enumerate(before.damages):
        for rival, other in enumerate(after.damages):
            if one.part is None or one.part is not other.part or one.type is not other.type:
                continue
            nearest = min(_placed(before, after, number, rival), key=lambda found: found.distance or 0, default=None)
            yield nearest or Counterpart(
                before=number, after=rival, basis=Basis.PART, first=one.views[0], second=other.views[0]
            )


def _placed(before: Inspection, after: Inspection, number: int, rival: int) -> Iterator[Counterpart]:
    """Both damages by their places on the part, for each pair of views that shows all of it."""
    for first, place, share in _places(before, before.damages[number]):
        for second, other_place, other_share in _places(after, after.damages[rival]):
            yield Counterpart(
                before=number,
                after=rival,
                basis=Basis.PLACE,
                first=first,
                second=second,
                distance=math.hypot(place[0] - other_place[0], place[1] - other_place[1]),
                growth=other_share / share if share and other_share else None,
            )


def _places(inspection: Inspection, one: CarDamage) -> Iterator[tuple[View, tuple[float, float], float | None]]:
    """For each view whose photo shows all of the part: the middle on the part's box, 0..1 each way, and its share."""
    for view in one.views:
        photo = inspection.photos[view.photo]
        around = next((seen.box for seen in photo.parts if seen.part is one.part), None)
        damage = _damage(inspection, view)
        if around is None or one.part is CarPart.WHEEL or damage.part is None or damage.part.part is not one.part:
            continue
        if touches_edge(around, photo.assessment.size) or min(around.width, around.height) <= 0:
            continue
        x, y = (damage.box.x_min + damage.box.x_max) / 2, (damage.box.y_min + damage.box.y_max) / 2
        share = damage.area_px / damage.part.area_px if damage.part.area_px else None
        yield view, ((x - around.x_min) / around.width, (y - around.y_min) / around.height), share


def _damage(inspection: Inspection, view: View) -> Damage:
    return inspection.assessments[view.photo].damages[view.damage]
