"""Whether a photo shows a car at all, from two witnesses: how the photo looks to the damage model, and the parts seen.

Each alone is weak. The damage model's embedding takes half of the photos without a car for familiar ones; a part model
finds no part on close photos of bare paint, and a bonnet on a sleeping cat. Where a photo is rather unlike photos of
cars *and* no part of a car is seen in it, both have to err at once. docs/calibration.md states how often they do.

Deployed airbags are a case of their own: models take faces and round things for them, on photos that look familiar. A
real one has a car around it.
"""

from dataclasses import dataclass

import numpy as np

from coachwork.detections import Detections
from coachwork.reasons import Reason, said

NO_CAR_SEEN = said("verdict.no_car_seen")
"""What is said of a photo that does not look like photos of cars."""

NO_CAR = said("verdict.no_car")
"""What is said of a photo in which no part of a car is found either."""

AIRBAG_WITHOUT_CAR = said("verdict.airbag_without_car")
"""What is said where an airbag is suspected and hardly anything of a car is seen."""

LEAST_CAR = 0.01
"""Share of the photo's pixels below which the parts found in it speak for no car."""

LEAST_CAR_AROUND_AIRBAG, LEAST_CAR_IN_DOUBT = 0.08, 0.25
"""The same where the surest damage is a deployed airbag, on a familiar photo and on one in doubt."""

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
        airbag: whether the surest of the reported damages is a deployed airbag.
    """

    distance: float
    limit: float
    doubt_limit: float | None = None
    parts_share: float | None = None
    airbag: bool = False

    @property
    def asks_for_parts(self) -> bool:
        """Whether the verdict depends on the parts that are seen."""
        return self.doubtful or self.airbag

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
    def airbag_without_car(self) -> bool:
        """Whether a deployed airbag is the surest damage, and too little of a car is seen around it.

        >>> seen = {"distance": 1.0, "limit": 1.4, "doubt_limit": 1.2, "airbag": True}
        >>> [CarEvidence(**seen, parts_share=share).airbag_without_car for share in (0.03, 0.1)]
        [True, False]
        """
        least = LEAST_CAR_IN_DOUBT if self.doubtful else LEAST_CAR_AROUND_AIRBAG
        return self.airbag and self.parts_share is not None and self.parts_share < least

    @property
    def strange(self) -> bool:
        """Whether nothing may be claimed of the photo: it shows no car, or is too unlike the photos of cars."""
        return self.objection is not None

    @property
    def objection(self) -> Reason | None:
        """Why nothing may be claimed of the photo; None where something may."""
        if self.no_car:
            return NO_CAR
        if self.distance > self.limit:
            return NO_CAR_SEEN
        return AIRBAG_WITHOUT_CAR if self.airbag_without_car else None


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
