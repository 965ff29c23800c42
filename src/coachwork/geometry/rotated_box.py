"""Boxes that are turned: annotation tools draw them along a car's edges."""

import math
from dataclasses import dataclass

import numpy as np

from coachwork.geometry.box import Box
from coachwork.geometry.polygon import Polygon, polygons_box


@dataclass(frozen=True, slots=True, kw_only=True)
class RotatedBox:
    """A box turned about its centre.

    Attributes:
        x, y: centre, pixels of the upright photo.
        width, height: sides before turning, pixels.
        angle: degrees clockwise as seen on the picture (x to the right, y down), -180 to 180.

    >>> RotatedBox(x=5, y=5, width=4, height=2, angle=90).box
    Box(x_min=4.0, y_min=3.0, x_max=6.0, y_max=7.0)
    """

    x: float
    y: float
    width: float
    height: float
    angle: float

    def __post_init__(self) -> None:
        numbers = (self.x, self.y, self.width, self.height, self.angle)
        if not all(map(math.isfinite, numbers)) or min(self.width, self.height) < 0:
            message = f"a rotated box needs finite numbers and sides of at least 0, got {numbers}"
            raise ValueError(message)

    @classmethod
    def from_corners(cls, corners: Polygon) -> "RotatedBox":
        """The box of four corners (4, 2) float64, in order around it, the first side being its width."""
        across, down = corners[1] - corners[0], corners[2] - corners[1]
        x, y = corners.mean(axis=0)
        return cls(
            x=float(x),
            y=float(y),
            width=float(np.hypot(*across)),
            height=float(np.hypot(*down)),
            angle=math.degrees(math.atan2(across[1], across[0])),
        )

    @property
    def corners(self) -> Polygon:
        """Corners (4, 2) float64, clockwise on the picture from what was the top left one, pixels."""
        cos, sin = math.cos(math.radians(self.angle)), math.sin(math.radians(self.angle))
        half = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * (self.width / 2, self.height / 2)
        turned = half @ np.array([[cos, sin], [-sin, cos]])
        return np.asarray(np.round(turned + np.array([self.x, self.y]), 9))

    @property
    def box(self) -> Box:
        """The upright box around it."""
        return polygons_box([self.corners])
