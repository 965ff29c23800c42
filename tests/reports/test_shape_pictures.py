import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachwork.geometry.box import Box
from coachwork.geometry.polygon import as_polygon
from coachwork.geometry.size import Size
from coachwork.reports.overlay import colour_of
from coachwork.reports.shape_pictures import (
    annotated_picture,
    crop_pictures,
    crop_window,
    drawn_shape,
    label_map_picture,
    outline_pictures,
)
from coachwork.taxonomy import DamageType
from tests.datasets.made_samples import FRAME, box_shape, outline_shape, picture, sample

edges = st.tuples(st.floats(-500, 900), st.floats(-500, 900), st.floats(0, 500), st.floats(0, 500))


@given(edges, st.integers(1, 400), st.integers(1, 400))
def test_a_window_lies_in_the_photo_wherever_the_box_is(
    edge: tuple[float, float, float, float], height: int, width: int
) -> None:
    x, y, w, h = edge
    window = crop_window(Box(x_min=x, y_min=y, x_max=x + w, y_max=y + h), Size(height=height, width=width))
    assert 0 <= window.x_min < window.x_max <= width
    assert 0 <= window.y_min < window.y_max <= height


def test_a_window_holds_a_box_that_lies_in_the_photo() -> None:
    box = Box(x_min=350, y_min=10, x_max=399, y_max=40)
    window = crop_window(box, FRAME)
    assert window.x_min <= box.x_min
    assert window.x_max >= box.x_max


def test_the_label_map_shows_the_types_in_their_colours_and_small_shapes_on_top() -> None:
    large = outline_shape(0, 0, 400, 0, 400, 300, 0, 300)
    small = outline_shape(100, 100, 200, 100, 200, 200, 100, 200, kind=DamageType.RUST)
    painted = label_map_picture(sample(small, large), longest=400)
    assert painted.shape == (300, 400, 3)
    assert tuple(painted[150, 150]) == colour_of(DamageType.RUST)
    assert tuple(painted[10, 10]) == colour_of(DamageType.DENT)


def test_a_box_alone_is_painted_weaker() -> None:
    painted = label_map_picture(sample(box_shape(100, 100, 200, 200)), longest=400)
    assert 60 < painted[150, 150, 0] < 200
    assert painted[10, 10, 0] < 60


def test_a_photo_without_annotations_is_shown_as_it_is() -> None:
    pixels = picture(1)
    assert np.array_equal(annotated_picture(pixels, sample(), longest=400), pixels)


@pytest.mark.parametrize("reduction", [1, 2])
def test_a_crop_shows_the_place_and_draws_on_the_copy_alone(reduction: int) -> None:
    pixels = np.zeros((300, 400, 3), dtype=np.uint8)
    pixels[100:140, 200:240] = 255
    shape = outline_shape(200, 100, 240, 100, 240, 140, 200, 140)
    reduced = np.ascontiguousarray(pixels[::reduction, ::reduction])
    plain, drawn = crop_pictures(reduced, [drawn_shape(shape, FRAME, label="dent")], shape.box, size=FRAME, side=300)
    assert plain.shape == drawn.shape
    assert max(plain.shape[:2]) == 300
    assert plain[150, 150].tolist() == [255, 255, 255]
    assert set(np.unique(plain)) == {0, 255} or reduction == 2 or plain.min() == 0
    assert not np.array_equal(plain, drawn)


def test_shapes_beyond_the_crop_are_left_out() -> None:
    near, far = box_shape(10, 10, 40, 40), outline_shape(300, 200, 390, 200, 390, 290)
    both = [drawn_shape(shape, FRAME) for shape in (near, far)]
    _, one = crop_pictures(picture(1), both[:1], near.box, size=FRAME)
    _, two = crop_pictures(picture(1), both, near.box, size=FRAME)
    assert np.array_equal(one, two)


def test_an_outline_outside_the_photo_is_shown_on_a_dark_ground() -> None:
    polygon = as_polygon([380, 100, 480, 100, 480, 200, 380, 200])
    plain, drawn = outline_pictures(np.full((300, 400, 3), 200, dtype=np.uint8), [(polygon, (255, 0, 0))], size=FRAME)
    assert plain[150, 10].tolist() == [200, 200, 200]
    assert plain[150, -10].tolist() == [38, 41, 46]
    assert (drawn != plain).any()


def test_an_outline_far_away_does_not_fill_the_memory() -> None:
    polygon = as_polygon([0, 0, 1e7, 0, 1e7, 1e7])
    plain, _ = outline_pictures(picture(1), [(polygon, (255, 0, 0))], size=FRAME, side=120)
    assert plain.shape == (120, 120, 3)
