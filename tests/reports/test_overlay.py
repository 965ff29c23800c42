import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coachwork.geometry.box import Box
from coachwork.geometry.mask import Mask
from coachwork.geometry.size import Size
from coachwork.reports.overlay import DrawnShape, colour_of, draw_shapes, place_labels, text_colour_on
from coachwork.taxonomy import DamageType

GREY = np.full((400, 600, 3), 128, dtype=np.uint8)
SIZE = Size(height=400, width=600)


def shape(box: tuple[float, float, float, float], *, label: str = "", mask: Mask | None = None) -> DrawnShape:
    x_min, y_min, x_max, y_max = box
    return DrawnShape(
        box=Box(x_min=x_min, y_min=y_min, x_max=x_max, y_max=y_max), mask=mask, label=label, colour=(255, 176, 0)
    )


def test_without_shapes_the_picture_is_the_photo() -> None:
    drawn = draw_shapes(GREY, [], size=SIZE)
    assert np.array_equal(drawn, GREY)
    assert not np.shares_memory(drawn, GREY)


def test_the_longer_side_is_limited_and_small_photos_keep_their_size() -> None:
    assert draw_shapes(GREY, [], size=SIZE, longest=300).shape == (200, 300, 3)
    assert draw_shapes(GREY, [], size=SIZE, longest=6000).shape == (400, 600, 3)


def test_a_mask_tints_what_it_covers_and_nothing_else() -> None:
    full = np.zeros((400, 600), dtype=np.bool_)
    full[100:200, 200:300] = True
    drawn = draw_shapes(GREY, [shape((200, 100, 300, 200), mask=Mask.from_full(full))], size=SIZE)
    expected = 128 + (np.array([255, 176, 0]) - 128) * 0.38
    np.testing.assert_allclose(drawn[150, 250], expected, atol=1)
    outside = np.ones((400, 600), dtype=np.bool_)
    outside[94:206, 194:306] = False
    assert np.array_equal(drawn[outside], GREY[outside])


def test_shapes_of_a_full_size_photo_fit_its_reduced_pixels() -> None:
    full = np.zeros((1600, 2400), dtype=np.bool_)
    full[400:800, 800:1200] = True
    drawn = draw_shapes(
        GREY, [shape((800, 400, 1200, 800), mask=Mask.from_full(full))], size=Size(height=1600, width=2400)
    )
    changed = np.argwhere((drawn != GREY).any(axis=2))
    np.testing.assert_allclose([changed.min(axis=0), changed.max(axis=0)], [[100, 200], [199, 299]], atol=4)


@pytest.mark.parametrize("size", [(1, 1), (10, 2000), (2000, 10), (30, 30)])
def test_odd_photos_are_drawn_too(size: tuple[int, int]) -> None:
    photo = Size(height=size[0], width=size[1])
    mask = Mask.from_full(np.ones(size, dtype=np.bool_))
    pixels = np.zeros((*size, 3), dtype=np.uint8)
    shapes = [shape((0, 0, size[1], size[0]), label="dent 0.93", mask=mask), shape((0, 0, 0.4, 0.4), label="scratch")]
    assert draw_shapes(pixels, shapes, size=photo, longest=2000).shape == pixels.shape


def test_a_label_is_written_in_its_shapes_colour() -> None:
    drawn = draw_shapes(GREY, [shape((200, 200, 300, 300), label="dent 93 %")], size=SIZE)
    above = drawn[186:199, 201:260].reshape(-1, 3)
    assert (above == (255, 176, 0)).all(axis=1).mean() > 0.3
    assert (above < 60).all(axis=1).any()


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.tuples(st.floats(0, 580), st.floats(0, 380), st.floats(1, 300), st.floats(1, 300), st.integers(20, 150)),
        max_size=25,
    )
)
def test_labels_lie_inside_the_picture_and_never_on_each_other(
    rows: list[tuple[float, float, float, float, int]],
) -> None:
    frame = Size(height=400, width=600)
    boxes = [Box(x_min=x, y_min=y, x_max=min(x + w, 600), y_max=min(y + h, 400)) for x, y, w, h, _ in rows]
    places = place_labels(boxes, [Size(height=18, width=width) for *_, width in rows], frame)
    shown = [place for place in places if place is not None]
    assert len(places) == len(rows)
    assert not rows or places[0] is not None
    for place in shown:
        assert place.clipped(frame) == place
    for first, second in itertools.combinations(shown, 2):
        apart_x = first.x_max <= second.x_min or second.x_max <= first.x_min
        assert apart_x or first.y_max <= second.y_min or second.y_max <= first.y_min


def _lab(colour: np.ndarray) -> np.ndarray:
    """CIELAB of linear RGB (3,), D65 (IEC 61966-2-1)."""
    matrix = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    xyz = matrix @ np.clip(colour, 0, 1) / np.array([0.9505, 1, 1.089])
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


# Machado, Oliveira, Fernandes 2009, severity 1.0: what people with each deficiency see, in linear RGB.
_SEEN = {
    "normal": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}


@pytest.mark.parametrize("vision", list(_SEEN))
def test_colours_of_types_differ_for_every_kind_of_colour_vision(vision: str) -> None:
    labs = []
    for kind in DamageType:
        value = np.array(colour_of(kind)) / 255
        linear = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
        labs.append(_lab(_SEEN[vision] @ linear))
    nearest = min(float(np.linalg.norm(a - b)) for a, b in itertools.combinations(labs, 2))
    assert nearest > 25


def test_label_text_contrasts_with_every_colour() -> None:
    def luminance(colour: tuple[int, int, int]) -> float:
        value = np.array(colour) / 255
        linear = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
        return float(linear @ [0.2126, 0.7152, 0.0722])

    for kind in DamageType:
        light, dark = sorted((luminance(colour_of(kind)), luminance(text_colour_on(colour_of(kind)))), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5, kind
