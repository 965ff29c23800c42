"""What is hidden cannot be recognised, and nothing else changes."""

import io

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from coachwork.geometry.box import Box
from coachwork.geometry.polygon import as_polygon
from coachwork.geometry.size import Size
from coachwork.photos.privacy import PrivateKind, PrivateRegion, hidden, published
from coachwork.photos.reading import read_photo

_PLATE = as_polygon([40, 30, 140, 36, 138, 60, 38, 54])


def _noise(height: int, width: int, seed: int = 0) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def _with_text(text: str) -> NDArray[np.uint8]:
    pixels = np.full((90, 180, 3), (30, 60, 120), dtype=np.uint8)
    cv2.fillPoly(pixels, [_PLATE.astype(np.int32)], (235, 235, 230))
    cv2.putText(pixels, text, (42, 52), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (20, 20, 20), 2)
    return pixels


def test_no_region_leaves_a_copy() -> None:
    pixels = _noise(20, 30)
    result = hidden(pixels, [])
    assert np.array_equal(result, pixels)
    result[:] = 0
    assert pixels.any(), "the copy must not share the original's memory"


def test_an_empty_picture_is_no_error() -> None:
    assert hidden(np.zeros((0, 0, 3), dtype=np.uint8), [Box(x_min=0, y_min=0, x_max=3, y_max=3)]).size == 0


def test_two_plates_cannot_be_told_apart() -> None:
    first, second = hidden(_with_text("34 AB 812"), [_PLATE]), hidden(_with_text("06 ZT 457"), [_PLATE])
    inside = np.zeros(first.shape[:2], dtype=np.uint8)
    cv2.fillPoly(inside, [_PLATE.astype(np.int32)], 1)
    before = np.abs(_with_text("34 AB 812").astype(int) - _with_text("06 ZT 457"))[inside > 0]
    after = np.abs(first.astype(int) - second)[inside > 0]
    assert before.max() > 200
    assert after.max() <= 32, "one step of rounding at most"


@given(
    x=st.floats(-50, 220),
    y=st.floats(-50, 120),
    width=st.floats(0, 120),
    height=st.floats(0, 80),
    seed=st.integers(0, 3),
)
@settings(deadline=None, max_examples=60)
def test_only_what_lies_at_a_region_changes(x: float, y: float, width: float, height: float, seed: int) -> None:
    pixels = _noise(90, 180, seed)
    box = Box(x_min=x, y_min=y, x_max=x + width, y_max=y + height)
    result = hidden(pixels, [box])
    ys, xs = np.nonzero((result != pixels).any(axis=2))
    margin = 0.1 * min(width, height) + 4
    assert ((xs >= x - margin) & (xs <= x + width + margin)).all()
    assert ((ys >= y - margin) & (ys <= y + height + margin)).all()


@given(st.integers(2, 20), st.integers(2, 40), st.integers(0, 5))
@settings(deadline=None, max_examples=40)
def test_a_region_keeps_sixteen_means_and_nothing_else(cell_height: int, cell_width: int, seed: int) -> None:
    """Pixels that change places inside each of the 16 cells leave the result as it is."""
    pixels = _noise(4 * cell_height, 4 * cell_width, seed)
    cells = pixels.reshape(4, cell_height, 4, cell_width, 3).transpose(0, 2, 1, 3, 4).reshape(16, -1, 3)
    turned = cells[:, ::-1].reshape(4, 4, cell_height, cell_width, 3).transpose(0, 2, 1, 3, 4).reshape(pixels.shape)
    whole = Box(x_min=0, y_min=0, x_max=pixels.shape[1], y_max=pixels.shape[0])
    assert (turned != pixels).any()
    assert np.array_equal(hidden(pixels, [whole]), hidden(np.ascontiguousarray(turned), [whole]))


def test_reduced_pixels_are_hidden_at_the_same_place() -> None:
    full = _with_text("34 AB 812")
    reduced = np.ascontiguousarray(full[::2, ::2])
    result = hidden(reduced, [_PLATE], size=Size(height=90, width=180))
    changed = np.nonzero((result != reduced).any(axis=2))
    assert changed[0].min() >= 15 - 3
    assert changed[0].max() <= 30 + 3
    assert changed[1].min() >= 19 - 3
    assert changed[1].max() <= 70 + 3


def test_every_pixel_of_a_plate_is_covered() -> None:
    chess = np.indices((90, 180)).sum(axis=0) % 2 * 255
    pixels = np.repeat(chess[..., None], 3, axis=2).astype(np.uint8)
    result = hidden(pixels, [PrivateRegion(kind=PrivateKind.NUMBER_PLATE, polygon=_PLATE, score=1.0)])
    inside = np.zeros(pixels.shape[:2], dtype=np.uint8)
    cv2.fillPoly(inside, [_PLATE.astype(np.int32)], 1)
    assert (result != pixels).all(axis=2)[inside > 0].all()


@pytest.mark.parametrize(("kind", "suffix"), [("JPEG", ".jpg"), ("PNG", ".png"), ("WEBP", ".jpg")])
def test_nothing_but_the_picture_is_given_away(kind: str, suffix: str) -> None:
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = "SECRET-CAMERA", 6
    exif.get_ifd(0x8825)[2] = (41.0, 0.0, 42.5)
    buffer = io.BytesIO()
    Image.fromarray(_noise(40, 60)).save(buffer, kind, exif=exif.tobytes())
    photo = read_photo(buffer.getvalue(), name="a")
    copy = published(photo, [])
    with Image.open(io.BytesIO(copy.data)) as opened:
        assert not opened.getexif()
        assert (opened.height, opened.width) == (60, 40) == (copy.size.height, copy.size.width)
    assert b"SECRET" not in copy.data
    assert suffix in copy.format.suffixes
