import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from pycocotools import mask as coco_mask

from coachwork.geometry.mask import Mask, mask_to_rle
from coachwork.geometry.overlap import mask_intersections, mask_iou

pictures = st.lists(
    st.integers(0, 2**30 - 1).map(lambda bits: np.array([bits >> i & 1 for i in range(30)], dtype=bool).reshape(5, 6)),
    min_size=1,
    max_size=4,
)


@given(first=pictures, second=pictures)
def test_agrees_with_pycocotools(first: list[NDArray[np.bool_]], second: list[NDArray[np.bool_]]) -> None:
    one, two = [[Mask.from_full(full) for full in fulls] for fulls in (first, second)]
    theirs = coco_mask.iou([mask_to_rle(m) for m in one], [mask_to_rle(m) for m in two], [0] * len(two))
    ours = mask_iou(one, two)
    np.testing.assert_allclose(ours, theirs, atol=1e-12)
    np.testing.assert_array_equal(ours, mask_iou(two, one).T)
    assert mask_intersections(one, two)[0, 0] == np.count_nonzero(first[0] & second[0])


def test_nothing_shares_nothing() -> None:
    assert mask_iou([], []).shape == (0, 0)
