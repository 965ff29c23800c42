"""Pictures of an assessed photo: the overlay, crops of single damages, and how they are stored."""

import base64
from collections.abc import Sequence

import numpy as np
import simplejpeg
from numpy.typing import NDArray

from coachwork.assessments.assessment import Damage
from coachwork.geometry.box import Box
from coachwork.geometry.size import Size
from coachwork.reports.display import display_copy
from coachwork.reports.overlay import DrawnShape, colour_of, draw_shapes

_CROP_MARGIN = 0.35
"""Surroundings shown on each side of a damage, as a share of its longer side."""


def draw_damages(
    pixels: NDArray[np.uint8], damages: Sequence[Damage], *, size: Size, longest: int = 1600
) -> NDArray[np.uint8]:
    """The photo with its damages drawn and numbered from 1 in their order.

    Args:
        pixels: (h, w, 3) uint8 RGB of the upright photo, full size or reduced.
        damages: in pixels of the full-size photo.
        size: of the full-size photo.
        longest: the picture's longer side is at most this, pixels.
    """
    shapes = [
        DrawnShape(
            box=damage.box,
            mask=damage.mask,
            label=f"{number} {_caption(damage)}",
            colour=colour_of(damage.type),
        )
        for number, damage in enumerate(damages, start=1)
    ]
    return draw_shapes(pixels, shapes, size=size, longest=longest)


def _caption(damage: Damage) -> str:
    """What a damage is, its score, and its severity where one level is stated."""
    level = None if damage.severity is None else damage.severity.level
    return f"{damage.words} {damage.score:.2f}" + ("" if level is None else f" {level.value}")


def crop_of(pixels: NDArray[np.uint8], damage: Damage, *, size: Size, longest: int = 320) -> NDArray[np.uint8]:
    """A damage as the camera saw it, with some of its surroundings; nothing is drawn on it.

    Args:
        pixels: (h, w, 3) uint8 RGB of the upright photo, full size or reduced.
        damage: in pixels of the full-size photo.
        size: of the full-size photo.
        longest: the picture's longer side is at most this, pixels.
    """
    return crop_around(pixels, damage.box, size=size, longest=longest)


def crop_around(pixels: NDArray[np.uint8], box: Box, *, size: Size, longest: int = 320) -> NDArray[np.uint8]:
    """A place on a photo with some of its surroundings; box in pixels of the full-size photo, else as `crop_of`."""
    height, width = pixels.shape[:2]
    scale_x, scale_y = width / size.width, height / size.height
    margin = max(_CROP_MARGIN * max(box.width * scale_x, box.height * scale_y), 24.0)
    left, top = max(int(box.x_min * scale_x - margin), 0), max(int(box.y_min * scale_y - margin), 0)
    right = min(max(int(box.x_max * scale_x + margin) + 1, left + 1), width)
    bottom = min(max(int(box.y_max * scale_y + margin) + 1, top + 1), height)
    crop = pixels[min(top, height - 1) : bottom, min(left, width - 1) : right]
    return display_copy(crop, longest)


def jpeg_of(pixels: NDArray[np.uint8], *, quality: int = 85) -> bytes:
    """A picture (h, w, 3) uint8 RGB as a JPEG file."""
    return bytes(simplejpeg.encode_jpeg(np.ascontiguousarray(pixels), quality=quality, colorspace="RGB"))


def data_uri_of(pixels: NDArray[np.uint8], *, quality: int = 80) -> str:
    """A picture (h, w, 3) uint8 RGB as text that a page can carry."""
    return "data:image/jpeg;base64," + base64.b64encode(jpeg_of(pixels, quality=quality)).decode("ascii")
