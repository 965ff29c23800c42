"""Which pixel value of a mask picture means which class: the tables that programs write beside the pictures.

Known are: CVAT's ``labelmap.txt`` (``label:color_rgb:parts:actions``; where datumaro leaves all colours out, it means
those that Pascal VOC gives to the lines' numbers), CamVid's ``class_dict.csv`` (name, r, g, b), Roboflow's
``_classes.csv`` (Pixel Value, Class), and ``classes.txt`` or ``labels.txt`` with one name a line, with or without a
number before it.
"""

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from coachwork.annotations.png_masks import voc_colours
from coachwork.annotations.text_files import TextFileError, read_text_file

TABLE_NAMES = ("labelmap.txt", "label_map.txt", "class_dict.csv", "_classes.csv", "classes.txt", "labels.txt")
BACKGROUND = frozenset({"background", "_background_", "__background__", "bg", "_ignore_", "__ignore__", "void", "none"})
"""Names of classes that are no class, lower case."""

_MOST_BYTES = 2**20
_NUMBERED = re.compile(r"^\s*(\d{1,6})\s*[:=,;\t ]\s*(.+)$")
_COLOUR = re.compile(r"^\s*(\d{1,3})\s*,\s*(\d{1,3})\s*,\s*(\d{1,3})\s*$")


class MaskTableError(ValueError):
    """A table of classes cannot be read; the message says where and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskTable:
    """What pixel values mean.

    Attributes:
        file: where it stands.
        by_colour: whether the values are colours 0xRRGGBB, not indices.
        classes: value -> label; None for the background.
    """

    file: Path
    by_colour: bool
    classes: Mapping[int, str | None]

    @property
    def labels(self) -> frozenset[str]:
        """All labels but the background's."""
        return frozenset(label for label in self.classes.values() if label is not None)


def find_table(folder: Path, *places: Path) -> Path | None:
    """The table in a folder, or else in one of the folders of masks in it."""
    for place in (folder, *places):
        for name in TABLE_NAMES:
            if (place / name).is_file():
                return place / name
    return None


def read_table(path: Path) -> MaskTable:
    """Reads a table of classes.

    Raises:
        MaskTableError: it cannot be read, or a line does not say what it should.
    """
    try:
        text = read_text_file(path, most_bytes=_MOST_BYTES)
    except TextFileError as error:
        raise MaskTableError(str(error)) from None
    lines = [(number, line.strip()) for number, line in enumerate(text.splitlines(), start=1) if line.strip()]
    if path.suffix.lower() == ".csv":
        by_colour, classes = _from_csv(lines)
    elif any(line.count(":") >= 3 or line.startswith("# label:") for _, line in lines):
        by_colour, classes = True, _from_cvat(lines)
    else:
        by_colour, classes = False, _from_names(lines)
    if not any(classes.values()):
        message = "names no class"
        raise MaskTableError(message)
    return MaskTable(file=path, by_colour=by_colour, classes=classes)


def _from_cvat(lines: list[tuple[int, str]]) -> dict[int, str | None]:
    """Classes by colour; one without a colour has none in the pictures, unless all are without: then VOC's count."""
    entries = [(number, line, [*line.rsplit(":", 3), line]) for number, line in lines if not line.startswith("#")]
    if not any(colour.strip() for _, _, (_, colour, *_) in entries):
        labels = [_named(label) for _, _, (label, *_) in entries]
        return dict(zip(voc_colours(), labels, strict=False))
    classes: dict[int, str | None] = {}
    for number, line, (label, colour, *_) in entries:
        if not colour.strip():
            continue
        found = _COLOUR.match(colour)
        if found is None:
            message = f"line {number}: {line[:60]!r} is no  label:r,g,b:parts:actions"
            raise MaskTableError(message)
        classes[_packed(found.groups(), number)] = _named(label)
    return classes


def _from_csv(lines: list[tuple[int, str]]) -> tuple[bool, dict[int, str | None]]:
    try:
        rows = [(number, [cell.strip() for cell in next(csv.reader([line]))]) for number, line in lines]
    except csv.Error as error:
        message = f"is no CSV: {error}"
        raise MaskTableError(message) from error
    if not rows:
        message = "is empty"
        raise MaskTableError(message)
    header = [cell.lower() for cell in rows[0][1]]
    try:
        if {"r", "g", "b"} <= set(header):
            name = next(column for column in ("name", "class", "label") if column in header)
            at = [header.index(column) for column in (name, "r", "g", "b")]
            cells = [(number, [row[place] for place in at]) for number, row in rows[1:]]
            return True, {_packed(tuple(cell[1:]), number): _named(cell[0]) for number, cell in cells}
        value = next(header.index(column) for column in ("pixel value", "value", "id", "index") if column in header)
        name_at = next(header.index(column) for column in ("class", "name", "label") if column in header)
        return False, {int(row[value]): _named(row[name_at]) for _, row in rows[1:]}
    except StopIteration:
        message = f"line 1: should name the columns name, r, g, b, or Pixel Value, Class; has {', '.join(header)[:80]}"
        raise MaskTableError(message) from None
    except (ValueError, IndexError) as error:
        message = str(error) if isinstance(error, MaskTableError) else "a row lacks a number or a name"
        raise MaskTableError(message) from None


def _from_names(lines: list[tuple[int, str]]) -> dict[int, str | None]:
    """Names by line: line n means n, or n - 1 where the first line is the background; or by the number before each."""
    numbered = [_NUMBERED.match(line) for _, line in lines]
    if lines and all(numbered):
        return {int(found.group(1)): _named(found.group(2)) for found in numbered if found}
    first = 0 if lines and _named(lines[0][1]) is None else 1
    return {index: _named(line) for index, (_, line) in enumerate(lines, start=first)}


def _named(label: str) -> str | None:
    cleaned = label.strip().strip("\"'").strip()
    return None if not cleaned or cleaned.lower() in BACKGROUND else cleaned[:200]


def _packed(channels: tuple[str, ...], number: int) -> int:
    try:
        red, green, blue = (int(channel) for channel in channels)
    except ValueError:
        message = f"line {number}: {', '.join(channels)[:60]!r} are no three numbers"
        raise MaskTableError(message) from None
    if not all(0 <= channel <= 255 for channel in (red, green, blue)):
        message = f"line {number}: {red}, {green}, {blue} is no colour: each is 0..255"
        raise MaskTableError(message)
    return red << 16 | green << 8 | blue
