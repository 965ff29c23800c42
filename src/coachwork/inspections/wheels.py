"""Wheels and the wheelbase as things of known size.

A wheel counts where its outline is an ellipse, whole, and not seen from its edge. Its tyre is what the part model
outlines, not its rim. Two wheels of one side give the wheelbase.
"""

import math
from collections.abc import Sequence
from itertools import combinations

import numpy as np

from coachwork.detections import Detections
from coachwork.geometry.ellipse import Ellipse, ellipse_of
from coachwork.geometry.mask import Mask
from coachwork.geometry.size import Size
from coachwork.inspections.known_sizes import CarSizes, Known
from coachwork.inspections.scale import Metric, Plane, ReferenceKind, ScaleReference, mean_metric
from coachwork.taxonomy import CarPart

WHEEL_OVERLAP = 0.85
"""A wheel's outline must agree with an ellipse so well (IoU)."""

WHEEL_FORESHORTENING = 0.35
"""A wheel that is narrower than this by its height is seen from its edge: its tread is taken for its face."""

WHEELBASE_TYRES = (2.8, 6.0)
"""A wheelbase by the tyre's diameter lies within these bounds, from small vans to long pickups; others are no pair."""

EDGE_SHARE = 0.005
"""What comes closer to the photo's edge, by its longer side, is taken as cut off."""

OUTLINE_GROWTH = 1.025
"""The part model outlines wheels larger than people do by 0.9 % in height and 3.5 % in width (126 wheels of
`undamaged`): it takes the gap to the body for tyre."""

TREAD = 0.06
"""Seen at an angle whose sine is s, a tyre shows so much of its tread, by its diameter, beside its face: found as the
share with which wheelbases by tyres come out alike from any angle, and as makers state them (`undamaged`, `parts`)."""

WHEEL_SD, WHEELBASE_SD = 0.06, 0.04
"""How surely they are measured, logarithms."""


def found_wheels(parts: Detections) -> list[Ellipse]:
    """The faces of the tyres that a part model found, whole and not from their edge."""
    found = []
    for mask in masks_of(parts, {CarPart.WHEEL}):
        fitted = None if is_cut_off(mask) else ellipse_of(mask)
        if fitted is not None and fitted[1] >= WHEEL_OVERLAP:
            minor, major = fitted[0].axes
            if minor >= WHEEL_FORESHORTENING * major:
                found.append(tyre_face(fitted[0]))
    return found


def tyre_face(outline: Ellipse) -> Ellipse:
    """The face of a tyre by its outline, which also shows the tread and some of the gap around.

    The face's foreshortening c solves c + TREAD sqrt(1 - c^2) = that of the outline.

    >>> [round(side, 1) for side in tyre_face(Ellipse(x=0, y=0, shape=np.diag([1500.0, 2500.0]))).axes]
    [71.6, 97.6]
    """
    values, axes = np.linalg.eigh(outline.shape)
    seen = math.sqrt(float(values[0] / values[1]))
    angle = math.atan(TREAD) + math.acos(min(seen / math.hypot(1.0, TREAD), 1.0))
    face = values[1] / OUTLINE_GROWTH**2 * np.array([math.cos(angle) ** 2, 1.0])
    return Ellipse(x=outline.x, y=outline.y, shape=axes @ np.diag(face) @ axes.T)


def is_cut_off(mask: Mask) -> bool:
    """Whether a mask reaches the photo's edge."""
    margin = EDGE_SHARE * mask.frame.longest
    box = mask.box
    inside = min(box.x_min, box.y_min, mask.frame.width - box.x_max, mask.frame.height - box.y_max)
    return bool(inside < margin)


def wheel_reference(wheel: Ellipse, sizes: CarSizes, frame: Size) -> ScaleReference:
    """The face of one tyre as a reference."""
    metric = wheel_metric(wheel, sizes.middle_mm(Known.TYRE))
    return ScaleReference.of(ReferenceKind.WHEEL, Plane.SIDE, (wheel.x, wheel.y), metric, own_sd=WHEEL_SD, frame=frame)


def wheel_metric(wheel: Ellipse, diameter_mm: float) -> Metric:
    """The metric of a wheel's plane: its edge is half a diameter from its centre in every direction.

    >>> wheel_metric(Ellipse(x=0, y=0, shape=np.diag([25.0, 100.0])), 600.0).round().tolist()
    [[3600.0, 0.0], [0.0, 900.0]]
    """
    return np.asarray(np.linalg.inv(wheel.shape) * (diameter_mm / 2) ** 2)


def wheelbase_reference(wheels: Sequence[Ellipse], sizes: CarSizes, frame: Size) -> list[ScaleReference]:
    """The wheelbase by the pair of wheels whose distance fits best, if any does."""
    expected = math.exp(sizes.log_mm[list(Known).index(Known.WHEELBASE)] - sizes.log_mm[list(Known).index(Known.TYRE)])
    low, high = WHEELBASE_TYRES
    pairs = []
    for one, other in combinations(wheels, 2):
        mean = mean_metric([wheel_metric(one, 1.0), wheel_metric(other, 1.0)], np.array([0.5, 0.5]))
        apart = other.centre - one.centre
        tyres = math.sqrt(float(apart @ mean @ apart))
        if low <= tyres <= high:
            pairs.append((abs(math.log(tyres / expected)), tyres, mean, (one.centre + other.centre) / 2))
    if not pairs:
        return []
    _, tyres, mean, middle = min(pairs, key=lambda pair: pair[0])
    metric = mean * (sizes.middle_mm(Known.WHEELBASE) / tyres) ** 2
    place = (float(middle[0]), float(middle[1]))
    return [ScaleReference.of(ReferenceKind.WHEELBASE, Plane.SIDE, place, metric, own_sd=WHEELBASE_SD, frame=frame)]


def masks_of(parts: Detections, wanted: set[CarPart]) -> list[Mask]:
    """The masks of parts, those alone that cover any pixel."""
    masks = parts.masks or ()
    return [
        mask
        for label, mask in zip(parts.labels, masks, strict=True)
        if parts.types[int(label)] in wanted and mask.area > 0
    ]
