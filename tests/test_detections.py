"""What a model found on a photo."""

from collections.abc import Sequence

import numpy as np
import pytest

from coachwork.assessments.assessment import damages_of
from coachwork.detections import Detections
from coachwork.geometry.mask import Mask
from coachwork.geometry.size import Size
from coachwork.taxonomy import DamageType

FRAME = Size(height=100, width=100)


def found(places: Sequence[tuple[int, int, int]], labels: Sequence[int], *, masks: bool = True) -> Detections:
    """Squares (x, y, side), best first, each in a box with two pixels around it."""
    drawn = tuple(Mask(crop=np.ones((side, side), dtype=np.bool_), x=x, y=y, frame=FRAME) for x, y, side in places)
    return Detections(
        boxes=np.array([[x - 2, y - 2, x + side + 2, y + side + 2] for x, y, side in places], dtype=np.float32),
        labels=np.array(labels, dtype=np.int64),
        scores=np.linspace(0.9, 0.5, len(places), dtype=np.float32),
        masks=drawn if masks else None,
        size=FRAME,
        types=(DamageType.DENT, DamageType.SCRATCH),
    )


@pytest.mark.parametrize(
    ("second", "labels", "told"),
    [
        ((10, 10, 20), (0, 0), 1),  # the same mask
        ((13, 13, 20), (0, 0), 1),  # IoU 289 / 511
        ((14, 14, 20), (0, 0), 2),  # IoU 256 / 544
        ((10, 10, 20), (0, 1), 2),  # a scratch in a dent
        ((60, 60, 20), (0, 0), 2),
    ],
)
def test_a_damage_found_twice_is_told_once(second: tuple[int, int, int], labels: Sequence[int], told: int) -> None:
    both = found([(10, 10, 20), second], labels)
    assert len(both.apart()) == told
    assert both.is_apart(1.0).all()
    assert both.apart().scores[0] == both.scores[0]
    assert len(damages_of(both)) == told


def test_what_was_left_out_leaves_nothing_else_out() -> None:
    """The second is left out for the first; the third is like the second alone, and stays."""
    three = found([(10, 10, 20), (14, 10, 20), (18, 10, 20)], (0, 0, 0))
    kept = three.apart()
    assert kept.boxes[:, 0].tolist() == [8, 16]
    assert kept.masks is not None
    assert [mask.x for mask in kept.masks] == [10, 18]


def test_without_masks_all_stay() -> None:
    assert len(found([(10, 10, 20)] * 2, (0, 0), masks=False).apart()) == 2
