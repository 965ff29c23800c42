"""From the frame in which a source states its shapes to the upright photo."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coachwork.annotations.photo_lookup import PhotoFile
from coachwork.geometry.size import Size


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """How shapes of the source lie in the upright photo: turned by `orientation`, then scaled.

    Attributes:
        frame: the upright photo.
        stated: the frame in which the source's coordinates lie.
        orientation: EXIF orientation still to be applied, 1 for none.
    """

    frame: Size
    stated: Size
    orientation: int = 1

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
    scaling) is scaled.
    """
    if stated is None or stated == photo.size:
        return Placement(frame=photo.size, stated=photo.size)
    if stated == photo.stored:
        return Placement(frame=photo.size, stated=stated, orientation=photo.orientation)
    scale = photo.size.longest / stated.longest
    tolerance = max(1.0, scale)
    alike = (
        abs(stated.width * scale - photo.size.width) <= tolerance
        and abs(stated.height * scale - photo.size.height) <= tolerance
    )
    return Placement(frame=photo.size, stated=stated) if alike else None
