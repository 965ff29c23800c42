"""Samples as Pascal VOC datasets."""

import math
import re
from xml.etree.ElementTree import Element, ElementTree, SubElement, indent

import numpy as np

from coachwork.annotations.attributes import attributes_of
from coachwork.annotations.export import Export
from coachwork.annotations.png_masks import VOID, png_of_indices, voc_palette
from coachwork.annotations.voc_document import FLAGS, POSE
from coachwork.annotations.voc_masks import FOLDER
from coachwork.datasets.sample import DamageShape, Sample

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write_voc(export: Export) -> None:
    """Writes `Annotations/`, `JPEGImages/` and `ImageSets/Main/`, and the segmentation of photos with outlines.

    Boxes are whole pixels, grown to hold what they held; outlines stand beside them, as Roboflow writes them. In the
    segmentation a pixel has one object, the last that covers it; objects behind the 254th have no pixels. An unlabelled
    photo gets no annotation.
    """
    classes = {name: index for index, name in enumerate(export.labels, start=1)}
    (export.folder / "Annotations").mkdir()
    masked = False
    for split, samples in export.by_split.items():
        names = []
        for sample in samples:
            photo = export.place_photo(sample, f"JPEGImages/{export.name(sample)}")
            names.append(photo.stem)
            if sample.is_unlabelled:
                continue
            has_masks = any(shape.has_mask for shape in sample.shapes)
            masked |= has_masks
            tree = ElementTree(_annotation(export, sample, segmented=has_masks))
            tree.write(export.folder / "Annotations" / f"{photo.stem}.xml", encoding="utf-8")
            if has_masks:
                _write_masks(export, sample, photo.stem, classes)
        listed = export.folder / "ImageSets" / "Main" / f"{split}.txt"
        listed.parent.mkdir(parents=True, exist_ok=True)
        listed.write_text("".join(f"{name}\n" for name in names), encoding="utf-8")
    if masked:
        _write_label_map(export, classes)


def _annotation(export: Export, sample: Sample, *, segmented: bool) -> Element:
    root = Element("annotation")
    _add(root, "folder", "JPEGImages")
    _add(root, "filename", export.name(sample))
    _add(SubElement(root, "source"), "database", "Coachwork")
    size = SubElement(root, "size")
    for side, value in (("width", sample.size.width), ("height", sample.size.height), ("depth", 3)):
        _add(size, side, value)
    _add(root, "segmented", int(segmented))
    for shape in sample.shapes:
        _add_object(root, shape, export.label(shape))
    indent(root)
    return root


def _add_object(root: Element, shape: DamageShape, label: str) -> None:
    entry = SubElement(root, "object")
    _add(entry, "name", label)
    attributes = attributes_of(shape.attributes, shape.severity)
    _add(entry, POSE, attributes.pop(POSE, "") or "Unspecified")
    for flag in FLAGS:
        known = attributes.get(flag) in {"true", "1"}
        _add(entry, flag, int(known))
        if known:
            del attributes[flag]
    box = SubElement(entry, "bndbox")
    edges = shape.box
    _add(box, "xmin", math.floor(edges.x_min) + 1)
    _add(box, "ymin", math.floor(edges.y_min) + 1)
    _add(box, "xmax", math.ceil(edges.x_max))
    _add(box, "ymax", math.ceil(edges.y_max))
    for polygon in shape.polygons:
        drawn = SubElement(entry, "polygon")
        for number, (x, y) in enumerate(polygon.tolist(), start=1):
            _add(drawn, f"x{number}", x)
            _add(drawn, f"y{number}", y)
    if attributes:
        listed = SubElement(entry, "attributes")
        for name, value in attributes.items():
            attribute = SubElement(listed, "attribute")
            _add(attribute, "name", name)
            _add(attribute, "value", value)


def _add(parent: Element, tag: str, value: object) -> None:
    SubElement(parent, tag).text = _NOT_XML.sub("", str(value))


def _write_masks(export: Export, sample: Sample, stem: str, classes: dict[str, int]) -> None:
    objects = np.zeros((sample.size.height, sample.size.width), dtype=np.uint8)
    kinds = objects.copy()
    for number, shape in enumerate(sample.shapes[: VOID - 1], start=1):
        mask = shape.mask(sample.size)
        if mask is None:
            continue
        height, width = mask.crop.shape
        window = np.s_[mask.y : mask.y + height, mask.x : mask.x + width]
        objects[window][mask.crop] = number
        kinds[window][mask.crop] = min(classes[export.label(shape)], VOID - 1)
    for folder, indices in ((FOLDER, objects), ("SegmentationClass", kinds)):
        path = export.folder / folder / f"{stem}.png"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(png_of_indices(indices))


def _write_label_map(export: Export, classes: dict[str, int]) -> None:
    """Colours of the classes, in the form that CVAT reads."""
    palette = voc_palette()
    rows = ["# label:color_rgb:parts:actions", "background:0,0,0::"]
    for name, index in classes.items():
        colour = ",".join(str(value) for value in palette[min(index, VOID - 1)])
        rows.append(f"{name.replace(':', ' ')}:{colour}::")
    (export.folder / "labelmap.txt").write_text("\n".join(rows) + "\n", encoding="utf-8")
