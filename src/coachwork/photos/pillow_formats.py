"""Reads the formats that Pillow decodes, by its plugins directly: only the decoder of the sniffed format ever runs."""

import struct
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from PIL import (
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    ImageFile,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from coachwork.geometry.size import Size
from coachwork.photos.colour import to_rgb
from coachwork.photos.containers import check_png, check_tiff, check_webp
from coachwork.photos.limits import Allowance, TimedBytes
from coachwork.photos.opened import Decoded, OpenedPhoto
from coachwork.photos.orientation import exif_orientation
from coachwork.photos.problems import PhotoProblem, ReadingError, corrupt, truncated, unsupported
from coachwork.photos.sniffing import RAW_CAMERA_FILE, PhotoFormat

_PLUGINS: dict[PhotoFormat, type[ImageFile.ImageFile]] = {
    PhotoFormat.JPEG: JpegImagePlugin.JpegImageFile,
    PhotoFormat.PNG: PngImagePlugin.PngImageFile,
    PhotoFormat.WEBP: WebPImagePlugin.WebPImageFile,
    PhotoFormat.TIFF: TiffImagePlugin.TiffImageFile,
    PhotoFormat.BMP: BmpImagePlugin.BmpImageFile,
    PhotoFormat.GIF: GifImagePlugin.GifImageFile,
}
_UNCOMMON = "a picture of an uncommon kind (32-bit or scientific)"
_MOVING = frozenset({PhotoFormat.PNG, PhotoFormat.WEBP, PhotoFormat.GIF})
_REDUCIBLE = frozenset({"L", "RGB", "CMYK"})
_DNG_VERSION_TAG = 50706
_END_MISSING = ("truncated", "unexpected end", "not enough data", "buffer overrun", "broken data stream")
_LOCK = threading.RLock()

FIRST_FRAME = "the file moves; its first frame is used"


def open_with_pillow(data: bytes, kind: PhotoFormat, allowance: Allowance) -> OpenedPhoto:
    """Opens a photo without decoding it.

    Raises:
        ReadingError: it is cut off, damaged, beyond the limits or of a kind that is not read.
    """
    if kind is PhotoFormat.PNG:
        check_png(data)
    if kind is PhotoFormat.TIFF:
        check_tiff(data)
    if kind is PhotoFormat.WEBP:
        allowance.limits.check_size(*check_webp(data))
    with decoder_faults(), _quiet():
        image = _PLUGINS[kind](TimedBytes(data, allowance.deadline))
    width, height = image.size
    allowance.limits.check_size(width, height)
    if kind is PhotoFormat.TIFF and _DNG_VERSION_TAG in getattr(image, "tag_v2", {}):
        raise unsupported(RAW_CAMERA_FILE)
    exif = image.info.get("exif", b"")
    turned = kind is PhotoFormat.TIFF  # its plugin turns the photo itself
    orientation = exif_orientation(exif) if isinstance(exif, bytes) and not turned else 1

    def decode(factor: int) -> Decoded:
        with decoder_faults():
            return _decode(image, kind, factor)

    return OpenedPhoto(size=Size(height=height, width=width), orientation=orientation, decode=decode)


def rgb_of(image: Image.Image, profile: bytes | None, factor: int) -> Decoded:
    """Reduces a decoded picture by a factor and converts it to RGB, in the cheaper order.

    Raises:
        ReadingError: its mode has no defined 8-bit colours.
    """
    early = image.mode in _REDUCIBLE and "transparency" not in image.info
    if early and factor > 1:
        image = image.reduce(factor)
    try:
        pixels, note = to_rgb(image, profile)
    except ValueError as error:
        raise unsupported(_UNCOMMON) from error
    if not early and factor > 1:
        pixels = np.asarray(Image.fromarray(pixels).reduce(factor))
    return Decoded(pixels=pixels, notes=(note,) if note else ())


def _decode(image: ImageFile.ImageFile, kind: PhotoFormat, factor: int) -> Decoded:
    notes = (FIRST_FRAME,) if kind in _MOVING and _moves(image) else ()
    if kind is PhotoFormat.TIFF:
        with _quiet():
            image.load()
    image.load()
    profile = image.info.get("icc_profile")
    decoded = rgb_of(image, profile if isinstance(profile, bytes) else None, factor)
    return Decoded(pixels=decoded.pixels, notes=notes + decoded.notes)


def _moves(image: ImageFile.ImageFile) -> bool:
    try:
        return bool(getattr(image, "is_animated", False))
    except (OSError, EOFError, SyntaxError, ValueError, IndexError, struct.error):
        return False  # a later frame is broken, the first may be whole


@contextmanager
def decoder_faults() -> Iterator[None]:
    """Turns whatever a decoder raises over hostile bytes into a `ReadingError`."""
    try:
        yield
    except ReadingError:
        raise
    except (MemoryError, Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        explanation = "the picture has more pixels than can be handled: save it smaller"
        raise ReadingError(PhotoProblem.TOO_MANY_PIXELS, explanation) from error
    except Exception as error:
        raise (truncated() if _ends_early(error) else corrupt()) from error


def _ends_early(error: Exception) -> bool:
    """Whether a decoder ran out of bytes; Pillow hides that behind a SyntaxError while it reads a header."""
    kinds = (EOFError, struct.error)
    words = str(error).lower()
    return isinstance(error, kinds) or isinstance(error.__cause__, kinds) or any(part in words for part in _END_MISSING)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keeps Pillow's warnings about odd tags from the user; under a lock, as warning filters belong to all threads."""
    with _LOCK, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
