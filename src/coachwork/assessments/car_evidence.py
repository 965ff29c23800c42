"""Whether a photo shows a car at all, from two witnesses: how the photo looks to the damage model, and the parts seen.

Each alone is weak. The damage model's embedding takes half of the photos without a car for familiar ones; a part model
finds no part on close photos of bare paint, and a bonnet on a sleeping cat. Where a photo is rather unlike photos of
cars *and* no part of a car is seen in it, both have to err at once. docs/calibration.md states how often they do.
"""

from dataclasses import dataclass

import numpy as np

from coachwork.detections import Detections

LEAST_CAR = 0.01
"""Share of the photo's pixels below which the parts found in it speak for no car."""

PART_SCORE = 0.5
"""A part counts from this score on: rather there than not, however sure a part must be to be reported."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CarEvidence:
    """What speaks for a car in a photo, and what against.

    Attributes:
        distance: of the photo's embedding from those of photos of cars, see `Familiarity`.
        limit: a photo at a larger distance is strange.
        doubt_limit: a photo at a larger distance is strange where no part is seen either; None where that is unknown.
        parts_share: 0..1 of the photo's pixels on which a part of a car is seen; None where no part model was asked.
    """

    distance: float
    limit: float
    doubt_limit: float | None = None
    parts_share: float | None = None

    @property
    def doubtful(self) -> bool:
        """Whether the photo is so unlike photos of cars that parts should be looked for."""
        return self.doubt_limit is not None and self.distance > self.doubt_limit

    @property
    def no_car(self) -> bool:
        """Whether both witnesses say that the photo shows no car.

        >>> seen = {"distance": 1.3, "limit": 1.4, "doubt_limit": 1.2}
        >>> CarEvidence(**seen, parts_share=0.0).no_car, CarEvidence(**seen, parts_share=0.2).no_car
        (True, False)
        """
        return self.doubtful and self.parts_share is not None and self.parts_share < LEAST_CAR

    @property
    def strange(self) -> bool:
        """Whether nothing may be claimed of the photo: it shows no car, or is too unlike the photos of cars."""
        return self.distance > self.limit or self.no_car


def parts_share(parts: Detections) -> float:
    """Share 0..1 of the photo's pixels that lie on any of the parts; of the boxes, where there are no masks.

    Args:
        parts: what a part model found in the photo, from `PART_SCORE` on.
    """
    covered = np.zeros((parts.size.height, parts.size.width), dtype=np.bool_)
    if parts.masks is None:
        for x_min, y_min, x_max, y_max in parts.boxes.round().astype(int).clip(min=0):
            covered[y_min:y_max, x_min:x_max] = True
    else:
        for mask in parts.masks:
            height, width = mask.crop.shape
            covered[mask.y : mask.y + height, mask.x : mask.x + width] |= mask.crop
    return float(covered.mean()) if covered.size else 0.0
