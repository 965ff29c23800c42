"""Outlines as sources draw them: cut at the frame, checked for crossings, judged for size."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from coachwork.geometry.box import Box
from coachwork.geometry.mask import Mask
from coachwork.geometry.polygon import Polygon, polygon_area
from coachwork.geometry.size import Size

MOST_POINTS_CHECKED = 1500
"""Crossings are looked for in outlines of up to this many points: the check compares every pair of edges."""
MOST_PAIRS = 1_000_000
"""Pairs of points among which the nearest two are looked for, before a part is joined at its first point."""


def cut_at_frame(polygon: Polygon, frame: Size) -> Polygon | None:
    """The part of a polygon inside the frame (Sutherland and Hodgman 1974); None where nothing is left.

    Where a concave outline falls into several pieces they stay joined along the frame's edge, at no area; an outline
    around a corner of the frame may leave such an edge alone.
    """
    points: NDArray[np.float64] = polygon
    for axis, limit, sign in ((0, 0.0, 1), (0, frame.width, -1), (1, 0.0, 1), (1, frame.height, -1)):
        if len(points) == 0:
            return None
        points = _cut(points, axis=axis, limit=float(limit), sign=sign)
    return points if len(points) >= 3 else None


def _cut(points: NDArray[np.float64], *, axis: int, limit: float, sign: int) -> NDArray[np.float64]:
    inside = sign * (points[:, axis] - limit) >= 0
    if inside.all():
        return points
    kept: list[NDArray[np.float64]] = []
    for index in range(len(points)):
        here, before = points[index], points[index - 1]
        if inside[index] != inside[index - 1]:
            crossing = before + (here - before) * ((limit - before[axis]) / (here[axis] - before[axis]))
            crossing[axis] = limit
            kept.append(crossing)
        if inside[index]:
            kept.append(here)
    return np.asarray(kept, dtype=np.float64).reshape(-1, 2)


def overshoot(polygon: Polygon, frame: Size) -> float:
    """By how many pixels a polygon leaves the frame at most; 0 where it lies inside."""
    low, high = polygon.min(axis=0), polygon.max(axis=0)
    return float(max(0.0, -low.min(), high[0] - frame.width, high[1] - frame.height))


def crosses_itself(polygon: Polygon) -> bool:
    """Whether two edges that are no neighbours properly cross; outlines of too many points are taken as fine.

    >>> crosses_itself(np.array([[0.0, 0], [4, 4], [4, 0], [0, 4]]))
    True
    """
    count = len(polygon)
    if count < 4 or count > MOST_POINTS_CHECKED:
        return False
    start, end = polygon, np.roll(polygon, -1, axis=0)
    side_of_start = _side(start[:, None], end[:, None], start[None, :])
    side_of_end = _side(start[:, None], end[:, None], end[None, :])
    splits = side_of_start * side_of_end < 0
    return bool((splits & splits.T).any())


def _side(start: NDArray[np.float64], end: NDArray[np.float64], point: NDArray[np.float64]) -> NDArray[np.float64]:
    """On which side of the line from start to end a point lies: 1, 0 or -1."""
    along, towards = end - start, point - start
    return np.asarray(np.sign(along[..., 0] * towards[..., 1] - along[..., 1] * towards[..., 0]))


def box_polygon(box: Box) -> Polygon:
    """The four corners (4, 2) of a box, clockwise from its top left one."""
    x_min, y_min, x_max, y_max = box.xyxy
    return np.array([[x_min, y_min], [x_max, y_min], [x_max, y_max], [x_min, y_max]], dtype=np.float64)


def is_upright_rectangle(polygon: Polygon) -> bool:
    """Whether the polygon is a box with sides along the axes (to within a pixel).

    >>> is_upright_rectangle(np.array([[5.0, 1], [0, 1], [0, 3], [5, 3]]))
    True
    """
    low, high = polygon.min(axis=0), polygon.max(axis=0)
    at_edge = np.minimum(np.abs(polygon - low), np.abs(polygon - high)) <= 1.0
    return bool(at_edge.all()) and polygon_area(polygon) >= 0.95 * float(np.prod(high - low))


def ellipse(
    centre: tuple[float, float], radii: tuple[float, float], *, angle: float = 0.0, points: int = 64
) -> Polygon:
    """An ellipse as a polygon (points, 2) of the same area, pixels; `angle` turns it clockwise, radians."""
    at = np.linspace(0, 2 * np.pi, points, endpoint=False)
    grown = np.sqrt(2 * np.pi / (points * np.sin(2 * np.pi / points)))
    x, y = radii[0] * grown * np.cos(at), radii[1] * grown * np.sin(at)
    cos, sin = np.cos(angle), np.sin(angle)
    return np.stack([centre[0] + x * cos - y * sin, centre[1] + x * sin + y * cos], axis=1)


def mask_outlines(mask: Mask) -> list[Polygon]:
    """Outer outlines of a mask's pieces along the pixels' edges, (M, 2) float64 each, pixels of the photo."""
    doubled = mask.crop.astype(np.uint8).repeat(2, axis=0).repeat(2, axis=1)
    contours, _ = cv2.findContours(doubled, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    # A contour runs through pixel centres; at twice the size they lie a quarter pixel inside the true edge.
    return [contour.reshape(-1, 2) / 2 + (mask.x + 0.25, mask.y + 0.25) for contour in contours if len(contour) >= 3]


def bridged(parts: Sequence[Polygon]) -> Polygon:
    """Several outline parts as one outline (M, 2): from part to part along a line there and back, at no area.

    For formats that know one outline for an instance. The parts are joined in their order, each where it is nearest to
    the one before.

    >>> bridged([np.array([[0.0, 0], [1, 0], [0, 1]]), np.array([[5.0, 0], [6, 0], [5, 1]])]).shape
    (8, 2)
    """
    joined = parts[0]
    for part in parts[1:]:
        ends = part if len(joined) * len(part) <= MOST_PAIRS else part[:1]
        far = ((joined[:, None] - ends[None, :]) ** 2).sum(axis=2)
        here, there = (int(index) for index in np.unravel_index(int(far.argmin()), far.shape))
        inserted = np.concatenate([np.roll(part, -there, axis=0), part[there : there + 1]])
        joined = np.concatenate([joined[: here + 1], inserted, joined[here:]])
    return joined
