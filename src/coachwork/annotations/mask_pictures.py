"""Pictures whose pixels are answers: indices, colours, or black and white."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from coachwork.geometry.size import Size

MASK_SUFFIXES = frozenset({".png", ".bmp", ".gif", ".tif", ".tiff", ".jpg", ".jpeg"})
MOST_PIXELS = 100_000_000
"""Larger pictures are refused before they are decoded."""
MOST_VALUES = 256
"""A picture of more values or colours is no picture of classes."""

_FORMATS = ("PNG", "BMP", "GIF", "TIFF", "JPEG")
_GREY = frozenset({"1", "L", "LA", "P", "PA", "I", "I;16", "I;16B", "I;16L"})
_COLOUR = frozenset({"RGB", "RGBA", "RGBX"})


class MaskPictureError(ValueError):
    """A picture cannot be read as a mask; the message says why."""


@dataclass(frozen=True, slots=False, kw_only=True, eq=False)
class MaskPicture:
    """A decoded mask picture.

    Attributes:
        values: (H, W) int32, rows downwards: indices or grey levels, or colours as 0xRRGGBB where `is_colour`.
        is_colour: whether the values are colours.
        is_palette: whether the values are indices of a palette.
        is_lossy: whether the file's format blurs values (JPEG).
        palette: (N, 3) uint8 RGB of the indices, where the file has one.
    """

    values: NDArray[np.int32]
    is_colour: bool
    is_palette: bool
    is_lossy: bool
    palette: NDArray[np.uint8] | None = None

    @property
    def size(self) -> Size:
        """Its height and width."""
        return Size(height=self.values.shape[0], width=self.values.shape[1])

    @cached_property
    def distinct(self) -> NDArray[np.int32]:
        """The distinct values, ascending, (N,) int32."""
        flat = self.values.reshape(-1)
        if not self.is_colour and flat.size and flat.min() >= 0 and flat.max() <= 2**16:
            return np.flatnonzero(np.bincount(flat)).astype(np.int32)
        return np.unique(flat)

    def colours(self) -> NDArray[np.int32]:
        """The pixels as colours 0xRRGGBB, (H, W) int32: indices by the palette, grey levels as grey."""
        if self.is_colour:
            return self.values
        if self.palette is None:
            return np.asarray(np.clip(self.values, 0, 255) * 0x010101, dtype=np.int32)
        table = np.zeros(256, dtype=np.int32)
        table[: len(self.palette)] = _packed(self.palette)
        return table[np.clip(self.values, 0, 255)]

    def indices(self) -> NDArray[np.int32]:
        """The pixels as indices, (H, W) int32; of a colour picture the red channel, where no other says more.

        Raises:
            MaskPictureError: the picture has colours, not indices.
        """
        if not self.is_colour:
            return self.values
        red, rest = self.values >> 16, self.values & 0xFFFF
        if np.any((rest != 0) & (rest != (red << 8 | red))):
            message = "has colours, where numbers of classes should stand"
            raise MaskPictureError(message)
        return red


def mask_picture_size(path: Path) -> Size:
    """The size of a mask picture, without decoding it.

    Raises:
        MaskPictureError: the file is no such picture.
    """
    with _opened(path) as picture:
        return Size(height=picture.height, width=picture.width)


def read_mask_picture(path: Path) -> MaskPicture:
    """Decodes a mask picture as it is stored; EXIF orientation does not count.

    Raises:
        MaskPictureError: the file is no such picture, too large, or of an unusual kind.
    """
    with _opened(path) as picture:
        try:
            picture.load()
        except (OSError, ValueError, SyntaxError, EOFError, MemoryError, Image.DecompressionBombError) as error:
            message = f"cannot be decoded: {error}"
            raise MaskPictureError(message) from error
        is_lossy = picture.format == "JPEG"
        if picture.mode in _GREY:
            palette = picture.getpalette() if picture.mode in {"P", "PA"} else None
            values = np.asarray(picture)
            if values.ndim == 3:  # the second channel is how opaque a pixel is
                values = values[..., 0]
            return MaskPicture(
                values=values.astype(np.int32),
                is_colour=False,
                is_palette=palette is not None,
                is_lossy=is_lossy,
                palette=None if palette is None else np.array(palette, dtype=np.uint8).reshape(-1, 3),
            )
        if picture.mode in _COLOUR:
            pixels = np.asarray(picture)
            packed = _packed(pixels[..., :3])
            if picture.mode == "RGBA":
                packed[pixels[..., 3] == 0] = 0
            red = packed >> 16
            is_grey = bool(np.array_equal(packed, red * 0x010101))
            return MaskPicture(
                values=red if is_grey else packed, is_colour=not is_grey, is_palette=False, is_lossy=is_lossy
            )
        message = f"holds {picture.mode} pixels, which are neither indices nor colours"
        raise MaskPictureError(message)


def _opened(path: Path) -> Image.Image:
    try:
        picture = Image.open(path, formats=_FORMATS)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        message = "is no picture that can be read (PNG, BMP, GIF, TIFF or JPEG)"
        raise MaskPictureError(message) from error
    if picture.width * picture.height > MOST_PIXELS:
        picture.close()
        message = f"has {picture.width} x {picture.height} px, more than a mask may have"
        raise MaskPictureError(message)
    return picture


def _packed(pixels: NDArray[np.uint8]) -> NDArray[np.int32]:
    """Colours (..., 3) as 0xRRGGBB (...)."""
    wide = pixels.astype(np.int32)
    return np.asarray(wide[..., 0] << 16 | wide[..., 1] << 8 | wide[..., 2], dtype=np.int32)
