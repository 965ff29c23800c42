"""The things of known size on one photo: wheels, the wheelbase, doors, the car's width, lamps, mirrors, number plates.

A door, a bumper, a lamp or a mirror counts where all of it is on the photo. Wheels and plates have files of their own.
"""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from coachwork.detections import Detections
from coachwork.geometry.mask import Mask
from coachwork.geometry.polygon import Polygon
from coachwork.geometry.size import Size
from coachwork.inspections.known_sizes import CarSizes, Known, PlateSize
from coachwork.inspections.plate_scale import PLATE_SPREAD, plate_reference
from coachwork.inspections.scale import (
    Covariance,
    Metric,
    Plane,
    ReferenceKind,
    ScaleReference,
)
from coachwork.inspections.wheels import (
    found_wheels,
    is_cut_off,
    masks_of,
    wheel_reference,
    wheelbase_reference,
)
from coachwork.taxonomy import CarPart

DOOR_SD = 0.08
WIDTH_SD = 0.10
"""How surely things are measured, logarithms."""

DOOR_SPREAD = 0.13
"""Log spread of the sizes of doors by the tyre."""

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

DOOR_SOLIDITY, FITTING_SOLIDITY = 0.9, 0.8
"""A door's, and a lamp's or a mirror's outline must fill so much of its convex hull, or it is a piece, or several."""

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
        wheels = found_wheels(parts)
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


def _doors(parts: Detections, sizes: CarSizes) -> list[ScaleReference]:
    tyre = sizes.middle_mm(Known.TYRE)
    found = []
    for door, (width, height, skew) in DOORS.items():
        known = tyre * np.array([[width, 0.0], [skew, height]])
        for mask in masks_of(parts, {door}):
            whole = not is_cut_off(mask) and _solidity(mask) >= DOOR_SOLIDITY
            measured = metric_by_moments(mask, known) if whole else None
            if measured is not None:
                (x, y), metric = measured
                found.append(
                    ScaleReference.of(ReferenceKind.DOOR, Plane.SIDE, (x, y), metric, own_sd=DOOR_SD, frame=parts.size)
                )
    return found


def _solidity(mask: Mask) -> float:
    """Share of its convex hull that a mask covers."""
    hull = cv2.convexHull(cv2.findNonZero(mask.crop.astype(np.uint8)))
    return mask.area / max(float(cv2.contourArea(hull)), 1.0)


def _widths(parts: Detections, sizes: CarSizes) -> list[ScaleReference]:
    """The width of the car by a bumper between whose lamps the camera stands; how it is turned there is not known."""
    found = []
    shown = [bumper for bumper, lamps in BUMPERS.items() if _all_seen(parts, lamps)]
    for mask in masks_of(parts, set(shown)):
        box = mask.box
        if not is_cut_off(mask) and box.width > BUMPER_SHAPE * box.height:
            metric = np.eye(2) * (BUMPER_WIDTHS * sizes.middle_mm(Known.WIDTH) / box.width) ** 2
            place = ((box.x_min + box.x_max) / 2, (box.y_min + box.y_max) / 2)
            found.append(ScaleReference.of(ReferenceKind.WIDTH, None, place, metric, own_sd=WIDTH_SD, frame=parts.size))
    return found


def _fittings(parts: Detections, sizes: CarSizes) -> list[ScaleReference]:
    """Lamps and mirrors, by their area: they differ much, but often nothing else is to be seen on a close photo."""
    found = []
    for part, tyres in FITTING_TYRES.items():
        for mask in masks_of(parts, {part}):
            if not is_cut_off(mask) and mask.area >= LEAST_AREA and _solidity(mask) >= FITTING_SOLIDITY:
                metric = np.eye(2) * (tyres * sizes.middle_mm(Known.TYRE)) ** 2 / mask.area
                box = mask.box
                place = ((box.x_min + box.x_max) / 2, (box.y_min + box.y_max) / 2)
                kind = ReferenceKind.LAMP if "lamp" in part else ReferenceKind.MIRROR
                found.append(ScaleReference.of(kind, None, place, metric, own_sd=FITTING_SD, frame=parts.size))
    return found


def _all_seen(parts: Detections, wanted: Sequence[CarPart]) -> bool:
    return {parts.types[int(label)] for label in parts.labels} >= set(wanted)
