"""Copies of a picture are known by their points, other pictures are not."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from coachwork.photos.copies import find_copy
from coachwork.photos.listing import list_photos
from coachwork.photos.point_codes import (
    DOUBTFUL_BITS,
    KEPT_POINTS,
    MIRRORED,
    PointCodes,
    coded,
    learned_projections,
    point_codes,
)
from coachwork.photos.point_search import PointTable
from coachwork.photos.reading import read_photo

Pixels = NDArray[np.uint8]


def picture(seed: int, size: tuple[int, int] = (360, 480)) -> Pixels:
    """Blots of many sizes: something to find points on."""
    rng = np.random.default_rng(seed)
    drawn = np.full((*size, 3), 128, dtype=np.uint8)
    for _ in range(150):
        centre = int(rng.integers(size[1])), int(rng.integers(size[0]))
        colour = [int(value) for value in rng.integers(0, 255, 3)]
        axes = int(rng.integers(3, 40)), int(rng.integers(3, 40))
        cv2.ellipse(drawn, centre, axes, float(rng.integers(180)), 0, 360, colour, -1, cv2.LINE_AA)
    return drawn


def cropped(pixels: Pixels, share: float = 0.1) -> Pixels:
    height, width = pixels.shape[:2]
    y, x = round(height * share), round(width * share)
    return np.ascontiguousarray(pixels[y : height - y, x : width - x])


def mirrored(pixels: Pixels) -> Pixels:
    return np.ascontiguousarray(pixels[:, ::-1])


def small(pixels: Pixels) -> Pixels:
    half = cv2.resize(pixels, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    data = cv2.imencode(".jpg", half, [cv2.IMWRITE_JPEG_QUALITY, 60])[1]
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), dtype=np.uint8)


def kept(pixels: Pixels) -> PointCodes:
    return PointCodes.from_bytes(point_codes(pixels).to_bytes())


CHANGES: list[Callable[[Pixels], Pixels]] = [
    lambda p: p,
    small,
    cropped,
    mirrored,
    lambda p: small(cropped(mirrored(p))),
]


def test_a_picture_of_one_colour_has_no_points_and_is_no_copy() -> None:
    plain = point_codes(np.full((90, 120, 3), 200, dtype=np.uint8))
    assert len(plain) == 0
    assert find_copy(plain, plain) is None
    assert PointTable.of([(1, plain.codes)]).candidates(plain) == ()
    assert PointTable.of([]).candidates(point_codes(picture(1))) == ()


def test_a_picture_of_one_pixel_is_no_fault() -> None:
    assert len(point_codes(np.zeros((1, 1, 3), dtype=np.uint8))) == 0


@pytest.mark.parametrize("change", CHANGES)
def test_copies_are_known(change: Callable[[Pixels], Pixels]) -> None:
    copy = find_copy(point_codes(change(picture(1))), kept(picture(1)))
    assert copy is not None
    assert copy.is_copy
    assert not copy.is_scene


def test_how_a_copy_lies_is_told() -> None:
    copy = find_copy(point_codes(cropped(mirrored(picture(2)))), kept(picture(2)))
    assert copy is not None
    assert copy.mirrored
    assert copy.scale == pytest.approx([-0.8, 0.8], abs=0.02)
    assert copy.shift == pytest.approx([0.9, 0.1], abs=0.02)
    assert copy.kept_share == pytest.approx(0.64, abs=0.03)
    laid = copy.pairs[:, 0] * copy.scale + copy.shift
    assert np.abs(laid - copy.pairs[:, 1]).max() < 0.01
    plain = find_copy(point_codes(picture(2)), kept(picture(2)))
    assert plain is not None
    assert not plain.mirrored
    assert plain.kept_share == pytest.approx(1, abs=0.01)


def test_other_pictures_are_no_copies() -> None:
    photos = [kept(picture(seed)) for seed in range(8)]
    for seed in range(8, 12):
        asked = point_codes(picture(seed))
        found = [find_copy(asked, one) for one in photos]
        assert not any(copy is not None and copy.is_copy for copy in found)


def test_a_part_painted_over_is_no_exact_copy_of_the_points_it_had() -> None:
    whole = picture(3)
    painted = whole.copy()
    painted[:, 240:] = picture(4)[:, 240:]
    copy = find_copy(point_codes(painted), kept(whole))
    assert copy is None or not copy.is_copy or copy.likeness < 0.99


@settings(max_examples=25)
@given(st.integers(0, 120), st.integers(0, 2**32 - 1))
def test_codes_survive_being_kept(count: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    codes = PointCodes(
        places=rng.integers(0, 2**16, (count, 2), dtype=np.uint16),
        codes=rng.integers(0, 2**64, count, dtype=np.uint64),
        turned=rng.integers(0, 2, count).astype(np.bool_),
        doubtful=np.zeros((count, DOUBTFUL_BITS), dtype=np.uint8),
        thumbnail=rng.integers(0, 256, (32, 32), dtype=np.uint8),
    )
    back = PointCodes.from_bytes(codes.to_bytes())
    assert len(back) == min(count, KEPT_POINTS)
    for name in ("places", "codes", "turned"):
        assert np.array_equal(getattr(back, name), getattr(codes, name)[:KEPT_POINTS])
    assert np.array_equal(back.thumbnail, codes.thumbnail)


def test_bytes_that_are_no_codes_are_refused() -> None:
    for data in (b"", b"x" * 1023, b"x" * 1030):
        with pytest.raises(ValueError, match="codes of points take 1024 bytes"):
            PointCodes.from_bytes(data)


def test_a_descriptor_and_its_mirror_image_have_one_code() -> None:
    descriptors = np.random.default_rng(5).integers(0, 120, (200, 128)).astype(np.float32)
    codes, turned, _ = coded(descriptors)
    same, other, _ = coded(descriptors[:, MIRRORED])
    assert np.array_equal(codes, same)
    assert np.array_equal(turned, ~other)


def test_projections_can_be_learned_anew() -> None:
    learned = learned_projections(np.random.default_rng(6).gamma(0.5, 30, (500, 128)).astype(np.float32))
    assert learned.shape == (130, 64)
    assert np.isfinite(learned).all()


def test_the_right_photo_comes_first_among_many() -> None:
    table = PointTable.of((number, kept(picture(number)).codes) for number in range(30))
    for number in (0, 7, 29):
        found = table.candidates(point_codes(small(cropped(mirrored(picture(number))))))
        assert found[0].photo == number
        assert [one.weight for one in found] == sorted((one.weight for one in found), reverse=True)


def test_a_table_is_the_same_from_disk_and_a_broken_one_is_refused(tmp_path: Path) -> None:
    table = PointTable.of((number, kept(picture(number)).codes) for number in range(5))
    table.write(tmp_path / "one")
    asked = point_codes(picture(3))
    assert PointTable.mapped(tmp_path / "one").candidates(asked) == table.candidates(asked)
    np.save(tmp_path / "one" / "owners.npy", table.owners[:-1])
    with pytest.raises(ValueError, match="is not whole"):
        PointTable.mapped(tmp_path / "one")


def test_real_photos_are_known_again_and_not_taken_for_others(real_data: Path) -> None:
    folder = real_data / "undamaged" / "photos"
    if not folder.is_dir():
        pytest.skip(f"no photos at {folder}")
    photos = [read_photo(path, min_side=640).pixels for path in list_photos([folder])[:24]]
    known = [kept(pixels) for pixels in photos]
    table = PointTable.of((number, codes.codes) for number, codes in enumerate(known))
    found = wrong = asked = 0
    for number, pixels in enumerate(photos):
        for change in CHANGES[1:]:
            codes = point_codes(change(pixels))
            asked += 1
            for one in table.candidates(codes):
                copy = find_copy(codes, known[one.photo])
                if copy is not None and copy.is_copy:
                    found += one.photo == number
                    wrong += one.photo != number
    assert found / asked >= 0.97
    assert wrong == 0
