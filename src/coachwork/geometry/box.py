"""Axis-aligned boxes in pixels of one picture: x to the right, y down, origin at the top left corner, no +1."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coachwork.geometry.size import Size


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """One box; edges are real numbers, `x_max` and `y_max` lie outside the last covered point.

    >>> Box(x_min=1, y_min=2, x_max=4, y_max=6).area
    12
    """

    x_min: float
    y_min: float
    x_max: float
    y_max: float

    def __post_init__(self) -> None:
        if not all(map(math.isfinite, self.xyxy)):
            message = f"a box needs finite edges, got {self.xyxy}"
            raise ValueError(message)
        if self.x_max < self.x_min or self.y_max < self.y_min:
            message = f"a box needs x_min <= x_max and y_min <= y_max, got {self.xyxy}"
            raise ValueError(message)

    @property
    def xyxy(self) -> tuple[float, float, float, float]:
        """Edges in the order x_min, y_min, x_max, y_max."""
        return self.x_min, self.y_min, self.x_max, self.y_max

    @property
    def width(self) -> float:
        """Extent along x in pixels."""
        return self.x_max - self.x_min

    @property
    def height(self) -> float:
        """Extent along y in pixels."""
        return self.y_max - self.y_min

    @property
    def area(self) -> float:
        """Area in square pixels."""
        return self.width * self.height

    def clipped(self, frame: Size) -> "Box":
        """The part of the box inside a frame (an empty box on its edge where nothing is left)."""
        x_min, x_max = (min(max(x, 0.0), float(frame.width)) for x in (self.x_min, self.x_max))
        y_min, y_max = (min(max(y, 0.0), float(frame.height)) for y in (self.y_min, self.y_max))
        return Box(x_min=x_min, y_min=y_min, x_max=x_max, y_max=y_max)


def box_areas(boxes: NDArray[np.floating]) -> NDArray[np.float64]:
    """Areas (N,) in square pixels of boxes (N, 4) xyxy."""
    boxes = np.asarray(boxes, dtype=np.float64).reshape(-1, 4)
    return np.clip(boxes[:, 2] - boxes[:, 0], 0, None) * np.clip(boxes[:, 3] - boxes[:, 1], 0, None)


def box_intersections(first: NDArray[np.floating], second: NDArray[np.floating]) -> NDArray[np.float64]:
    """Shared areas (N, M) in square pixels of boxes (N, 4) and (M, 4), both xyxy."""
    first = np.asarray(first, dtype=np.float64).reshape(-1, 4)
    second = np.asarray(second, dtype=np.float64).reshape(-1, 4)
    top_left = np.maximum(first[:, None, :2], second[None, :, :2])
    bottom_right = np.minimum(first[:, None, 2:], second[None, :, 2:])
    sides = np.clip(bottom_right - top_left, 0, None)
    return np.asarray(sides[..., 0] * sides[..., 1])


def box_iou(first: NDArray[np.floating], second: NDArray[np.floating]) -> NDArray[np.float64]:
    """Intersection over union (N, M) of boxes (N, 4) and (M, 4), both xyxy; two empty boxes give 0.

    >>> box_iou(np.array([[0, 0, 2, 2]]), np.array([[1, 0, 3, 2], [0, 0, 2, 2]])).round(3).tolist()
    [[0.333, 1.0]]
    """
    shared = box_intersections(first, second)
    union = box_areas(first)[:, None] + box_areas(second)[None, :] - shared
    return np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)
