"""What is measured of a damage to tell how severe it is: its size, its shape, how it differs from what surrounds it.

Everything is measured at one scale, whatever the photo's resolution: with the photo's longer side at 640 pixels, as in
the photos that the rule was fitted on. A photo of 12 megapixels and its copy of 640 pixels so give the same figures.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from coachwork.geometry.box import Box
from coachwork.geometry.mask import Mask
from coachwork.geometry.size import Size

LONGEST = 640
"""The longer side of the photo when damages are measured, pixels."""

RING = 7
"""So many pixels around a damage are what it is compared with."""

LENGTH, PART_SHARE, PART_KNOWN = "log length", "log share of the part", "part known"
MEASURES: Mapping[str, str] = {
    LENGTH: "the longer side of the damage's box as a share of the photo's longer side",
    "log area": "covered pixels as a share of a square with the photo's longer side",
    "log aspect": "the box's longer side over its shorter one",
    "log gradient inside": "1 + mean Sobel gradient of the grey levels (0..255) inside the damage",
    "log gradient around": "the same in the ring around it",
    "log colour difference": "1 + distance between the mean colours (8-bit Lab) of the damage and its ring",
    PART_SHARE: "covered pixels as a share of those of the part that it lies on; 0 where no part is known",
    PART_KNOWN: "1 where a part is known, else 0",
}
"""The measures, and what each is the logarithm of (the last one is none)."""

_Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SeverityView:
    """A photo at the scale at which damages are measured; made once for all damages of a photo.

    Attributes:
        pixels: (h, w, 3) uint8 RGB, upright, the longer side `LONGEST`.
        size: of the upright photo at full resolution, in whose pixels damages are given.
    """

    pixels: _Pixels
    size: Size

    @classmethod
    def of(cls, pixels: _Pixels, size: Size) -> "SeverityView":
        """The view of a photo (h, w, 3) uint8 RGB, full size or reduced, whose full size is `size`."""
        scale = LONGEST / size.longest
        wanted = (max(round(size.width * scale), 1), max(round(size.height * scale), 1))
        if wanted != (pixels.shape[1], pixels.shape[0]):
            shrinks = wanted[0] < pixels.shape[1]
            pixels = np.asarray(
                cv2.resize(pixels, wanted, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR),
                dtype=np.uint8,
            )
        return cls(pixels=pixels, size=size)


def measures_of(
    view: SeverityView, *, box: Box, mask: Mask | None, part_area_px: float | None = None
) -> dict[str, float]:
    """The measures of a damage by their names in `MEASURES`, all finite.

    Args:
        view: of the photo.
        box: the damage's, pixels of the upright photo at full resolution.
        mask: covered pixels in the same frame; None or an empty one stands for all of the box.
        part_area_px: covered pixels of the part that the damage lies on, same frame; None where it is not known.
    """
    if mask is not None and not mask.area:
        mask = None
    height, width = view.pixels.shape[:2]
    across, down = width / view.size.width, height / view.size.height
    sides = max(box.width * across, 1.0), max(box.height * down, 1.0)
    area_px = max(float(box.area if mask is None else mask.area), 1.0)
    inside, around, gradient, lab = _surroundings(view, box, mask)
    difference = float(np.linalg.norm(np.subtract(cv2.mean(lab, inside), cv2.mean(lab, around))))
    return {
        LENGTH: float(np.log(max(sides) / LONGEST)),
        "log area": float(np.log(max(area_px * across * down, 1.0) / LONGEST**2)),
        "log aspect": float(np.log(max(sides) / min(sides))),
        "log gradient inside": float(np.log1p(cv2.mean(gradient, inside)[0])),
        "log gradient around": float(np.log1p(cv2.mean(gradient, around)[0])),
        "log colour difference": float(np.log1p(difference)),
        PART_SHARE: 0.0 if part_area_px is None else float(np.log(min(area_px / max(part_area_px, 1.0), 1.0))),
        PART_KNOWN: float(part_area_px is not None),
    }


def _surroundings(
    view: SeverityView, box: Box, mask: Mask | None
) -> tuple[_Pixels, _Pixels, NDArray[np.float32], _Pixels]:
    """Inside and ring (h, w) of 0 and 1, gradient (h, w) and 8-bit Lab (h, w, 3) of a window around the damage.

    Where the damage leaves no ring, because it fills the photo, the inside stands for it: there is no contrast.
    """
    height, width = view.pixels.shape[:2]
    across, down = width / view.size.width, height / view.size.height
    left, top = min(max(int(box.x_min * across), 0), width - 1), min(max(int(box.y_min * down), 0), height - 1)
    right = min(max(int(np.ceil(box.x_max * across)), left + 1), width)
    bottom = min(max(int(np.ceil(box.y_max * down)), top + 1), height)
    x_0, y_0, x_1, y_1 = max(left - RING, 0), max(top - RING, 0), min(right + RING, width), min(bottom + RING, height)
    inside = np.zeros((y_1 - y_0, x_1 - x_0), dtype=np.uint8)
    covered = np.ones((bottom - top, right - left), dtype=np.bool_)
    if mask is not None:
        covered = _sampled(mask, (left, top, right, bottom), across, down)
    inside[top - y_0 : bottom - y_0, left - x_0 : right - x_0] = covered
    around = np.asarray(cv2.dilate(inside, np.ones((2 * RING + 1, 2 * RING + 1), np.uint8)) - inside, dtype=np.uint8)
    edge_x, edge_y = max(x_0 - 1, 0), max(y_0 - 1, 0)  # one pixel more, so that the window's edge has its gradient
    window = np.ascontiguousarray(view.pixels[edge_y : y_1 + 1, edge_x : x_1 + 1])
    here = np.s_[y_0 - edge_y : y_1 - edge_y, x_0 - edge_x : x_1 - edge_x]
    grey = cv2.transform(window.astype(np.float32), np.full((1, 3), 1 / 3, np.float32))
    gradient = cv2.magnitude(cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1))
    lab = cv2.cvtColor(window, cv2.COLOR_RGB2LAB)
    return (
        inside,
        around if around.any() else inside,
        np.asarray(gradient[here], dtype=np.float32),
        np.asarray(lab[here], dtype=np.uint8),
    )


def _sampled(mask: Mask, place: tuple[int, int, int, int], across: float, down: float) -> NDArray[np.bool_]:
    """The mask in a part (left, top, right, bottom) of the view, each pixel as its centre says; never empty."""
    left, top, right, bottom = place
    columns = ((np.arange(left, right) + 0.5) / across).astype(np.intp) - mask.x
    rows = ((np.arange(top, bottom) + 0.5) / down).astype(np.intp) - mask.y
    height, width = mask.crop.shape
    known = ((rows >= 0) & (rows < height))[:, None] & ((columns >= 0) & (columns < width))[None, :]
    sampled: NDArray[np.bool_] = known & mask.crop[np.clip(rows, 0, height - 1)][:, np.clip(columns, 0, width - 1)]
    return sampled if sampled.any() else np.ones_like(sampled)
