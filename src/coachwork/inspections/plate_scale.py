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

PLATE_SD, PLATE_CORNER = 0.02, 0.012
"""How surely a plate is measured at best, and how far its corners are off, by its width."""


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
    return ScaleReference.of(
        ReferenceKind.PLATE, Plane.END, (float(x), float(y)), metric, own_sd=max(share, PLATE_SD), frame=frame
    )


def _sides(corners: Polygon) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Displacements along the width and the height (2,), each the mean of two sides; the longer one is the width."""
    one = ((corners[1] - corners[0]) + (corners[2] - corners[3])) / 2
    other = ((corners[2] - corners[1]) + (corners[3] - corners[0])) / 2
    return (one, other) if abs(one[0]) >= abs(other[0]) else (other, one)
