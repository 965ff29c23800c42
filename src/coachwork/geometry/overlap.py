"""How much masks share, worked out on their crops alone, never on whole photos."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from coachwork.geometry.mask import Mask


def mask_intersections(first: Sequence[Mask], second: Sequence[Mask]) -> NDArray[np.int64]:
    """Shared pixels (N, M) int64 of masks in one frame."""
    shared = np.zeros((len(first), len(second)), dtype=np.int64)
    for i, one in enumerate(first):
        for j, other in enumerate(second):
            top, left = max(one.y, other.y), max(one.x, other.x)
            bottom = min(one.y + one.crop.shape[0], other.y + other.crop.shape[0])
            right = min(one.x + one.crop.shape[1], other.x + other.crop.shape[1])
            if bottom > top and right > left:
                part = one.crop[top - one.y : bottom - one.y, left - one.x : right - one.x]
                shared[i, j] = np.count_nonzero(
                    part & other.crop[top - other.y : bottom - other.y, left - other.x : right - other.x]
                )
    return shared


def mask_iou(first: Sequence[Mask], second: Sequence[Mask]) -> NDArray[np.float64]:
    """Intersection over union (N, M) of masks in one frame; two empty masks give 0.

    >>> from coachwork.geometry.size import Size
    >>> frame = Size(height=4, width=4)
    >>> half = Mask(crop=np.ones((2, 4), dtype=np.bool_), x=0, y=0, frame=frame)
    >>> quarter = Mask(crop=np.ones((2, 2), dtype=np.bool_), x=0, y=0, frame=frame)
    >>> mask_iou([half], [half, quarter]).tolist()
    [[1.0, 0.5]]
    """
    shared = mask_intersections(first, second).astype(np.float64)
    areas = [np.array([mask.area for mask in masks], dtype=np.float64) for masks in (first, second)]
    union = areas[0][:, None] + areas[1][None, :] - shared
    return np.asarray(np.divide(shared, union, out=np.zeros_like(shared), where=union > 0))
