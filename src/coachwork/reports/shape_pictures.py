"""Pictures of annotations: a whole photo with them drawn, its label map, and crops around single ones."""

import math
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from coachwork.datasets.sample import DamageShape, Sample
from coachwork.datasets.statistics import shape_area
from coachwork.datasets.suspicions import FoundDamage
from coachwork.geometry.box import Box
from coachwork.geometry.mask import Mask
from coachwork.geometry.polygon import Polygon, polygons_box
from coachwork.geometry.size import Size
from coachwork.reports.overlay import Colour, DrawnShape, colour_of, draw_shapes
from coachwork.taxonomy import Kind

UNSTATED: Colour = (235, 235, 235)
"""Colour of damages whose type is not stated."""
CROP_MARGIN = 0.45
"""Surroundings on each side of what a crop shows, as a share of its longer side."""
SMALLEST_CROP_PX = 72
"""A crop shows at least so much of the photo, so that one can tell where on the car it is."""
_GROUND: Colour = (38, 41, 46)
_INK: Colour = (16, 16, 16)
_BOX_ONLY = 0.45


def shape_colour(kind: Kind | None) -> Colour:
    """The colour of a shape of that type in every picture and page."""
    return UNSTATED if kind is None else colour_of(kind)


def css_colour(kind: Kind | None) -> str:
    """The same for a style sheet."""
    return "#{:02x}{:02x}{:02x}".format(*shape_colour(kind))


def drawn_shape(shape: DamageShape, frame: Size, *, label: str = "") -> DrawnShape:
    """A shape of a sample as it is drawn.

    Args:
        shape: of the sample.
        frame: size of the sample's photo.
        label: text beside it.
    """
    return DrawnShape(box=shape.box, mask=shape.mask(frame), label=label, colour=shape_colour(shape.type))


def drawn_found(found: FoundDamage) -> DrawnShape:
    """What a model found, as it is drawn: its label says so."""
    label = f"model: {found.type.words} {found.score:.2f}"
    return DrawnShape(box=found.box, mask=found.mask, label=label, colour=colour_of(found.type))


def annotated_picture(pixels: NDArray[np.uint8], sample: Sample, *, longest: int) -> NDArray[np.uint8]:
    """The photo with every annotation drawn in the colour of its type, without names, which would hide small pictures.

    Args:
        pixels: (h, w, 3) uint8 RGB of the upright photo, full size or reduced.
        sample: what is annotated.
        longest: the picture's longer side is at most this, pixels.
    """
    shapes = [drawn_shape(shape, sample.size) for shape in sample.shapes]
    return draw_shapes(pixels, shapes, size=sample.size, longest=longest)


def label_map_picture(sample: Sample, *, longest: int) -> NDArray[np.uint8]:
    """The photo's annotations alone, as flat colours: what a model is asked to paint.

    Smaller shapes lie above larger ones; of a shape of which only the box is known the box is painted half as strong.

    Args:
        sample: what is annotated.
        longest: the picture's longer side, pixels.

    Returns:
        (h, w, 3) uint8 RGB.
    """
    scale = longest / sample.size.longest
    height, width = (max(1, round(side * scale)) for side in (sample.size.height, sample.size.width))
    picture = np.full((height, width, 3), _GROUND, dtype=np.uint8)
    for shape in sorted(sample.shapes, key=shape_area, reverse=True):
        mask = shape.mask(sample.size)
        if mask is None:
            corners = [(int(x * scale), int(y * scale)) for x, y in _corners(shape.box.clipped(sample.size))]
            colour = np.array(_GROUND) + _BOX_ONLY * (np.array(shape_colour(shape.type)) - np.array(_GROUND))
            cv2.rectangle(picture, corners[0], corners[1], tuple(int(part) for part in colour), -1)
            continue
        cover = cv2.resize(mask.full().astype(np.uint8), (width, height), interpolation=cv2.INTER_AREA)
        picture[cover > 0] = shape_colour(shape.type)
    return picture


def _corners(box: Box) -> tuple[tuple[float, float], tuple[float, float]]:
    return (box.x_min, box.y_min), (max(box.x_max - 1, box.x_min), max(box.y_max - 1, box.y_min))


def crop_window(box: Box, frame: Size) -> Box:
    """The part of a photo that shows a box with its surroundings: a square where the photo has room for one.

    Edges are whole pixels inside the photo, at least one pixel apart, wherever the box lies.

    >>> crop_window(Box(x_min=10, y_min=300, x_max=20, y_max=310), Size(height=480, width=640)).xyxy
    (0, 269, 72, 341)
    """
    side = max(SMALLEST_CROP_PX, (1 + 2 * CROP_MARGIN) * max(box.width, box.height))
    inside = box.clipped(frame)
    x_min, x_max = _span((inside.x_min + inside.x_max) / 2, side, frame.width)
    y_min, y_max = _span((inside.y_min + inside.y_max) / 2, side, frame.height)
    return Box(x_min=x_min, y_min=y_min, x_max=x_max, y_max=y_max)


def _span(centre: float, side: float, whole: int) -> tuple[int, int]:
    length = min(math.ceil(side), whole)
    start = min(max(round(centre - length / 2), 0), whole - length)
    return start, start + length


def crop_pictures(
    pixels: NDArray[np.uint8], shapes: Sequence[DrawnShape], box: Box, *, size: Size, side: int = 300
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """What a box shows, as photographed and with shapes drawn on it.

    Args:
        pixels: (h, w, 3) uint8 RGB of the upright photo, full size or reduced.
        shapes: in pixels of the full-size photo; those beyond the crop are left out.
        box: what is shown, pixels of the full-size photo.
        size: of the full-size photo.
        side: the longer side of both pictures, pixels; small crops are enlarged to it.
    """
    window = crop_window(box, size)
    crop = _cut(pixels, window, size, side)
    part = Size(height=round(window.height), width=round(window.width))
    moved = [there for shape in shapes if (there := _moved(shape, window, part)) is not None]
    return crop, draw_shapes(crop, moved, size=part, longest=side)


def outline_pictures(
    pixels: NDArray[np.uint8], outlines: Sequence[tuple[Polygon, Colour]], *, size: Size, side: int = 300
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """The place of outlines in a photo, as photographed and with their lines drawn as they are, crossings and all.

    What lies outside the photo shows on a dark ground.

    Args:
        pixels: (h, w, 3) uint8 RGB of the upright photo, full size or reduced.
        outlines: each with its colour, pixels of the full-size photo, perhaps beyond its edges.
        size: of the full-size photo.
        side: of both pictures, pixels.
    """
    near = Box(x_min=-size.width, y_min=-size.height, x_max=2 * size.width, y_max=2 * size.height)
    low, high = (near.xyxy[:2], near.xyxy[2:])
    cut = [np.clip(outline, low, high) for outline, _ in outlines]
    around = polygons_box(cut)
    length = max(SMALLEST_CROP_PX, (1 + 2 * CROP_MARGIN) * max(around.width, around.height))
    left = _start(around.x_min, around.x_max, length, size.width)
    top = _start(around.y_min, around.y_max, length, size.height)
    scale = side / length
    step = size.width / pixels.shape[1] * scale, size.height / pixels.shape[0] * scale
    plain = np.asarray(
        cv2.warpAffine(
            pixels,
            np.array([[step[0], 0, -left * scale], [0, step[1], -top * scale]], dtype=np.float64),
            (side, side),
            flags=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC,
            borderValue=_GROUND,
        ),
        dtype=np.uint8,
    )
    drawn = plain.copy()
    for polygon, (_, colour) in zip(cut, outlines, strict=True):
        points = np.rint((polygon - (left, top)) * scale).astype(np.int32)
        cv2.polylines(drawn, [points], isClosed=True, color=_INK, thickness=4, lineType=cv2.LINE_AA)
        cv2.polylines(drawn, [points], isClosed=True, color=colour, thickness=2, lineType=cv2.LINE_AA)
    return plain, drawn


def _start(low: float, high: float, length: float, whole: int) -> float:
    """Where a span of that length around low..high starts: inside the photo where what it shows lies inside."""
    start = (low + high - length) / 2
    inside = low >= 0 and high <= whole and length <= whole
    return min(max(start, 0.0), whole - length) if inside else start


def _cut(pixels: NDArray[np.uint8], window: Box, size: Size, side: int) -> NDArray[np.uint8]:
    scale_x, scale_y = pixels.shape[1] / size.width, pixels.shape[0] / size.height
    top, bottom = int(window.y_min * scale_y), math.ceil(window.y_max * scale_y)
    left, right = int(window.x_min * scale_x), math.ceil(window.x_max * scale_x)
    crop = np.ascontiguousarray(pixels[top:bottom, left:right])
    ratio = side / max(crop.shape[:2])
    target = (max(1, round(crop.shape[1] * ratio)), max(1, round(crop.shape[0] * ratio)))
    method = cv2.INTER_AREA if ratio < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(crop, target, interpolation=method), dtype=np.uint8)


def _moved(shape: DrawnShape, window: Box, part: Size) -> DrawnShape | None:
    """The shape in the crop's own pixels, or None where nothing of it lies in the crop."""
    x, y = window.x_min, window.y_min
    box = Box(
        x_min=shape.box.x_min - x, y_min=shape.box.y_min - y, x_max=shape.box.x_max - x, y_max=shape.box.y_max - y
    ).clipped(part)
    if box.width <= 0 or box.height <= 0:
        return None
    mask = None if shape.mask is None else _cut_mask(shape.mask, int(x), int(y), part)
    return DrawnShape(box=box, mask=mask, label=shape.label, colour=shape.colour)


def _cut_mask(mask: Mask, x: int, y: int, part: Size) -> Mask:
    left, top = mask.x - x, mask.y - y
    height, width = mask.crop.shape
    rows = slice(min(max(-top, 0), height), max(min(part.height - top, height), 0))
    columns = slice(min(max(-left, 0), width), max(min(part.width - left, width), 0))
    crop = np.ascontiguousarray(mask.crop[rows, columns])
    if not crop.size:
        return Mask(crop=np.zeros((0, 0), dtype=np.bool_), x=0, y=0, frame=part)
    return Mask(crop=crop, x=max(left, 0), y=max(top, 0), frame=part)
