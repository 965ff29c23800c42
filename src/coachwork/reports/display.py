"""Smaller copies of pictures to be looked at, never to be measured on.

OpenCV averages blocks of exactly 2x2 pixels ten times as fast as other areas, so a picture is halved as often as that
goes, and only the rest is done at the general pace. What a model or the quality check sees is made
smaller in one step instead: two steps leave more detail, and thresholds were set without it.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from coachwork.geometry.size import Size


def display_copy(pixels: NDArray[np.uint8], longest: int) -> NDArray[np.uint8]:
    """A new picture to be looked at and drawn on, its longer side at most `longest` pixels.

    The last step, where it is by less than a third, interpolates: what that costs in accuracy nobody sees.

    Args:
        pixels: (h, w, 3) or (h, w) uint8.
        longest: pixels.
    """
    height, width = pixels.shape[:2]
    ratio = min(1.0, longest / max(height, width))
    size = Size(height=max(1, round(height * ratio)), width=max(1, round(width * ratio)))
    picture = _halved(pixels, size)
    if picture.shape[:2] != (size.height, size.width):
        how = cv2.INTER_LINEAR if picture.shape[1] < 1.5 * size.width else cv2.INTER_AREA
        picture = _resized(picture, size, how)
    return np.array(picture, order="C") if picture is pixels else picture


def _halved(pixels: NDArray[np.uint8], size: Size) -> NDArray[np.uint8]:
    """The picture halved as often as it stays no smaller than the size; a last odd row or column is left out."""
    while True:
        height, width = pixels.shape[0] // 2, pixels.shape[1] // 2
        if height < size.height or width < size.width:
            return pixels
        pixels = _resized(pixels[: 2 * height, : 2 * width], Size(height=height, width=width), cv2.INTER_AREA)


def _resized(pixels: NDArray[np.uint8], size: Size, how: int) -> NDArray[np.uint8]:
    return np.asarray(cv2.resize(pixels, (size.width, size.height), interpolation=how), dtype=np.uint8)
