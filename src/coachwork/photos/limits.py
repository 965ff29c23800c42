"""What a photo may cost, checked before it is decoded."""

import io
import time
from dataclasses import dataclass

from coachwork.geometry.size import Size
from coachwork.photos.problems import PhotoProblem, ReadingError


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingLimits:
    """Limits on one photo; what exceeds them is refused before it is decoded.

    Attributes:
        max_bytes: of the file.
        max_pixels: width times height as the file claims.
        max_side: longer side in pixels.
        max_scans: passes of a progressive JPEG over the picture (phones and cameras write about 10).
        max_seconds: from opening the file to the pixels. Decoders that take their bytes piecemeal (PNG, TIFF, BMP, GIF)
            are stopped in the middle; JPEG, WebP and HEIC decoders cannot be, but their cost is bounded by the limits
            above, and the time is looked at before and after them.
    """

    max_bytes: int = 64 * 2**20
    max_pixels: int = 120_000_000
    max_side: int = 30_000
    max_scans: int = 100
    max_seconds: float = 20.0

    def check_bytes(self, count: int) -> None:
        """Refuses a file that is too large.

        Raises:
            ReadingError: TOO_MANY_BYTES.
        """
        if count > self.max_bytes:
            limit = f"{self.max_bytes / 2**20:.3g} MB"
            raise ReadingError(PhotoProblem.TOO_MANY_BYTES, f"the file is larger than {limit}: save it smaller")

    def check_size(self, width: int, height: int) -> None:
        """Refuses a picture that claims no pixels or too many.

        Raises:
            ReadingError: CORRUPT, SIDE_TOO_LONG or TOO_MANY_PIXELS.
        """
        if width < 1 or height < 1:
            raise ReadingError(PhotoProblem.CORRUPT, "the file claims a picture without pixels: take the photo again")
        if max(width, height) > self.max_side:
            explanation = f"the picture is {width}x{height} pixels, longer than {self.max_side}: save it smaller"
            raise ReadingError(PhotoProblem.SIDE_TOO_LONG, explanation)
        if width * height > self.max_pixels:
            limit = f"{self.max_pixels / 1e6:.3g} megapixels"
            explanation = f"the picture is {width}x{height} pixels, more than {limit}: save it smaller"
            raise ReadingError(PhotoProblem.TOO_MANY_PIXELS, explanation)


class Deadline:
    """The moment by which a photo must have been read."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._end = time.monotonic() + seconds

    def check(self) -> None:
        """Gives up when the time is over.

        Raises:
            ReadingError: TOO_SLOW.
        """
        if time.monotonic() > self._end:
            explanation = f"reading took longer than {self._seconds:g} seconds and was given up: save the photo as JPEG"
            raise ReadingError(PhotoProblem.TOO_SLOW, explanation)


class TimedBytes(io.BytesIO):
    """A file in memory that stops a decoder reading from it once the time is over."""

    def __init__(self, data: bytes, deadline: Deadline) -> None:
        super().__init__(data)
        self._deadline = deadline

    def read(self, size: int | None = -1, /) -> bytes:
        """As `io.BytesIO.read`.

        Raises:
            ReadingError: TOO_SLOW.
        """
        self._deadline.check()
        return super().read(size)


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """The limits of one reading and the time that is left of it."""

    limits: ReadingLimits
    deadline: Deadline


def reduction(size: Size, min_side: int | None) -> int:
    """By which power of two, at most 8, a photo may be reduced so that its longer side keeps `min_side` pixels.

    >>> reduction(Size(height=3024, width=4032), 1000), reduction(Size(height=3024, width=4032), None)
    (4, 1)
    """
    if min_side is None:
        return 1
    return next((factor for factor in (8, 4, 2) if -(-size.longest // factor) >= min_side), 1)
