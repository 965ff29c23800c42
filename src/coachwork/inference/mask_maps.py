"""From coarse maps of pixel probability to masks at the photo's full resolution.

Coordinates are continuous: cell j of a map covers [j, j + 1) and its value holds at j + 0.5; pixel p of the photo
covers [p, p + 1) and is judged at p + 0.5. Between cell centres the probability is interpolated linearly, beyond the
outermost centres it stays constant. Work is done only where something can lie above the threshold, so that a mask's
cost follows its own extent, not the photo's.
"""

import math
from dataclasses import dataclass, replace
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from coachwork.geometry.mask import Mask
from coachwork.geometry.size import Size
from coachwork.photos.letterbox import Letterbox

_Value = TypeVar("_Value", bound=np.generic)


@dataclass(frozen=True, slots=True)
class Window:
    """Columns left..right and rows top..bottom of a grid, ends excluded; never empty."""

    left: int
    top: int
    right: int
    bottom: int

    def clipped(self, height: int, width: int) -> "Window":
        """The part inside a grid of that size, at least the one cell that is nearest."""
        left, top = min(max(self.left, 0), width - 1), min(max(self.top, 0), height - 1)
        return Window(left, top, max(min(self.right, width), left + 1), max(min(self.bottom, height), top + 1))

    def widened(self, cells: int) -> "Window":
        """The window with so many cells more on every side."""
        return Window(self.left - cells, self.top - cells, self.right + cells, self.bottom + cells)

    def shared(self, other: "Window") -> "Window | None":
        """What lies in both, or None."""
        left, top = max(self.left, other.left), max(self.top, other.top)
        right, bottom = min(self.right, other.right), min(self.bottom, other.bottom)
        return Window(left, top, right, bottom) if left < right and top < bottom else None

    def of(self, array: NDArray[_Value]) -> NDArray[_Value]:
        """The window's part of an array (H, W)."""
        return array[self.top : self.bottom, self.left : self.right]


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Where a map lies in a photo: column c of the map = scale_x * x + offset_x, likewise for rows.

    Attributes:
        photo: size of the upright photo.
        scale_x, scale_y: cells per pixel of the photo.
        offset_x, offset_y: cells.
    """

    photo: Size
    scale_x: float
    scale_y: float
    offset_x: float
    offset_y: float

    @classmethod
    def of_letterboxed_map(cls, letterbox: Letterbox, shape: tuple[int, ...]) -> "Placement":
        """Placement of a map (rows, columns) that covers the whole letterboxed input."""
        photo, target = letterbox.photo, letterbox.target
        whole = np.array([[0, 0, photo.width, photo.height]], dtype=np.float64)
        x_min, y_min, x_max, y_max = (float(edge) for edge in letterbox.boxes_to_model(whole)[0])
        per_x, per_y = shape[1] / target.width, shape[0] / target.height
        return cls(
            photo=photo,
            scale_x=(x_max - x_min) * per_x / photo.width,
            scale_y=(y_max - y_min) * per_y / photo.height,
            offset_x=x_min * per_x,
            offset_y=y_min * per_y,
        )

    @classmethod
    def of_stretched_map(cls, box: NDArray[np.floating], shape: tuple[int, ...], photo: Size) -> "Placement":
        """Placement of a map (rows, columns) that is stretched over a box (4,) xyxy in photo pixels."""
        x_min, y_min, x_max, y_max = (float(edge) for edge in box)
        scale_x, scale_y = shape[1] / (x_max - x_min), shape[0] / (y_max - y_min)
        return cls(photo=photo, scale_x=scale_x, scale_y=scale_y, offset_x=-x_min * scale_x, offset_y=-y_min * scale_y)

    def moved(self, cells: Window) -> "Placement":
        """Placement of a window of the map, taken as a map of its own."""
        return replace(self, offset_x=self.offset_x - cells.left, offset_y=self.offset_y - cells.top)

    def cells_of(self, pixels: Window) -> Window:
        """The cells that pixels touch."""
        return Window(
            math.floor(pixels.left * self.scale_x + self.offset_x),
            math.floor(pixels.top * self.scale_y + self.offset_y),
            math.ceil(pixels.right * self.scale_x + self.offset_x),
            math.ceil(pixels.bottom * self.scale_y + self.offset_y),
        )

    def pixels_of(self, cells: Window) -> Window:
        """The pixels that cells touch, inside the photo."""
        pixels = Window(
            math.floor((cells.left - self.offset_x) / self.scale_x),
            math.floor((cells.top - self.offset_y) / self.scale_y),
            math.ceil((cells.right - self.offset_x) / self.scale_x),
            math.ceil((cells.bottom - self.offset_y) / self.scale_y),
        )
        return pixels.clipped(self.photo.height, self.photo.width)


def mask_in_box(
    probability: NDArray[np.float32], box: NDArray[np.floating], placement: Placement, threshold: float
) -> Mask:
    """The mask of one instance: the largest region of the map above the threshold inside its box, holes filled.

    Smaller regions in the box mostly belong to neighbours. Where the map stays below the threshold in the whole box,
    the mask is what exceeds half of the map's maximum in the box; where the map is zero throughout, it is the whole
    box. A mask is therefore never empty.

    Args:
        probability: (h, w) float32 in 0..1.
        box: (4,) xyxy in photo pixels, inside the photo, not empty.
        placement: where the map lies in the photo.
        threshold: in 0..1.
    """
    pixels = _pixels_of_box(box, placement.photo)
    cells = placement.cells_of(pixels).clipped(*probability.shape)
    if (cells.of(probability) > threshold).any():
        mask = _threshold_map(_one_region(probability, cells, threshold), cells, pixels, placement, threshold)
        if mask is not None:
            return mask
    values = _sampled(probability, cells, pixels, placement)
    half = min(float(values.max()) / 2, threshold)
    mask = _tight(values > half, pixels, placement.photo)
    return _filled(pixels, placement.photo) if mask is None else mask


def certainty_in_box(
    probability: NDArray[np.float32], box: NDArray[np.floating], placement: Placement, threshold: float
) -> float:
    """Mean probability, 0..1, of the map's cells that make up the mask of `mask_in_box`; the same arguments."""
    cells = placement.cells_of(_pixels_of_box(box, placement.photo)).clipped(*probability.shape)
    inside = cells.of(probability)
    highest = float(inside.max())
    if highest > threshold:
        inside = cells.of(_one_region(probability, cells, threshold))
    above = inside[inside > (threshold if highest > threshold else highest / 2)]
    return float(above.mean()) if above.size else 0.0


def mask_of_region(
    probability: NDArray[np.float32], cells: Window, placement: Placement, threshold: float
) -> Mask | None:
    """What lies above the threshold around a window of a map (h, w) float32; None where no pixel's centre does.

    Cells outside the window count for interpolation alone: set those of other regions to 0 before.
    """
    around = cells.widened(1).clipped(*probability.shape)
    return _threshold_map(probability, cells, placement.pixels_of(around), placement, threshold)


def _one_region(probability: NDArray[np.float32], cells: Window, threshold: float) -> NDArray[np.float32]:
    """The map with one region above the threshold in the window, the largest: without holes, all others set to 0."""
    above = (cells.of(probability) > threshold).astype(np.uint8)
    _, regions, about, _ = cv2.connectedComponentsWithStats(above, connectivity=8)
    largest = (regions == 1 + int(np.argmax(about[1:, cv2.CC_STAT_AREA]))).astype(np.uint8)
    outlines, _ = cv2.findContours(largest, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    whole = cv2.drawContours(largest, outlines, -1, 1, cv2.FILLED)
    if np.array_equal(whole, above):
        return probability
    alone = probability.copy()
    cells.of(alone)[above > whole] = 0
    cells.of(alone)[whole > above] = 1
    return alone


def _threshold_map(
    probability: NDArray[np.float32], cells: Window, pixels: Window, placement: Placement, threshold: float
) -> Mask | None:
    """Pixels above the threshold, sampled only around the window's cells that are above it."""
    above = cells.of(probability) > threshold
    rows, columns = np.flatnonzero(above.any(axis=1)), np.flatnonzero(above.any(axis=0))
    core = Window(
        cells.left + int(columns[0]),
        cells.top + int(rows[0]),
        cells.left + int(columns[-1]) + 1,
        cells.top + int(rows[-1]) + 1,
    )
    core = core.widened(1).clipped(*probability.shape)
    pixels_around = placement.pixels_of(core).shared(pixels)
    if pixels_around is None:
        return None
    values = _sampled(probability, core, pixels_around, placement)
    return _tight(values > threshold, pixels_around, placement.photo)


def _sampled(
    probability: NDArray[np.float32], cells: Window, pixels: Window, placement: Placement
) -> NDArray[np.float32]:
    """The map at the centres of pixels, (rows, columns) float32, linear between cell centres."""
    source = cells.widened(1).clipped(*probability.shape)
    matrix = np.array(
        [
            [placement.scale_x, 0, (pixels.left + 0.5) * placement.scale_x + placement.offset_x - source.left - 0.5],
            [0, placement.scale_y, (pixels.top + 0.5) * placement.scale_y + placement.offset_y - source.top - 0.5],
        ]
    )
    return np.asarray(
        cv2.warpAffine(
            np.ascontiguousarray(source.of(probability)),
            matrix,
            (pixels.right - pixels.left, pixels.bottom - pixels.top),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        ),
        dtype=np.float32,
    )


def _pixels_of_box(box: NDArray[np.floating], photo: Size) -> Window:
    """Pixels whose centre lies in the box, at least one."""
    x_min, y_min, x_max, y_max = (float(edge) for edge in box)
    pixels = Window(math.ceil(x_min - 0.5), math.ceil(y_min - 0.5), math.ceil(x_max - 0.5), math.ceil(y_max - 0.5))
    return pixels.clipped(photo.height, photo.width)


def _tight(above: NDArray[np.bool_], pixels: Window, photo: Size) -> Mask | None:
    rows, columns = np.flatnonzero(above.any(axis=1)), np.flatnonzero(above.any(axis=0))
    if rows.size == 0:
        return None
    crop = above[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return Mask(
        crop=np.ascontiguousarray(crop), x=pixels.left + int(columns[0]), y=pixels.top + int(rows[0]), frame=photo
    )


def _filled(pixels: Window, photo: Size) -> Mask:
    crop = np.ones((pixels.bottom - pixels.top, pixels.right - pixels.left), dtype=np.bool_)
    return Mask(crop=crop, x=pixels.left, y=pixels.top, frame=photo)
