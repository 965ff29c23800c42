import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coachwork.geometry.size import Size
from coachwork.training.augmentation import (
    Outline,
    blur,
    move_outlines,
    move_photo,
    noise,
    recompress,
    vary_light,
    vary_picture,
    view_matrix,
)
from coachwork.training.plan import AugmentationPlan

PHOTO, TARGET = Size(height=300, width=400), Size(height=256, width=256)
STILL = AugmentationPlan(flip=0, scale=(1.0, 1.0), rotation=0, stretch=0, light=0, blur=0, noise=0, jpeg=0, clean=0)


def white_square() -> tuple[np.ndarray, Outline]:
    pixels = np.zeros((PHOTO.height, PHOTO.width, 3), dtype=np.uint8)
    pixels[120:200, 150:260] = 255
    corners = np.array([[150, 120], [260, 120], [260, 200], [150, 200]], dtype=np.float64)
    return pixels, Outline(label=0, parts=(corners,), has_mask=True)


@given(st.integers(0, 10_000))
@settings(max_examples=60, deadline=None)
def test_outline_and_photo_move_together(seed: int) -> None:
    pixels, outline = white_square()
    plan = AugmentationPlan(rotation=0, scale=(0.4, 2.0), clean=0)
    matrix = view_matrix(PHOTO, TARGET, [outline], plan, np.random.default_rng(seed))
    moved = move_photo(pixels, matrix, TARGET)
    rows, columns = np.nonzero(moved[..., 0] > 200)
    kept = move_outlines([outline], matrix, TARGET)
    if not kept:
        assert len(rows) < 0.3 * pixels[..., 0].astype(bool).sum() * abs(np.linalg.det(matrix[:, :2]))
        return
    points = kept[0].parts[0]
    found = np.array([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1])
    wanted = np.array([*points.min(axis=0), *points.max(axis=0)])
    assert np.abs(found - wanted).max() <= 2.5


def test_a_still_view_shows_the_whole_photo_as_large_as_it_fits() -> None:
    _, outline = white_square()
    for seed in range(20):
        matrix = view_matrix(PHOTO, TARGET, [outline], STILL, np.random.default_rng(seed))
        assert matrix[:, :2] == pytest.approx(np.array([[0.64, 0], [0, 0.64]]))
        assert matrix[0, 2] == pytest.approx(0)
        assert 0 <= matrix[1, 2] <= TARGET.height - 0.64 * PHOTO.height


def test_what_lies_around_the_photo_is_grey() -> None:
    pixels, _ = white_square()
    assert (move_photo(pixels, np.array([[0.64, 0, 0], [0, 0.64, 32]]), TARGET)[:30] == 114).all()


def test_a_mirrored_view_mirrors_the_outline() -> None:
    _, outline = white_square()
    plan = AugmentationPlan(flip=1, scale=(1, 1), rotation=0, stretch=0)
    matrix = view_matrix(PHOTO, TARGET, [], plan, np.random.default_rng(0))
    assert matrix[0, 0] < 0
    x = move_outlines([outline], matrix, TARGET)[0].parts[0][:, 0]
    assert (x.min(), x.max()) == pytest.approx((0.64 * (400 - 260), 0.64 * (400 - 150)))


def test_what_leaves_the_picture_is_dropped() -> None:
    _, outline = white_square()
    assert move_outlines([outline], np.array([[1.0, 0, -500], [0, 1, 0]]), TARGET) == []


@pytest.mark.parametrize("vary", [blur, noise, recompress, lambda p, r: vary_light(p, 1.0, r)])
def test_variations_change_the_picture_and_keep_its_form(vary) -> None:  # type: ignore[no-untyped-def] # noqa: ANN001
    pixels = np.random.default_rng(1).integers(30, 220, (64, 64, 3), dtype=np.uint8)
    varied = vary(pixels, np.random.default_rng(0))
    assert varied.shape == pixels.shape
    assert varied.dtype == np.uint8
    assert not np.array_equal(varied, pixels)


def test_the_same_seed_gives_the_same_picture() -> None:
    pixels = np.random.default_rng(1).integers(0, 255, (64, 64, 3), dtype=np.uint8)
    plan = AugmentationPlan(blur=1, noise=1, jpeg=1)
    first, second = (vary_picture(pixels, plan, np.random.default_rng(5)) for _ in range(2))
    assert np.array_equal(first, second)


def test_clean_views_show_no_damage_and_photos_without_room_for_one_are_left_as_they_are() -> None:
    corner = Outline(label=0, parts=(np.array([[10, 10], [90, 10], [90, 70], [10, 70.0]]),), has_mask=True)
    plan = AugmentationPlan(clean=1.0)
    for seed in range(20):
        matrix = view_matrix(PHOTO, TARGET, [corner], plan, np.random.default_rng(seed))
        assert not move_outlines([corner], matrix, TARGET)
    everywhere = Outline(label=0, parts=(np.array([[0, 0], [400, 0], [400, 300], [0, 300.0]]),), has_mask=True)
    for seed in range(10):
        matrix = view_matrix(PHOTO, TARGET, [everywhere], plan, np.random.default_rng(seed))
        assert move_outlines([everywhere], matrix, TARGET)
