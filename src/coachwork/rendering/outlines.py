"""The lines of a car's side: body, windows, lamps, gaps; in metres, x from the front, y up."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from coachwork.rendering.scene import Point

Outline = NDArray[np.float64]
"""(M, 2) float64, x and y in metres."""

FRONT_WHEEL: Point = (0.82, 0.31)
REAR_WHEEL: Point = (3.36, 0.31)
WHEELS = (FRONT_WHEEL, REAR_WHEEL)
ARCH_GAP = 0.055
"""Distance from the tyre to the wheel arch, m."""

SILHOUETTE: tuple[Point, ...] = (
    (0.05, 0.30), (0.01, 0.45), (0.03, 0.60), (0.10, 0.72), (0.45, 0.865), (1.00, 0.965), (1.22, 1.02), (1.55, 1.22),
    (1.90, 1.40), (2.45, 1.46), (3.10, 1.42), (3.60, 1.27), (3.93, 1.08), (4.10, 0.97), (4.17, 0.75), (4.20, 0.50),
    (4.15, 0.28), (3.75, 0.20), (2.90, 0.19), (1.25, 0.19), (0.45, 0.20), (0.15, 0.22),
)  # fmt: skip
WINDOWS: tuple[Point, ...] = (
    (1.27, 0.945), (1.45, 1.10), (1.72, 1.26), (1.98, 1.345), (2.45, 1.375), (2.95, 1.35), (3.28, 1.22), (3.46, 1.08),
    (3.44, 1.025), (3.10, 1.005), (2.20, 0.965), (1.50, 0.94),
)  # fmt: skip
FRONT_GLASS: tuple[Point, ...] = (
    (1.36, 0.965),
    (1.50, 1.10),
    (1.74, 1.243),
    (1.99, 1.325),
    (2.005, 0.972),
    (1.60, 0.96),
)
REAR_GLASS: tuple[Point, ...] = (
    (2.10, 0.978),
    (2.09, 1.342),
    (2.45, 1.352),
    (2.93, 1.33),
    (2.965, 1.016),
    (2.50, 0.993),
)
QUARTER_GLASS: tuple[Point, ...] = ((3.02, 1.022), (2.995, 1.31), (3.25, 1.195), (3.41, 1.075), (3.39, 1.045))
GLASS = (FRONT_GLASS, REAR_GLASS, QUARTER_GLASS)
HEADLAMP: tuple[Point, ...] = ((0.10, 0.64), (0.14, 0.725), (0.42, 0.835), (0.62, 0.872), (0.55, 0.765), (0.36, 0.675))
TAIL_LAMP: tuple[Point, ...] = (
    (3.80, 0.80),
    (3.72, 0.93),
    (3.80, 1.00),
    (4.03, 0.98),
    (4.145, 0.86),
    (4.15, 0.775),
    (3.95, 0.765),
)

FRONT_DOOR: tuple[Point, ...] = (
    (1.255, 0.955), (1.215, 0.80), (1.215, 0.45), (1.25, 0.275), (2.03, 0.275), (2.045, 0.60), (2.05, 0.96),
)  # fmt: skip
REAR_DOOR: tuple[Point, ...] = (
    (2.05, 0.275), (2.86, 0.275), (2.90, 0.42), (2.97, 0.58), (3.10, 0.74), (3.14, 0.86), (3.10, 1.0),
)  # fmt: skip
BONNET_EDGE: tuple[Point, ...] = ((0.30, 0.80), (0.65, 0.885), (1.0, 0.945), (1.27, 0.955))
FRONT_BUMPER_EDGE: tuple[Point, ...] = ((0.50, 0.44), (0.44, 0.58), (0.36, 0.672))
REAR_BUMPER_EDGE: tuple[Point, ...] = ((3.70, 0.46), (3.78, 0.58), (3.88, 0.70), (3.96, 0.765))
GAPS = (FRONT_DOOR, REAR_DOOR, BONNET_EDGE, FRONT_BUMPER_EDGE, REAR_BUMPER_EDGE)
FUEL_FLAP: Point = (3.42, 0.80)
HANDLES: tuple[Point, ...] = ((1.88, 0.845), (2.90, 0.875))
MIRROR: Point = (1.36, 1.01)


def smoothed(points: Sequence[Point], *, rounds: int = 3, closed: bool = True) -> Outline:
    """Cuts the corners of a line (Chaikin) until it is round."""
    line = np.array(points, dtype=np.float64)
    for _ in range(rounds):
        following = np.roll(line, -1, axis=0) if closed else line[1:]
        start = line if closed else line[:-1]
        cut = np.stack([0.75 * start + 0.25 * following, 0.25 * start + 0.75 * following], axis=1).reshape(-1, 2)
        line = cut if closed else np.concatenate([line[:1], cut, line[-1:]])
    return line


def contains(points: Sequence[Point], place: Point) -> bool:
    """Whether a place lies inside a closed line (even-odd rule).

    >>> contains(((0, 0), (2, 0), (2, 2), (0, 2)), (1, 1)), contains(((0, 0), (2, 0), (2, 2), (0, 2)), (3, 1))
    (True, False)
    """
    x, y = place
    inside = False
    for (x1, y1), (x2, y2) in zip(points, [*points[1:], points[0]], strict=True):
        if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
            inside = not inside
    return inside
