"""A car's side and front as planes before a pinhole camera: what is where on the photo, and how long it truly is.

The world's x runs along the car's side from its front to its rear, y upwards from the ground, z away from the side
towards the camera; the front is the plane x = 0, reaching to negative z. Millimetres.
"""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from coachwork.geometry.ellipse import Ellipse
from coachwork.geometry.size import Size

FRAME = Size(height=960, width=1280)
FOCAL_PX = 1000.0  # 65 degrees across
FRONT_AXLE = 850.0


@dataclass(frozen=True, kw_only=True)
class Scene:
    """One photo.

    Attributes:
        yaw: degrees between the camera's direction and the side's normal, towards the front.
        distance: from the camera to the point it looks at, millimetres.
        height: of the camera, millimetres.
        target: what it looks at.
        tyre: outer diameter.
        wheelbase: between the axles.
        stretch: by which the photo was made wider.
    """

    yaw: float
    distance: float
    height: float
    target: tuple[float, float, float]
    tyre: float
    wheelbase: float
    stretch: float = 1.0

    def seen(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """World points (N, 3) on the photo, (N, 2) pixels."""
        target = np.array(self.target)
        turn = math.radians(self.yaw)
        eye = target + self.distance * np.array([-math.sin(turn), 0.0, math.cos(turn)])
        eye[1] = self.height
        forward = (target - eye) / np.linalg.norm(target - eye)
        right = np.cross(forward, [0.0, 1.0, 0.0])
        right /= np.linalg.norm(right)
        down = np.cross(forward, right)
        local = (points - eye) @ np.column_stack([right, down, forward])
        middle = np.array([FRAME.width, FRAME.height]) / 2
        return np.asarray((local[:, :2] / local[:, 2:] * FOCAL_PX + middle) * (self.stretch, 1.0))

    @property
    def hubs(self) -> NDArray[np.float64]:
        """(2, 3) centres of the front and the rear wheel."""
        return np.array([[FRONT_AXLE + at, self.tyre / 2, 0.0] for at in (0.0, self.wheelbase)])

    @property
    def wheels(self) -> list[Ellipse]:
        """The faces of the front and the rear tyre as they appear."""
        angles = np.linspace(0, 2 * math.pi, 90, endpoint=False)
        rim = np.column_stack([np.cos(angles), np.sin(angles), np.zeros(90)]) * self.tyre / 2
        return [_ellipse(self.seen(hub + rim)) for hub in self.hubs]


def side(x: float, y: float, length: float, degrees: float) -> NDArray[np.float64]:
    """Both ends (2, 3) of a scratch on the side, whose middle lies at x, y."""
    half = np.array([math.cos(math.radians(degrees)), math.sin(math.radians(degrees)), 0.0]) * length / 2
    middle = np.array([x, y, 0.0])
    return np.array([middle - half, middle + half])


def front(z: float, y: float, length: float, degrees: float) -> NDArray[np.float64]:
    """Both ends (2, 3) of a scratch on the front, whose middle lies at z (below 0), y."""
    half = np.array([0.0, math.sin(math.radians(degrees)), math.cos(math.radians(degrees))]) * length / 2
    middle = np.array([0.0, y, z])
    return np.array([middle - half, middle + half])


def _ellipse(points: NDArray[np.float64]) -> Ellipse:
    (x, y), (first, second), degrees = cv2.fitEllipseDirect(points.astype(np.float32))
    turn = math.radians(degrees)
    axes = np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
    return Ellipse(x=x, y=y, shape=axes @ np.diag([(first / 2) ** 2, (second / 2) ** 2]) @ axes.T)
