"""Where a place on one photo lies on another photo of the same car.

Car bodies are bent and shine, so no single plane carries one photo over to another. What two photos share is found from
points (SIFT, Lowe, IJCV 2004); around a place, the points near it say by a plane of their own (RANSAC) where it lies.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from coachwork.geometry.box import Box
from coachwork.geometry.size import Size

_SIDE = 800
_MOST_POINTS = 2000
_RATIO = 0.8
"""A point's best counterpart must be nearer than this share of the distance to the second best (Lowe's ratio)."""

_LEAST_POINTS = 10
"""Points that must agree, in the whole photo and around a place; chance brings some four or five together."""

_AGREES_PX = 6.0
_LARGEST_CHANGE = 8.0
"""Scales beyond this, or this much more across than along, are no view of the same place."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PhotoPoints:
    """What of a photo others are compared with.

    Attributes:
        points: (N, 2) float32 x, y in pixels of the upright photo.
        descriptors: (N, 128) float32.
        size: of the upright photo.
    """

    points: NDArray[np.float32]
    descriptors: NDArray[np.float32]
    size: Size


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Correspondence:
    """Points that two photos share.

    Attributes:
        first, second: (N, 2) float32 x, y in pixels of either upright photo.
        sizes: of the two upright photos.
    """

    first: NDArray[np.float32]
    second: NDArray[np.float32]
    sizes: tuple[Size, Size]

    @property
    def turned(self) -> "Correspondence":
        """The same from the second photo to the first."""
        return Correspondence(first=self.second, second=self.first, sizes=self.sizes[::-1])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Carried:
    """A place of the first photo as it lies on the second.

    Attributes:
        matrix: (3, 3) float64 plane around the place, from pixels of the first photo to pixels of the second.
        points: how many shared points agree on it.
    """

    matrix: NDArray[np.float64]
    points: int

    def outline(self, outline: NDArray[np.floating]) -> NDArray[np.float64]:
        """Points (M, 2) of the first photo, on the second."""
        moved = cv2.perspectiveTransform(outline.astype(np.float64)[None], self.matrix)
        return np.asarray(moved[0], dtype=np.float64)


def photo_points(pixels: NDArray[np.uint8], size: Size) -> PhotoPoints:
    """Finds a photo's points.

    Args:
        pixels: (h, w, 3) uint8 RGB upright, at any resolution.
        size: of the upright photo, whose pixels the points are told in.
    """
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    scale = min(1.0, _SIDE / max(grey.shape))
    if scale < 1:
        grey = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    found, descriptors = cv2.SIFT.create(nfeatures=_MOST_POINTS).detectAndCompute(grey, None)
    if descriptors is None:
        found, descriptors = (), np.zeros((0, 128), dtype=np.float32)
    points = np.array([point.pt for point in found], dtype=np.float32).reshape(-1, 2)
    stretch = np.array([size.width / grey.shape[1], size.height / grey.shape[0]], dtype=np.float32)
    return PhotoPoints(points=points * stretch, descriptors=np.asarray(descriptors, dtype=np.float32), size=size)


def correspondence(first: PhotoPoints, second: PhotoPoints) -> Correspondence | None:
    """The points that two photos share; None where they are too few to be more than chance."""
    if min(len(first.points), len(second.points)) < _LEAST_POINTS:
        return None
    pairs = _mutual(first.descriptors, second.descriptors)
    if len(pairs) < _LEAST_POINTS:
        return None
    one, other = first.points[pairs[:, 0]], second.points[pairs[:, 1]]
    shared = Correspondence(first=one, second=other, sizes=(first.size, second.size))
    return shared if _plane(shared, np.arange(len(one))) is not None else None


def carry(shared: Correspondence, place: Box) -> Carried | None:
    """Where a place of the first photo lies on the second; None where too few points around it agree.

    Args:
        shared: the points of both photos.
        place: box in pixels of the first upright photo.
    """
    reach = max(place.width, place.height, 0.15 * shared.sizes[0].longest)
    near = np.array([place.x_min - reach, place.y_min - reach]), np.array([place.x_max + reach, place.y_max + reach])
    inside = ((shared.first >= near[0]) & (shared.first <= near[1])).all(axis=1)
    carried = _plane(shared, np.flatnonzero(inside))
    if carried is None:
        return None
    x_min, y_min, x_max, y_max = place.xyxy
    corners = np.array([[x_min, y_min], [x_max, y_min], [x_max, y_max], [x_min, y_max]])
    return carried if _is_a_view(corners, carried.outline(corners)) else None


def _mutual(first: NDArray[np.float32], second: NDArray[np.float32]) -> NDArray[np.int64]:
    """Pairs (N, 2) of rows that are each other's best, and clearly better than the next."""
    distances = np.clip((first**2).sum(axis=1)[:, None] + (second**2).sum(axis=1)[None] - 2 * first @ second.T, 0, None)
    two = np.argpartition(distances, 1, axis=1)[:, :2]
    ranked = np.sort(np.take_along_axis(distances, two, axis=1), axis=1)
    best = distances.argmin(axis=1)
    back = distances.argmin(axis=0)
    rows = np.arange(len(first))
    kept = (back[best] == rows) & (ranked[:, 0] < _RATIO**2 * ranked[:, 1])
    return np.column_stack((rows[kept], best[kept]))


def _plane(shared: Correspondence, rows: NDArray[np.int64]) -> Carried | None:
    """The plane that most of some points agree on."""
    if len(rows) < _LEAST_POINTS:
        return None
    cv2.setRNGSeed(7)  # the same photos give the same answer
    scale = shared.sizes[1].longest / _SIDE
    matrix, agreeing = cv2.findHomography(shared.first[rows], shared.second[rows], cv2.RANSAC, _AGREES_PX * scale)
    if matrix is None or int(agreeing.sum()) < max(_LEAST_POINTS, 0.2 * len(rows)):
        return None
    return Carried(matrix=np.asarray(matrix, dtype=np.float64), points=int(agreeing.sum()))


def _is_a_view(before: NDArray[np.float64], after: NDArray[np.float64]) -> bool:
    """Whether a quadrilateral (4, 2) stays convex, is not mirrored, and changes its size and shape in reason."""
    sides = np.roll(after, -1, axis=0) - after
    turns = sides[:, 0] * np.roll(sides[:, 1], -1) - sides[:, 1] * np.roll(sides[:, 0], -1)
    lengths = np.linalg.norm(sides, axis=1) / np.linalg.norm(np.roll(before, -1, axis=0) - before, axis=1)
    if not np.isfinite(after).all() or not (turns > 0).all() or lengths.min() <= 0:
        return False
    return bool(lengths.max() < _LARGEST_CHANGE and lengths.min() > 1 / _LARGEST_CHANGE)
