"""Where a place on one photo lies on another photo of the same car.

Car bodies are bent and shine, so no single plane carries one photo over to another. What two photos share is found from
points (SIFT, Lowe, IJCV 2004; compared by the roots of their shares, Arandjelovic and Zisserman, CVPR 2012). Points
that find each other among all lay a few planes through both photos (RANSAC); then points are looked for again near to
where a plane expects them, which finds many more on bare paint. Around a place, the points near it say by a plane of
their own where it lies. ``benchmarks/merging`` measures what each of these steps brings.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from coachwork.geometry.box import Box
from coachwork.geometry.mask import Mask
from coachwork.geometry.size import Size

_SIDE = 800
_MOST_POINTS = 2000
_LEAST_CONTRAST = 0.02
"""Half of the usual contrast of a point: paint has few that are stronger."""

_UNIT = 512.0
"""Length of a descriptor."""

_RATIO = 0.8
"""A point's best counterpart must be nearer than this share of the distance to the second best (Lowe's ratio)."""

_ALIKE = 300.0
"""Descriptors of points that are looked for where they are expected differ by this at most; most strangers by more."""

_ALIKE_RATIO = 0.9
_EXPECTED = 0.03
"""Share of the photo's longer side around the place where a plane expects a point."""

_MOST_PLANES = 4
_LEAST_POINTS = 10
"""Points that must agree, in the whole photo and around a place; chance brings some four or five together."""

_AGREES_PX = 6.0
_REACHES = (0.06, 0.15)
"""Shares of the photo's longer side, around a place, in which points are asked where it lies."""

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
        size: of the second photo.
    """

    matrix: NDArray[np.float64]
    points: int
    size: Size

    def outline(self, outline: NDArray[np.floating]) -> NDArray[np.float64]:
        """Points (M, 2) of the first photo, on the second."""
        moved = cv2.perspectiveTransform(outline.astype(np.float64)[None], self.matrix)
        return np.asarray(moved[0], dtype=np.float64)

    def corners(self, place: Box) -> NDArray[np.float64]:
        """The corners (4, 2) of a box of the first photo, on the second, in order around it."""
        return self.outline(_corners(place))


def _corners(box: Box) -> NDArray[np.float64]:
    x_min, y_min, x_max, y_max = box.xyxy
    return np.array([[x_min, y_min], [x_max, y_min], [x_max, y_max], [x_min, y_max]], dtype=np.float64)


def photo_points(pixels: NDArray[np.uint8], size: Size, *, without: Sequence[Mask] = ()) -> PhotoPoints:
    """Finds a photo's points.

    Args:
        pixels: (h, w, 3) uint8 RGB upright, at any resolution.
        size: of the upright photo, whose pixels the points are told in.
        without: what no points are taken from, in its own pixels, such as wheels: they turn, and look alike.
    """
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    scale = min(1.0, _SIDE / max(grey.shape))
    if scale < 1:
        grey = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    found, descriptors = cv2.SIFT.create(nfeatures=_MOST_POINTS, contrastThreshold=_LEAST_CONTRAST).detectAndCompute(
        grey, None
    )
    if descriptors is None:
        found, descriptors = (), np.zeros((0, 128), dtype=np.float32)
    shares = descriptors / np.maximum(descriptors.sum(axis=1, keepdims=True), 1e-6)
    descriptors = np.sqrt(shares) * np.float32(_UNIT)
    points = np.array([point.pt for point in found], dtype=np.float32).reshape(-1, 2)
    stretch = np.array([size.width / grey.shape[1], size.height / grey.shape[0]], dtype=np.float32)
    points = points * stretch
    kept = ~_covered(points, without)
    return PhotoPoints(points=points[kept], descriptors=np.asarray(descriptors, dtype=np.float32)[kept], size=size)


def _covered(points: NDArray[np.float32], masks: Sequence[Mask]) -> NDArray[np.bool_]:
    """Which of points (N, 2) lie on any of some masks."""
    found = np.zeros(len(points), dtype=np.bool_)
    for mask in masks:
        columns, rows = (points - (mask.x, mask.y)).astype(int).T
        height, width = mask.crop.shape
        inside = (columns >= 0) & (columns < width) & (rows >= 0) & (rows < height)
        found[inside] |= mask.crop[rows[inside], columns[inside]]
    return found


def correspondence(first: PhotoPoints, second: PhotoPoints) -> Correspondence | None:
    """The points that two photos share; None where they are too few to be more than chance."""
    if min(len(first.points), len(second.points)) < _LEAST_POINTS:
        return None
    distances = _distances(first.descriptors, second.descriptors)
    seeds = _mutual(distances)
    sizes = (first.size, second.size)
    told = Correspondence(first=first.points[seeds[:, 0]], second=second.points[seeds[:, 1]], sizes=sizes)
    planes = _planes(told)
    if not planes:
        return None
    rows, columns = np.nonzero(distances < _ALIKE**2)
    alike = _Alike(rows=rows, columns=columns, distances=distances[rows, columns])
    pairs = _unclaimed(
        [np.concatenate((seeds[agreeing], _expected(alike, first, second, matrix))) for matrix, agreeing in planes]
    )
    return Correspondence(first=first.points[pairs[:, 0]], second=second.points[pairs[:, 1]], sizes=sizes)


def carry(shared: Correspondence, place: Box) -> Carried | None:
    """Where a place of the first photo lies on the second; None where too few points around it agree.

    Args:
        shared: the points of both photos.
        place: box in pixels of the first upright photo.
    """
    corners = _corners(place)
    for share in _REACHES:  # what lies nearest to the place is on its panel; farther off begin ground and walls
        reach = max(share * shared.sizes[0].longest, share / _REACHES[-1] * max(place.width, place.height))
        inside = ((shared.first >= corners[0] - reach) & (shared.first <= corners[2] + reach)).all(axis=1)
        carried = _plane(shared, np.flatnonzero(inside))
        if carried is not None and _is_a_view(corners, carried.outline(corners)):
            return carried
    return None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Alike:
    """Pairs of points that look alike: their rows and columns (N,) int64, and the squared distances (N,) float32."""

    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    distances: NDArray[np.float32]


def _distances(first: NDArray[np.float32], second: NDArray[np.float32]) -> NDArray[np.float32]:
    """Squared distances (N, M) of descriptors (N, 128) and (M, 128) of one length."""
    return np.asarray(np.clip(2 * np.float32(_UNIT**2) - 2 * first @ second.T, 0, None), dtype=np.float32)


def _mutual(distances: NDArray[np.float32]) -> NDArray[np.int64]:
    """Pairs (N, 2) of rows and columns that are each other's best, and clearly better than the next."""
    ranked = np.partition(distances, 1, axis=1)[:, :2]
    best, back = distances.argmin(axis=1), distances.argmin(axis=0)
    rows = np.arange(len(distances))
    kept = (back[best] == rows) & (ranked[:, 0] < _RATIO**2 * ranked[:, 1])
    return np.column_stack((rows[kept], best[kept]))


def _planes(shared: Correspondence) -> list[tuple[NDArray[np.float64], NDArray[np.int64]]]:
    """Up to four planes (3, 3), each with the points (N,) that agree on it and on none before."""
    left = np.arange(len(shared.first))
    found: list[tuple[NDArray[np.float64], NDArray[np.int64]]] = []
    while len(left) >= _LEAST_POINTS and len(found) < _MOST_PLANES:
        matrix, agreeing = _homography(shared, left)
        if matrix is None or agreeing.sum() < _LEAST_POINTS:
            break
        if _lies_flat(shared.first[left[agreeing]], matrix):
            found.append((matrix, left[agreeing]))
        left = left[~agreeing]
    return found


def _expected(alike: _Alike, first: PhotoPoints, second: PhotoPoints, matrix: NDArray[np.float64]) -> NDArray[np.int64]:
    """Pairs (N, 2) that are each other's best among those that lie where a plane expects them."""
    moved = cv2.perspectiveTransform(first.points[None].astype(np.float64), matrix)[0]
    off = np.linalg.norm(moved[alike.rows] - second.points[alike.columns], axis=1)
    near = off < _EXPECTED * second.size.longest  # not a number where a point lies at infinity, so False
    rows, columns, distances = alike.rows[near], alike.columns[near], alike.distances[near]
    of_row, of_column = np.full(len(first.points), np.inf), np.full(len(second.points), np.inf)
    np.minimum.at(of_row, rows, distances)
    np.minimum.at(of_column, columns, distances)
    best = (distances == of_row[rows]) & (distances == of_column[columns])
    next_best = np.full(len(first.points), np.inf)
    np.minimum.at(next_best, rows[~best], distances[~best])
    kept = best & (distances < _ALIKE_RATIO**2 * next_best[rows])
    return np.column_stack((rows[kept], columns[kept]))


def _unclaimed(planes: Sequence[NDArray[np.int64]]) -> NDArray[np.int64]:
    """Pairs (N, 2) of all planes; a point that one plane pairs is not paired by a plane with fewer pairs.

    What a car has twice, such as its wheels, fits in two ways; the right one has the rest of the car on its side.
    """
    kept: list[tuple[int, int]] = []
    taken: tuple[set[int], set[int]] = (set(), set())
    for pairs in sorted((np.unique(pairs, axis=0) for pairs in planes), key=len, reverse=True):
        free = [(row, column) for row, column in pairs.tolist() if row not in taken[0] and column not in taken[1]]
        kept += free
        for place in (0, 1):
            taken[place].update(pair[place] for pair in free)
    return np.array(sorted(kept), dtype=np.int64).reshape(-1, 2)


def _plane(shared: Correspondence, rows: NDArray[np.int64]) -> Carried | None:
    """The plane that most of some points agree on."""
    if len(rows) < _LEAST_POINTS:
        return None
    matrix, agreeing = _homography(shared, rows)
    if matrix is None or int(agreeing.sum()) < max(_LEAST_POINTS, 0.2 * len(rows)):
        return None
    return Carried(matrix=matrix, points=int(agreeing.sum()), size=shared.sizes[1])


def _homography(
    shared: Correspondence, rows: NDArray[np.int64]
) -> tuple[NDArray[np.float64] | None, NDArray[np.bool_]]:
    """The plane that most of at least four points agree on, and which (N,) do."""
    cv2.setRNGSeed(7)  # the same photos give the same answer
    scale = shared.sizes[1].longest / _SIDE
    matrix, agreeing = cv2.findHomography(shared.first[rows], shared.second[rows], cv2.RANSAC, _AGREES_PX * scale)
    if matrix is None:
        return None, np.zeros(len(rows), dtype=np.bool_)
    return np.asarray(matrix, dtype=np.float64), np.asarray(agreeing[:, 0], dtype=np.bool_)


def _lies_flat(points: NDArray[np.float32], matrix: NDArray[np.float64]) -> bool:
    """Whether a plane keeps the shape of the area of some points (N, 2) in reason, instead of folding it up."""
    (x_min, y_min), (x_max, y_max) = points.min(axis=0), points.max(axis=0)
    corners = np.array([[x_min, y_min], [x_max, y_min], [x_max, y_max], [x_min, y_max]], dtype=np.float64)
    if min(x_max - x_min, y_max - y_min) < 1:
        return False
    return _is_a_view(corners, np.asarray(cv2.perspectiveTransform(corners[None], matrix)[0], dtype=np.float64))


def _is_a_view(before: NDArray[np.float64], after: NDArray[np.float64]) -> bool:
    """Whether a quadrilateral (4, 2) stays convex, is not mirrored, and changes its size and shape in reason."""
    sides = np.roll(after, -1, axis=0) - after
    turns = sides[:, 0] * np.roll(sides[:, 1], -1) - sides[:, 1] * np.roll(sides[:, 0], -1)
    lengths = np.linalg.norm(sides, axis=1) / np.linalg.norm(np.roll(before, -1, axis=0) - before, axis=1)
    if not np.isfinite(after).all() or not (turns > 0).all() or lengths.min() <= 0:
        return False
    return bool(lengths.max() < _LARGEST_CHANGE and lengths.min() > 1 / _LARGEST_CHANGE)
