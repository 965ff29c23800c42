"""Ellipses, as which round things such as wheels appear on photos."""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from coachwork.geometry.mask import Mask

LEAST_SIDE = 12
"""Masks that are narrower or lower, in pixels, have too few pixels to tell an ellipse."""

_DRAWS = 200
_BAND = 0.05


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ellipse:
    """An ellipse on a photo.

    Attributes:
        x, y: centre, pixels of the upright photo.
        shape: (2, 2) float64, symmetric and positive definite, square pixels: the points p with
            (p - centre)^T shape^-1 (p - centre) = 1 are its edge. Its eigenvalues are the squares of the half axes.
    """

    x: float
    y: float
    shape: NDArray[np.float64]

    @property
    def centre(self) -> NDArray[np.float64]:
        """(2,) float64 x and y, pixels."""
        return np.array([self.x, self.y])

    @property
    def axes(self) -> tuple[float, float]:
        """Full minor and major axis, pixels."""
        minor, major = np.sqrt(np.linalg.eigvalsh(self.shape))
        return 2 * float(minor), 2 * float(major)

    def inside(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """How far out points (N, 2) lie, (N,) float64: 0 at the centre, 1 on the edge, more outside."""
        away = points - self.centre
        return np.asarray(np.sqrt(np.einsum("ni,ij,nj->n", away, np.linalg.inv(self.shape), away)))


def ellipse_of(mask: Mask) -> tuple[Ellipse, float] | None:
    """The ellipse that most of a mask's outline lies on, and how well both agree.

    The outline may leave the ellipse where something hides the round thing or a shadow was taken for a piece of it:
    of many ellipses through five points of it, the one that holds the longest part of the outline is taken.

    Returns:
        The ellipse and the overlap (IoU, 0..1) of its pixels with the mask's; None where there is too little to tell.
    """
    crop = _largest_piece(mask.crop)
    if crop is None or min(crop.shape) < LEAST_SIDE:
        return None
    contours, _ = cv2.findContours(crop, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    points = max(contours, key=len)[:, 0].astype(np.float64) + 0.5
    best = _agreeing(points)
    if best is None:
        return None
    rows, columns = np.indices(crop.shape)
    grid = np.column_stack([columns.ravel() + 0.5, rows.ravel() + 0.5])
    drawn = best.inside(grid) <= 1
    covered = crop.ravel() > 0
    area = math.pi * math.sqrt(float(np.linalg.det(best.shape)))
    shared = float(np.count_nonzero(drawn & covered))
    overlap = shared / max(area + np.count_nonzero(covered) - shared, 1.0)
    return Ellipse(x=best.x + mask.x, y=best.y + mask.y, shape=best.shape), overlap


def _largest_piece(crop: NDArray[np.bool_]) -> NDArray[np.uint8] | None:
    """The largest connected piece of a mask's crop, in a crop of the same size; None where there is none."""
    if not crop.any():
        return None
    _, pieces, stats, _ = cv2.connectedComponentsWithStats(crop.astype(np.uint8), connectivity=4)
    largest = 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))
    return np.asarray(pieces == largest, dtype=np.uint8)


def _agreeing(points: NDArray[np.float64]) -> Ellipse | None:
    """The ellipse on whose edge most of the points (N, 2) lie; always the same for the same points."""
    even = _evenly(points)
    draw = np.random.default_rng(0)
    candidates = [even, *(even[draw.choice(len(even), 6, replace=False)] for _ in range(_DRAWS))]
    extent = np.ptp(even, axis=0)
    best, most = None, -1.0
    for chosen in candidates:
        ellipse = _through(chosen)
        if ellipse is None or not _plausible(ellipse, extent):
            continue
        on_edge = np.abs(ellipse.inside(even) - 1) < _BAND
        if on_edge.sum() > most:
            best, most = ellipse, float(on_edge.sum())
    if best is None:
        return None
    refined = _through(even[np.abs(best.inside(even) - 1) < _BAND])
    return refined if refined is not None and _plausible(refined, extent) else best


def _evenly(outline: NDArray[np.float64], count: int = 96) -> NDArray[np.float64]:
    """Points (count, 2) at even distances along a closed outline."""
    closed = np.vstack([outline, outline[:1]])
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(closed, axis=0).T))])
    wanted = np.linspace(0, along[-1], count, endpoint=False)
    return np.column_stack([np.interp(wanted, along, closed[:, axis]) for axis in (0, 1)])


def _through(points: NDArray[np.float64]) -> Ellipse | None:
    """The ellipse that fits points (N, 2) best, by OpenCV's direct least squares; None where it is none."""
    if len(points) < 6:
        return None
    (x, y), (first, second), degrees = cv2.fitEllipseDirect(points.astype(np.float32))
    halves = np.array([first, second], dtype=np.float64) / 2
    if not np.isfinite([x, y, *halves]).all() or halves.min() <= 0:
        return None
    turn = math.radians(degrees)
    axes = np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
    return Ellipse(x=float(x), y=float(y), shape=axes @ np.diag(halves**2) @ axes.T)


def _plausible(ellipse: Ellipse, extent: NDArray[np.float64]) -> bool:
    """Whether the ellipse is about as large as the outline, whose sides are (2,) pixels."""
    sides = 2 * np.sqrt(np.diag(ellipse.shape))
    return bool((sides < 1.5 * extent).all() and (sides > 0.6 * extent).all())
