"""VIA 3 projects: their regions in the terms of VIA 2.

A region is an entry of ``metadata`` with ``xy``, a list of numbers that begins with the kind of shape, and ``av``,
values by attribute id; its ``vid`` names a view, and that the file. ``z`` holds times, and is empty for still pictures.
Source: the documentation of VIA 3's code (CodeDoc.md of its repository).
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from coachwork.annotations.json_values import as_list, as_numbers, as_object, as_text
from coachwork.annotations.problems import AnnotationError, ProblemCode, ProblemLog
from coachwork.annotations.via_file import Entry, Region, ViaFile

_SECTIONS = ("attribute", "file", "metadata", "view")
_CHECKBOX = 2
_MOVING = {4: "a video", 8: "a sound"}
_NAMES = {1: "point", 2: "rect", 3: "circle", 4: "ellipse", 5: "polyline", 6: "polyline", 7: "polygon"}
_EXTREME_RECTANGLE, _EXTREME_CIRCLE = 8, 9
_NUMBERS = {2: ("x", "y", "width", "height"), 3: ("cx", "cy", "r"), 4: ("cx", "cy", "rx", "ry")}


def is_third_version(document: object) -> bool:
    """Whether a JSON document is a project of VIA 3."""
    return isinstance(document, dict) and all(isinstance(document.get(section), dict) for section in _SECTIONS)


def read_third_version(document: Mapping[str, Any], log: ProblemLog) -> ViaFile:
    """The photos and regions of a project.

    Regions that cannot be understood are noted at their photo; those of no photo are problems.

    Raises:
        AnnotationError: there is no photo in it.
    """
    attributes = {key: stated for key, stated in document["attribute"].items() if isinstance(stated, dict)}
    entries: dict[str, Entry] = {}
    for key, file in document["file"].items():
        place = f"file.{key}"
        try:
            entries[str(key)] = _entry(as_object(file, log, place), log, place)
        except AnnotationError as error:
            log.take(error)
    if not entries:
        raise log.fault(ProblemCode.WRONG_TYPE, "file", "lists no photo", done="file left out")
    for key, value in document["metadata"].items():
        place = f"metadata.{key}"
        try:
            metadata = as_object(value, log, place)
            entry = entries.get(_file_of(metadata, document["view"], log, place))
        except AnnotationError as error:
            log.take(error)
            continue
        if entry is None or not (metadata.get("xy") or metadata.get("z")):
            continue  # of a file that was told already, or said of the file as a whole
        try:
            entry.regions.append(_region(metadata, attributes, log, place))
        except AnnotationError as error:
            entry.broken.append(error)
    return ViaFile(
        entries=tuple(entries.values()),
        options={_name(key, attributes): _options(attribute) for key, attribute in attributes.items()},
    )


def _entry(file: dict[str, Any], log: ProblemLog, place: str) -> Entry:
    moving = _MOVING.get(file["type"]) if isinstance(file.get("type"), int) else None
    if moving is not None:
        raise log.fault(ProblemCode.SHAPE_UNSUPPORTED, place, f"is {moving}, no photo", done="file left out")
    name = as_text(file.get("fname") or file.get("src"), log, f"{place}.fname")
    return Entry(name=name, place=place)


def _name(key: str, attributes: Mapping[str, dict[str, Any]]) -> str:
    """An attribute's name, by which people know it; its id where it has none."""
    name = attributes.get(key, {}).get("aname")
    return name.strip() if isinstance(name, str) and name.strip() else key


def _options(attribute: Mapping[str, Any]) -> dict[str, str]:
    stated = attribute.get("options")
    options = stated.items() if isinstance(stated, dict) else ()
    return {key: text.strip() for key, text in options if isinstance(text, str) and text.strip()}


def _file_of(metadata: dict[str, Any], views: Mapping[str, Any], log: ProblemLog, place: str) -> str:
    """The id of the file that a region lies in.

    Raises:
        AnnotationError: its view is not there, or shows no file or several.
    """
    vid = str(metadata.get("vid"))
    if vid not in views:
        raise log.fault(ProblemCode.IMAGE_UNKNOWN, f"{place}.vid", f"there is no view {vid[:40]!r}")
    files = as_list(as_object(views[vid], log, f"view.{vid}").get("fid_list"), log, f"view.{vid}.fid_list")
    if len(files) != 1:
        what = f"the view {vid[:40]!r} shows {len(files)} files: in which one the region lies is not said"
        raise log.fault(ProblemCode.IMAGE_UNKNOWN, f"{place}.vid", what)
    return str(files[0])


def _region(metadata: dict[str, Any], attributes: Mapping[str, dict[str, Any]], log: ProblemLog, place: str) -> Region:
    if metadata.get("z"):
        raise log.fault(ProblemCode.SHAPE_UNSUPPORTED, f"{place}.z", "marks a time, which a photo has not")
    kind, *numbers = as_numbers(metadata["xy"], log, f"{place}.xy")
    values = as_object(metadata.get("av") or {}, log, f"{place}.av")
    return Region(
        place=place,
        shape=_shape(int(kind), numbers, log, f"{place}.xy"),
        attributes={_name(key, attributes): _value(value, attributes.get(key, {})) for key, value in values.items()},
        shape_key="xy",
        attributes_key="av",
    )


def _value(value: object, attribute: Mapping[str, Any]) -> object:
    """An attribute's value; the ticked options of a checkbox stand as a text with commas."""
    if attribute.get("type") == _CHECKBOX and isinstance(value, str):
        return {option.strip(): True for option in value.split(",") if option.strip()}
    return value


def _shape(kind: int, numbers: Sequence[float], log: ProblemLog, place: str) -> dict[str, Any]:
    """A shape in the terms of VIA 2.

    Raises:
        AnnotationError: numbers that do not fit the kind of shape.
    """
    if kind == _EXTREME_RECTANGLE and len(numbers) == 8:
        low_x, high_x, low_y, high_y = *_ends(numbers[0::2]), *_ends(numbers[1::2])
        return _shape(2, (low_x, low_y, high_x - low_x, high_y - low_y), log, place)
    if kind == _EXTREME_CIRCLE and len(numbers) == 6:
        return _shape(3, _circle_through(numbers, log, place), log, place)
    kind = {_EXTREME_RECTANGLE: 2, _EXTREME_CIRCLE: 3}.get(kind, kind)
    name = _NAMES.get(kind, f"shape {kind}")
    if kind in _NUMBERS:
        if len(numbers) != len(_NUMBERS[kind]):
            what = f"a {name} needs {len(_NUMBERS[kind])} numbers, has {len(numbers)}"
            raise log.fault(ProblemCode.WRONG_TYPE, place, what)
        return {"name": name} | dict(zip(_NUMBERS[kind], numbers, strict=True))
    if kind == 7 and len(numbers) % 2:
        raise log.fault(ProblemCode.WRONG_TYPE, place, f"{len(numbers)} numbers are no pairs of x and y")
    return {"name": name, "all_points_x": list(numbers[0::2]), "all_points_y": list(numbers[1::2])}


def _ends(values: Sequence[float]) -> tuple[float, float]:
    return min(values), max(values)


def _circle_through(numbers: Sequence[float], log: ProblemLog, place: str) -> tuple[float, float, float]:
    """Centre and radius of the circle through three points x, y, x, y, x, y."""
    points = np.array(numbers, dtype=np.float64).reshape(-1, 2)
    try:
        sides = 2 * (points[1:] - points[0])
        centre = np.linalg.solve(sides, (points[1:] ** 2).sum(axis=1) - (points[0] ** 2).sum())
    except np.linalg.LinAlgError:
        raise log.fault(ProblemCode.SHAPE_EMPTY, place, "the circle's three points lie on a line") from None
    x, y = float(centre[0]), float(centre[1])
    return x, y, float(np.hypot(*(points[0] - centre)))
