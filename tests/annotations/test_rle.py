import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from pycocotools import mask as coco_mask

from coachwork.annotations.problems import AnnotationError, ProblemCode, ProblemLog
from coachwork.annotations.rle import counts_of
from coachwork.geometry.mask import mask_from_rle
from coachwork.geometry.size import Size

LOG = ProblemLog(file="a.json")


@given(arrays(np.bool_, st.tuples(st.integers(1, 40), st.integers(1, 40))))
def test_compressed_text_is_read_as_pycocotools_wrote_it(full: np.ndarray) -> None:
    height, width = full.shape
    written = coco_mask.encode(np.asfortranarray(full, dtype=np.uint8))
    value = {"size": [height, width], "counts": written["counts"].decode("ascii")}
    runs = counts_of(value, Size(height=height, width=width), LOG, "")
    assert np.array_equal(mask_from_rle({"size": [height, width], "counts": runs}).full(), full)


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ({}, ProblemCode.WRONG_TYPE),
        ({"size": [3], "counts": [9]}, ProblemCode.WRONG_TYPE),
        ({"size": [3, 3]}, ProblemCode.WRONG_TYPE),
        ({"size": [3, 4], "counts": [12]}, ProblemCode.RLE_BROKEN),
        ({"size": [1e9, 1e9], "counts": [1]}, ProblemCode.RLE_BROKEN),
        ({"size": [3, 3], "counts": [8]}, ProblemCode.RLE_BROKEN),
        ({"size": [3, 3], "counts": [10, -1]}, ProblemCode.RLE_BROKEN),
        ({"size": [3, 3], "counts": [4.5, 4.5]}, ProblemCode.RLE_BROKEN),
        ({"size": [3, 3], "counts": ["a"]}, ProblemCode.NUMBER_BAD),
        ({"size": [3, 3], "counts": [float("nan")]}, ProblemCode.NUMBER_BAD),
        ({"size": [3, 3], "counts": "ÿ"}, ProblemCode.RLE_BROKEN),
        ({"size": [3, 3], "counts": "oooooooooo"}, ProblemCode.RLE_BROKEN),
        ({"size": [3, 3], "counts": "o"}, ProblemCode.RLE_BROKEN),
        ({"size": [3, 3], "counts": ""}, ProblemCode.RLE_BROKEN),
    ],
)
def test_broken_run_lengths_are_told(value: dict[str, object], code: ProblemCode) -> None:
    with pytest.raises(AnnotationError) as caught:
        counts_of(value, Size(height=3, width=3), LOG, "annotations[0]")
    assert caught.value.problem.code is code
    assert caught.value.problem.place.startswith("annotations[0]")


@given(st.text(max_size=30))
def test_no_text_gives_more_pixels_than_the_frame(text: str) -> None:
    frame = Size(height=5, width=4)
    try:
        runs = counts_of({"size": [5, 4], "counts": text}, frame, LOG, "")
    except AnnotationError:
        return
    assert sum(runs) == frame.area
