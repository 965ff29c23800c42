"""What cameras write into photos is read; hostile blocks cost nothing and break nothing."""

import io
import math
import struct
from datetime import datetime

from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from coachwork.photos.exif import CameraNotes, camera_notes


def photo(exif: Image.Exif | bytes | None = None, kind: str = "JPEG") -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (16, 8), (200, 30, 30)).save(file, kind, **({} if exif is None else {"exif": exif}))
    return file.getvalue()


def full() -> Image.Exif:
    exif = Image.Exif()
    exif[0x010F], exif[0x0110], exif[0x0131] = "Acme", "Phone 3", "Acme Camera 1.2"
    exif.get_ifd(0x8769)[0x9003] = "2026:06:01 10:20:30"
    exif.get_ifd(0x8769)[0xA431] = "SN7"
    exif.get_ifd(0x8825).update({1: "S", 2: (33.0, 51.0, 36.0), 3: "E", 4: (151.0, 12.0, 0.0)})
    return exif


def test_a_photo_without_notes_says_nothing() -> None:
    assert camera_notes(photo()) == CameraNotes()
    assert camera_notes(b"") == CameraNotes()
    assert camera_notes(b"no photo at all") == CameraNotes()


def test_notes_are_read_from_every_format() -> None:
    for kind in ("JPEG", "PNG", "WEBP"):
        notes = camera_notes(photo(full(), kind))
        assert notes.present
        assert notes.device == "Acme Phone 3"
        assert notes.serial == "SN7"
        assert notes.software == "Acme Camera 1.2"
        assert notes.taken == datetime(2026, 6, 1, 10, 20, 30)  # noqa: DTZ001 - cameras tell no zone
        assert notes.latitude is not None
        assert math.isclose(notes.latitude, -33.86)
        assert notes.longitude == 151.2


def test_a_make_that_the_model_repeats_is_said_once() -> None:
    assert CameraNotes(make="Canon", model="Canon EOS R5").device == "Canon EOS R5"


def test_dates_and_places_that_make_no_sense_are_not_told() -> None:
    exif = full()
    exif.get_ifd(0x8769)[0x9003] = "0000:00:00 00:00:00"
    exif.get_ifd(0x8825).update({2: (0.0, 0.0, 0.0), 4: (0.0, 0.0, 0.0)})
    notes = camera_notes(photo(exif))
    assert notes.taken is None
    assert notes.latitude is None
    assert notes.longitude is None


def block(tag: int, kind: int, count: int, value: bytes) -> bytes:
    """An EXIF block of one entry in the directory of places."""
    main = struct.pack("<HHHII", 1, 0x8825, 4, 1, 26) + struct.pack("<I", 0)
    place = struct.pack("<HHHII", 1, tag, kind, count, 44) + struct.pack("<I", 0)
    return b"Exif\x00\x00II*\x00\x08\x00\x00\x00" + main + place + value


def test_a_latitude_divided_by_nothing_is_not_told() -> None:
    nan = struct.pack("<6I", 0, 0, 0, 0, 0, 0)
    assert camera_notes(photo(block(2, 5, 3, nan))).latitude is None
    beyond = struct.pack("<6I", 4_000_000_000, 1, 0, 1, 0, 1)
    assert camera_notes(photo(block(2, 5, 3, beyond))).latitude is None


def test_counts_beyond_the_block_are_passed_over() -> None:
    for count in (2**32 - 1, 2**31, 70_000):
        assert camera_notes(photo(block(2, 5, count, b"\x00" * 24))).latitude is None
    many = b"Exif\x00\x00II*\x00\x08\x00\x00\x00" + struct.pack("<H", 65535) + b"\xff" * 60_000
    assert camera_notes(photo(many)).software == ""


def test_a_directory_that_names_itself_ends() -> None:
    loop = b"Exif\x00\x00II*\x00\x08\x00\x00\x00" + struct.pack("<HHHII", 1, 0x8769, 4, 1, 8) + struct.pack("<I", 8)
    assert camera_notes(photo(loop)) == CameraNotes(present=True)


@given(st.binary(max_size=400))
def test_no_block_breaks_it(noise: bytes) -> None:
    assert isinstance(camera_notes(photo(b"Exif\x00\x00" + noise)), CameraNotes)
    assert isinstance(camera_notes(photo(b"Exif\x00\x00II*\x00\x08\x00\x00\x00" + noise)), CameraNotes)


@given(st.integers(0, 400), st.integers(0, 255))
def test_no_changed_byte_breaks_it(at: int, value: int) -> None:
    data = bytearray(photo(full()))
    data[at % len(data)] = value
    notes = camera_notes(bytes(data))
    assert notes.latitude is None or abs(notes.latitude) <= 90
    assert notes.software.isprintable()
