"""Faces and number plates made unrecognisable, for good."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import cv2
import numpy as np
import simplejpeg
from numpy.typing import NDArray

from coachwork.geometry.box import Box
from coachwork.geometry.polygon import Polygon, polygon_area
from coachwork.geometry.size import Size
from coachwork.photos.reading import Photo
from coachwork.photos.shrinking import EncodedPhoto
from coachwork.photos.sniffing import PhotoFormat

_CELLS = 4
"""A region keeps at most so many colours along each side, whatever its size."""
_STEP = 32
"""Each channel of a colour is rounded to a multiple of it: a plate's characters shift a cell's mean by less."""
_MARGIN = 0.1
"""Of a region's shorter side, hidden around it too."""
_LEAST_MARGIN_PX = 1.5
_SHIFT = 4
_JPEG_QUALITY = 95


class PrivateKind(StrEnum):
    """What on a photo tells who someone is."""

    FACE = "face"
    NUMBER_PLATE = "number_plate"

    @property
    def words(self) -> str:
        """The kind as people read it.

        >>> PrivateKind.NUMBER_PLATE.words
        'number plate'
        """
        return self.value.replace("_", " ")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PrivateRegion:
    """One face or number plate on a photo.

    Attributes:
        kind: which of them.
        polygon: (M, 2) outline in pixels of the upright photo at full resolution; a plate's has four corners, clockwise
            from the one at its upper left.
        score: 0..1, the finder's certainty.
    """

    kind: PrivateKind
    polygon: Polygon
    score: float


def hidden(
    pixels: NDArray[np.uint8], regions: Sequence[PrivateRegion | Polygon | Box], *, size: Size | None = None
) -> NDArray[np.uint8]:
    """A copy of a picture whose regions cannot be recognised any more; the original's pixels are left as they are.

    A region becomes at most four by four colours, each rounded to eight levels a channel, with smooth passages: what
    stood there cannot be worked out from the result, as it can from a light blur or a fine mosaic.

    Args:
        pixels: (h, w, 3) uint8 of the upright photo, full or reduced.
        regions: in pixels of the photo at full resolution; parts outside the photo do not count.
        size: of the photo at full resolution, where the pixels are reduced.
    """
    result = np.array(pixels, dtype=np.uint8, order="C")
    if not result.size:
        return result
    height, width = result.shape[:2]
    scale = np.array([1.0, 1.0]) if size is None else np.array([width / size.width, height / size.height])
    for region in regions:
        _hide(result, pixels, _outline(region) * scale)
    return result


def published(photo: Photo, regions: Sequence[PrivateRegion | Polygon | Box]) -> EncodedPhoto:
    """The photo's file as it may be given away: regions hidden, upright, nothing in it but the picture.

    EXIF data, GPS positions, thumbnails, comments and colour profiles stay behind, since the file is encoded anew from
    pixels alone. A PNG stays a PNG, everything else becomes a JPEG.

    Args:
        photo: with its pixels at full resolution, or reduced, which then is the size of the picture.
        regions: to hide, in pixels of the photo at full resolution.
    """
    pixels = hidden(photo.pixels, regions, size=photo.size)
    size = Size(height=pixels.shape[0], width=pixels.shape[1])
    if photo.format is PhotoFormat.PNG:
        _, png = cv2.imencode(".png", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))
        return EncodedPhoto(data=png.tobytes(), format=PhotoFormat.PNG, size=size)
    jpeg: bytes = simplejpeg.encode_jpeg(pixels, quality=_JPEG_QUALITY, colorspace="RGB", fastdct=False)
    return EncodedPhoto(data=jpeg, format=PhotoFormat.JPEG, size=size)


def _outline(region: PrivateRegion | Polygon | Box) -> Polygon:
    if isinstance(region, PrivateRegion):
        return region.polygon
    if isinstance(region, Box):
        x_min, y_min, x_max, y_max = region.xyxy
        return np.array([[x_min, y_min], [x_max, y_min], [x_max, y_max], [x_min, y_max]], dtype=np.float64)
    return region


def _hide(result: NDArray[np.uint8], source: NDArray[np.uint8], outline: Polygon) -> None:
    """Hides one outline in picture pixels; colours come from the original, so that regions may overlap."""
    margin = max(_MARGIN * _short_side(outline), _LEAST_MARGIN_PX)
    frame = result.shape[:2]
    low = np.clip(np.floor(outline.min(axis=0) - margin), 0, frame[::-1]).astype(int)
    high = np.clip(np.ceil(outline.max(axis=0) + margin) + 1, 0, frame[::-1]).astype(int)
    if (high <= low).any():
        return
    rows, columns = slice(low[1], high[1]), slice(low[0], high[0])
    covered = np.zeros((high[1] - low[1], high[0] - low[0]), dtype=np.uint8)
    points = np.round((outline - low - 0.5) * 2**_SHIFT).astype(np.int32)
    cv2.fillPoly(covered, [points], 1, lineType=cv2.LINE_8, shift=_SHIFT)
    cv2.polylines(covered, [points], isClosed=True, color=1, thickness=2 * round(margin) + 1, shift=_SHIFT)
    target = result[rows, columns]
    np.copyto(target, _smear(source[rows, columns]), where=covered[..., None] > 0)


def _smear(patch: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A few rounded colours of a patch, brought back to its size with smooth passages."""
    height, width = patch.shape[:2]
    few = cv2.resize(patch, (min(_CELLS, width), min(_CELLS, height)), interpolation=cv2.INTER_AREA)
    rounded = np.clip(np.round(few.astype(np.float32) / _STEP) * _STEP, 0, 255).astype(np.uint8)
    return np.asarray(cv2.resize(rounded, (width, height), interpolation=cv2.INTER_LINEAR), dtype=np.uint8)


def _short_side(outline: Polygon) -> float:
    """Shorter side of the rectangle with the outline's area and longest edge; 0 for a line."""
    longest = float(np.linalg.norm(outline - np.roll(outline, -1, axis=0), axis=1).max())
    return polygon_area(outline) / longest if longest else 0.0
