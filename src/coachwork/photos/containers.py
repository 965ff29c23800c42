"""Checks of the containers that photos come in, made before a decoder sees them: complete, undamaged, of which size."""

import struct
import zlib

from coachwork.photos.problems import corrupt, truncated, unsupported

_SEQUENCE = "a HEIC sequence without a still picture"
_CRITICAL = frozenset({b"IHDR", b"PLTE", b"IDAT"})


def check_png(data: bytes) -> None:
    """Walks a PNG's chunks up to IEND and checks the sums of those that make the picture (PNG 3, section 5).

    Raises:
        ReadingError: the file is cut off or damaged.
    """
    at = 8
    while True:
        if at + 12 > len(data):
            raise truncated()
        (length,) = struct.unpack_from(">I", data, at)
        kind = data[at + 4 : at + 8]
        end = at + 12 + length
        if length > 2**31 - 1 or not kind.isalpha():
            raise corrupt()
        if at == 8 and (kind != b"IHDR" or length != 13):
            raise corrupt()
        if end > len(data):
            raise truncated()
        if kind in _CRITICAL and zlib.crc32(data[at + 4 : end - 4]) != struct.unpack_from(">I", data, end - 4)[0]:
            raise corrupt()
        if kind == b"IEND":
            return
        at = end


def check_webp(data: bytes) -> tuple[int, int]:
    """Width and height of a WebP's canvas (RFC 9649), read before the decoder sets aside memory for it.

    Raises:
        ReadingError: the file is cut off or damaged.
    """
    if len(data) < 30:
        raise truncated()
    if struct.unpack_from("<I", data, 4)[0] + 8 > len(data):
        raise truncated()
    kind = data[12:16]
    if kind == b"VP8X":
        return int.from_bytes(data[24:27], "little") + 1, int.from_bytes(data[27:30], "little") + 1
    if kind == b"VP8 " and data[23:26] == b"\x9d\x01\x2a":
        width, height = struct.unpack_from("<HH", data, 26)
        return width & 0x3FFF, height & 0x3FFF
    if kind == b"VP8L" and data[20] == 0x2F:
        (bits,) = struct.unpack_from("<I", data, 21)
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    raise corrupt()


def check_tiff(data: bytes) -> None:
    """Looks whether a TIFF's first directory lies inside the file (TIFF 6.0, section 2); BigTIFF passes unseen.

    Raises:
        ReadingError: the file is cut off.
    """
    order = "<" if data.startswith(b"II") else ">"
    if len(data) < 8:
        raise truncated()
    version, first = struct.unpack_from(order + "HI", data, 2)
    if version != 42:
        return
    if first + 2 > len(data) or first + 2 + 12 * struct.unpack_from(order + "H", data, first)[0] > len(data):
        raise truncated()


def check_boxes(data: bytes) -> None:
    """Walks the outermost boxes of a HEIC file (ISO/IEC 14496-12, section 4.2).

    Raises:
        ReadingError: the file is cut off, damaged or has no picture.
    """
    at = 0
    kinds = set()
    while at + 8 <= len(data):  # a few stray bytes after the last box harm nobody
        kinds.add(data[at + 4 : at + 8])
        at += _box_length(data, at)
    if at > len(data):
        raise truncated()
    if b"meta" not in kinds:
        raise unsupported(_SEQUENCE) if b"moov" in kinds else truncated()


def _box_length(data: bytes, at: int) -> int:
    """Bytes of the box that starts at `at`, its header included."""
    (length,) = struct.unpack_from(">I", data, at)
    least = 8
    if length == 0:
        return len(data) - at
    if length == 1:
        if at + 16 > len(data):
            raise truncated()
        (length,) = struct.unpack_from(">Q", data, at + 8)
        least = 16
    if length < least:
        raise corrupt()
    return int(length)
