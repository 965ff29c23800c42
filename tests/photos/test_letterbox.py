import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachwork.geometry.size import Size
from coachwork.photos.letterbox import PADDING_GREY, Letterbox

sizes = st.builds(Size, height=st.integers(1, 5000), width=st.integers(1, 5000))
targets = st.builds(Size, height=st.integers(1, 1300), width=st.integers(1, 1300))
small_sizes = st.builds(Size, height=st.integers(1, 90), width=st.integers(1, 90))
numbers = st.floats(-1e4, 1e4, allow_nan=False)


def test_no_boxes_stay_no_boxes() -> None:
    letterbox = Letterbox(Size(30, 40), Size(64, 64))
    assert letterbox.boxes_to_model(np.zeros((0, 4))).shape == (0, 4)
    assert letterbox.boxes_to_photo(np.zeros((0, 4))).shape == (0, 4)


@given(photo=sizes, target=targets, box=st.tuples(numbers, numbers, numbers, numbers))
def test_there_and_back_is_exact(photo: Size, target: Size, box: tuple[float, ...]) -> None:
    letterbox = Letterbox(photo, target)
    boxes = np.array([box])
    back = letterbox.boxes_to_photo(letterbox.boxes_to_model(boxes))
    np.testing.assert_allclose(back, boxes, rtol=1e-9, atol=1e-6)
    there = letterbox.boxes_to_model(letterbox.boxes_to_photo(boxes))
    np.testing.assert_allclose(there, boxes, rtol=1e-9, atol=1e-6)


@given(photo=sizes, target=targets)
def test_the_whole_photo_is_the_content(photo: Size, target: Size) -> None:
    letterbox = Letterbox(photo, target)
    whole = np.array([[0, 0, photo.width, photo.height]], dtype=np.float64)
    np.testing.assert_allclose(letterbox.boxes_to_model(whole)[0], letterbox.content.xyxy, atol=1e-9)
    content = letterbox.content
    assert 0 <= content.x_min < content.x_max <= target.width
    assert 0 <= content.y_min < content.y_max <= target.height
    assert content.width == target.width or content.height == target.height
    assert abs(content.x_min - (target.width - content.x_max)) <= 1
    assert abs(content.y_min - (target.height - content.y_max)) <= 1


@given(photo=sizes, target=targets)
def test_the_shape_is_kept_to_a_pixel(photo: Size, target: Size) -> None:
    letterbox = Letterbox(photo, target)
    size = letterbox.content_size
    assert abs(size.width - max(photo.width * letterbox.scale, 1)) <= 0.5 + 1e-6
    assert abs(size.height - max(photo.height * letterbox.scale, 1)) <= 0.5 + 1e-6


@given(photo=small_sizes, target=small_sizes)
def test_the_padding_is_grey_and_the_content_is_the_photo(photo: Size, target: Size) -> None:
    letterbox = Letterbox(photo, target)
    filled = letterbox.apply(np.full((photo.height, photo.width, 3), (200, 10, 60), dtype=np.uint8))
    assert filled.shape == (target.height, target.width, 3)
    assert filled.dtype == np.uint8
    x_min, y_min, x_max, y_max = (int(edge) for edge in letterbox.content.xyxy)
    expected = np.full_like(filled, PADDING_GREY)
    expected[y_min:y_max, x_min:x_max] = (200, 10, 60)
    np.testing.assert_array_equal(filled, expected)


@pytest.mark.parametrize("factor", [1, 2, 4, 8])
@pytest.mark.parametrize("photo", [Size(1200, 1600), Size(1603, 1197), Size(403, 1601)])
def test_a_box_lies_on_the_pixels_it_marked(photo: Size, factor: int) -> None:
    """Paints a rectangle into the photo, reduces it, letterboxes it and finds it again."""
    rng = np.random.default_rng(photo.height)
    letterbox = Letterbox(photo, Size(144, 192))
    for _ in range(5):
        x_min, y_min = rng.integers(0, photo.width // 2), rng.integers(0, photo.height // 2)
        x_max, y_max = x_min + photo.width // 3, y_min + photo.height // 3
        pixels = np.zeros((photo.height, photo.width, 3), dtype=np.uint8)
        pixels[y_min:y_max, x_min:x_max] = 255
        rows, columns = -(-photo.height // factor) * factor, -(-photo.width // factor) * factor
        padded = np.pad(pixels, ((0, rows - photo.height), (0, columns - photo.width), (0, 0)), mode="edge")
        blocks = padded.reshape(rows // factor, factor, columns // factor, factor, 3)
        reduced = blocks.mean(axis=(1, 3)).astype(np.uint8)
        filled = letterbox.apply(reduced)[..., 0]
        left, top, right, bottom = (int(edge) for edge in letterbox.content.xyxy)
        seen = np.zeros_like(filled)
        seen[top:bottom, left:right] = filled[top:bottom, left:right]
        y, x = np.nonzero(seen > 127)
        found = np.array([[x.min(), y.min(), x.max() + 1, y.max() + 1]], dtype=np.float64)
        model = letterbox.boxes_to_model(np.array([[x_min, y_min, x_max, y_max]]))
        np.testing.assert_allclose(found, model, atol=1.6 if factor > 1 else 1.01)


def test_reduced_pixels_give_nearly_the_same_input() -> None:
    y, x = np.mgrid[0:1200, 0:1600]
    photo = np.stack([x * 255 // 1600, y * 255 // 1200, (x + y) % 256 * 0 + 90], axis=-1).astype(np.uint8)
    letterbox = Letterbox(Size(1200, 1600), Size(320, 320))
    whole = letterbox.apply(photo).astype(int)
    half = letterbox.apply(photo.reshape(600, 2, 800, 2, 3).mean(axis=(1, 3)).astype(np.uint8)).astype(int)
    assert np.abs(whole - half).max() <= 2


def test_shrinking_does_not_alias() -> None:
    """A fine checkerboard turns grey; picking single pixels would keep black and white."""
    board = np.indices((1024, 1024)).sum(axis=0) % 2 * 255
    filled = Letterbox(Size(1024, 1024), Size(128, 128)).apply(np.repeat(board[..., None], 3, axis=2).astype(np.uint8))
    assert np.abs(filled.astype(int) - 127).max() <= 2
