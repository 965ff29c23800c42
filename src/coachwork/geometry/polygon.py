"""Outlines, and the one function that turns them into pixels."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from pycocotools import mask as coco_mask

from coachwork.geometry.box import Box
from coachwork.geometry.mask import Mask
from coachwork.geometry.size import Size

Polygon = NDArray[np.float64]
"""(M, 2) float64, x and y in pixels of the picture, M >= 3, not closed (the last point is not the first again)."""


def as_polygon(points: Sequence[float] | NDArray[np.floating]) -> Polygon:
    """Makes a polygon from x, y, x, y, ... or (M, 2); drops a repeated closing point.

    Raises:
        ValueError: fewer than three different points, an odd count, or a number that is not finite.
    """
    flat = np.asarray(points, dtype=np.float64).reshape(-1)
    if flat.size % 2:
        message = f"a polygon needs pairs of x and y, got {flat.size} numbers"
        raise ValueError(message)
    polygon = flat.reshape(-1, 2)
    if not np.isfinite(polygon).all():
        message = "a polygon's points must be finite"
        raise ValueError(message)
    if len(polygon) > 1 and np.array_equal(polygon[0], polygon[-1]):
        polygon = polygon[:-1]
    if len(np.unique(polygon, axis=0)) < 3:
        message = f"a polygon needs three different points, got {len(np.unique(polygon, axis=0))}"
        raise ValueError(message)
    return polygon


def polygon_area(polygon: Polygon) -> float:
    """Area in square pixels by the shoelace formula, never negative.

    >>> polygon_area(as_polygon([0, 0, 4, 0, 4, 3, 0, 3]))
    12.0
    """
    x, y = polygon[:, 0], polygon[:, 1]
    return abs(float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1)))) / 2


def polygons_box(polygons: Sequence[Polygon]) -> Box:
    """Tight box around all parts."""
    points = np.concatenate(list(polygons))
    x_min, y_min = points.min(axis=0)
    x_max, y_max = points.max(axis=0)
    return Box(x_min=float(x_min), y_min=float(y_min), x_max=float(x_max), y_max=float(y_max))


def rasterise(polygons: Sequence[Polygon], frame: Size) -> Mask:
    """Union of the parts as pixels, by COCO's own rule (pycocotools), so that areas agree with COCO's evaluation."""
    if not polygons:
        return Mask(crop=np.zeros((0, 0), dtype=np.bool_), x=0, y=0, frame=frame)
    runs = coco_mask.frPyObjects([polygon.reshape(-1).tolist() for polygon in polygons], frame.height, frame.width)
    return Mask.from_full(coco_mask.decode(coco_mask.merge(runs)).astype(np.bool_))
