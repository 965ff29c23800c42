import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from pycocotools import mask as coco_mask

from coachwork.geometry.mask import Mask, mask_from_rle, mask_to_rle


@given(arrays.arrays(np.bool_, st.tuples(st.integers(1, 9), st.integers(1, 9))))
def test_run_lengths_of_a_crop_are_those_of_the_whole_frame(full: np.ndarray) -> None:
    mask = Mask.from_full(full)
    oracle = coco_mask.encode(np.asfortranarray(full, dtype=np.uint8))
    assert mask_to_rle(mask) == {"size": list(full.shape), "counts": oracle["counts"].decode("ascii")}
    assert mask_from_rle(mask_to_rle(mask)) == mask
