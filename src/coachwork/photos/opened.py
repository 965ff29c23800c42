"""A photo whose header was read and whose pixels were not."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coachwork.geometry.size import Size


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Decoded:
    """Pixels (h, w, 3) uint8 RGB as stored, not yet upright, and what was odd about them."""

    pixels: NDArray[np.uint8]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OpenedPhoto:
    """What a file claims to be, and how to get its pixels.

    Attributes:
        size: as the decoder gives it, before `orientation`.
        orientation: EXIF orientation still to be applied, 1..8; 1 where the decoder itself turns the photo.
        decode: pixels reduced by a factor of 1, 2, 4 or 8 (sides rounded up).
    """

    size: Size
    orientation: int
    decode: Callable[[int], Decoded]
