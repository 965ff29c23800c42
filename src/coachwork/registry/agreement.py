"""How far two models agree on one photo, whoever of them is right."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coachwork.assessments.assessment import Assessment, Damage
from coachwork.geometry.box import box_iou

_SAME_FROM = 0.5
"""Boxes of one type that share so much (IoU) are one damage."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """What two assessments of one photo share.

    Attributes:
        verdict: whether both claim the same.
        boxes: 0..1, twice the damages that both found over all that either found (F1); 1 where both found none.
        masks: 0..1, IoU of the pixels that any damage covers; 1 where both cover none; None where a damage has no mask.
    """

    verdict: bool
    boxes: float
    masks: float | None


def agreement(first: Assessment, second: Assessment) -> Agreement:
    """How far two assessments of the same photo agree; which is the first one makes no difference."""
    return Agreement(verdict=first.verdict is second.verdict, boxes=_boxes(first, second), masks=_masks(first, second))


def _boxes(first: Assessment, second: Assessment) -> float:
    count = len(first.damages) + len(second.damages)
    if count == 0:
        return 1.0
    same = box_iou(_corners(first), _corners(second)) >= _SAME_FROM
    meets = [
        [there for there, other in enumerate(second.damages) if same[place, there] and one.type is other.type]
        for place, one in enumerate(first.damages)
    ]
    taken: dict[int, int] = {}
    return 2 * sum(_placed(place, meets, taken, set()) for place in range(len(meets))) / count


def _placed(place: int, meets: Sequence[Sequence[int]], taken: dict[int, int], tried: set[int]) -> bool:
    """Whether one more damage finds a partner, perhaps as others take another one: as many pairs as there can be.

    Source: H. W. Kuhn, The Hungarian method for the assignment problem, 1955; pairs of damages are few.
    """
    for there in meets[place]:
        if there not in tried:
            tried.add(there)
            if there not in taken or _placed(taken[there], meets, taken, tried):
                taken[there] = place
                return True
    return False


def _corners(assessment: Assessment) -> NDArray[np.float64]:
    """(N, 4) xyxy of the damages."""
    return np.array([damage.box.xyxy for damage in assessment.damages], dtype=np.float64).reshape(-1, 4)


def _masks(first: Assessment, second: Assessment) -> float | None:
    if any(damage.mask is None for damage in (*first.damages, *second.damages)):
        return None
    one, other = _covered(first, first.damages), _covered(second, second.damages)
    either = int(np.count_nonzero(one | other))
    return 1.0 if either == 0 else int(np.count_nonzero(one & other)) / either


def _covered(assessment: Assessment, damages: tuple[Damage, ...]) -> NDArray[np.bool_]:
    """Pixels (height, width) of the photo that any damage covers."""
    found = np.zeros((assessment.size.height, assessment.size.width), dtype=np.bool_)
    for damage in damages:
        mask = damage.mask
        if mask is not None:
            height, width = mask.crop.shape
            found[mask.y : mask.y + height, mask.x : mask.x + width] |= mask.crop
    return found
