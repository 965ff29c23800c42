from pathlib import Path

import numpy as np
import pytest

from coachwork.annotations.photo_lookup import PhotoFile, open_photo
from coachwork.annotations.placement import Placement, place
from coachwork.geometry.size import Size


def photo(stored: Size, orientation: int = 1) -> PhotoFile:
    size = Size(height=stored.width, width=stored.height) if orientation >= 5 else stored
    return PhotoFile(
        path=Path("a.jpg"), sha256="", size=size, stored=stored, orientation=orientation, fingerprint=0, format="jpeg"
    )


def test_the_photos_own_frame_is_the_identity() -> None:
    placement = place(Size(height=3, width=5), photo(Size(height=3, width=5)))
    assert placement is not None
    assert placement.is_identity


def test_a_frame_twice_the_size_is_scaled() -> None:
    placement = place(Size(height=60, width=100), photo(Size(height=30, width=50)))
    assert placement is not None
    assert placement.points(np.array([[100.0, 60.0]])).tolist() == [[50.0, 30.0]]


def test_another_shape_of_frame_is_another_picture() -> None:
    assert place(Size(height=60, width=60), photo(Size(height=30, width=50))) is None


def test_a_frame_that_would_fill_the_memory_is_another_picture() -> None:
    assert place(Size(height=600_000, width=1_000_000), photo(Size(height=30, width=50))) is None


@pytest.mark.parametrize("orientation", [5, 6, 7, 8])
def test_annotations_of_the_stored_frame_are_turned_as_the_photo_is(tmp_path: Path, orientation: int) -> None:
    """Oracle: Pillow turns a picture with one bright pixel."""
    from PIL import Image, ImageOps  # noqa: PLC0415

    stored = np.zeros((12, 20), dtype=np.uint8)
    stored[3, 14] = 255
    image = Image.fromarray(stored)
    exif = Image.Exif()
    exif[0x0112] = orientation
    image.save(tmp_path / "a.png", exif=exif)
    with Image.open(tmp_path / "a.png") as opened:
        upright = np.asarray(ImageOps.exif_transpose(opened))
    row, column = np.argwhere(upright)[0]

    file = open_photo(tmp_path / "a.png")
    assert (file.size, file.orientation) == (Size(height=20, width=12), orientation)
    placement = place(Size(height=12, width=20), file)
    assert placement is not None
    assert placement.points(np.array([[14.5, 3.5]])).tolist() == [[column + 0.5, row + 0.5]]
    assert np.array_equal(placement.pixels(stored > 0), upright > 0)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_points_and_pixels_turn_alike(orientation: int) -> None:
    stated = Size(height=4, width=6)
    frame = Size(height=6, width=4) if orientation >= 5 else stated
    placement = Placement(frame=frame, stated=stated, orientation=orientation)
    full = np.zeros((4, 6), dtype=np.bool_)
    full[1, 4] = True
    row, column = np.argwhere(placement.pixels(full))[0]
    assert placement.points(np.array([[4.5, 1.5]])).tolist() == [[column + 0.5, row + 0.5]]
