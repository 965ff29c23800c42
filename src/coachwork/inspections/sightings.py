"""Whether the place of a damage was seen well enough in another inspection to say that nothing was there."""

import math
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coachwork.assessments.views import CarDamage, View
from coachwork.geometry.box import Box, box_iou
from coachwork.geometry.size import Size
from coachwork.inspections.counterparts import Shared
from coachwork.inspections.coverage import Sight
from coachwork.inspections.inspection import InspectedPhoto, Inspection
from coachwork.photos.correspondence import Correspondence, carry

LEAST_INSIDE = 0.9
"""Share of the place that must lie within the other photo."""

LEAST_RETURN = 0.3
"""Overlap (IoU) with the damage's box of its place on the other photo when it is laid back."""

LEAST_SIDE = 0.02
"""Share of the other photo's longer side that the place must measure there at least, or a damage would not show."""

CLOSE = 0.06
"""A damage so near to the place, as a share of the photo's longer side, may be the same, laid wrong."""

LEAST_SCALE = 0.5
"""How large the place must be on the other photo, against its size on its own, both as shares of the photo's side."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """Where the place of a damage is seen on a photo of the other inspection.

    Attributes:
        view: of the damage, on its own inspection's photo.
        photo: of the other inspection.
        place: there, in pixels of the upright photo; None where only the part is known to be seen.
        points: how many shared points agree on it; 0 where only the part is known.
        close: a damage of the same type close to the place; None where there is none.
    """

    view: View
    photo: int
    place: Box | None = None
    points: int = 0
    close: View | None = None


def sighting(
    one: CarDamage, inspection: Inspection, other: Inspection, shared: Shared, *, known: AbstractSet[View] = frozenset()
) -> Sighting | None:
    """The best sighting of a damage's place: by shared points where there are any, else by its part; None without.

    Args:
        one: a damage of `inspection`.
        inspection: where it was found.
        other: where it is looked for.
        shared: (photo of `inspection`, photo of `other`) -> the points that they share.
        known: views of `other` that belong to another damage for sure.
    """
    found = list(_by_image(one, inspection, other, shared, known))
    if found:
        digests = [photo.sha256 for photo in other.assessments]
        return max(found, key=lambda seen: (seen.close is not None, seen.points, digests[seen.photo]))
    covered = next((part for part in other.coverage if part.part is one.part), None)
    if one.part is None or covered is None or covered.sight is not Sight.WELL:
        return None
    return Sighting(view=one.views[0], photo=covered.photos[0])


def _by_image(
    one: CarDamage, inspection: Inspection, other: Inspection, shared: Shared, known: AbstractSet[View]
) -> Iterator[Sighting]:
    for view in one.views:
        own = inspection.assessments[view.photo]
        damage = own.damages[view.damage]
        for (photo, looked), points in shared.items():
            there = other.assessments[looked]
            if photo != view.photo or not there.quality.usable:
                continue
            carried = carry(points, damage.box)
            if carried is None:
                continue
            (left, top), (right, bottom) = (ends for ends in _ends(carried.corners(damage.box)))
            place = Box(x_min=left, y_min=top, x_max=right, y_max=bottom)
            shown = _is_shown(place, damage.box, there.size, own.size) and _on_its_part(
                one, place, other.photos[looked]
            )
            if shown and _comes_back(points, place.clipped(there.size), damage.box):
                close = _close(place, one, looked, other, known)
                yield Sighting(view=view, photo=looked, place=place, points=carried.points, close=close)


def _ends(corners: NDArray[np.float64]) -> tuple[tuple[float, float], tuple[float, float]]:
    (left, top), (right, bottom) = corners.min(axis=0), corners.max(axis=0)
    return (float(left), float(top)), (float(right), float(bottom))


def _is_shown(place: Box, box: Box, size: Size, own: Size) -> bool:
    """Whether a place lies within a photo, large enough against the box on its own photo."""
    inside = place.clipped(size).area / place.area if place.area > 0 else 0.0
    side, own_side = max(place.width, place.height) / size.longest, max(box.width, box.height) / own.longest
    return inside >= LEAST_INSIDE and side >= LEAST_SCALE * own_side and side >= LEAST_SIDE


def _comes_back(points: Correspondence, place: Box, box: Box) -> bool:
    """Whether the points lay a place back on where it came from, by a plane of their own."""
    back = carry(points.turned, place)
    if back is None:
        return False
    (left, top), (right, bottom) = _ends(back.corners(place))
    around = Box(x_min=left, y_min=top, x_max=right, y_max=bottom)
    return bool(box_iou(np.array([around.xyxy]), np.array([box.xyxy]))[0, 0] >= LEAST_RETURN)


def _close(place: Box, one: CarDamage, photo: int, other: Inspection, known: AbstractSet[View]) -> View | None:
    """A damage of the same type near a place, if it is not known to be another one."""
    there = other.assessments[photo]
    for number, damage in enumerate(there.damages):
        view = View(photo=photo, damage=number)
        apart = (
            max(place.x_min - damage.box.x_max, damage.box.x_min - place.x_max, 0.0),
            max(place.y_min - damage.box.y_max, damage.box.y_min - place.y_max, 0.0),
        )
        if damage.type is one.type and view not in known and math.hypot(*apart) <= CLOSE * there.size.longest:
            return view
    return None


def _on_its_part(one: CarDamage, place: Box, photo: InspectedPhoto) -> bool:
    """Whether a place lies on the damage's part, as far as the parts are known: both wheels of a side look alike."""
    if one.part is None or not photo.parts:
        return True
    x, y = (place.x_min + place.x_max) / 2, (place.y_min + place.y_max) / 2
    boxes = [seen.box for seen in photo.parts if seen.part is one.part]
    return any(box is None or (box.x_min <= x <= box.x_max and box.y_min <= y <= box.y_max) for box in boxes)
