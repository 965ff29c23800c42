"""Photos for training: upright, small enough, not compressed twice without need."""

import io

import numpy as np
import pytest
from PIL import Image

from coachwork.geometry.size import Size
from coachwork.photos.reading import read_photo
from coachwork.photos.shrinking import shrink, shrunk_size
from coachwork.photos.signals import measure_signals
from coachwork.photos.sniffing import PhotoFormat


def picture(width: int, height: int, format_: str, *, orientation: int = 1) -> bytes:
    ramp = np.linspace(0, 255, width, dtype=np.uint8)
    pixels = np.repeat(np.repeat(ramp[None, :, None], height, axis=0), 3, axis=2)
    exif = Image.Exif()
    exif[0x0112] = orientation
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, format=format_, **({"exif": exif} if orientation > 1 else {}))
    return file.getvalue()


@pytest.mark.parametrize("format_", ["JPEG", "PNG"])
def test_a_small_upright_photo_keeps_its_bytes(format_: str) -> None:
    data = picture(60, 40, format_)
    encoded = shrink(read_photo(data), data, longest_px=60)
    assert encoded.data == data
    assert encoded.format.upper() == format_
    assert encoded.size == Size(height=40, width=60)


@pytest.mark.parametrize(("format_", "orientation"), [("JPEG", 6), ("WEBP", 1), ("PNG", 3)])
def test_other_photos_become_upright_jpeg(format_: str, orientation: int) -> None:
    data = picture(60, 40, format_, orientation=orientation)
    photo = read_photo(data)
    encoded = shrink(photo, data, longest_px=60)
    again = read_photo(encoded.data)
    assert encoded.format is again.format is PhotoFormat.JPEG
    assert again.orientation == 1
    assert again.size == encoded.size == photo.size
    assert np.abs(again.pixels.astype(int) - photo.pixels).mean() < 3


def test_a_large_photo_is_shrunk_in_shape() -> None:
    data = picture(600, 400, "JPEG", orientation=6)
    encoded = shrink(read_photo(data, min_side=120), data, longest_px=120)
    assert encoded.size == read_photo(encoded.data).size == Size(height=120, width=80)


def test_a_sliver_keeps_a_pixel() -> None:
    assert shrunk_size(Size(height=1, width=5000), 100) == Size(height=1, width=100)


def test_signals_say_what_the_file_is() -> None:
    data = picture(60, 40, "JPEG", orientation=6)
    signals = measure_signals(read_photo(data, name="a.png"))
    assert (signals.size, signals.orientation, signals.format) == (Size(height=60, width=40), 6, PhotoFormat.JPEG)
    assert signals.quality.short_side_px == 40
    assert signals.notes
