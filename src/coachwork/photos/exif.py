"""What a camera wrote into a photo: when, where, by which device and program.

Tags and types: EXIF 2.32 (CIPA DC-008), TIFF 6.0. Only what is asked for is read; counts and offsets are checked
against the block, and whatever does not make sense is taken as not written: hostile files cost little.
"""

import math
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from coachwork.photos.jpeg import segments
from coachwork.photos.problems import ReadingError, shown_name

_MOST_ENTRIES = 500
_LONGEST_TEXT = 200
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 7: 1}
_MAKE, _MODEL, _SOFTWARE, _CHANGED, _EXIF, _GPS = 0x010F, 0x0110, 0x0131, 0x0132, 0x8769, 0x8825
_TAKEN, _SERIAL = 0x9003, 0xA431
_THUMBNAIL, _THUMBNAIL_LENGTH = 0x0201, 0x0202
_LONGEST_THUMBNAIL = 1 << 16

_Entries = dict[int, tuple[int, bytes]]


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraNotes:
    """What stands in a photo's EXIF block; None or empty where nothing sensible does.

    Attributes:
        present: whether there is a block at all.
        taken: when the picture was taken, by the camera's own clock.
        changed: when the file was last changed, likewise.
        make, model: of the device.
        serial: of its body.
        software: that wrote the file: firmware or an editor.
        latitude, longitude: in degrees, north and east positive.
        thumbnail: the small picture that the camera put beside the large one, a JPEG.
    """

    present: bool = False
    taken: datetime | None = None
    changed: datetime | None = None
    make: str = ""
    model: str = ""
    serial: str = ""
    software: str = ""
    latitude: float | None = None
    longitude: float | None = None
    thumbnail: bytes = b""

    @property
    def device(self) -> str:
        """Make and model, as people say it; empty where neither is known."""
        return self.model if self.model.startswith(self.make) else f"{self.make} {self.model}".strip()


def camera_notes(data: bytes) -> CameraNotes:
    """What the camera wrote into a photo's file; nothing where the file is of another format or broken."""
    block = _exif_block(data)
    if not block:
        return CameraNotes()
    tiff = block[6:] if block.startswith(b"Exif\x00") else block
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None or len(tiff) < 8:
        return CameraNotes()
    first = int(struct.unpack_from(order + "I", tiff, 4)[0])
    main, following = _directory(tiff, order, first)
    exif, _ = _directory(tiff, order, _number(main, _EXIF, order))
    place, _ = _directory(tiff, order, _number(main, _GPS, order))
    small, _ = _directory(tiff, order, following)
    latitude, longitude = _degrees(place, 1, 2, order, 90), _degrees(place, 3, 4, order, 180)
    lies = latitude is not None and longitude is not None and (latitude, longitude) != (0, 0)
    return CameraNotes(
        present=bool(main or exif),
        taken=_moment(exif, _TAKEN),
        changed=_moment(main, _CHANGED),
        make=_text(main, _MAKE),
        model=_text(main, _MODEL),
        serial=_text(exif, _SERIAL),
        software=_text(main, _SOFTWARE),
        latitude=latitude if lies else None,
        longitude=longitude if lies else None,
        thumbnail=_thumbnail(tiff, small, order),
    )


def _exif_block(data: bytes) -> bytes:
    """The block as JPEG, PNG, WebP and HEIC carry it; empty where there is none."""
    try:
        if data.startswith(b"\xff\xd8"):
            return next((body for kind, body in segments(data) if kind == 0xE1 and body.startswith(b"Exif\x00")), b"")
        if data.startswith(b"\x89PNG"):
            return next((body for kind, body in _chunks(data, 8, ">") if kind == b"eXIf"), b"")
        if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
            return next((body for kind, body in _chunks(data, 12, "<") if kind == b"EXIF"), b"")
    except ReadingError:
        return b""
    start = data.find(b"Exif\x00\x00") if data[4:8] == b"ftyp" else -1  # HEIC keeps it whole, as one item
    return data[start : start + (1 << 16)] if start >= 0 else b""


def _chunks(data: bytes, at: int, order: str) -> Iterator[tuple[bytes, bytes]]:
    """Kind and body of each chunk of a PNG (">") or WebP ("<")."""
    while at + 8 <= len(data):
        if order == ">":
            length, kind = struct.unpack_from(">I4s", data, at)
            step = 12 + length
        else:
            kind, length = struct.unpack_from("<4sI", data, at)
            step = 8 + length + length % 2
        yield kind, data[at + 8 : at + 8 + length]
        at += step


def _directory(tiff: bytes, order: str, at: int | None) -> tuple[_Entries, int | None]:
    """Type and bytes of each entry of a directory, and where the next one lies."""
    found: _Entries = {}
    if at is None or not 8 <= at <= len(tiff) - 2:
        return found, None
    (count,) = struct.unpack_from(order + "H", tiff, at)
    end = at + 2 + 12 * count
    for entry in range(at + 2, min(end, at + 2 + 12 * _MOST_ENTRIES, len(tiff) - 11), 12):
        tag, kind, number = struct.unpack_from(order + "HHI", tiff, entry)
        length = _SIZES.get(kind, 0) * number
        if not 0 < length <= len(tiff):
            continue
        start = entry + 8 if length <= 4 else int(struct.unpack_from(order + "I", tiff, entry + 8)[0])
        if start + length <= len(tiff):
            found.setdefault(tag, (kind, tiff[start : start + length]))
    following = int(struct.unpack_from(order + "I", tiff, end)[0]) if end + 4 <= len(tiff) else None
    return found, following


def _number(entries: _Entries, tag: int, order: str) -> int | None:
    kind, value = entries.get(tag, (0, b""))
    if kind == 4 and len(value) >= 4:
        return int(struct.unpack_from(order + "I", value)[0])
    return int(struct.unpack_from(order + "H", value)[0]) if kind == 3 else None


def _text(entries: _Entries, tag: int) -> str:
    kind, value = entries.get(tag, (0, b""))
    if kind not in {2, 7}:
        return ""
    text = value[:_LONGEST_TEXT].split(b"\x00")[0].decode("utf-8", "replace").strip()
    return shown_name(text)


def _moment(entries: _Entries, tag: int) -> datetime | None:
    try:
        moment = datetime.strptime(_text(entries, tag)[:19], "%Y:%m:%d %H:%M:%S")  # noqa: DTZ007 - cameras tell no zone
    except ValueError:
        return None
    return moment if moment.year >= 1990 else None


def _degrees(entries: _Entries, sense: int, tag: int, order: str, most: int) -> float | None:
    kind, value = entries.get(tag, (0, b""))
    if kind != 5 or len(value) < 24:
        return None
    parts = struct.unpack_from(order + "6I", value)
    if 0 in parts[1::2]:
        return None
    degrees = float(sum(parts[2 * place] / parts[2 * place + 1] / 60**place for place in range(3)))
    if not math.isfinite(degrees) or degrees > most:
        return None
    return -degrees if _text(entries, sense)[:1] in {"S", "W"} else degrees


def _thumbnail(tiff: bytes, entries: _Entries, order: str) -> bytes:
    at, length = _number(entries, _THUMBNAIL, order), _number(entries, _THUMBNAIL_LENGTH, order)
    if at is None or length is None or length > _LONGEST_THUMBNAIL or at + length > len(tiff):
        return b""
    found = tiff[at : at + length]
    return found if found.startswith(b"\xff\xd8") else b""
