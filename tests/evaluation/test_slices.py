from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachwork.evaluation.average_precision import precision_curves
from coachwork.evaluation.slices import ALL_PHOTOS, SLICES, Slice, largest_span, shape_share
from coachwork.photos.quality import Quality, measure_quality
from coachwork.taxonomy import DamageType

if TYPE_CHECKING:
    from coachwork.evaluation.pairs import Pair

DENT = DamageType.DENT
BY_NAME = {one.name: one for one in SLICES}


def quality(*, brightness: float = 0.9, sharpness: float = 0.9) -> Quality:
    return Quality(
        brightness=brightness,
        contrast=0.7,
        sharpness=sharpness,
        glare=0.0,
        short_side_px=600,
        usable=True,
        reasons=(),
    )


@pytest.mark.parametrize("one", [ALL_PHOTOS, *SLICES])
def test_a_photo_without_damage_is_in_the_slices_that_it_could_lie_in(made: Any, one: Slice) -> None:
    taken = one.take(made.pair("a", [], []), quality())
    assert (taken is not None) == (one.name in {"all photos", "close-up", "whole car", "only small damages"})


@pytest.mark.parametrize("one", SLICES)
def test_every_slice_says_what_it_is(one: Slice) -> None:
    assert one.name
    assert one.definition[0].islower()
    assert not one.definition.endswith(".")


def test_light_and_focus_are_read_off_the_photo(made: Any) -> None:
    pair: Pair = made.pair("a", [(DENT, (5, 5, 25, 25))], [])
    assert BY_NAME["dark"].take(pair, quality(brightness=0.5)) is pair
    assert BY_NAME["dark"].take(pair, quality()) is None
    assert BY_NAME["blurred"].take(pair, quality(sharpness=0.5)) is pair
    assert BY_NAME["blurred"].take(pair, quality()) is None


def test_a_black_photo_is_dark(made: Any) -> None:
    pixels = np.zeros((made.frame.height, made.frame.width, 3), dtype=np.uint8)
    assert BY_NAME["dark"].take(made.pair("a", [], []), measure_quality(pixels, made.frame)) is not None


@given(width=st.integers(1, 120), height=st.integers(1, 100))
def test_no_photo_is_taken_from_near_and_from_far(made: Any, width: int, height: int) -> None:
    pair = made.pair("a", [(DENT, (0, 0, width, height))], [])
    near, far = (BY_NAME[name].take(pair, quality()) for name in ("close-up", "whole car"))
    assert near is None or far is None
    assert (near is not None) == (width >= 72 or height >= 60)
    assert (far is not None) == (width < 30 and height < 25)
    assert largest_span(pair) == pytest.approx(max(width / 120, height / 100))
    assert shape_share(pair, 0) == pytest.approx(width * height / 12000)


def test_large_damages_are_set_aside_among_the_small_ones(made: Any) -> None:
    """A detection of the large one is then neither right nor wrong, and missing it costs nothing."""
    small, large = (5, 5, 10, 10), (40, 40, 100, 90)
    found = [(DENT, 0.9, large), (DENT, 0.8, small)]
    pair = made.pair("a", [(DENT, small), (DENT, large)], found)
    taken = BY_NAME["small damages"].take(pair, quality())
    assert taken is not None
    assert [shape.crowd for shape in taken.sample.shapes] == [False, True]
    assert [shape.crowd for shape in pair.sample.shapes] == [False, False], "the dataset's own sample stays as it is"
    without = BY_NAME["small damages"].take(made.pair("a", [(DENT, small), (DENT, large)], found[1:]), quality())
    assert without is not None
    for one in (taken, without):
        curves = precision_curves([one], (DENT,))
        assert curves is not None
        assert curves.average_precision(iou=0.5)[0] == pytest.approx(1)
        assert curves.truths.tolist() == [1]
    assert BY_NAME["small damages"].take(made.pair("b", [(DENT, large)], []), quality()) is None
    assert BY_NAME["only small damages"].take(pair, quality()) is None
    assert BY_NAME["only small damages"].take(made.pair("b", [(DENT, small)], []), quality()) is not None
