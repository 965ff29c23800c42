"""Semantic segmentation of Ground Truth: a PNG of colours, and what each means. Connected pixels are an instance."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from coachwork.annotations.json_values import as_object, as_text
from coachwork.annotations.mask_pictures import MaskPicture, MaskPictureError, read_mask_picture
from coachwork.annotations.problems import AnnotationError, ProblemCode, ProblemLog
from coachwork.annotations.shapes import ShapeReader
from coachwork.geometry.mask import Mask
from coachwork.geometry.size import Size

BACKGROUND = "BACKGROUND"
"""Class name of what is nothing, whatever its colour."""
MOST_INSTANCES = 10_000
"""Of one class in one photo: more is noise, no drawing."""


def colour_classes(metadata: dict[str, Any], log: ProblemLog, place: str) -> dict[int, tuple[int | None, str]]:
    """Index -> colour as 0xRRGGBB (None where it is not stated) and class name, the background among them.

    Raises:
        AnnotationError: there is no colour map.
    """
    where = f"{place}.internal-color-map"
    classes = {}
    for key, entry in as_object(metadata.get("internal-color-map"), log, where).items():
        try:
            facts = as_object(entry, log, f"{where}.{key}")
            name = as_text(facts.get("class-name"), log, f"{where}.{key}.class-name")
            classes[_whole(key, 10, log, f"{where}.{key}")] = (_colour(facts, log, f"{where}.{key}"), name)
        except AnnotationError as error:
            log.take(error)
    return classes


def _whole(text: str, base: int, log: ProblemLog, place: str) -> int:
    try:
        return int(text, base)
    except ValueError:
        raise log.fault(ProblemCode.NUMBER_BAD, place, f"{text[:20]!r} is no number of a class or colour") from None


def _colour(facts: dict[str, Any], log: ProblemLog, place: str) -> int | None:
    if facts.get("hex-color") is None:
        return None
    text = as_text(facts["hex-color"], log, f"{place}.hex-color").removeprefix("#")
    if len(text) != 6:
        raise log.fault(ProblemCode.NUMBER_BAD, f"{place}.hex-color", f"{text[:20]!r} is no colour of six digits")
    return _whole(text, 16, log, f"{place}.hex-color")


def open_mask(path: Path, log: ProblemLog, place: str) -> MaskPicture:
    """The picture of a segmentation.

    Raises:
        AnnotationError: it cannot be read.
    """
    try:
        return read_mask_picture(path)
    except MaskPictureError as error:
        raise log.fault(ProblemCode.PHOTO_UNREADABLE, place, f"the mask {path.name} {error}") from None


def add_segmentation(
    picture: MaskPicture,
    classes: dict[int, tuple[int | None, str]],
    reader: ShapeReader,
    place: str,
    attributes: dict[str, dict[str, str]],
) -> None:
    """Adds each connected piece of a class as one damage; what cannot be used becomes a problem.

    Args:
        picture: of the size that the reader's placement states.
        classes: as from `colour_classes`.
        reader: of the photo.
        place: where the label stands.
        attributes: class name -> attributes of its damages.
    """
    values, names = _meanings(picture, classes)
    for value in picture_values(values):
        name = names.get(value)
        if name is None:
            what = f"the mask has pixels of {value:#08x}, which no class has"
            reader.lose(reader.log.fault(ProblemCode.CATEGORY_UNKNOWN, place, what))
        elif name.upper() != BACKGROUND:
            _add_pieces(values == value, name, reader, place, attributes.get(name, {}))


def picture_values(values: NDArray[np.int32]) -> list[int]:
    """The distinct values of (H, W) int32, ascending, at most 1,000: a picture of more is a photo."""
    return [int(value) for value in np.unique(values)[:1000]]


def _meanings(
    picture: MaskPicture, classes: dict[int, tuple[int | None, str]]
) -> tuple[NDArray[np.int32], dict[int, str]]:
    """Values (H, W) int32 with their names: colours, or indices where the pixels have none of the stated colours."""
    by_colour = {colour: name for colour, name in classes.values() if colour is not None}
    by_colour.setdefault(0, BACKGROUND)  # what is transparent
    colours = picture.colours()
    found = set(picture_values(colours))
    if not picture.is_colour:
        indices = set(picture_values(picture.values))
        if indices <= classes.keys() and not found <= by_colour.keys():
            return picture.values, {index: name for index, (_, name) in classes.items()}
    return colours, by_colour


def _add_pieces(
    pixels: NDArray[np.bool_], label: str, reader: ShapeReader, place: str, attributes: dict[str, str]
) -> None:
    """Adds the pieces of pixels (H, W) bool; pixels that touch at a corner are one piece."""
    frame = Size(height=pixels.shape[0], width=pixels.shape[1])
    rule = None
    try:
        rule = reader.rule(label, place)
        count, pieces, boxes, _ = cv2.connectedComponentsWithStats(pixels.astype(np.uint8), connectivity=8)
        if count > MOST_INSTANCES:
            what = f"{label!r} has {count - 1} separate pieces"
            raise reader.log.fault(ProblemCode.SHAPE_UNSUPPORTED, place, what)
        for number in range(1, count):
            x, y, width, height = (int(value) for value in boxes[number][:4])
            crop = pieces[y : y + height, x : x + width] == number
            mask = Mask(crop=crop, x=x, y=y, frame=frame)
            reader.add_mask(mask, label=label, place=place, attributes=attributes)
    except AnnotationError as error:
        reader.lose(error, rule)
