"""Whether the place of a damage was seen well enough in another inspection to say that nothing was there."""

from collections.abc import Iterator
from dataclasses import dataclass

from coachwork.assessments.views import CarDamage, View
from coachwork.geometry.box import Box
from coachwork.inspections.counterparts import Shared
from coachwork.inspections.coverage import Sight
from coachwork.inspections.inspection import InspectedPhoto, Inspection
from coachwork.photos.correspondence import carry

LEAST_INSIDE = 0.9
"""Share of the place that must lie within the other photo."""

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
    """

    view: View
    photo: int
    place: Box | None = None
    points: int = 0


def sighting(one: CarDamage, inspection: Inspection, other: Inspection, shared: Shared) -> Sighting | None:
    """The best sighting of a damage's place: by shared points where there are any, else by its part; None without.

    Args:
        one: a damage of `inspection`.
        inspection: where it was found.
        other: where it is looked for.
        shared: (photo of `inspection`, photo of `other`) -> the points that they share.
    """
    found = list(_by_image(one, inspection, other, shared))
    if found:
        return max(found, key=lambda seen: (seen.points, -seen.photo))
    covered = next((part for part in other.coverage if part.part is one.part), None)
    if one.part is None or covered is None or covered.sight is not Sight.WELL:
        return None
    return Sighting(view=one.views[0], photo=covered.photos[0])


def _by_image(one: CarDamage, inspection: Inspection, other: Inspection, shared: Shared) -> Iterator[Sighting]:
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
            x_min, y_min, x_max, y_max = damage.box.xyxy
            moved = carried.corners(damage.box)
            (left, top), (right, bottom) = moved.min(axis=0), moved.max(axis=0)
            place = Box(x_min=float(left), y_min=float(top), x_max=float(right), y_max=float(bottom))
            inside = place.clipped(there.size).area / place.area if place.area > 0 else 0.0
            sides = (
                max(x_max - x_min, y_max - y_min) / own.size.longest,
                max(place.width, place.height) / there.size.longest,
            )
            if not _on_its_part(one, place, other.photos[looked]):
                continue
            if inside >= LEAST_INSIDE and sides[1] >= LEAST_SCALE * sides[0]:
                yield Sighting(view=view, photo=looked, place=place, points=carried.points)


def _on_its_part(one: CarDamage, place: Box, photo: InspectedPhoto) -> bool:
    """Whether a place lies on the damage's part, as far as the parts are known: both wheels of a side look alike."""
    if one.part is None or not photo.parts:
        return True
    x, y = (place.x_min + place.x_max) / 2, (place.y_min + place.y_max) / 2
    boxes = [seen.box for seen in photo.parts if seen.part is one.part]
    return any(box is None or (box.x_min <= x <= box.x_max and box.y_min <= y <= box.y_max) for box in boxes)
