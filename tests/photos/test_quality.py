from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from coachwork.geometry.size import Size
from coachwork.photos.quality import MIN_SHORT_SIDE_PX, Quality, measure_quality
from coachwork.photos.reading import read_photo

Pixels = NDArray[np.uint8]


def scene(height: int = 960, width: int = 1280) -> Pixels:
    """A sharp, well lit scene at any resolution: panels with straight and round edges on a bright background."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    y, x = y / height, x / height
    picture = np.full((height, width, 3), (200.0, 205.0, 215.0))
    picture[(y > 0.3) & (y < 0.8) & (x > 0.2) & (x < 1.1)] = (150, 40, 45)
    picture[(y > 0.35) & (y < 0.5) & (x > 0.5) & (x < 0.9)] = (40, 50, 60)
    for centre in (0.4, 0.95):
        picture[np.hypot(y - 0.8, x - centre) < 0.12] = (25, 25, 25)
    stripes = (np.sin(40 * x) > 0) & (y > 0.9)
    picture[stripes] = (120, 120, 125)
    return picture.astype(np.uint8)


def judged(pixels: Pixels) -> Quality:
    return measure_quality(pixels, Size(height=pixels.shape[0], width=pixels.shape[1]))


def only_reason(quality: Quality) -> str:
    assert not quality.usable
    assert len(quality.reasons) == 1, quality.reasons
    return quality.reasons[0]


def test_a_good_photo_is_usable() -> None:
    quality = judged(scene())
    assert quality.usable
    assert quality.reasons == ()
    assert quality.short_side_px == 960


def test_a_dark_photo_needs_light() -> None:
    assert "too dark" in only_reason(judged((scene() * 0.3).astype(np.uint8)))


def test_a_burnt_out_photo_needs_less_light() -> None:
    assert "too bright" in only_reason(judged(np.clip(scene().astype(int) * 2 + 170, 0, 255).astype(np.uint8)))


def test_glare_needs_another_place() -> None:
    photo = scene()
    cv2.circle(photo, (640, 480), 240, (255, 255, 255), -1)
    assert "Glare" in only_reason(judged(photo))


def test_a_white_background_is_no_glare() -> None:
    photo = np.full((1000, 1400, 3), 255, dtype=np.uint8)
    photo[200:800, 280:1120] = scene(600, 840)
    assert judged(photo).usable


def test_a_fogged_photo_lacks_contrast() -> None:
    assert "contrast" in only_reason(judged((scene() * 0.06 + 170).astype(np.uint8)))


@pytest.mark.parametrize("share", [0.006, 0.01, 0.03])
def test_a_blurred_photo_is_blurred(share: float) -> None:
    photo = scene()
    assert "blurred" in only_reason(judged(np.asarray(cv2.GaussianBlur(photo, (0, 0), share * 1280), dtype=np.uint8)))


@pytest.mark.parametrize("size", [(51, 1), (1, 51)])
def test_a_shaken_photo_is_blurred(size: tuple[int, int]) -> None:
    assert "blurred" in only_reason(judged(np.asarray(cv2.blur(scene(), size), dtype=np.uint8)))


def test_a_small_photo_is_too_small_whatever_its_pixels() -> None:
    edge = MIN_SHORT_SIDE_PX
    photo = scene()
    assert measure_quality(photo, Size(height=edge, width=edge * 2)).usable
    assert "too small" in only_reason(measure_quality(photo, Size(height=edge - 1, width=edge * 2)))


@pytest.mark.parametrize("side", [640, 1008, 2016])
def test_values_do_not_depend_on_the_resolution(side: int) -> None:
    reference, other = judged(scene(960, 1280)), judged(scene(side * 3 // 4, side))
    for name in ("brightness", "contrast", "glare", "sharpness"):
        assert getattr(other, name) == pytest.approx(getattr(reference, name), abs=0.03), name


def test_a_real_photo_keeps_its_sharpness_at_another_resolution(real_data: Path) -> None:
    files = sorted((real_data / "undamaged" / "photos").glob("*.jpg"))[:12]
    assert files
    for file in files:
        pixels = read_photo(file).pixels
        small = cv2.resize(pixels, (640, 640 * pixels.shape[0] // pixels.shape[1]), interpolation=cv2.INTER_AREA)
        whole, reduced = judged(pixels), judged(np.asarray(small, dtype=np.uint8))
        assert reduced.sharpness == pytest.approx(whole.sharpness, abs=0.06)
        assert reduced.brightness == pytest.approx(whole.brightness, abs=0.02)


@pytest.mark.parametrize("shape", [(1, 1), (1, 500), (500, 1), (2, 2), (20000, 10)])
@pytest.mark.parametrize("level", [0, 128, 255])
def test_any_photo_has_a_quality(shape: tuple[int, int], level: int) -> None:
    quality = judged(np.full((*shape, 3), level, dtype=np.uint8))
    assert not quality.usable
    for value in (quality.brightness, quality.contrast, quality.sharpness, quality.glare):
        assert 0 <= value <= 1


@pytest.mark.parametrize("level", [0, 60, 120, 190, 255])
def test_reasons_are_sentences_that_say_what_to_do(level: int) -> None:
    quality = measure_quality(np.full((600, 800, 3), level, dtype=np.uint8), Size(height=60, width=80))
    assert len(quality.reasons) == 2
    for reason in quality.reasons:
        assert reason[0].isupper()
        assert reason.endswith(".")
        assert ": " in reason
