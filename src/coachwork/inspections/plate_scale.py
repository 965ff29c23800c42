"""Number plates as things of known size."""

import cv2
import numpy as np
from numpy.typing import NDArray

from coachwork.geometry.polygon import Polygon
from coachwork.geometry.size import Size
from coachwork.inspections.known_sizes import PlateSize
from coachwork.inspections.scale import Plane, ReferenceKind, ScaleReference

PLATE_SPREAD = 0.01
"""Log spread of the sizes of plates of one market."""

PLATE_SD = 0.12
"""How surely a plate is measured, a logarithm: its finder serves to hide it, and is generous with its corners.
Estimated from how far plates agree with lamps, wheels and the car's width on 45 photos."""

PLATE_SCORE = 0.9
"""Plates that are found less surely are hidden, but not measured by."""

PLATE_FORESHORTENING = 0.5
SIDES_ALIKE = 0.65
"""A plate is no plate, or not well outlined, where it seems to be seen more obliquely than that, or where opposite
sides differ by more than that ratio."""


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
    x, y = corners.mean(axis=0)
    found = ScaleReference.of(
        ReferenceKind.PLATE,
        Plane.END,
        (float(x), float(y)),
        inverse.T @ inverse,
        own_sd=max(0.5 / float(np.hypot(*down)), PLATE_SD),
        frame=frame,
    )
    return found if found.foreshortening >= PLATE_FORESHORTENING and _sides_alike(corners) else None


def _sides_alike(corners: Polygon) -> bool:
    """Whether opposite sides are about as long as each other."""
    lengths = np.hypot(*(np.roll(corners, -1, axis=0) - corners).T)
    return bool((np.minimum(lengths[:2], lengths[2:]) >= SIDES_ALIKE * np.maximum(lengths[:2], lengths[2:])).all())


def _sides(corners: Polygon) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Displacements along the width and the height (2,), each the mean of two sides; the longer one is the width."""
    one = ((corners[1] - corners[0]) + (corners[2] - corners[3])) / 2
    other = ((corners[2] - corners[1]) + (corners[3] - corners[0])) / 2
    return (one, other) if abs(one[0]) >= abs(other[0]) else (other, one)
