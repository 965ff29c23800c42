"""From the frame in which a source states its shapes to the upright photo."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from coachwork.annotations.json_values import as_number
from coachwork.annotations.photo_lookup import PhotoFile
from coachwork.annotations.problems import ProblemCode, ProblemLog
from coachwork.geometry.size import Size

MOST_STATED_PIXELS = 250_000_000
"""A frame of more pixels is that of no photo, and masks of it would fill the memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """How shapes of the source lie in the upright photo: turned by `orientation`, then scaled.

    Attributes:
        frame: the upright photo.
        stated: the frame in which the source's coordinates lie.
        orientation: EXIF orientation still to be applied, 1 for none.
        photo: the photo's file, for reports that show it; None where it is not known.
    """

    frame: Size
    stated: Size
    orientation: int = 1
    photo: Path | None = None

    @property
    def is_identity(self) -> bool:
        """Whether coordinates are already those of the upright photo."""
        return self.orientation == 1 and self.frame == self.stated

    @property
    def _turned(self) -> Size:
        if self.orientation >= 5:
            return Size(height=self.stated.width, width=self.stated.height)
        return self.stated

    def points(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Points (M, 2) float64, x and y in pixels of the stated frame, as pixels of the upright photo."""
        x, y = points[:, 0], points[:, 1]
        width, height = self.stated.width, self.stated.height
        turned = {
            1: (x, y),
            2: (width - x, y),
            3: (width - x, height - y),
            4: (x, height - y),
            5: (y, x),
            6: (height - y, x),
            7: (height - y, width - x),
            8: (y, width - x),
        }[self.orientation]
        scale = self.frame.width / self._turned.width, self.frame.height / self._turned.height
        return np.stack([turned[0] * scale[0], turned[1] * scale[1]], axis=1)

    def pixels(self, full: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """A mask (H, W) bool of the stated frame as a mask of the upright photo (nearest pixel)."""
        if self.is_identity:
            return full
        mirrored = full[
            :: -1 if self.orientation in {3, 4, 6, 7} else 1, :: -1 if self.orientation in {2, 3, 7, 8} else 1
        ]
        turned = mirrored.T if self.orientation >= 5 else mirrored
        rows = ((np.arange(self.frame.height) + 0.5) * turned.shape[0] / self.frame.height).astype(int)
        columns = ((np.arange(self.frame.width) + 0.5) * turned.shape[1] / self.frame.width).astype(int)
        return np.ascontiguousarray(turned[rows][:, columns])


def place(stated: Size | None, photo: PhotoFile) -> Placement | None:
    """How shapes stated for a frame lie in the photo; None where the two cannot be the same picture.

    A frame of the stored, not yet upright photo is turned; a frame of the same shape (sides within one pixel after
    scaling) is scaled, but for one of more than `MOST_STATED_PIXELS`.
    """
    if stated is None or stated == photo.size:
        return Placement(frame=photo.size, stated=photo.size, photo=photo.path)
    if stated == photo.stored:
        return Placement(frame=photo.size, stated=stated, orientation=photo.orientation, photo=photo.path)
    if stated.area > MOST_STATED_PIXELS:
        return None
    scale = photo.size.longest / stated.longest
    tolerance = max(1.0, scale)
    alike = (
        abs(stated.width * scale - photo.size.width) <= tolerance
        and abs(stated.height * scale - photo.size.height) <= tolerance
    )
    return Placement(frame=photo.size, stated=stated, photo=photo.path) if alike else None


def placed(stated: Size | None, photo: PhotoFile, log: ProblemLog, where: str) -> Placement:
    """As `place`; that shapes are turned or scaled is told.

    Raises:
        AnnotationError: the two cannot be the same picture.
    """
    placement = place(stated, photo)
    what = f"the annotations are for {stated}, the photo has {photo.size}"
    if placement is None:
        raise log.fault(ProblemCode.SIZE_MISMATCH, where, what, done="photo left out")
    if not placement.is_identity:
        log.add(ProblemCode.SIZE_MISMATCH, where, what, done="shapes turned or scaled to the photo")
    return placement


def stated_size(width: object, height: object, log: ProblemLog, where: str) -> Size | None:
    """The frame for which a source says that its shapes are; None where it does not say.

    Raises:
        AnnotationError: a side is no number, or impossible.
    """
    if width is None or height is None:
        return None
    sides = as_number(width, log, f"{where}.width"), as_number(height, log, f"{where}.height")
    if not all(1 <= side <= 1e6 for side in sides):
        raise log.fault(ProblemCode.NUMBER_BAD, where, f"a size of {sides[0]:g} x {sides[1]:g} is impossible")
    return Size(height=round(sides[1]), width=round(sides[0]))
