"""The rows of YOLO label files: boxes, outlines or turned boxes, in fractions of the photo's sides."""

import math
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from coachwork.annotations.problems import AnnotationError, ProblemCode, ProblemLog
from coachwork.annotations.shapes import MOST_NUMBERS, ShapeReader
from coachwork.annotations.text_files import TextFileError, read_text_file
from coachwork.annotations.yolo_document import DataFile
from coachwork.geometry.box import Box
from coachwork.geometry.polygon import Polygon, polygons_box
from coachwork.geometry.rotated_box import RotatedBox

MOST_BYTES = 64 * 1024 * 1024
MOST_BYTES_AT_A_GLANCE = 2**20
MOST_CLASSES = 1_000_000
FARTHEST = 2.0
"""A fraction of a side beyond this (or below 1 less) is no rounding and no overshoot: the numbers are no fractions."""
EXACT_PX = 2e-3
"""Rounding of the corners of a box that is written as an outline."""


def read_rows(path: Path, log: ProblemLog, place: str) -> list[tuple[str, list[str]]]:
    """The rows of a label file that are not blank, as texts, each with its place; the last may lack its line end.

    Raises:
        AnnotationError: the file cannot be read or is no text.
    """
    try:
        lines = read_text_file(path, most_bytes=MOST_BYTES).splitlines()
    except TextFileError as error:
        raise log.fault(ProblemCode.FILE_UNREADABLE, place, str(error)) from None
    return [(f"{place} line {number}", line.split()) for number, line in enumerate(lines, start=1) if line.strip()]


def class_numbers(path: Path) -> frozenset[str]:
    """The class numbers that a label file uses, as labels; none where it cannot be read."""
    try:
        lines = read_text_file(path, most_bytes=MOST_BYTES).splitlines()
    except TextFileError:
        return frozenset()
    firsts = {line.split(maxsplit=1)[0] for line in lines if line.strip()}
    return frozenset(str(int(text)) for text in firsts if text.isascii() and text.isdigit() and len(text) < 10)


def looks_like_rows(path: Path) -> bool | None:
    """Whether all rows of a small text file are those of a label file; None where it is empty."""
    try:
        rows = [line.split() for line in read_text_file(path, most_bytes=MOST_BYTES_AT_A_GLANCE).splitlines()]
    except TextFileError:
        return False
    rows = [row for row in rows if row]
    return all(_is_row(row) for row in rows) if rows else None


def _is_row(row: list[str]) -> bool:
    try:
        return float(row[0]).is_integer() and len(row) > 4 and all(-1 <= float(text) <= FARTHEST for text in row[1:])
    except ValueError:
        return False


def add_row(row: list[str], where: str, reader: ShapeReader, data: DataFile, *, oriented: bool) -> None:
    """Adds the shape of one row to the reader; what cannot be used becomes a problem.

    A row of 4 numbers is a box (with a 5th, its confidence, which a model wrote), one of more pairs an outline. Where
    `oriented`, 4 corners are a turned box. An outline that is exactly an upright rectangle is a box: segmentation
    datasets know no other way to write one.
    """
    rule = None
    try:
        label = _label(row[0], where, data, reader.log)
        rule = reader.rule(label, where)
        numbers = _numbers(row[1:], where, reader.log)
        if data.keypoint_numbers and len(numbers) == 4 + data.keypoint_numbers:
            numbers = numbers[:4]
        frame = reader.placement.frame
        scale = (frame.width, frame.height)
        if len(numbers) in {4, 5}:
            reader.add_box(_box(numbers, scale), label=label, place=where)
        elif len(numbers) % 2 or len(numbers) < 6:
            what = f"a row has 4 numbers or at least 3 pairs behind its class, this one has {len(numbers)}"
            raise reader.log.fault(ProblemCode.WRONG_TYPE, where, what)
        else:
            _add_corners(np.array(numbers).reshape(-1, 2) * scale, label, where, reader, oriented=oriented)
    except AnnotationError as error:
        reader.lose(error, rule)


def _add_corners(points: Polygon, label: str, where: str, reader: ShapeReader, *, oriented: bool) -> None:
    if oriented and len(points) == 4:
        reader.add_rotated_box(RotatedBox.from_corners(points), label=label, place=where)
    elif (box := _as_box(points)) is not None:
        reader.add_box(box, label=label, place=where)
    else:
        reader.add_polygons([points], label=label, place=where)


def _label(text: str, where: str, data: DataFile, log: ProblemLog) -> str:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not number.is_integer():
        raise log.fault(ProblemCode.WRONG_TYPE, where, f"{text[:40]!r} is no class number")
    if data.names is None and 0 <= number < MOST_CLASSES:
        return str(int(number))
    if number not in (data.names or {}):
        raise log.fault(ProblemCode.CATEGORY_UNKNOWN, where, f"'names' has no class {text[:40]}")
    return (data.names or {})[int(number)]


def _numbers(texts: list[str], where: str, log: ProblemLog) -> list[float]:
    """Fractions of the photo's sides.

    Raises:
        AnnotationError: something is no number, or no fraction.
    """
    if len(texts) > MOST_NUMBERS:
        raise log.fault(ProblemCode.WRONG_TYPE, where, f"a row of {len(texts)} numbers")
    try:
        numbers = [float(text) for text in texts]
    except ValueError:
        raise log.fault(ProblemCode.NUMBER_BAD, where, "something in the row is no number") from None
    if not all(1 - FARTHEST <= number <= FARTHEST for number in numbers):
        what = "has numbers that are no fractions of the photo's sides (0 to 1)"
        raise log.fault(ProblemCode.NUMBER_BAD, where, what)
    return numbers


def _box(numbers: list[float], scale: tuple[int, int]) -> Box:
    """The box of centre and sides; negative sides become none."""
    x, y = numbers[0] * scale[0], numbers[1] * scale[1]
    width, height = max(0.0, numbers[2]) * scale[0], max(0.0, numbers[3]) * scale[1]
    return Box(x_min=x - width / 2, y_min=y - height / 2, x_max=x + width / 2, y_max=y + height / 2)


def _as_box(points: NDArray[np.float64]) -> Box | None:
    """The box whose corners these points are, exactly and in order around it, closed or not; else None."""
    if len(points) == 5 and np.abs(points[0] - points[4]).max() <= EXACT_PX:
        points = points[:4]
    if len(points) != 4:
        return None
    sides = np.abs(np.roll(points, -1, axis=0) - points)
    along_x = sides[:, 1] <= EXACT_PX
    along_y = sides[:, 0] <= EXACT_PX
    alternate = (along_x[[0, 2]].all() and along_y[[1, 3]].all()) or (along_y[[0, 2]].all() and along_x[[1, 3]].all())
    return polygons_box([points]) if alternate else None
