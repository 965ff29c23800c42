"""Fits a photo into a model's input without changing its shape, and brings boxes there and back."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from coachwork.geometry.box import Box
from coachwork.geometry.size import Size

PADDING_GREY = 114


@dataclass(frozen=True, slots=True)
class Letterbox:
    """A photo scaled to fit a target, centred, with grey bars on two sides.

    The content's sides are rounded to whole pixels, so the scales along x and y differ by less than one pixel over the
    content; boxes use the two exact scales, so that they lie on the pixels that `apply` gives.

    Attributes:
        photo: size of the upright photo at full resolution.
        target: size of the model's input.
    """

    photo: Size
    target: Size

    @property
    def scale(self) -> float:
        """Target pixels per photo pixel, before rounding."""
        return min(self.target.height / self.photo.height, self.target.width / self.photo.width)

    @property
    def content_size(self) -> Size:
        """Size of the scaled photo inside the target."""
        height = min(max(round(self.photo.height * self.scale), 1), self.target.height)
        width = min(max(round(self.photo.width * self.scale), 1), self.target.width)
        return Size(height=height, width=width)

    @property
    def offset_x(self) -> int:
        """Width of the left bar in target pixels."""
        return (self.target.width - self.content_size.width) // 2

    @property
    def offset_y(self) -> int:
        """Height of the upper bar in target pixels."""
        return (self.target.height - self.content_size.height) // 2

    @property
    def content(self) -> Box:
        """Where the photo lies in the target, target pixels."""
        size, x, y = self.content_size, self.offset_x, self.offset_y
        return Box(x_min=x, y_min=y, x_max=x + size.width, y_max=y + size.height)

    def apply(self, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """The model's input (target height, target width, 3) uint8, order of channels kept.

        Args:
            pixels: (h, w, 3) uint8 of the upright photo, full or reduced. As reduced sides are rounded up,
                the far edges may lie up to one target pixel off (more only if it is reduced below the target).
        """
        size, x, y = self.content_size, self.offset_x, self.offset_y
        shrinks = size.height < pixels.shape[0] or size.width < pixels.shape[1]
        how = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
        filled = np.full((self.target.height, self.target.width, 3), PADDING_GREY, dtype=np.uint8)
        filled[y : y + size.height, x : x + size.width] = cv2.resize(
            pixels, (size.width, size.height), interpolation=how
        )
        return filled

    def boxes_to_model(self, boxes: NDArray[np.floating]) -> NDArray[np.float64]:
        """Boxes (N, 4) xyxy in photo pixels at full resolution -> (N, 4) xyxy in target pixels, not clipped."""
        scales, offsets = self._affine()
        return np.asarray(boxes, dtype=np.float64).reshape(-1, 4) * scales + offsets

    def boxes_to_photo(self, boxes: NDArray[np.floating]) -> NDArray[np.float64]:
        """Boxes (N, 4) xyxy in target pixels -> (N, 4) xyxy in photo pixels at full resolution, not clipped."""
        scales, offsets = self._affine()
        return (np.asarray(boxes, dtype=np.float64).reshape(-1, 4) - offsets) / scales

    def _affine(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Scales (4,) and offsets (4,) along x, y, x, y."""
        size = self.content_size
        x, y = size.width / self.photo.width, size.height / self.photo.height
        return np.array([x, y, x, y]), np.array([self.offset_x, self.offset_y] * 2, dtype=np.float64)
