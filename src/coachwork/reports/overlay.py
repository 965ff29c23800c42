"""Damages drawn onto a photo: masks, boxes, and labels that stay readable."""

import colorsys
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from coachwork.geometry.box import Box
from coachwork.geometry.mask import Mask
from coachwork.geometry.size import Size
from coachwork.reports.display import display_copy
from coachwork.taxonomy import CarPart, DamageType, Kind

Colour = tuple[int, int, int]
"""Red, green, blue, 0..255."""

_COLOURS: dict[Kind, Colour] = {
    DamageType.DENT: (255, 221, 0),
    DamageType.SCRATCH: (170, 255, 255),
    DamageType.CRACK: (221, 255, 170),
    DamageType.BROKEN_GLASS: (68, 187, 85),
    DamageType.BROKEN_LAMP: (255, 153, 170),
    DamageType.MISSING_OR_BROKEN_PART: (255, 17, 0),
    DamageType.EXPOSED_PRIMER: (187, 153, 238),
    DamageType.PAINT_CHIP: (204, 0, 136),
    DamageType.RUST: (153, 68, 68),
    DamageType.FLAT_TIRE: (102, 51, 255),
    DamageType.DEPLOYED_AIRBAG: (153, 68, 204),
}
"""Found by searching sRGB for eleven colours that stay apart (CIE 1976 difference above 27) for normal vision and for
protanopia, deuteranopia and tritanopia alike (Machado, Oliveira, Fernandes 2009); common types got the brightest."""

_LEVELS = ((0.62, 0.85), (0.42, 0.75), (0.78, 0.65))
"""Lightness and saturation of parts in turn, so that neighbours on the circle of hues differ in more than hue."""

_MASK_OPACITY = 0.38
_LEAST_COVER = 64
"""A pixel is tinted where the mask covers a quarter of it: thin scratches stay visible in small pictures."""
_OUTLINE_TOLERANCE_PX = 0.75
"""Outlines may be off by less than a pixel: thousands of their steps are then drawn as a few hundred lines."""
_INK: Colour = (16, 16, 16)
_PAPER: Colour = (255, 255, 255)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DrawnShape:
    """One shape to draw.

    Attributes:
        box: pixels of the full-size photo.
        mask: covered pixels with the full-size photo as frame, or None to draw the box alone.
        label: short text beside the box; empty for none.
        colour: of mask, box and label.
    """

    box: Box
    mask: Mask | None
    label: str
    colour: Colour


def colour_of(kind: Kind) -> Colour:
    """The colour of a damage type or part in every picture and page.

    Those of damages are told apart with every kind of colour vision. Parts are too many for that; their places and
    labels tell them apart too.
    """
    if not isinstance(kind, CarPart):
        return _COLOURS[kind]
    place = list(CarPart).index(kind)
    lightness, saturation = _LEVELS[place % len(_LEVELS)]
    red, green, blue = colorsys.hls_to_rgb(place * 7 / len(CarPart) % 1, lightness, saturation)
    return round(255 * red), round(255 * green), round(255 * blue)


def text_colour_on(background: Colour) -> Colour:
    """Black or white, whichever has more contrast on a background (relative luminance of WCAG 2.2)."""
    linear = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (value / 255 for value in background)
    ]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return _INK if luminance > 0.179 else _PAPER


def draw_shapes(
    pixels: NDArray[np.uint8],
    shapes: Sequence[DrawnShape],
    *,
    size: Size,
    longest: int = 1600,
    label_scale: float = 1.0,
) -> NDArray[np.uint8]:
    """A picture of the photo with the shapes drawn on it.

    Args:
        pixels: (h, w, 3) uint8 RGB of the upright photo, full size or reduced.
        shapes: in pixels of the full-size photo; earlier ones get the better places for their labels.
        size: of the full-size photo.
        longest: the picture's longer side is at most this, in pixels; it is never larger than `pixels`.
        label_scale: how much larger labels are than usual, for pictures that are shown small.

    Returns:
        (h, w, 3) uint8 RGB, a new array.
    """
    picture = display_copy(pixels, longest)
    scale = picture.shape[1] / size.width, picture.shape[0] / size.height
    stroke = max(1, round(max(picture.shape[:2]) / 500))
    for shape in reversed(shapes):
        if shape.mask is not None:
            _paint_mask(picture, shape.mask, shape.colour, scale, stroke)
    for shape in reversed(shapes):
        _paint_box(picture, _scaled(shape.box, scale), shape.colour, stroke, thin=shape.mask is not None)
    labelled = [(shape, _scaled(shape.box, scale)) for shape in shapes if shape.label]
    return _with_labels(picture, labelled, label_scale)


def _scaled(box: Box, scale: tuple[float, float]) -> Box:
    return Box(
        x_min=box.x_min * scale[0], y_min=box.y_min * scale[1], x_max=box.x_max * scale[0], y_max=box.y_max * scale[1]
    )


def _paint_mask(
    picture: NDArray[np.uint8], mask: Mask, colour: Colour, scale: tuple[float, float], stroke: int
) -> None:
    """Tints what the mask covers and traces its outline, in place."""
    if mask.area == 0:
        return
    height, width = picture.shape[:2]
    box = _scaled(mask.box, scale)
    x_min, y_min = min(int(box.x_min), width - 1), min(int(box.y_min), height - 1)
    x_max = min(max(round(box.x_max), x_min + 1), width)
    y_max = min(max(round(box.y_max), y_min + 1), height)
    cover = _cover(mask.crop, Size(height=y_max - y_min, width=x_max - x_min))
    part = picture[y_min:y_max, x_min:x_max]
    part[:] = cv2.copyTo(_tinted(part, colour), cv2.inRange(cover, _LEAST_COVER, 255), part)
    found, _ = cv2.findContours(
        np.pad(cv2.inRange(cover, 128, 255), 1),
        cv2.RETR_EXTERNAL,
        cv2.CHAIN_APPROX_SIMPLE,
        offset=(x_min - 1, y_min - 1),
    )
    outlines = [cv2.approxPolyDP(outline, _OUTLINE_TOLERANCE_PX, closed=True) for outline in found]
    cv2.drawContours(picture, outlines, -1, _INK, stroke + 2, cv2.LINE_AA)
    cv2.drawContours(picture, outlines, -1, colour, stroke, cv2.LINE_AA)


def _cover(crop: NDArray[np.bool_], size: Size) -> NDArray[np.uint8]:
    """How much of each of the picture's pixels a mask covers, 0..255.

    A mask of full size may have ten times the pixels of the picture, so it is halved first; a row or column of nothing
    is added where that needs it.
    """
    cover = crop.view(np.uint8) * np.uint8(255)
    while cover.shape[0] >= 2 * size.height and cover.shape[1] >= 2 * size.width:
        height, width = cover.shape
        if height % 2 or width % 2:
            cover = np.pad(cover, ((0, height % 2), (0, width % 2)))
        half = (cover.shape[1] // 2, cover.shape[0] // 2)
        cover = np.asarray(cv2.resize(cover, half, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    small = cv2.resize(cover, (size.width, size.height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(small, dtype=np.uint8)


def _tinted(part: NDArray[np.uint8], colour: Colour) -> NDArray[np.uint8]:
    """The part (h, w, 3) under a film of the colour."""
    levels = np.arange(256)[:, None] * (1 - _MASK_OPACITY) + np.array(colour) * _MASK_OPACITY
    table = np.rint(levels).astype(np.uint8).reshape(1, 256, 3)
    return np.asarray(cv2.LUT(np.ascontiguousarray(part), table), dtype=np.uint8)


def _paint_box(picture: NDArray[np.uint8], box: Box, colour: Colour, stroke: int, *, thin: bool) -> None:
    """Draws the box in place: whole with a dark casing, or only thin where a mask shows the shape already."""
    height, width = picture.shape[:2]
    first = min(max(round(box.x_min), 0), width - 1), min(max(round(box.y_min), 0), height - 1)
    last = min(max(round(box.x_max) - 1, first[0]), width - 1), min(max(round(box.y_max) - 1, first[1]), height - 1)
    inner = max(1, stroke // 2) if thin else stroke
    cv2.rectangle(picture, first, last, _INK, inner + 2)
    cv2.rectangle(picture, first, last, colour, inner)


def _with_labels(
    picture: NDArray[np.uint8], labelled: Sequence[tuple[DrawnShape, Box]], scale: float
) -> NDArray[np.uint8]:
    if not labelled:
        return picture
    height, width = picture.shape[:2]
    font = ImageFont.load_default(
        size=min(scale * max(12.0, max(height, width) / 62), max(8.0, min(height, width) / 6))
    )
    image = Image.fromarray(picture)
    canvas = ImageDraw.Draw(image)
    padding = max(2, round(float(font.size) / 4)) if isinstance(font, ImageFont.FreeTypeFont) else 3
    inks = [canvas.textbbox((0, 0), shape.label, font=font) for shape, _ in labelled]
    sizes = [
        Size(height=math.ceil(bottom - top) + 2 * padding, width=math.ceil(right - left) + 2 * padding)
        for left, top, right, bottom in inks
    ]
    places = place_labels([box for _, box in labelled], sizes, Size(height=height, width=width))
    for (shape, box), (left, top, _, _), place in zip(labelled, inks, places, strict=True):
        if place is None:
            continue
        if _gap(place, box) > padding:
            canvas.line([_centre(place), _centre(box)], fill=shape.colour, width=max(1, padding // 2))
        canvas.rectangle((place.x_min, place.y_min, place.x_max - 1, place.y_max - 1), fill=shape.colour, outline=_INK)
        at = (place.x_min + padding - left, place.y_min + padding - top)
        canvas.text(at, shape.label, fill=text_colour_on(shape.colour), font=font)
    return np.asarray(image, dtype=np.uint8)


def place_labels(boxes: Sequence[Box], labels: Sequence[Size], frame: Size) -> list[Box | None]:
    """Where labels go so that none covers another: at the edges of their boxes, or near them.

    Args:
        boxes: what the labels belong to, pixels of the picture; earlier ones choose first.
        labels: the labels' sizes in pixels.
        frame: size of the picture.

    Returns:
        One place per label, or None where the picture has no room for it near its box.
    """
    taken: list[Box] = []
    places: list[Box | None] = []
    for box, label in zip(boxes, labels, strict=True):
        others = [other for other in boxes if other is not box]
        place = _free_place(box, label, taken, others, frame)
        places.append(place)
        if place is not None:
            taken.append(place)
    return places


def _free_place(box: Box, label: Size, taken: Sequence[Box], others: Sequence[Box], frame: Size) -> Box | None:
    """A place that covers no other label and, where there is a choice, no other shape."""
    if label.width > frame.width or label.height > frame.height:
        return None
    free = []
    for x, y in _wanted_places(box, label.width, label.height, frame):
        x_min = round(min(max(x, 0), frame.width - label.width))
        y_min = round(min(max(y, 0), frame.height - label.height))
        place = Box(x_min=x_min, y_min=y_min, x_max=x_min + label.width, y_max=y_min + label.height)
        if not any(_overlap(place, label_there) for label_there in taken):
            free.append(place)
            if not any(_overlap(place, other) for other in others):
                return place
    return free[0] if free else None


def _wanted_places(box: Box, width: int, height: int, frame: Size) -> Iterator[tuple[float, float]]:
    """Top left corners to try, best first: at the box's edges, then ever further above and below it."""
    right, below = box.x_max - width, box.y_max - height
    if box.y_min >= height:
        yield from ((box.x_min, box.y_min - height), (right, box.y_min - height))
    if box.y_max + height <= frame.height:
        yield from ((box.x_min, box.y_max), (right, box.y_max))
    yield from ((box.x_min, box.y_min), (right, box.y_min), (box.x_min, below), (right, below))
    for step in range(1, 9):
        for y in (box.y_min - (step + 1) * height, box.y_max + step * height):
            yield from ((x, y) for x in (box.x_min, right, box.x_min - width, box.x_max))


def _overlap(first: Box, second: Box) -> bool:
    return (
        first.x_min < second.x_max
        and second.x_min < first.x_max
        and first.y_min < second.y_max
        and second.y_min < first.y_max
    )


def _gap(first: Box, second: Box) -> float:
    """Pixels between two boxes, 0 where they touch."""
    x = max(first.x_min - second.x_max, second.x_min - first.x_max, 0)
    y = max(first.y_min - second.y_max, second.y_min - first.y_max, 0)
    return max(x, y)


def _centre(box: Box) -> tuple[float, float]:
    return (box.x_min + box.x_max) / 2, (box.y_min + box.y_max) / 2
