"""Which parts of the car the photos show well enough to say that nothing is wrong with them.

A part counts as seen where a part model finds it in a usable photo, and as seen well where it also fills enough of the
photo: the damage model looks at some 512 pixels across, and a part that fills a twentieth of the photo has about 110 of
them, on which a dent of a tenth of its length is 11 pixels long.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from coachwork.detections import Detections
from coachwork.geometry.box import Box
from coachwork.geometry.mask import Mask
from coachwork.taxonomy import CarPart

PANEL_SHARE = 0.05
"""Share of the photo that a panel or a window must fill to be seen well."""

SMALL_SHARE = 0.005
"""The same for lamps, mirrors and sills."""

SMALL = frozenset(part for part in CarPart if part.value.endswith(("_lamp", "headlamp", "_mirror", "_sill")))

OPTIONAL = frozenset({CarPart.WHEEL, CarPart.TAILGATE_OR_LOAD_BED, CarPart.ROOF, CarPart.LEFT_SILL, CarPart.RIGHT_SILL})
"""Parts that "none" does not wait for: cars lack them, or photos from the ground hardly show them."""

_FOUND = 0.5
"""A part counts from this score on."""


class Sight(StrEnum):
    """How well a part is seen, best first."""

    WELL = "well"
    POORLY = "poorly"
    NOT = "not seen"


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenPart:
    """A part on one photo.

    Attributes:
        part: which.
        share: of the photo's pixels that it covers, 0..1.
        box: around all of it, in pixels of the upright photo; None where that is not known.
    """

    part: CarPart
    share: float
    box: Box | None = None

    @property
    def is_large(self) -> bool:
        """Whether it fills enough of the photo to be judged."""
        return self.share >= (SMALL_SHARE if self.part in SMALL else PANEL_SHARE)


@dataclass(frozen=True, slots=True, kw_only=True)
class PartCoverage:
    """How well the photos show a part.

    Attributes:
        part: which.
        sight: how well.
        photos: places of the photos that show it so, those that show it largest first.
    """

    part: CarPart
    sight: Sight
    photos: tuple[int, ...] = ()


def seen_parts(found: Detections) -> tuple[SeenPart, ...]:
    """The parts of one photo, by the detections of a part model."""
    shares: dict[CarPart, float] = {}
    boxes: dict[CarPart, Box] = {}
    for row, label in enumerate(found.labels):
        part = CarPart(found.types[int(label)])
        if found.scores[row] >= _FOUND:
            area = float(found.masks[row].area) if found.masks is not None else _area(found, row)
            shares[part] = shares.get(part, 0.0) + area / found.size.area
            boxes[part] = _around(boxes.get(part), found.boxes[row].astype(float).tolist())
    return tuple(SeenPart(part=part, share=min(share, 1.0), box=boxes[part]) for part, share in shares.items())


def wheels(found: Detections | None) -> tuple[Mask, ...]:
    """The wheels of one photo, by the detections of a part model; none without masks."""
    if found is None or found.masks is None:
        return ()
    told = zip(found.labels, found.scores, found.masks, strict=True)
    wanted = CarPart.WHEEL
    return tuple(mask for label, score, mask in told if found.types[int(label)] == wanted and score >= _FOUND)


def coverage(photos: Sequence[tuple[Sequence[SeenPart], bool]], known: Sequence[CarPart]) -> tuple[PartCoverage, ...]:
    """How well each part is seen over all photos, in the taxonomy's order.

    Args:
        photos: of each the parts it shows, and whether it is usable.
        known: the parts that the part model can see.
    """
    return tuple(_covered(part, photos) for part in CarPart if part in known)


def unseen(covered: Sequence[PartCoverage]) -> tuple[CarPart, ...]:
    """The parts that must be seen better before "none" may be said.

    A car has a boot lid or a tailgate: where the tailgate is seen well, no boot lid is waited for.
    """
    well = {one.part for one in covered if one.sight is Sight.WELL}
    spared = {CarPart.BOOT_LID} if CarPart.TAILGATE_OR_LOAD_BED in well else set()
    return tuple(one.part for one in covered if one.part not in well | OPTIONAL | spared)


def _covered(part: CarPart, photos: Sequence[tuple[Sequence[SeenPart], bool]]) -> PartCoverage:
    sights = [(place, one, usable) for place, (seen, usable) in enumerate(photos) for one in seen if one.part is part]
    sights.sort(key=lambda sight: (-sight[1].share, sight[0]))
    well = tuple(place for place, one, usable in sights if usable and one.is_large)
    if well:
        return PartCoverage(part=part, sight=Sight.WELL, photos=well)
    places = tuple(place for place, _, _ in sights)
    return PartCoverage(part=part, sight=Sight.POORLY if places else Sight.NOT, photos=places)


def _around(known: Box | None, xyxy: Sequence[float]) -> Box:
    """The box around a part's detections so far and one more."""
    edges = xyxy if known is None else (*np.minimum(known.xyxy[:2], xyxy[:2]), *np.maximum(known.xyxy[2:], xyxy[2:]))
    x_min, y_min, x_max, y_max = (float(edge) for edge in edges)
    return Box(x_min=x_min, y_min=y_min, x_max=x_max, y_max=y_max)


def _area(found: Detections, row: int) -> float:
    x_min, y_min, x_max, y_max = found.boxes[row].astype(float).tolist()
    return float(max(x_max - x_min, 0.0) * max(y_max - y_min, 0.0))
