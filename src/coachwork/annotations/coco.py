"""COCO annotation files: polygons of one or more parts, run lengths, crowds, or boxes alone.

The format is that of https://cocodataset.org/#format-data; the reader is tolerant of what exporters make of it.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from coachwork.annotations.attributes import severity_of, texts_of
from coachwork.annotations.boxes import box_of_sides
from coachwork.annotations.coco_writing import write_coco
from coachwork.annotations.contract import SAID_IN_FORMATS, AnnotatedPhoto, Format, Holding, Reading, has_suffix
from coachwork.annotations.json_values import (
    as_flag,
    as_id,
    as_list,
    as_numbers,
    as_object,
    as_text,
    json_of,
    load_json,
)
from coachwork.annotations.outlines import box_polygon
from coachwork.annotations.photo_lookup import PhotoLookup
from coachwork.annotations.photo_opening import open_named_photo, plain_name
from coachwork.annotations.placement import placed, stated_size
from coachwork.annotations.problems import AnnotationError, ProblemCode, ProblemLog, Sighting
from coachwork.annotations.rle import counts_of
from coachwork.annotations.shapes import ShapeReader
from coachwork.geometry.box import Box, box_iou
from coachwork.geometry.size import Size
from coachwork.taxonomy import LabelMap

LEAST_BOX_IOU = 0.5
"""A stated box that shares less than this with its outline's own box is told as doubtful."""

Id = int | str


@dataclass(slots=True, kw_only=True)
class _Image:
    """One entry of `images`, with its place in the file and the annotations that refer to it."""

    name: str
    place: str
    stated: Size | None
    annotations: list[tuple[str, dict[str, Any]]] = field(default_factory=list)


def detect_coco(path: Path) -> float:
    """Confidence that a file is COCO: an object with the lists `images` and `annotations`."""
    document = json_of(path)
    if not isinstance(document, dict) or not isinstance(document.get("images"), list):
        return 0.0
    if not isinstance(document.get("annotations"), list):
        return 0.1
    return 1.0 if isinstance(document.get("categories"), list) else 0.6


def coco_labels(path: Path) -> frozenset[str]:
    """Names of all categories that the file declares.

    Raises:
        AnnotationError: the file cannot be read or is not JSON.
    """
    document = load_json(path)
    categories = document.get("categories") if isinstance(document, dict) else None
    entries = categories if isinstance(categories, list) else []
    names = (entry.get("name") for entry in entries if isinstance(entry, dict))
    return frozenset(str(name).strip() for name in names if isinstance(name, str | int))


def read_coco(path: Path, photos: PhotoLookup, label_map: LabelMap) -> Reading:
    """Reads a COCO file.

    A photo without annotations is one without damage of the types that the label map says the set annotates.

    Raises:
        AnnotationError: the file is not JSON, or not a COCO object.
    """
    log = ProblemLog(file=str(path))
    document = as_object(load_json(path), log, "")
    categories = _categories(document, log)
    images = _images(document, log)
    _attach_annotations(document, images, log)
    dropped: Counter[str] = Counter()
    found = []
    for image in images.values():
        try:
            file = open_named_photo(image.name, photos, log, f"{image.place}.file_name")
            reader = ShapeReader(label_map=label_map, placement=placed(image.stated, file, log, image.place), log=log)
        except AnnotationError as error:
            log.take(error)
            continue
        for where, entry in image.annotations:
            _read_shape(entry, where, reader, categories)
        dropped.update(reader.dropped)
        found.append(
            AnnotatedPhoto(
                name=plain_name(image.name, photos),
                file=file,
                split=photos.split,
                annotated=reader.annotated,
                shapes=tuple(reader.shapes),
            )
        )
    return Reading(photos=tuple(found), problems=tuple(log.problems), dropped=dict(dropped))


def _entries(document: dict[str, Any], key: str, log: ProblemLog) -> Iterator[tuple[str, dict[str, Any]]]:
    """Objects of one of the file's lists with their places; anything else in it is told and left out."""
    if key not in document:
        raise log.fault(ProblemCode.FIELD_MISSING, key, f"the file has no {key!r}", done="file left out")
    for index, entry in enumerate(as_list(document[key], log, key)):
        place_of_entry = f"{key}[{index}]"
        try:
            yield place_of_entry, as_object(entry, log, place_of_entry)
        except AnnotationError as error:
            log.take(error)


def _required(entry: dict[str, Any], key: str, log: ProblemLog, where: str) -> Any:
    if entry.get(key) is None:
        raise log.fault(ProblemCode.FIELD_MISSING, f"{where}.{key}", "is missing")
    return entry[key]


def _categories(document: dict[str, Any], log: ProblemLog) -> dict[Id, str]:
    names: dict[Id, str] = {}
    ambiguous: set[Id] = set()
    for where, entry in _entries(document, "categories", log):
        try:
            key = as_id(_required(entry, "id", log, where), log, f"{where}.id")
            name = as_text(_required(entry, "name", log, where), log, f"{where}.name")
        except AnnotationError as error:
            log.take(error)
            continue
        if names.setdefault(key, name) != name:
            ambiguous.add(key)
            what = f"category id {key} stands for {names[key]!r} and for {name!r}"
            log.add(ProblemCode.ID_DUPLICATE, f"{where}.id", what, done="its annotations are left out")
    return {key: name for key, name in names.items() if key not in ambiguous}


def _images(document: dict[str, Any], log: ProblemLog) -> dict[Id, _Image]:
    """Images by id; the same photo under two ids becomes one image, one id for two photos is none."""
    images: dict[Id, _Image] = {}
    by_name: dict[str, _Image] = {}
    ambiguous: set[Id] = set()
    for where, entry in _entries(document, "images", log):
        try:
            key = as_id(_required(entry, "id", log, where), log, f"{where}.id")
            name = as_text(_required(entry, "file_name", log, where), log, f"{where}.file_name")
            image = _Image(
                name=name, place=where, stated=stated_size(entry.get("width"), entry.get("height"), log, where)
            )
        except AnnotationError as error:
            log.take(error)
            continue
        if key in images and images[key].name != name:
            ambiguous.add(key)
            what = f"image id {key} stands for {images[key].name!r} and for {name!r}"
            log.add(ProblemCode.ID_DUPLICATE, f"{where}.id", what, done="both photos and their annotations left out")
        elif name in by_name:
            what = f"{name!r} is listed a second time"
            log.add(ProblemCode.PHOTO_LISTED_TWICE, where, what, done="annotations joined")
            images[key] = by_name[name]
        else:
            images[key] = by_name[name] = image
    return {key: image for key, image in images.items() if key not in ambiguous}


def _attach_annotations(document: dict[str, Any], images: dict[Id, _Image], log: ProblemLog) -> None:
    seen: dict[Id, dict[str, Any]] = {}
    for where, entry in _entries(document, "annotations", log):
        try:
            image_id = as_id(_required(entry, "image_id", log, where), log, f"{where}.image_id")
            if image_id not in images:
                what = f"there is no image with id {image_id}"
                raise log.fault(ProblemCode.IMAGE_UNKNOWN, f"{where}.image_id", what)
        except AnnotationError as error:
            log.take(error)
            continue
        try:
            own_id = as_id(entry.get("id", where), log, f"{where}.id")
        except AnnotationError as error:
            log.take(error)
            own_id = where
        if own_id in seen:
            repeated = seen[own_id] == entry
            done = "left out" if repeated else "both kept, as they differ"
            log.add(ProblemCode.ID_DUPLICATE, f"{where}.id", f"annotation id {own_id} is used twice", done=done)
            if repeated:
                continue
        seen[own_id] = entry
        images[image_id].annotations.append((where, entry))


def _read_shape(entry: dict[str, Any], where: str, reader: ShapeReader, categories: dict[Id, str]) -> None:
    """Adds one annotation to the reader; what cannot be used becomes a problem."""
    log = reader.log
    rule = None
    try:
        category = as_id(_required(entry, "category_id", log, where), log, f"{where}.category_id")
        if category not in categories:
            what = f"there is no category with id {category}"
            raise log.fault(ProblemCode.CATEGORY_UNKNOWN, f"{where}.category_id", what)
        rule = reader.rule(categories[category], f"{where}.category_id")
        _add_shape(entry, where, reader, categories[category])
    except AnnotationError as error:
        reader.lose(error, rule)


def _add_shape(entry: dict[str, Any], where: str, reader: ShapeReader, label: str) -> None:
    log = reader.log
    crowd = as_flag(entry.get("iscrowd") or 0, log, f"{where}.iscrowd")
    severity = severity_of(entry.get("attributes"))
    attributes = texts_of(entry.get("attributes"))
    segmentation = entry.get("segmentation")
    place_of_shape = f"{where}.segmentation"
    if isinstance(segmentation, dict):
        counts = counts_of(segmentation, reader.placement.stated, log, place_of_shape)
        own = reader.add_rle(
            counts, label=label, place=place_of_shape, severity=severity, crowd=crowd, attributes=attributes
        )
    elif segmentation:
        parts = as_list(segmentation, log, place_of_shape)
        if not any(isinstance(part, list) for part in parts):
            parts = [parts]
        outlines = [as_numbers(part, log, f"{place_of_shape}[{index}]") for index, part in enumerate(parts)]
        own = reader.add_polygons(
            outlines, label=label, place=place_of_shape, severity=severity, crowd=crowd, attributes=attributes
        )
    else:
        box = _box(_required(entry, "bbox", log, where), log, f"{where}.bbox")
        reader.add_box(box, label=label, place=f"{where}.bbox", severity=severity, crowd=crowd, attributes=attributes)
        return
    if own is not None and reader.placement.is_identity:
        _compare_boxes(entry, own, log, where, reader.placement.photo)


def _box(value: object, log: ProblemLog, where: str) -> Box:
    """The box of COCO's x, y, width, height."""
    numbers = as_numbers(value, log, where)
    if len(numbers) != 4:
        raise log.fault(ProblemCode.WRONG_TYPE, where, f"a box needs 4 numbers, has {len(numbers)}")
    x, y, width, height = numbers
    return box_of_sides((x, y, width, height), log, where)


def _compare_boxes(entry: dict[str, Any], own: Box, log: ProblemLog, where: str, photo: Path | None) -> None:
    if entry.get("bbox") is None:
        return
    try:
        stated = _box(entry["bbox"], log, f"{where}.bbox")
    except AnnotationError as error:
        log.add(error.problem.code, error.problem.place, error.problem.what, done="the outline's own box is used")
        return
    if float(box_iou(np.array([stated.xyxy]), np.array([own.xyxy]))[0, 0]) < LEAST_BOX_IOU:
        what = f"the box {_words(stated)} does not fit the outline's {_words(own)}"
        seen = None if photo is None else Sighting(photo=photo, outlines=(box_polygon(stated), box_polygon(own)))
        log.add(ProblemCode.BOX_MISMATCH, f"{where}.bbox", what, done="the outline's own box is used", seen=seen)


def _words(box: Box) -> str:
    return "(" + ", ".join(f"{edge:g}" for edge in box.xyxy) + ")"


COCO = Format(
    name="coco",
    title="COCO",
    fits=has_suffix(".json"),
    detect=detect_coco,
    labels=coco_labels,
    read=read_coco,
    write=write_coco,
    holds=SAID_IN_FORMATS - {Holding.ROTATED_BOXES, Holding.TAGS, Holding.UNLABELLED},
)
