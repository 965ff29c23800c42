import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from pycocotools import mask as coco_mask

from coachwork.geometry.mask import Mask, mask_from_rle, mask_to_rle
from coachwork.geometry.size import Size

Picture = NDArray[np.bool_]


@st.composite
def pictures(draw: st.DrawFn) -> Picture:
    height, width = draw(st.integers(1, 9)), draw(st.integers(1, 9))
    bits = draw(st.one_of(st.integers(0, 2 ** (height * width) - 1), st.sampled_from([0, 2 ** (height * width) - 1])))
    return np.array([bits >> i & 1 for i in range(height * width)], dtype=np.bool_).reshape(height, width)


@st.composite
def masks(draw: st.DrawFn) -> Mask:
    """Crops of any kind: loose, touching edges, empty."""
    crop = draw(pictures())
    x, y, right, below = (draw(st.integers(0, 4)) for _ in range(4))
    frame = Size(height=y + crop.shape[0] + below, width=x + crop.shape[1] + right)
    return Mask(crop=crop, x=x, y=y, frame=frame)


def coco_counts(full: Picture) -> str:
    counts: bytes = coco_mask.encode(np.asfortranarray(full, dtype=np.uint8))["counts"]
    return counts.decode("ascii")


@pytest.mark.parametrize("shape", [(1, 1), (3, 5), (5, 3)])
def test_an_empty_mask_has_one_run(shape: tuple[int, int]) -> None:
    mask = Mask.from_full(np.zeros(shape, dtype=np.bool_))
    assert mask.crop.shape == (0, 0)
    assert mask.area == mask.box.area == 0
    assert mask_to_rle(mask) == {"size": list(shape), "counts": coco_counts(np.zeros(shape, dtype=np.bool_))}
    assert mask_from_rle(mask_to_rle(mask)) == mask


@given(mask=masks())
def test_run_lengths_are_those_of_pycocotools(mask: Mask) -> None:
    full = mask.full()
    assert mask_to_rle(mask) == {"size": list(full.shape), "counts": coco_counts(full)}


@given(mask=masks())
def test_run_lengths_come_back_as_the_mask(mask: Mask) -> None:
    back = mask_from_rle(mask_to_rle(mask))
    assert back == mask
    assert hash(back) == hash(mask)
    np.testing.assert_array_equal(back.full(), mask.full())


@given(mask=masks())
def test_uncompressed_run_lengths_are_read_alike(mask: Mask) -> None:
    flat = mask.full().T.reshape(-1)
    edges = [0, *(np.flatnonzero(np.diff(flat)) + 1).tolist(), len(flat)]
    counts = np.diff(edges).tolist()
    if flat[0]:
        counts.insert(0, 0)
    assert mask_from_rle({"size": list(mask.full().shape), "counts": counts}) == mask


@given(full=pictures())
def test_cropping_keeps_every_pixel(full: Picture) -> None:
    mask = Mask.from_full(full)
    np.testing.assert_array_equal(mask.full(), full)
    assert mask.area == np.count_nonzero(full)
    if mask.area:
        assert mask.crop[0].any()
        assert mask.crop[-1].any()
        assert mask.crop[:, 0].any()
        assert mask.crop[:, -1].any()


@given(first=masks(), second=masks())
def test_masks_are_equal_when_their_pixels_are(first: Mask, second: Mask) -> None:
    same = first.frame == second.frame and np.array_equal(first.full(), second.full())
    assert (first == second) is same
    assert first != "a mask"


def test_a_small_mask_of_a_12_megapixel_photo_agrees_with_pycocotools() -> None:
    rng = np.random.default_rng(0)
    mask = Mask(crop=rng.random((90, 140)) < 0.5, x=3800, y=2900, frame=Size(height=3024, width=4032))
    assert mask_to_rle(mask)["counts"] == coco_counts(mask.full())
    assert mask_from_rle(mask_to_rle(mask)) == mask


@pytest.mark.parametrize("bad", ["0", "05", "zz~", "_", "o", "P", "5\x7f"])
def test_compressed_run_lengths_that_do_not_fit_are_refused(bad: str) -> None:
    with pytest.raises(ValueError, match="run lengths"):
        mask_from_rle({"size": [2, 3], "counts": bad})


@pytest.mark.parametrize("bad", [[], [5], [7], [-1, 7], [3, -1, 4]])
def test_run_lengths_that_do_not_fill_the_frame_are_refused(bad: list[int]) -> None:
    with pytest.raises(ValueError, match="run lengths add up to"):
        mask_from_rle({"size": [2, 3], "counts": bad})


@given(text=st.text(alphabet=[chr(c) for c in range(40, 127)], max_size=12))
def test_any_text_is_a_mask_or_refused(text: str) -> None:
    try:
        mask = mask_from_rle({"size": [4, 5], "counts": text})
    except ValueError:
        return
    assert mask_from_rle(mask_to_rle(mask)) == mask


@pytest.mark.parametrize(("x", "y"), [(-1, 0), (0, -1), (3, 0), (0, 2)])
def test_a_crop_outside_its_frame_is_refused(x: int, y: int) -> None:
    with pytest.raises(ValueError, match="leaves the"):
        Mask(crop=np.ones((2, 3), dtype=np.bool_), x=x, y=y, frame=Size(height=3, width=5))


def test_a_crop_that_is_not_boolean_is_refused() -> None:
    with pytest.raises(ValueError, match="array of bool"):
        Mask(crop=np.ones((2, 3), dtype=np.uint8), x=0, y=0, frame=Size(height=3, width=5))
