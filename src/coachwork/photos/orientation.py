"""The EXIF orientation: which way up the camera was held."""

import struct

import cv2
import numpy as np
from numpy.typing import NDArray

_ORIENTATION_TAG = 0x0112
_SHORT = 3
_FLIPS = {2: 1, 3: -1, 4: 0, 6: 1, 7: -1, 8: 0}  # after swapping rows and columns; 0 upside down, 1 left to right


def exif_orientation(exif: bytes) -> int:
    """Orientation 1..8 of an EXIF block (with or without its ``Exif`` prefix); 1 where it is absent or broken.

    Reads the one tag and nothing else, so that a corrupt block costs neither time nor the photo. Source: EXIF 2.32,
    section 4.6.4, tag 0x0112.
    """
    tiff = exif[6:] if exif.startswith(b"Exif\x00") else exif
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None:
        return 1
    try:
        (first,) = struct.unpack_from(order + "I", tiff, 4)
        (count,) = struct.unpack_from(order + "H", tiff, first)
        for entry in range(first + 2, first + 2 + 12 * count, 12):
            tag, kind, _number, value = struct.unpack_from(order + "HHIH", tiff, entry)
            if tag == _ORIENTATION_TAG:
                return value if kind == _SHORT and 1 <= value <= 8 else 1
    except struct.error:
        return 1
    return 1


def swaps_sides(orientation: int) -> bool:
    """Whether the upright photo's height is the stored one's width."""
    return orientation >= 5


def upright(pixels: NDArray[np.uint8], orientation: int) -> NDArray[np.uint8]:
    """Turns stored pixels (h, w, 3) upright; the outcome is contiguous and may be written to.

    Args:
        pixels: as stored in the file.
        orientation: 1..8: where the stored first row and first column belong (EXIF 2.32, tag 0x0112).
    """
    if swaps_sides(orientation):
        pixels = np.asarray(cv2.transpose(pixels), dtype=np.uint8)
    if orientation in _FLIPS:
        pixels = np.asarray(cv2.flip(pixels, _FLIPS[orientation]), dtype=np.uint8)
    return np.require(pixels, np.uint8, ["C_CONTIGUOUS", "WRITEABLE"])
