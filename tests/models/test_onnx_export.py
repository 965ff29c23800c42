"""What is compared with what when a model is exported."""

import numpy as np
import pytest

from coachwork.models.onnx_export import in_the_order_of

NAMES = ("boxes", "labels", "scores", "masks")
BOXES = np.array([[0, 0, 10, 10], [50, 50, 90, 90], [0, 0, 10, 10]], dtype=np.float32)
LABELS = np.array([0, 0, 1])
SCORES = np.array([0.5, 0.5, 0.5], dtype=np.float32)
MASKS = np.arange(3, dtype=np.float32).reshape(3, 1, 1, 1) * np.ones((3, 1, 2, 2), dtype=np.float32)
WANTED = (BOXES, LABELS, SCORES, MASKS)


@pytest.mark.parametrize("order", [[0, 1, 2], [1, 0, 2], [2, 1, 0], [1, 2, 0]])
def test_instances_of_equal_scores_are_compared_whatever_their_order(order: list[int]) -> None:
    given = [out[order] + np.asarray(1e-4, dtype=np.float32) * (out.dtype == np.float32) for out in WANTED]
    for want, got in zip(WANTED, in_the_order_of(WANTED, given, NAMES), strict=True):
        assert np.allclose(want, got, atol=1e-3)


def test_an_instance_that_lies_elsewhere_stays_apart() -> None:
    moved = BOXES.copy()
    moved[1] += 20
    boxes, *_ = in_the_order_of(WANTED, (moved, *WANTED[1:]), NAMES)
    assert np.abs(boxes - BOXES).max() == 20


def test_other_counts_are_left_as_they_are_for_the_comparison_to_tell() -> None:
    fewer = [out[:2] for out in WANTED]
    assert [out.shape for out in in_the_order_of(WANTED, fewer, NAMES)] == [out.shape for out in fewer]


def test_no_instance_at_all_is_no_fault() -> None:
    none = [out[:0] for out in WANTED]
    assert [len(out) for out in in_the_order_of(none, none, NAMES)] == [0, 0, 0, 0]
