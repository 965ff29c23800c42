import hashlib
import json
import os
import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import simplejpeg
from numpy.typing import NDArray

from coachwork.geometry.size import Size
from coachwork.photos.limits import reduction
from coachwork.photos.problems import PhotoError, PhotoProblem
from coachwork.photos.reading import Photo, PhotoFormat, ReadingLimits, read_photo

from .hostile_files import bombs
from .pictures import encode, exif, quarters

JPEG = encode(quarters(), "JPEG")


def refusal(source: Path | bytes, limits: ReadingLimits | None = None) -> PhotoError:
    with pytest.raises(PhotoError) as caught:
        read_photo(source, limits=limits or ReadingLimits())
    return caught.value


def smooth(height: int, width: int) -> NDArray[np.uint8]:
    """A picture without sharp edges, so that every way to reduce it gives about the same."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    planes = [127 + 100 * np.sin(2 * np.pi * (fx * x / width + fy * y / height)) for fx, fy in ((1, 0), (0, 1), (1, 1))]
    return np.stack(planes, axis=-1).astype(np.uint8)


def test_a_photo_knows_its_digest_size_format_and_name(tmp_path: Path) -> None:
    file = tmp_path / "wing.jpg"
    file.write_bytes(JPEG)
    photo = read_photo(file)
    assert photo.sha256 == hashlib.sha256(JPEG).hexdigest()
    assert (photo.name, photo.format, photo.size) == ("wing.jpg", PhotoFormat.JPEG, Size(height=48, width=64))
    assert (photo.reduction, photo.orientation, photo.notes) == (1, 1, ())


def test_bytes_are_read_like_a_file(tmp_path: Path) -> None:
    file = tmp_path / "wing.jpg"
    file.write_bytes(JPEG)
    from_file, from_bytes = read_photo(file), read_photo(JPEG, name="upload")
    np.testing.assert_array_equal(from_file.pixels, from_bytes.pixels)
    assert from_bytes.name == "upload"
    assert from_file.sha256 == from_bytes.sha256
    assert str(refusal(b"x")).startswith("the photo: ")


def test_pixels_may_be_written_to() -> None:
    for kind in ("JPEG", "PNG", "HEIF", "GIF"):
        pixels = read_photo(encode(quarters(), kind)).pixels
        pixels[0, 0] = 7
        assert pixels[0, 0].tolist() == [7, 7, 7]


@pytest.mark.parametrize(
    ("kind", "orientation"),
    [
        *((kind, 1) for kind in ("TIFF", "BMP", "GIF")),
        *((kind, turn) for kind in ("JPEG", "PNG", "WEBP", "HEIF") for turn in (1, 6)),
    ],
)
@pytest.mark.parametrize(("min_side", "factor"), [(None, 1), (300, 1), (101, 2), (100, 2), (51, 4), (26, 8), (1, 8)])
def test_a_reduced_photo_shows_the_same_at_a_power_of_two(
    kind: str, orientation: int, min_side: int | None, factor: int
) -> None:
    options = {"exif": exif(orientation)} if orientation != 1 else {}
    data = encode(smooth(150, 203), kind, **options)
    whole, photo = read_photo(data), read_photo(data, min_side=min_side)
    assert photo.reduction == factor
    assert photo.size == whole.size == (Size(150, 203) if orientation == 1 else Size(203, 150))
    height, width = photo.pixels.shape[:2]
    assert (height, width) == (-(-photo.size.height // factor), -(-photo.size.width // factor))
    assert max(height, width) >= min(min_side or 0, 203)
    coarse = whole.pixels[factor // 2 :: factor, factor // 2 :: factor].astype(int)
    rows, columns = min(height, coarse.shape[0]), min(width, coarse.shape[1])
    off = np.abs(coarse[1 : rows - 1, 1 : columns - 1] - photo.pixels[1 : rows - 1, 1 : columns - 1])
    assert off.mean() < 12


def test_a_reduction_keeps_the_longer_side() -> None:
    size = Size(height=3024, width=4032)
    assert [reduction(size, side) for side in (None, 5000, 4032, 2017, 2016, 1009, 1008, 504, 1)] == [
        *(1, 1, 1, 1, 2, 2, 4, 8, 8)
    ]


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        (ReadingLimits(max_bytes=len(JPEG) - 1), PhotoProblem.TOO_MANY_BYTES),
        (ReadingLimits(max_pixels=48 * 64 - 1), PhotoProblem.TOO_MANY_PIXELS),
        (ReadingLimits(max_side=63), PhotoProblem.SIDE_TOO_LONG),
        (ReadingLimits(max_scans=0), PhotoProblem.TOO_SLOW),
        (ReadingLimits(max_seconds=0), PhotoProblem.TOO_SLOW),
    ],
)
def test_limits_hold_to_the_last_byte_and_pixel(tmp_path: Path, limits: ReadingLimits, reason: PhotoProblem) -> None:
    file = tmp_path / "a.jpg"
    file.write_bytes(JPEG)
    assert refusal(JPEG, limits).reason is refusal(file, limits).reason is reason
    read_photo(file, limits=ReadingLimits(max_bytes=len(JPEG), max_pixels=48 * 64, max_side=64))


def test_a_slow_decoder_is_stopped() -> None:
    noise = np.random.default_rng(0).integers(0, 255, (1500, 1500, 3), dtype=np.uint8)
    data = encode(noise, "PNG", compress_level=1)
    assert refusal(data, ReadingLimits(max_seconds=0.005)).reason is PhotoProblem.TOO_SLOW


def test_bombs_are_refused_before_they_cost_memory(tmp_path: Path) -> None:
    folder = tmp_path / "bombs"
    folder.mkdir()
    for case in bombs():
        (folder / f"{case.id}-{case.file}").write_bytes(case.data)
    program = (
        "import json, resource, sys\n"
        "from pathlib import Path\n"
        "from coachwork.photos.reading import PhotoError, read_photo\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "reasons = {}\n"
        "for file in sorted(Path(sys.argv[1]).iterdir()):\n"
        "    try:\n        read_photo(file)\n        reasons[file.name] = 'read'\n"
        "    except PhotoError as error:\n        reasons[file.name] = error.reason\n"
        "after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "print(json.dumps({'reasons': reasons, 'grown_mb': (after - before) / 1024}))\n"
    )
    run = subprocess.run([sys.executable, "-c", program, str(folder)], capture_output=True, check=True, timeout=120)  # noqa: S603
    answer = json.loads(run.stdout)
    assert len(answer["reasons"]) >= 15
    assert answer["grown_mb"] < 300


class TestPlacesThatAreNoPhotos:
    def test_a_missing_file(self, tmp_path: Path) -> None:
        assert refusal(tmp_path / "none.jpg").reason is PhotoProblem.NOT_FOUND

    def test_a_folder(self, tmp_path: Path) -> None:
        assert refusal(tmp_path).reason is PhotoProblem.NOT_A_FILE

    def test_a_pipe_does_not_block(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "pipe.jpg")
        assert refusal(tmp_path / "pipe.jpg").reason is PhotoProblem.NOT_A_FILE

    @pytest.mark.parametrize("device", ["/dev/zero", "/dev/null", "/dev/urandom"])
    def test_an_endless_device(self, device: str) -> None:
        assert refusal(Path(device)).reason is PhotoProblem.NOT_A_FILE

    def test_links_in_a_circle(self, tmp_path: Path) -> None:
        (tmp_path / "a.jpg").symlink_to(tmp_path / "b.jpg")
        (tmp_path / "b.jpg").symlink_to(tmp_path / "a.jpg")
        error = refusal(tmp_path / "a.jpg")
        assert error.reason is PhotoProblem.UNREADABLE
        assert "circle" in str(error)

    def test_a_dangling_link(self, tmp_path: Path) -> None:
        (tmp_path / "a.jpg").symlink_to(tmp_path / "gone.jpg")
        assert refusal(tmp_path / "a.jpg").reason is PhotoProblem.NOT_FOUND

    def test_a_good_link(self, tmp_path: Path) -> None:
        (tmp_path / "real.bin").write_bytes(JPEG)
        (tmp_path / "a.jpg").symlink_to(tmp_path / "real.bin")
        assert read_photo(tmp_path / "a.jpg").name == "a.jpg"

    def test_a_path_through_a_file(self, tmp_path: Path) -> None:
        (tmp_path / "a.jpg").write_bytes(JPEG)
        assert refusal(tmp_path / "a.jpg" / "b.jpg").reason is PhotoProblem.UNREADABLE

    def test_a_name_longer_than_any_file(self, tmp_path: Path) -> None:
        error = refusal(tmp_path / ("x" * 300 + ".jpg"))
        assert error.reason is PhotoProblem.UNREADABLE
        assert len(str(error)) < 250

    def test_a_null_character(self) -> None:
        assert refusal(Path("a\0.jpg")).reason is PhotoProblem.UNREADABLE

    @pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs Linux' /proc")
    def test_a_file_that_fails_while_it_is_read(self) -> None:
        assert refusal(Path("/proc/self/mem")).reason is PhotoProblem.UNREADABLE

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
    def test_a_forbidden_file(self, tmp_path: Path) -> None:
        (tmp_path / "a.jpg").write_bytes(JPEG)
        (tmp_path / "a.jpg").chmod(0)
        error = refusal(tmp_path / "a.jpg")
        assert error.reason is PhotoProblem.UNREADABLE
        assert "permissions" in str(error)


NAMES = [
    "tür links.jpg",
    "傷🚗.jpg",
    "سيارة.jpg",
    "new\nline.jpg",
    "tab\there.jpg",
    "\x1b[31mred.jpg",
    "\u202egpj.exe.jpg",
    "-rf.jpg",
    "%s%n{0}.jpg",
    "quote\"'`.jpg",
    "  spaces  .jpg",
    "a" * 251 + ".jpg",
    "😀" * 60 + ".jpg",
    os.fsdecode(b"latin-\xfc\xff.jpg"),
]


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_any_name_is_read_and_can_be_shown(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    file.write_bytes(JPEG)
    photo = read_photo(file)
    assert photo.notes == ()
    assert photo.name.isprintable()
    assert photo.name.encode("utf-8").decode("utf-8") == photo.name
    file.write_bytes(b"")
    message = str(refusal(file))
    assert message.isprintable()
    assert message.encode("utf-8")
    assert len(message) < 250


def test_an_error_survives_the_way_between_processes() -> None:
    error = refusal(b"")
    back = pickle.loads(pickle.dumps(error))  # noqa: S301
    assert (str(back), back.reason, back.name, back.explanation) == (
        str(error),
        error.reason,
        error.name,
        error.explanation,
    )


def test_threads_read_what_one_reads_alone() -> None:
    pictures = [np.roll(quarters(), 8 * turn, axis=1) for turn in range(4)]
    files = [encode(picture, kind) for picture in pictures for kind in ("JPEG", "PNG", "TIFF", "HEIF")]
    alone = [read_photo(data).pixels for data in files]
    with ThreadPoolExecutor(4) as pool:
        together: list[Photo] = list(pool.map(read_photo, files * 8))
    for photo, expected in zip(together, alone * 8, strict=True):
        np.testing.assert_array_equal(photo.pixels, expected)


def test_real_photos_are_all_read(real_data: Path) -> None:
    files = [file for folder in sorted(real_data.iterdir()) for file in sorted(folder.rglob("*.jp*g"))[::40]]
    assert len(files) > 50
    for file in files:
        photo = read_photo(file, min_side=256)
        assert photo.notes == (), file.name
        assert max(photo.pixels.shape) >= min(256, photo.size.longest)


@pytest.mark.parametrize("copies", [1, 500])
def test_a_second_scan_after_a_whole_one_is_refused_before_it_costs_anything(copies: int) -> None:
    pixels = np.random.default_rng(0).integers(0, 255, (64, 64, 3), dtype=np.uint8)
    data = simplejpeg.encode_jpeg(pixels, quality=90, colorspace="RGB")
    scan = data[data.index(b"\xff\xda") : -2]
    with pytest.raises(PhotoError) as raised:
        read_photo(data[:-2] + scan * copies + data[-2:])
    assert raised.value.reason is PhotoProblem.CORRUPT
