"""Reads JPEG: its segments by hand, its pixels by libjpeg-turbo at full or reduced scale."""

import re
from dataclasses import dataclass

import numpy as np
import simplejpeg
from numpy.typing import NDArray
from PIL import Image

from coachwork.geometry.size import Size
from coachwork.photos.colour import rgb_by_profile, to_rgb
from coachwork.photos.limits import Allowance
from coachwork.photos.opened import Decoded, OpenedPhoto
from coachwork.photos.orientation import exif_orientation
from coachwork.photos.pillow_formats import open_with_pillow
from coachwork.photos.problems import PhotoProblem, ReadingError, corrupt, truncated, unsupported
from coachwork.photos.sniffing import PhotoFormat

_UNCOMMON = "a JPEG of an uncommon kind (lossless, arithmetic or 12-bit)"
_SOS, _EOI = 0xDA, 0xD9
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_PROGRESSIVE = 0xC2
_BASELINE_AND_PROGRESSIVE = frozenset({0xC0, 0xC1, _PROGRESSIVE})
_STANDALONE = frozenset({0x01, *range(0xD0, 0xD9)})
_PADDING = frozenset({0x00, 0xFF})
_EXTRA_BYTES = re.compile(r"(\d+) extraneous bytes before marker 0xd9")

PADDED = "the photo's data is padded before its end marker"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Header:
    """What the segments before the pixels say; the size is as stored.

    `one_scan` says that the first scan holds the whole picture: libjpeg stops at a second one.
    """

    size: Size
    precision: int
    frame: int
    components: int
    exif: bytes
    profile: bytes | None
    adobe: bool
    one_scan: bool


def open_jpeg(data: bytes, allowance: Allowance) -> OpenedPhoto:
    """Opens a JPEG file without decoding it.

    Raises:
        ReadingError: it is cut off, damaged, beyond the limits or of an uncommon kind (lossless, arithmetic, 12-bit).
    """
    header = _read_header(data)
    if header.frame not in _BASELINE_AND_PROGRESSIVE or header.precision != 8:
        raise unsupported(_UNCOMMON)
    allowance.limits.check_size(header.size.width, header.size.height)
    scans = 1 if header.one_scan else data.count(b"\xff\xda")
    if scans > allowance.limits.max_scans:
        explanation = f"the JPEG has {scans} passes, more than {allowance.limits.max_scans}: save it again"
        raise ReadingError(PhotoProblem.TOO_SLOW, explanation)
    try:
        height, width, _, _ = simplejpeg.decode_jpeg_header(data)
    except ValueError:  # a chroma subsampling that libjpeg-turbo's short interface has no name for
        opened = open_with_pillow(data, PhotoFormat.JPEG, allowance)
        height, width, decode = opened.size.height, opened.size.width, opened.decode
    else:

        def decode(factor: int) -> Decoded:
            return _decode(data, header, factor)

    if (height, width) != (header.size.height, header.size.width):
        raise corrupt()
    return OpenedPhoto(size=header.size, orientation=exif_orientation(header.exif), decode=decode)


def _decode(data: bytes, header: _Header, factor: int) -> Decoded:
    pixels, notes = _decode_stored(data, header, factor)
    if header.components == 4:
        if header.adobe:  # Adobe stores inks inverted, and every decoder goes by its marker
            pixels = 255 - pixels
        rgb, note = to_rgb(Image.fromarray(pixels, "CMYK"), header.profile)
    else:
        rgb, note = rgb_by_profile(pixels, header.profile)
    return Decoded(pixels=rgb, notes=(*notes, *filter(None, [note])))


def _decode_stored(data: bytes, header: _Header, factor: int) -> tuple[NDArray[np.uint8], tuple[str, ...]]:
    """Pixels (h, w, 3) RGB or (h, w, 4) CMYK at the reduced scale, sides rounded up."""
    height, width = (-(-side // factor) for side in (header.size.height, header.size.width))
    wanted = {"colorspace": "CMYK" if header.components == 4 else "RGB", "min_height": height, "min_width": width}
    try:
        return np.asarray(simplejpeg.decode_jpeg(data, **wanted)), ()
    except ValueError as error:
        if "remature end of JPEG file" in str(error):
            raise truncated() from error
        if not _is_padded(data, str(error)):
            raise corrupt() from error
    return np.asarray(simplejpeg.decode_jpeg(data, **wanted, strict=False)), (PADDED,)


def _is_padded(data: bytes, message: str) -> bool:
    """Whether libjpeg met nothing worse than padding before the end marker, as some cameras write it."""
    extra = _EXTRA_BYTES.search(message)
    end = data.rfind(bytes([0xFF, _EOI]))
    return extra is not None and end > 0 and set(data[end - int(extra[1]) : end]) <= _PADDING


def _read_header(data: bytes) -> _Header:
    """Walks the segments up to the first scan (ITU T.81, annex B).

    Raises:
        ReadingError: the segments end early or contradict each other.
    """
    exif = b""
    icc: dict[int, bytes] = {}
    adobe = False
    frame: tuple[int, bytes] | None = None
    scanned = 0
    for marker, body in segments(data):
        if marker == 0xE1 and body.startswith(b"Exif\x00") and not exif:
            exif = body
        elif marker == 0xE2 and body.startswith(b"ICC_PROFILE\x00") and len(body) > 14:
            icc[body[12]] = body[14:]
        elif marker == 0xEE and body.startswith(b"Adobe"):
            adobe = True
        elif marker in _FRAMES and frame is None:
            frame = marker, body
        elif marker == _SOS and body:
            scanned = body[0]
    if frame is None or len(frame[1]) < 6:
        raise corrupt()
    marker, body = frame
    height, width = int.from_bytes(body[1:3], "big"), int.from_bytes(body[3:5], "big")
    if height < 1 or width < 1 or body[5] not in (1, 3, 4):
        raise corrupt()
    return _Header(
        size=Size(height=height, width=width),
        precision=body[0],
        frame=marker,
        components=body[5],
        exif=exif,
        profile=b"".join(icc[number] for number in sorted(icc)) or None,
        adobe=adobe,
        one_scan=marker != _PROGRESSIVE and scanned == body[5],
    )


def segments(data: bytes) -> list[tuple[int, bytes]]:
    """Marker and body of each segment up to the first scan, whose number of components comes last."""
    found: list[tuple[int, bytes]] = []
    at = 2
    while True:
        at = data.find(b"\xff", at)
        while at >= 0 and data[at : at + 1] == b"\xff":
            at += 1
        if at < 0 or at >= len(data):
            raise truncated()
        marker = data[at]
        at += 1
        if marker in _STANDALONE or marker == 0:
            continue
        if marker == _SOS:
            return [*found, (marker, data[at + 2 : at + 3])]
        if marker == _EOI:
            raise corrupt()
        length = int.from_bytes(data[at : at + 2], "big")
        if at + max(length, 2) > len(data):
            raise truncated()
        if length < 2:
            raise corrupt()
        found.append((marker, data[at + 2 : at + length]))
        at += length
