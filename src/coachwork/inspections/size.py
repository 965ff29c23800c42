"""How large a damage is, in millimetres, as an interval; nothing is said where a photo shows nothing of known size.

The size is the damage's longest extent: the largest distance between two places of its outline, measured by the scale
around it. The interval holds what is not known of the scale (see `scale`) and what is not known of the outline: a model
draws it larger or smaller than a person would.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from coachwork.assessments.assessment import Damage
from coachwork.geometry.mask import Mask
from coachwork.inspections.known_sizes import CarSizes
from coachwork.inspections.scale import LocalScale, Metric, Plane, ReferenceKind, ScaleReference, plane_of, scale_at
from coachwork.inspections.scale_references import size_covariance

CONFIDENCE = 0.9
"""Share of damages whose size the interval is to hold."""

_Z = 1.645
"""Half width of that interval in standard deviations."""

OUTLINE_SD = 0.24
"""Log spread of the extents of the model's outlines by hand-drawn ones, of damages that both have in common (IoU at
least 0.3; 316 of the validation photos of `claims` and `used-cars`)."""

BOX_SHRINK, BOX_SD = 0.85, 0.1
"""Where only a box is known: the extent by the box's diagonal, and its log spread."""

MOST_RATIO = 4.0
"""An interval whose ends differ by more than this factor says too little to be given."""

LONGEST_MM = 2500.0
"""No part of a car is longer, so that no damage is either: a bumper around its corners, the side of an estate."""

SAME_ERROR = 0.5
"""Correlation of the errors of two views: they show one car, whose tyres are as large in both."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SizeEstimate:
    """The longest extent of a damage.

    Attributes:
        low_mm, high_mm: the interval, above 0.
        confidence: share of damages whose size such intervals hold, 0..1.
        references: the kinds of things that it was measured by, those that count most first.
        photos: how many photos it was measured on.
    """

    low_mm: float
    high_mm: float
    confidence: float = CONFIDENCE
    references: tuple[ReferenceKind, ...] = ()
    photos: int = 1

    def __post_init__(self) -> None:
        if not 0 < self.low_mm <= self.high_mm < math.inf:
            message = f"a size lies between finite ends above 0, got {self.low_mm} to {self.high_mm}"
            raise ValueError(message)

    @property
    def middle_mm(self) -> float:
        """The likeliest size: the geometric mean of the ends."""
        return math.sqrt(self.low_mm * self.high_mm)

    @property
    def rounded(self) -> tuple[float, float]:
        """Low and high to a tenth of a millimetre, as files have them; at least that.

        >>> SizeEstimate(low_mm=0.01, high_mm=83.456).rounded
        (0.1, 83.5)
        """
        return max(round(self.low_mm, 1), 0.1), max(round(self.high_mm, 1), 0.1)

    @property
    def words(self) -> str:
        """As people read it, in whole millimetres of two digits that count.

        >>> SizeEstimate(low_mm=83.4, high_mm=157.2).words
        '83-160 mm'
        """
        return f"{_rounded(self.low_mm)}-{_rounded(self.high_mm)} mm"


def damage_size(damage: Damage, references: Sequence[ScaleReference], sizes: CarSizes) -> SizeEstimate | None:
    """The size of one damage on one photo.

    Where the damage's part is not known, so that it may face to the side or to an end, the interval holds both.

    Args:
        damage: with its mask, or its box alone.
        references: of the same photo.
        sizes: of the car's body.

    Returns:
        None where no reference is near enough, where they leave too much open, or where the damage reaches the photo's
        edge, and may go on beyond it.
    """
    mask = damage.mask
    if mask is not None and (mask.area == 0 or _reaches_edge(mask)):
        return None
    hull = damage_hull(damage)
    plane = plane_of(None if damage.part is None else damage.part.part)
    found = [
        (scale, longest_extent_mm(hull, scale.metric))
        for one in ((Plane.SIDE, Plane.END) if plane is None else (plane,))
        if (scale := scale_at(references, hull.mean(axis=0), one, size_covariance(sizes))) is not None
    ]
    if not found:
        return None
    doubt = OUTLINE_SD if mask is not None else math.hypot(OUTLINE_SD, BOX_SD)
    shrink = 1.0 if mask is not None else BOX_SHRINK
    spans = [_span(shrink * length, math.hypot(scale.log_sd, doubt)) for scale, length in found]
    return _if_narrow(min(low for low, _ in spans), max(high for _, high in spans), _kinds(found[0][0]), 1)


def combined_size(views: Sequence[SizeEstimate | None]) -> SizeEstimate | None:
    """The size of a damage that several photos show, by generalised least squares of the views that tell one.

    Views that contradict each other widen it.
    """
    told = [view for view in views if view is not None]
    if len(told) < 2:
        return told[0] if told else None
    logs = np.log([view.middle_mm for view in told])
    sds = np.array([math.log(view.high_mm / view.low_mm) / 2 / _Z for view in told])
    correlation = np.full((len(told), len(told)), SAME_ERROR)
    np.fill_diagonal(correlation, 1.0)
    precision = np.linalg.inv(np.outer(sds, sds) * correlation)
    variance = 1 / float(precision.sum())
    middle = float(precision.sum(axis=1) @ logs) * variance
    chi_squared = float((logs - middle) @ precision @ (logs - middle)) / (len(told) - 1)
    low, high = _span(math.exp(middle), math.sqrt(variance * max(chi_squared, 1.0)))
    kinds = tuple(dict.fromkeys(kind for view in told for kind in view.references))
    return _if_narrow(low, high, kinds, len(told))


def longest_extent_mm(hull: NDArray[np.float64], metric: Metric) -> float:
    """Largest distance between two of the points (N, 2), in the metric.

    >>> longest_extent_mm(np.array([[0.0, 0.0], [3.0, 0.0], [0.0, 4.0]]), np.diag([100.0, 1.0]))
    30.265491900843113
    """
    away = hull[:, None] - hull[None]
    return math.sqrt(float(np.einsum("ijk,kl,ijl->ij", away, metric, away).max()))


def damage_hull(damage: Damage) -> NDArray[np.float64]:
    """Corners (N, 2) float64 of the convex hull of a damage's pixels; of its box without a mask."""
    mask = damage.mask
    if mask is None:
        x_min, y_min, x_max, y_max = damage.box.xyxy
        return np.array([[x_min, y_min], [x_max, y_min], [x_max, y_max], [x_min, y_max]], dtype=np.float64)
    return mask_hull(mask)


def mask_hull(mask: Mask) -> NDArray[np.float64]:
    """Corners (N, 2) float64 of the convex hull of a mask's pixels, which are squares; at least one must be covered."""
    rows = np.flatnonzero(mask.crop.any(axis=1))
    left = mask.crop[rows].argmax(axis=1)
    right = mask.crop.shape[1] - mask.crop[rows, ::-1].argmax(axis=1)  # what lies between is no corner
    corners = np.concatenate([np.column_stack([x, rows + dy]) for x in (left, right) for dy in (0, 1)])
    hull = cv2.convexHull(corners.astype(np.float32))[:, 0].astype(np.float64)
    return np.asarray(hull + np.array([mask.x, mask.y]))


def _span(length: float, log_sd: float) -> tuple[float, float]:
    return length * math.exp(-_Z * log_sd), length * math.exp(_Z * log_sd)


def _if_narrow(low: float, high: float, kinds: tuple[ReferenceKind, ...], photos: int) -> SizeEstimate | None:
    high = min(high, LONGEST_MM)
    if not 0 < low <= high < math.inf or high > MOST_RATIO * low:
        return None
    return SizeEstimate(low_mm=low, high_mm=high, references=kinds, photos=photos)


def _kinds(scale: LocalScale) -> tuple[ReferenceKind, ...]:
    return tuple(dict.fromkeys(one.kind for one in scale.references))


def _reaches_edge(mask: Mask) -> bool:
    box, frame = mask.box, mask.frame
    return bool(min(box.x_min, box.y_min, frame.width - box.x_max, frame.height - box.y_max) <= 1)


def _rounded(length_mm: float) -> int:
    """To two digits that count."""
    step = int(10 ** max(math.floor(math.log10(length_mm)) - 1, 0))
    return round(length_mm / step) * step
