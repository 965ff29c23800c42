"""Samples as CVAT's export of a project."""

import re
from collections.abc import Iterator, Sequence
from itertools import count
from typing import TextIO
from xml.etree.ElementTree import Element, SubElement, indent, tostring

import numpy as np

from coachwork.annotations.attributes import SEVERITY, attributes_of
from coachwork.annotations.cvat_shapes import CROWD, ORDINARY
from coachwork.annotations.export import Export
from coachwork.datasets.sample import DamageShape, Sample
from coachwork.geometry.mask import Mask
from coachwork.taxonomy import Severity

UNDAMAGED = "undamaged"
"""Tag of a photo that was looked at and shows no damage; CVAT lists photos nobody has looked at as well."""
FILE = "annotations.xml"
_OWN = {
    "occluded": re.compile("[01]"),
    "z_order": re.compile("-?[0-9]{1,6}"),
    "source": re.compile("manual|auto|semi-auto|file|consensus"),
    "group_id": re.compile("[1-9][0-9]{0,8}"),
}
"""What CVAT says of every shape, and the values that it takes; others become attributes as all the rest."""
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write_cvat(export: Export) -> None:
    """Writes CVAT for images 1.1 as CVAT exports a project with its photos: a task and a subset for each split.

    Turned boxes, outlines and masks stay what they are. Outline parts become a group; severity and attributes become
    attributes that the label declares. A photo that was reviewed and shows no damage gets a tag.
    """
    with (export.folder / FILE).open("w", encoding="utf-8") as file:
        file.write('<?xml version="1.0" encoding="utf-8"?>\n<annotations>\n  <version>1.1</version>\n')
        _put(file, _meta(export))
        for task, (split, samples) in enumerate(export.by_split.items(), start=1):
            ordered = sorted(samples, key=export.name)  # CVAT numbers photos in lexical order
            for index, sample in enumerate(ordered):
                export.place_photo(sample, f"images/{split}/{_legal(export.name(sample))}")
                facts = {"id": str(index), "name": _legal(export.name(sample)), "subset": split, "task_id": str(task)}
                _put(file, _image(export, sample, facts))
        file.write("</annotations>\n")


def _put(file: TextIO, element: Element) -> None:
    indent(element, level=1)
    file.write(f"  {tostring(element, encoding='unicode')}\n")


def _legal(text: str) -> str:
    """The text without characters that XML cannot hold."""
    return _ILLEGAL.sub("", text)


def _with_text(parent: Element, name: str, text: str) -> None:
    SubElement(parent, name).text = _legal(text)


def _meta(export: Export) -> Element:
    meta = Element("meta")
    project = SubElement(meta, "project")
    _with_text(project, "id", "1")
    _with_text(project, "name", "Coachwork")
    tasks = SubElement(project, "tasks")
    for number, (split, samples) in enumerate(export.by_split.items(), start=1):
        task = SubElement(tasks, "task")
        facts = {"id": number, "name": split, "size": len(samples), "mode": "annotation", "overlap": 0}
        for name, value in (facts | {"flipped": False, "subset": split}).items():
            _with_text(task, name, str(value))
    _with_text(project, "subsets", "\n".join(export.by_split))
    _add_labels(SubElement(project, "labels"), export)
    return meta


def _add_labels(labels: Element, export: Export) -> None:
    """Declares all labels with their attributes, as CVAT takes over no others."""
    names: dict[str, set[str]] = {label: set() for label in export.labels}
    tags = {UNDAMAGED}
    for sample in export.samples:
        tags.update(sample.tags)
        for shape in sample.shapes:
            names[export.label(shape)].update(_declared(shape))
    for label, attributes in names.items():
        element = _label(labels, label, "any")
        _declare(element, SEVERITY, "select", ["not stated", *Severity])
        for name in sorted(attributes - {SEVERITY}):
            _declare(element, name, "text", [])
    for tag in sorted(tags - names.keys()):
        _label(labels, tag, "tag")


def _label(labels: Element, name: str, kind: str) -> Element:
    label = SubElement(labels, "label")
    _with_text(label, "name", name)
    _with_text(label, "type", kind)
    return SubElement(label, "attributes")


def _declare(attributes: Element, name: str, kind: str, values: Sequence[str]) -> None:
    attribute = SubElement(attributes, "attribute")
    facts = {"name": name, "mutable": "False", "input_type": kind, "default_value": values[0] if values else ""}
    for key, value in (facts | {"values": "\n".join(values)}).items():
        _with_text(attribute, key, value)


def _image(export: Export, sample: Sample, facts: dict[str, str]) -> Element:
    image = Element("image", facts | {"width": str(sample.size.width), "height": str(sample.size.height)})
    used = {shape.attributes.get("group_id") for shape in sample.shapes}
    groups = (str(number) for number in count(1) if str(number) not in used)
    for shape in sample.shapes:
        own = {"label": _legal(export.label(shape)), **_own(shape)}
        group = next(groups) if len(shape.polygons) > 1 else ""
        for kind, drawn in _drawn(shape):
            element = SubElement(image, kind, own | drawn | ({"group_id": group} if group else {}))
            for name, text in _declared(shape).items():
                SubElement(element, "attribute", {"name": _legal(name)}).text = _legal(text)
    for tag in [*sample.tags, *([UNDAMAGED] if sample.annotated and not sample.shapes else [])]:
        SubElement(image, "tag", {"label": _legal(tag), "source": "manual"})
    return image


def _own(shape: DamageShape) -> dict[str, str]:
    """What CVAT says of every shape in words of its own."""
    said = {name: shape.attributes.get(name, ORDINARY[name]) for name in _OWN}
    return {
        name: text if _OWN[name].fullmatch(text) else ORDINARY[name]
        for name, text in said.items()
        if name != "group_id" or name in shape.attributes
    }


def _declared(shape: DamageShape) -> dict[str, str]:
    """Attributes of a shape that its label must declare: all but those for which CVAT has words of its own."""
    others = {
        name: text for name, text in shape.attributes.items() if name not in _OWN or not _OWN[name].fullmatch(text)
    }
    return attributes_of(others | ({CROWD: "true"} if shape.crowd else {}), shape.severity)


def _drawn(shape: DamageShape) -> Iterator[tuple[str, dict[str, str]]]:
    """Element names of a shape's drawings with what places them."""
    if shape.rle is not None:
        yield "mask", _run_lengths(shape.rle)
    elif shape.polygons:
        for polygon in shape.polygons:
            yield "polygon", {"points": ";".join(f"{x:.4f},{y:.4f}" for x, y in polygon)}
    elif shape.rotated is not None:
        turned = shape.rotated
        left, top = turned.x - turned.width / 2, turned.y - turned.height / 2
        edges = _edges(left, top, left + turned.width, top + turned.height)
        yield "box", edges | {"rotation": f"{turned.angle % 360:.6f}"}
    else:
        yield "box", _edges(*shape.box.xyxy)


def _edges(*edges: float) -> dict[str, str]:
    return dict(zip(("xtl", "ytl", "xbr", "ybr"), (f"{edge:.4f}" for edge in edges), strict=True))


def _run_lengths(mask: Mask) -> dict[str, str]:
    """CVAT's run lengths: row by row through the crop, zeros first."""
    flat = mask.crop.reshape(-1)
    starts = np.flatnonzero(np.diff(flat, prepend=False)).tolist()
    runs = np.diff([0, *starts, flat.size]).tolist()
    height, width = mask.crop.shape
    sides = {"left": mask.x, "top": mask.y, "width": width, "height": height}
    return {"rle": ", ".join(map(str, runs))} | {name: str(side) for name, side in sides.items()}
