"""Photos in less light are darker, stay what they are otherwise, and come out the same each time."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from coachwork.geometry.size import Size
from coachwork.photos.quality import MIN_BRIGHTNESS, measure_quality
from coachwork.pipelines.drills.darkening import as_jpeg, darkened

GREY = np.random.default_rng(0).integers(60, 220, (48, 64, 3), dtype=np.uint8)


def test_no_stop_is_no_change() -> None:
    assert darkened(GREY, 0, seed=1) is GREY


@given(st.floats(0.2, 4), st.floats(0.2, 2))
def test_more_stops_are_darker(stops: float, more: float) -> None:
    less, least = darkened(GREY, stops, seed=1), darkened(GREY, stops + more, seed=1)
    assert GREY.mean() > less.mean() > least.mean()
    assert less.shape == GREY.shape


def test_a_stop_halves_the_light() -> None:
    flat = np.full((64, 64, 3), 200, dtype=np.uint8)
    assert abs((darkened(flat, 1, seed=1).mean() / 200) ** 2.2 - 0.5) < 0.02


def test_the_same_seed_gives_the_same_photo_and_another_one_other_noise() -> None:
    assert as_jpeg(darkened(GREY, 2, seed=1)) == as_jpeg(darkened(GREY, 2, seed=1))
    assert (darkened(GREY, 2, seed=1) != darkened(GREY, 2, seed=2)).any()


def test_three_stops_are_too_dark_to_be_judged() -> None:
    found = measure_quality(darkened(GREY, 3, seed=1), Size(height=48, width=64))
    assert found.brightness < MIN_BRIGHTNESS
    assert not found.usable
