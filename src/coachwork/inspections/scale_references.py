"""The things of known size on one photo: wheels, the wheelbase, doors, the car's width, lamps, mirrors, number plates.

A wheel counts where its outline is an ellipse, whole, and not seen from its edge. Its tyre is what the part model
outlines, not its rim. Two wheels of one side give the wheelbase. A door or a bumper counts where all of it is on the
photo.
"""

import math
from collections.abc import Sequence
from itertools import combinations

import cv2
import numpy as np
from numpy.typing import NDArray

from coachwork.detections import Detections
from coachwork.geometry.ellipse import Ellipse, ellipse_of
from coachwork.geometry.mask import Mask
from coachwork.geometry.polygon import Polygon
from coachwork.geometry.size import Size
from coachwork.inspections.known_sizes import CarSizes, Known, PlateSize
from coachwork.inspections.scale import (
    FIELD,
    Covariance,
    Metric,
    Plane,
    ReferenceKind,
    ScaleReference,
    mean_metric,
)
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

WHEEL_SD = 0.06
WHEELBASE_SD = 0.04
DOOR_SD = 0.08
WIDTH_SD = 0.10
PLATE_CORNER = 0.012
"""How surely things are measured: logarithms, and for a plate's corners a share of its width."""

DOOR_SPREAD = 0.13
PLATE_SPREAD = 0.01
"""Log spread of the sizes of doors and plates among cars of a body."""

FRONT_DOOR_TYRES = (0.485, 0.49, -0.12)
REAR_DOOR_TYRES = (0.41, 0.495, -0.04)
"""Root mean square width and height of a left door's pixels with its window, and how much lower it gets to the right,
by the tyre's diameter: medians of 373 doors of `undamaged`, `parts` and `used-cars`, measured by their cars' wheels."""

DOORS = {
    CarPart.FRONT_LEFT_DOOR: FRONT_DOOR_TYRES,
    CarPart.FRONT_RIGHT_DOOR: (*FRONT_DOOR_TYRES[:2], -FRONT_DOOR_TYRES[2]),
    CarPart.REAR_LEFT_DOOR: REAR_DOOR_TYRES,
    CarPart.REAR_RIGHT_DOOR: (*REAR_DOOR_TYRES[:2], -REAR_DOOR_TYRES[2]),
}

LAMP_TYRES, MIRROR_TYRES = 0.33, 0.27
"""Square root of the area that a lamp and a mirror show, by the tyre's diameter: medians of 341 lamps and 268 mirrors
of `undamaged`, `parts` and `used-cars`."""

FITTING_TYRES = {
    CarPart.LEFT_HEADLAMP: LAMP_TYRES,
    CarPart.RIGHT_HEADLAMP: LAMP_TYRES,
    CarPart.LEFT_TAIL_LAMP: LAMP_TYRES,
    CarPart.RIGHT_TAIL_LAMP: LAMP_TYRES,
    CarPart.LEFT_MIRROR: MIRROR_TYRES,
    CarPart.RIGHT_MIRROR: MIRROR_TYRES,
}

FITTING_SD, FITTING_SPREAD = 0.12, 0.15
LEAST_AREA = 100
"""How well a lamp or a mirror is measured, how much they differ (both logarithms), and the least pixels they need."""

BUMPERS = {
    CarPart.FRONT_BUMPER: (CarPart.LEFT_HEADLAMP, CarPart.RIGHT_HEADLAMP),
    CarPart.REAR_BUMPER: (CarPart.LEFT_TAIL_LAMP, CarPart.RIGHT_TAIL_LAMP),
}
"""Bumpers, and the lamps that are both seen from before them."""

BUMPER_SHAPE = 1.5
"""A bumper that is narrower than this by its height is not all to be seen."""

BUMPER_WIDTHS = 1.0
"""Width of a bumper across the line of sight by the car's, seen from anywhere before it: what it loses at one end it
shows of its side."""


def scale_references(
    parts: Detections | None,
    sizes: CarSizes,
    *,
    plates: Sequence[Polygon] = (),
    plate: PlateSize | None = None,
    frame: Size | None = None,
) -> tuple[ScaleReference, ...]:
    """All things of known size on a photo.

    Args:
        parts: what a part model found in it; None where none was asked.
        sizes: of the car's body.
        plates: outlines of number plates, (4, 2) corners each, pixels of the upright photo.
        plate: how large they are; None where that is not known, and they tell nothing then.
        frame: size of the photo; needed for plates where there are no parts.
    """
    found: list[ScaleReference] = []
    if parts is not None and parts.masks is not None:
        wheels = _wheels(parts)
        found += [wheel_reference(one, sizes, parts.size) for one in wheels]
        found += wheelbase_reference(wheels, sizes, parts.size)
        found += _doors(parts, sizes)
        found += _widths(parts, sizes)
        found += _fittings(parts, sizes)
    around = frame if parts is None else parts.size
    if plate is not None and around is not None:
        found += [one for corners in plates if (one := plate_reference(corners, plate, around)) is not None]
    return tuple(found)


def size_covariance(sizes: CarSizes) -> Covariance:
    """What is not known of the sizes of two kinds of references, by the spread of a body's cars."""
    known = {  # doors, lamps and mirrors are known by the tyre, and so follow it
        ReferenceKind.WHEEL: Known.TYRE,
        ReferenceKind.WHEELBASE: Known.WHEELBASE,
        ReferenceKind.WIDTH: Known.WIDTH,
        ReferenceKind.DOOR: Known.TYRE,
        ReferenceKind.LAMP: Known.TYRE,
        ReferenceKind.MIRROR: Known.TYRE,
    }
    own = {
        ReferenceKind.PLATE: PLATE_SPREAD**2,
        ReferenceKind.DOOR: DOOR_SPREAD**2,
        ReferenceKind.LAMP: FITTING_SPREAD**2,
        ReferenceKind.MIRROR: FITTING_SPREAD**2,
    }
    order = list(Known)

    def covariance(one: ReferenceKind, other: ReferenceKind) -> float:
        shared = own.get(one, 0.0) if one is other else 0.0
        if one in known and other in known:
            shared += float(sizes.covariance[order.index(known[one]), order.index(known[other])])
        return shared

    return covariance


def plate_reference(corners: Polygon, plate: PlateSize, frame: Size) -> ScaleReference | None:
    """A number plate as a reference; None where its corners are no plate seen from before it.

    Args:
        corners: (4, 2) float64, around it in either direction, from any corner; pixels of the upright photo.
        plate: its size.
        frame: size of the photo.
    """
    if len(corners) != 4 or not cv2.isContourConvex(corners.astype(np.float32)):
        return None
    across, down = _sides(corners)
    sides = np.column_stack([across / plate.width_mm, down / plate.height_mm])  # pixels per millimetre along each
    if abs(float(np.linalg.det(sides))) <= 0 or np.hypot(*across) < 12:
        return None
    inverse = np.linalg.inv(sides)
    metric = inverse.T @ inverse
    share = max(PLATE_CORNER, 1.0 / float(np.hypot(*down)) / 2, 1.0 / float(np.hypot(*across)))
    x, y = corners.mean(axis=0)
    return _reference(
        ReferenceKind.PLATE, Plane.END, (float(x), float(y)), metric, own_sd=max(share, 0.02), frame=frame
    )


def metric_by_moments(mask: Mask, known: NDArray[np.float64]) -> tuple[NDArray[np.float64], Metric] | None:
    """Centre (2,) and metric of a flat thing by the second moments of its pixels, where upright things stay upright.

    Args:
        mask: its pixels.
        known: (2, 2) lower triangular float64, millimetres: the Cholesky factor of the second moments that it has.
    """
    rows, columns = np.nonzero(mask.crop)
    if len(rows) < 50:
        return None
    pixels = np.column_stack([columns, rows]).astype(np.float64)
    moments = np.cov(pixels, rowvar=False)
    if np.linalg.det(moments) <= 1:
        return None
    carries = known @ np.linalg.inv(np.linalg.cholesky(moments))
    return pixels.mean(axis=0) + np.array([mask.x + 0.5, mask.y + 0.5]), carries.T @ carries


def _wheels(parts: Detections) -> list[Ellipse]:
    found = []
    for mask in _of(parts, {CarPart.WHEEL}):
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
    return _reference(ReferenceKind.WHEEL, Plane.SIDE, (wheel.x, wheel.y), metric, own_sd=WHEEL_SD, frame=frame)


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
    return [_reference(ReferenceKind.WHEELBASE, Plane.SIDE, place, metric, own_sd=WHEELBASE_SD, frame=frame)]


def _doors(parts: Detections, sizes: CarSizes) -> list[ScaleReference]:
    tyre = sizes.middle_mm(Known.TYRE)
    found = []
    for door, (width, height, skew) in DOORS.items():
        known = tyre * np.array([[width, 0.0], [skew, height]])
        for mask in _of(parts, {door}):
            measured = None if is_cut_off(mask) else metric_by_moments(mask, known)
            if measured is not None:
                (x, y), metric = measured
                found.append(
                    _reference(ReferenceKind.DOOR, Plane.SIDE, (x, y), metric, own_sd=DOOR_SD, frame=parts.size)
                )
    return found


def _widths(parts: Detections, sizes: CarSizes) -> list[ScaleReference]:
    """The width of the car by a bumper between whose lamps the camera stands; how it is turned there is not known."""
    found = []
    for mask in (mask for bumper, lamps in BUMPERS.items() if _all_seen(parts, lamps) for mask in _of(parts, {bumper})):
        box = mask.box
        if not is_cut_off(mask) and box.width > BUMPER_SHAPE * box.height:
            metric = np.eye(2) * (BUMPER_WIDTHS * sizes.middle_mm(Known.WIDTH) / box.width) ** 2
            place = ((box.x_min + box.x_max) / 2, (box.y_min + box.y_max) / 2)
            found.append(_reference(ReferenceKind.WIDTH, None, place, metric, own_sd=WIDTH_SD, frame=parts.size))
    return found


def _fittings(parts: Detections, sizes: CarSizes) -> list[ScaleReference]:
    """Lamps and mirrors, by their area: they differ much, but often nothing else is to be seen on a close photo."""
    found = []
    for part, tyres in FITTING_TYRES.items():
        for mask in _of(parts, {part}):
            if not is_cut_off(mask) and mask.area >= LEAST_AREA:
                metric = np.eye(2) * (tyres * sizes.middle_mm(Known.TYRE)) ** 2 / mask.area
                box = mask.box
                place = ((box.x_min + box.x_max) / 2, (box.y_min + box.y_max) / 2)
                kind = ReferenceKind.LAMP if "lamp" in part else ReferenceKind.MIRROR
                found.append(_reference(kind, None, place, metric, own_sd=FITTING_SD, frame=parts.size))
    return found


def _all_seen(parts: Detections, wanted: Sequence[CarPart]) -> bool:
    return {parts.types[int(label)] for label in parts.labels} >= set(wanted)


def _of(parts: Detections, wanted: set[CarPart]) -> list[Mask]:
    masks = parts.masks or ()
    return [
        mask
        for label, mask in zip(parts.labels, masks, strict=True)
        if parts.types[int(label)] in wanted and mask.area > 0
    ]


def _sides(corners: Polygon) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Displacements along the width and the height (2,), each the mean of two sides; the longer one is the width."""
    one = ((corners[1] - corners[0]) + (corners[2] - corners[3])) / 2
    other = ((corners[2] - corners[1]) + (corners[3] - corners[0])) / 2
    return (one, other) if abs(one[0]) >= abs(other[0]) else (other, one)


def _reference(
    kind: ReferenceKind,
    plane: Plane | None,
    place: tuple[float, float],
    metric: Metric,
    *,
    own_sd: float,
    frame: Size,
) -> ScaleReference:
    across = math.sqrt(float(np.linalg.eigvalsh(metric)[0]))
    return ScaleReference(
        kind=kind,
        plane=plane,
        x=place[0],
        y=place[1],
        metric=metric,
        own_sd=own_sd,
        distance_mm=FIELD * frame.longest * across,
    )
