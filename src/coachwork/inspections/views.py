"""From where a photo shows the car, by the parts that it shows: what is needed for a walk around the car."""

from collections.abc import Sequence
from enum import StrEnum

from coachwork.inspections.coverage import SeenPart
from coachwork.taxonomy import CarPart


class PhotoView(StrEnum):
    """A view that a walk around the car has, in its order; left and right are the driver's."""

    FRONT = "front"
    LEFT = "left"
    REAR = "rear"
    RIGHT = "right"
    CLOSE_UP = "close_up"


_END_SHARE = 0.02
"""A bumper of a car that stands across the photo fills so much of it; one seen from the side does not."""
_SIDE_SHARE = 0.04
_CLOSE_SHARE = 0.3
"""A single part that fills so much of a photo is seen from nearby."""

_FRONT = frozenset({CarPart.BONNET, CarPart.WINDSCREEN, CarPart.LEFT_HEADLAMP, CarPart.RIGHT_HEADLAMP})
_REAR = frozenset(
    {
        CarPart.BOOT_LID,
        CarPart.TAILGATE_OR_LOAD_BED,
        CarPart.REAR_WINDOW,
        CarPart.LEFT_TAIL_LAMP,
        CarPart.RIGHT_TAIL_LAMP,
    }
)
_LEFT = (CarPart.FRONT_LEFT_DOOR, CarPart.REAR_LEFT_DOOR, CarPart.FRONT_LEFT_WING, CarPart.REAR_LEFT_WING)
_RIGHT = tuple(part.mirrored for part in _LEFT)


def photo_views(seen: Sequence[SeenPart]) -> frozenset[PhotoView]:
    """The views that one photo is good for; a photo of a corner is good for two.

    Args:
        seen: the parts that it shows.
    """
    share = {one.part: one.share for one in seen}
    found: set[PhotoView] = set()
    if share.get(CarPart.FRONT_BUMPER, 0) >= _END_SHARE and _FRONT & share.keys():
        found.add(PhotoView.FRONT)
    if share.get(CarPart.REAR_BUMPER, 0) >= _END_SHARE and _REAR & share.keys():
        found.add(PhotoView.REAR)
    for view, parts in ((PhotoView.LEFT, _LEFT), (PhotoView.RIGHT, _RIGHT)):
        shares = [share[part] for part in parts if part in share]
        if len(shares) >= 2 and sum(shares) >= _SIDE_SHARE:
            found.add(view)
    if share and max(share.values()) >= _CLOSE_SHARE and len(found) < 2:
        found.add(PhotoView.CLOSE_UP)
    return frozenset(found)
