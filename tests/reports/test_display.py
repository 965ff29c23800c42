import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachwork.reports.display import display_copy


@pytest.mark.parametrize("shape", [(1, 1, 3), (7, 5, 3), (40, 30)])
def test_a_picture_that_is_small_enough_is_copied(shape: tuple[int, ...]) -> None:
    pixels = np.full(shape, 9, dtype=np.uint8)
    copy = display_copy(pixels, 40)
    assert np.array_equal(copy, pixels)
    copy[:] = 0
    assert pixels.min() == 9


@given(st.integers(1, 300), st.integers(1, 300), st.integers(1, 200))
def test_the_shape_stays_and_the_longer_side_fits(height: int, width: int, longest: int) -> None:
    copy = display_copy(np.full((height, width, 3), 77, dtype=np.uint8), longest)
    assert max(copy.shape[:2]) == min(longest, max(height, width))
    scale = max(copy.shape[:2]) / max(height, width)
    assert copy.shape[0] == pytest.approx(max(1, height * scale), abs=0.51)
    assert copy.shape[1] == pytest.approx(max(1, width * scale), abs=0.51)
    assert (copy == 77).all()
    assert copy.flags.c_contiguous
    assert copy.flags.writeable


@pytest.mark.parametrize("longest", [400, 300, 250, 200, 133, 100, 77])
def test_what_is_shown_is_the_mean_of_what_was_there(longest: int) -> None:
    rng = np.random.default_rng(0)
    coarse = rng.integers(0, 255, (6, 8, 3), dtype=np.uint8)
    pixels = np.ascontiguousarray(np.kron(coarse, np.ones((50, 50, 1), dtype=np.uint8)))
    copy = display_copy(pixels, longest).astype(float)
    assert abs(copy.mean() - pixels.mean()) < 1
    side = longest / 8
    for row, column in ((0, 0), (2, 5), (5, 7)):
        centre = copy[int((row + 0.5) * side), int((column + 0.5) * side)]
        assert np.abs(centre - coarse[row, column]).max() <= 1
