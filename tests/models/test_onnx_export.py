"""What is compared with what when a model is exported."""

import numpy as np
import pytest
from numpy.typing import NDArray

from coachwork.models.onnx_export import same_instances

NAMES = ("boxes", "labels", "scores", "masks")
COUNT = 20
PLACES = np.arange(COUNT, dtype=np.float32)[:, None] // 2 * 20
BOXES = PLACES + np.array([[0, 0, 10, 10]], dtype=np.float32)  # two of each place, of different labels
LABELS = np.arange(COUNT) % 2
SCORES = np.full(COUNT, 0.5, dtype=np.float32)
MASKS = np.arange(COUNT, dtype=np.float32)[:, None, None, None] * np.ones((1, 1, 2, 2), dtype=np.float32)
WANTED = (BOXES, LABELS, SCORES, MASKS)


def moved(rows: int) -> NDArray[np.float32]:
    """The boxes, so many of them elsewhere."""
    boxes = BOXES.copy()
    boxes[:rows] += 1000
    return boxes


@pytest.mark.parametrize("seed", range(4))
def test_instances_of_equal_scores_are_compared_whatever_their_order(seed: int) -> None:
    order = np.random.default_rng(seed).permutation(COUNT)
    given = [out[order] + (1e-4 if out.dtype == np.float32 else 0) for out in WANTED]
    for want, got in zip(*same_instances(WANTED, given, NAMES, tolerance=2e-3), strict=True):
        assert len(want) == COUNT
        assert np.allclose(want, got, atol=1e-3)


def test_a_few_others_are_left_to_chance() -> None:
    wanted, given = same_instances(WANTED, (moved(2), *WANTED[1:]), NAMES, tolerance=2e-3)
    assert len(wanted[0]) == COUNT - 2
    assert np.array_equal(wanted[3], given[3])


def test_many_others_stay_apart() -> None:
    wanted, given = same_instances(WANTED, (moved(3), *WANTED[1:]), NAMES, tolerance=2e-3)
    assert len(wanted[0]) == COUNT
    assert np.abs(wanted[0] - given[0]).max() >= 500


def test_other_counts_are_left_as_they_are_for_the_comparison_to_tell() -> None:
    fewer = [out[:2] for out in WANTED]
    wanted, given = same_instances(WANTED, fewer, NAMES, tolerance=2e-3)
    assert (len(wanted[0]), len(given[0])) == (COUNT, 2)


def test_no_instance_at_all_is_no_fault() -> None:
    none = [out[:0] for out in WANTED]
    wanted, given = same_instances(none, none, NAMES, tolerance=2e-3)
    assert [len(out) for out in (*wanted, *given)] == [0] * 8
