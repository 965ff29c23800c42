"""CVAT's XML files (for images 1.1, for video 1.1), element by element, so that large ones need little memory.

The format is that of https://docs.cvat.ai/docs/manual/advanced/xml_format/; masks and ellipses, which that page leaves
out, are as CVAT's own exporter writes them.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree.ElementTree import Element

from defusedxml.ElementTree import ParseError, iterparse

from coachwork.annotations.attributes import texts_of
from coachwork.annotations.placement import stated_size
from coachwork.annotations.problems import ProblemCode, ProblemLog
from coachwork.geometry.size import Size

ROOT = "annotations"
CHILDREN = frozenset({"version", "meta", "image", "track"})
"""What CVAT writes below the root."""
DEEPEST = 30
MOST_ELEMENTS = 2_000_000
"""Elements below one photo or track: more are no drawing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """One shape as it stands in the file.

    Attributes:
        kind: its element's name, such as ``polygon``.
        place: where it stands.
        values: the element's own attributes, such as ``label`` and ``points``.
        attributes: those that the task declares for its label, name -> value.
    """

    kind: str
    place: str
    values: dict[str, str]
    attributes: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One photo or frame of the file.

    Attributes:
        name: the photo's name, perhaps with folders.
        place: where it stands.
        stated: the size that the file says it has.
        subset: of the project, or empty.
        shapes: what is drawn on it.
        tags: labels of the photo as a whole; an attribute of one is a tag of its own, such as ``scene.light=night``.
    """

    name: str
    place: str
    stated: Size | None
    subset: str
    shapes: list[Drawn] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)


def looks_like_cvat(path: Path) -> bool:
    """Whether an XML file starts as CVAT's do."""
    tags = []
    try:
        with path.open("rb") as file:
            for _, element in iterparse(file, events=("start",), forbid_dtd=True):
                tags.append(element.tag)
                if len(tags) == 2:
                    break
    except (OSError, ParseError, ValueError, LookupError):
        return False
    return len(tags) == 2 and tags[0] == ROOT and tags[1] in CHILDREN


def children(path: Path, log: ProblemLog) -> Iterator[tuple[str, Element]]:
    """The elements below the root, each with its place; one is gone when the next is asked for.

    Raises:
        AnnotationError: the file cannot be read, is no XML, or not CVAT's.
    """
    broken = (ParseError, ValueError, LookupError, RecursionError)
    try:
        with path.open("rb") as file:
            yield from _children(iter(iterparse(file, events=("start", "end"), forbid_dtd=True)), log)
    except OSError as error:
        what = error.strerror or "cannot be read"
        raise log.fault(ProblemCode.FILE_UNREADABLE, "", what, done="file left out") from None
    except broken as error:
        what = f"is not usable XML: {error or type(error).__name__}"
        raise log.fault(ProblemCode.FILE_UNREADABLE, "", what, done="file left out") from None


def _children(events: Iterator[tuple[str, Element]], log: ProblemLog) -> Iterator[tuple[str, Element]]:
    counts: Counter[str] = Counter()
    _, root = next(events)
    if root.tag != ROOT:
        what = f"the file's root is {root.tag!r}, not {ROOT!r}"
        raise log.fault(ProblemCode.WRONG_TYPE, "", what, done="file left out")
    depth, elements = 1, 0
    for event, element in events:
        if event == "start":
            depth, elements = depth + 1, elements + 1
            if depth > DEEPEST or elements > MOST_ELEMENTS:
                what = f"has elements within elements, {depth} deep, {elements} in one"
                raise log.fault(ProblemCode.FILE_UNREADABLE, "", what, done="file left out")
            continue
        depth -= 1
        if depth == 1:
            yield f"{element.tag}[{counts[element.tag]}]", element
            counts[element.tag] += 1
            elements = 0
            root.clear()


def picture_of(element: Element, place: str, log: ProblemLog) -> Picture:
    """The photo of an ``image`` element.

    Raises:
        AnnotationError: it has no name, or an impossible size.
    """
    name = element.get("name", "").strip()
    if not name:
        raise log.fault(ProblemCode.FIELD_MISSING, f"{place}.name", "is missing", done="photo left out")
    stated = stated_size(element.get("width"), element.get("height"), log, place)
    picture = Picture(name=name, place=place, stated=stated, subset=element.get("subset", "").strip())
    for drawn in drawn_below(element, place):
        if drawn.kind != "tag":
            picture.shapes.append(drawn)
        elif label := drawn.values.get("label", "").strip():
            said = texts_of(drawn.attributes, without=frozenset())
            picture.tags.extend([label, *(f"{label}.{name}={text}" for name, text in said.items())])
        else:
            log.add(ProblemCode.LABEL_MISSING, drawn.place, "the tag has no label", done="left out")
    return picture


def drawn_below(element: Element, place: str) -> Iterator[Drawn]:
    """Everything below an ``image`` or ``track`` element, with its attributes."""
    counts: Counter[str] = Counter()
    for child in element:
        attributes = {one.get("name", "").strip(): one.text or "" for one in child.iterfind("attribute")}
        attributes.pop("", None)
        where = f"{place}.{child.tag}[{counts[child.tag]}]"
        counts[child.tag] += 1
        yield Drawn(kind=child.tag, place=where, values=dict(child.attrib), attributes=attributes)


def declared_labels(meta: Element) -> frozenset[str]:
    """Names of all labels that a ``meta`` element declares, for a task, a job or a project."""
    names = ((label.findtext("name") or "").strip() for label in meta.iter("label"))
    return frozenset(name for name in names if name)
