"""A Pascal VOC annotation file: one photo's objects, as they stand in the XML."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree.ElementTree import Element

from defusedxml.ElementTree import ParseError, fromstring

from coachwork.annotations.attributes import texts_of
from coachwork.annotations.json_values import as_number
from coachwork.annotations.problems import AnnotationError, Problem, ProblemCode, ProblemLog

MOST_BYTES = 16 * 1024 * 1024
"""One photo's objects take kilobytes."""
FLAGS = ("difficult", "truncated", "occluded")
POSE = "pose"
NO_POSE = frozenset({"", "unspecified", "unknown"})


@dataclass(frozen=True, slots=True, kw_only=True)
class VocObject:
    """One object.

    Attributes:
        place: where it stands.
        label: its name; empty where it has none.
        corners: xmin, ymin, xmax, ymax as they stand; None where there is no box.
        outlines: x, y, x, y, ... of each part, where the file has polygons, as Roboflow writes them.
        attributes: pose, difficult, truncated, occluded where they are set, and those of `attributes`; with a severity.
        broken: what is wrong with it, if anything: the object cannot be used.
    """

    place: str
    label: str
    corners: tuple[float, ...] | None = None
    outlines: tuple[tuple[float, ...], ...] = ()
    attributes: Mapping[str, str] = field(default_factory=dict)
    broken: AnnotationError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VocFile:
    """An annotation file.

    Attributes:
        photo: the photo's name; empty where it is not stated.
        width, height: the stated size as texts, None where not stated; VOC tools write 0 for an unknown one.
        objects: in the file's order, which is that of the indices in its segmentation.
        is_whole: whether all coordinates are whole numbers from 1 on, as VOC counts pixels.
    """

    photo: str
    width: str | None
    height: str | None
    objects: tuple[VocObject, ...]
    is_whole: bool


def load_root(path: Path) -> Element:
    """The root of a small XML file without declarations of its own.

    Raises:
        AnnotationError: the file cannot be read, is too large, or no XML.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            what = f"is larger than {MOST_BYTES // 2**20} MiB, so no annotation of one photo"
        else:
            return fromstring(path.read_bytes(), forbid_dtd=True)
    except OSError as error:
        what = error.strerror or "cannot be read"
    except (ParseError, ValueError, LookupError, RecursionError) as error:
        what = f"is not usable XML: {str(error)[:200] or type(error).__name__}"
    raise AnnotationError(
        Problem(code=ProblemCode.FILE_UNREADABLE, file=str(path), place="", what=what, done="file left out")
    )


def load_voc(path: Path, log: ProblemLog) -> VocFile:
    """Reads an annotation file.

    Raises:
        AnnotationError: the file is useless as a whole.
    """
    root = load_root(path)
    if root.tag != "annotation":
        what = f"the file's root is {root.tag[:40]!r}, not 'annotation'"
        raise log.fault(ProblemCode.WRONG_TYPE, "", what, done="file left out")
    objects = tuple(_object(entry, f"object[{index}]", log) for index, entry in enumerate(root.iterfind("object")))
    numbers = [number for entry in objects for number in entry.corners or ()]
    return VocFile(
        photo=_text(root, "filename"),
        width=_side(root, "width"),
        height=_side(root, "height"),
        objects=objects,
        is_whole=all(number.is_integer() and number >= 1 for number in numbers),
    )


def _text(element: Element, path: str) -> str:
    return (element.findtext(path) or "").strip()


def _side(root: Element, name: str) -> str | None:
    text = _text(root, f"size/{name}")
    return text if text.strip("0.") else None


def _object(entry: Element, place: str, log: ProblemLog) -> VocObject:
    label = _text(entry, "name")
    try:
        return VocObject(
            place=place,
            label=label,
            corners=_corners(entry.find("bndbox"), f"{place}.bndbox", log),
            outlines=tuple(_outline(polygon, f"{place}.polygon", log) for polygon in entry.iterfind("polygon")),
            attributes=_attributes(entry),
        )
    except AnnotationError as error:
        return VocObject(place=place, label=label, broken=error)


def _corners(box: Element | None, place: str, log: ProblemLog) -> tuple[float, ...] | None:
    if box is None:
        return None
    names = ("xmin", "ymin", "xmax", "ymax")
    for name in names:
        if box.find(name) is None:
            raise log.fault(ProblemCode.FIELD_MISSING, f"{place}.{name}", "is missing")
    return tuple(as_number(_text(box, name), log, f"{place}.{name}") for name in names)


def _outline(polygon: Element, place: str, log: ProblemLog) -> tuple[float, ...]:
    """Points x1, y1, x2, y2, ... of a polygon element."""
    stated = {child.tag: child.text or "" for child in polygon}
    points: list[float] = []
    while f"x{len(points) // 2 + 1}" in stated:
        number = len(points) // 2 + 1
        points += [as_number(stated.get(f"{axis}{number}"), log, f"{place}.{axis}{number}") for axis in "xy"]
    return tuple(points)


def _attributes(entry: Element) -> dict[str, str]:
    attributes: dict[str, object] = {}
    for name in FLAGS:
        if _text(entry, name).lower() in {"1", "true", "yes"}:
            attributes[name] = True
    if _text(entry, POSE).lower() not in NO_POSE:
        attributes[POSE] = _text(entry, POSE)
    for attribute in entry.iterfind("attributes/attribute"):
        if name := _text(attribute, "name"):
            attributes[name] = _text(attribute, "value")
    return texts_of(attributes, without=frozenset())
