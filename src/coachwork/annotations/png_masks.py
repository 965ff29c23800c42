"""Masks as PNG files: their size is checked before a pixel is decoded. And Pascal VOC's colours for indices."""

import io
import struct
import zlib

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from coachwork.annotations.problems import AnnotationError, ProblemCode, ProblemLog
from coachwork.geometry.size import Size

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_BROKEN = (OSError, ValueError, SyntaxError, KeyError, IndexError, struct.error, zlib.error, EOFError)
VOID = 255
"""Index of pixels that belong to nothing, such as the seams that Pascal VOC draws around objects."""


def png_size(content: bytes) -> Size | None:
    """The size that a PNG file claims; None where the bytes are no PNG or claim no pixels."""
    if not content.startswith(_SIGNATURE) or content[12:16] != b"IHDR" or len(content) < 26:
        return None
    width, height = struct.unpack(">II", content[16:24])
    return Size(height=height, width=width) if width and height else None


def read_png(content: bytes, size: Size, log: ProblemLog, place: str) -> NDArray[np.uint8]:
    """A PNG's pixels: (H, W) uint8 of indices or greys as they are stored, or (H, W, 3) uint8 of its colours.

    Args:
        content: the file.
        size: the size that it must have.
        log: where problems go.
        place: where the picture stands.

    Raises:
        AnnotationError: the bytes are no PNG, broken, or of another size.
    """
    _check_size(content, size, log, place)
    try:
        with Image.open(io.BytesIO(content), formats=("PNG",)) as picture:
            if picture.mode == "1":
                return np.asarray(picture).astype(np.uint8)
            return np.array(picture if picture.mode in {"P", "L"} else picture.convert("RGB"), dtype=np.uint8)
    except _BROKEN as error:
        raise _broken(error, log, place) from None


def read_png_cover(content: bytes, size: Size, log: ProblemLog, place: str) -> NDArray[np.bool_] | None:
    """The pixels (H, W) bool of a PNG that are not wholly transparent; None where it knows no transparency.

    Args:
        content: the file.
        size: the size that it must have.
        log: where problems go.
        place: where the picture stands.

    Raises:
        AnnotationError: the bytes are no PNG, broken, or of another size.
    """
    _check_size(content, size, log, place)
    try:
        with Image.open(io.BytesIO(content), formats=("PNG",)) as picture:
            if not picture.has_transparency_data:
                return None
            return np.asarray(picture.convert("RGBA"))[:, :, 3] > 0
    except _BROKEN as error:
        raise _broken(error, log, place) from None


def _check_size(content: bytes, size: Size, log: ProblemLog, place: str) -> None:
    """Refuses a picture before a pixel of it is decoded."""
    claimed = png_size(content)
    if claimed is None:
        raise log.fault(ProblemCode.PHOTO_UNREADABLE, place, "is no PNG picture", done="mask left out")
    if claimed != size:
        raise log.fault(ProblemCode.SIZE_MISMATCH, place, f"the mask has {claimed}, not {size}", done="mask left out")


def _broken(error: Exception, log: ProblemLog, place: str) -> AnnotationError:
    what = f"is a broken PNG picture: {error}"[:200]
    return log.fault(ProblemCode.PHOTO_UNREADABLE, place, what, done="mask left out")


def voc_palette() -> NDArray[np.uint8]:
    """The colours (256, 3) uint8 RGB that Pascal VOC gives its indices: their bits, spread over high bits."""
    index = np.arange(256)
    palette = np.zeros((256, 3), dtype=np.uint8)
    for bit in range(8):
        for channel in range(3):
            palette[:, channel] |= (((index >> (3 * bit + channel)) & 1) << (7 - bit)).astype(np.uint8)
    return palette


def voc_colours() -> list[int]:
    """The colours that Pascal VOC gives its 256 indices, as 0xRRGGBB."""
    wide = voc_palette().astype(np.int64)
    return [int(colour) for colour in wide[:, 0] << 16 | wide[:, 1] << 8 | wide[:, 2]]


def voc_indices(colours: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Indices (H, W) uint8 of a picture in VOC's colours (H, W, 3) uint8, as programs save it without a palette."""
    indices = np.zeros(colours.shape[:2], dtype=np.uint8)
    for bit in range(3):
        for channel in range(3):
            if 3 * bit + channel < 8:
                indices |= ((colours[:, :, channel] >> (7 - bit)) & 1) << (3 * bit + channel)
    return indices


def png_of_indices(indices: NDArray[np.uint8]) -> bytes:
    """A PNG file of indices (H, W) uint8 with VOC's palette."""
    picture = Image.frombytes("P", (indices.shape[1], indices.shape[0]), np.ascontiguousarray(indices).tobytes())
    picture.putpalette(voc_palette().tobytes())
    file = io.BytesIO()
    picture.save(file, format="PNG", optimize=True)
    return file.getvalue()


def png_of_mask(crop: NDArray[np.bool_]) -> bytes:
    """A black and white PNG file of a mask (H, W) bool."""
    file = io.BytesIO()
    Image.fromarray(crop).save(file, format="PNG", optimize=True)
    return file.getvalue()
