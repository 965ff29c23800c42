"""Labelme: a JSON file for each photo with polygons, rectangles, circles and masks, and perhaps the photo itself.

The format is that of https://github.com/wkentaro/labelme (LabelFile), with what X-AnyLabeling adds to it.
"""

import base64
import binascii
from pathlib import Path
from typing import Any

from coachwork.annotations.attributes import severity_of
from coachwork.annotations.contract import SAID_IN_FORMATS, AnnotatedPhoto, Format, Holding, Reading, has_suffix
from coachwork.annotations.json_values import as_list, as_object, json_of, load_json
from coachwork.annotations.labelme_shapes import LabelmeShape, add_shapes, labelme_shape
from coachwork.annotations.labelme_writing import write_labelme
from coachwork.annotations.own_photo import open_own_photo, photo_is_missing
from coachwork.annotations.photo_lookup import PhotoFile, PhotoLookup
from coachwork.annotations.placement import placed, stated_size
from coachwork.annotations.problems import AnnotationError, ProblemCode, ProblemLog
from coachwork.annotations.shapes import ShapeReader
from coachwork.photos.reading import PhotoError
from coachwork.taxonomy import LabelMap

MOST_SHAPES = 100_000
"""Shapes of one photo: more are no annotation."""


def detect_labelme(path: Path) -> float:
    """Confidence that a file is Labelme's: an object with a list of shapes and the name or bytes of one photo."""
    document = json_of(path)
    if not isinstance(document, dict) or not isinstance(document.get("shapes"), list):
        return 0.0
    return 1.0 if "imagePath" in document or "imageData" in document else 0.3


def labelme_labels(path: Path) -> frozenset[str]:
    """Labels of all shapes.

    Raises:
        AnnotationError: the file cannot be read or is not JSON.
    """
    document = load_json(path)
    shapes = document.get("shapes") if isinstance(document, dict) else None
    labels = (
        (shape.get("label") for shape in shapes or () if isinstance(shape, dict)) if isinstance(shapes, list) else ()
    )
    return frozenset(str(label).strip() for label in labels if isinstance(label, str | int))


def read_labelme(path: Path, photos: PhotoLookup, label_map: LabelMap) -> Reading:
    """Reads the annotation of one photo. Without a shape, the photo is one without damage.

    Raises:
        AnnotationError: the file is useless as a whole.
    """
    log = ProblemLog(file=str(path))
    document = as_object(load_json(path), log, "")
    if "shapes" not in document:
        raise log.fault(ProblemCode.FIELD_MISSING, "shapes", "the file has no 'shapes'", done="file left out")
    shapes = as_list(document["shapes"], log, "shapes")
    if len(shapes) > MOST_SHAPES:
        raise log.fault(ProblemCode.WRONG_TYPE, "shapes", f"{len(shapes)} shapes of one photo", done="file left out")
    name = document.get("imagePath") if isinstance(document.get("imagePath"), str) else ""
    try:
        file = _open(str(name), document.get("imageData"), path, photos, log)
        stated = stated_size(document.get("imageWidth"), document.get("imageHeight"), log, "image")
        reader = ShapeReader(label_map=label_map, placement=placed(stated, file, log, "imageHeight"), log=log)
    except AnnotationError as error:
        log.take(error)
        return Reading(photos=(), problems=tuple(log.problems))
    for group in _groups(shapes, reader):
        _read_group(group, reader)
    photo = AnnotatedPhoto(
        name=str(name).replace("\\", "/") or file.path.name,
        file=file,
        split=photos.split,
        annotated=reader.annotated,
        shapes=tuple(reader.shapes),
        tags=_tags(document.get("flags")),
    )
    return Reading(photos=(photo,), problems=tuple(log.problems), dropped=dict(reader.dropped))


def _open(name: str, data: object, path: Path, photos: PhotoLookup, log: ProblemLog) -> PhotoFile:
    """The photo: a file where there is one, else the bytes within the annotation file."""
    try:
        return open_own_photo(name, path, photos, log, "imagePath")
    except AnnotationError as error:
        if not photo_is_missing(error) or not isinstance(data, str) or not data:
            raise
    try:
        content = base64.b64decode(data.partition("base64,")[2] or data, validate=False)
        return photos.keep(content)
    except (binascii.Error, ValueError, PhotoError) as error:
        what = f"the photo within the file cannot be read: {error}"
        raise log.fault(ProblemCode.PHOTO_UNREADABLE, "imageData", what, done="photo left out") from None


def _groups(shapes: list[Any], reader: ShapeReader) -> list[list[LabelmeShape]]:
    """Shapes that are parts of one instance: those of one group and one label."""
    groups: dict[object, list[LabelmeShape]] = {}
    for index, value in enumerate(shapes):
        place = f"shapes[{index}]"
        try:
            shape = labelme_shape(as_object(value, reader.log, place), place, reader.log)
        except AnnotationError as error:
            reader.lose(error)
            continue
        key: object = index if shape.group is None else (shape.group, shape.label)
        groups.setdefault(key, []).append(shape)
    return list(groups.values())


def _read_group(group: list[LabelmeShape], reader: ShapeReader) -> None:
    rule = None
    try:
        rule = reader.rule(group[0].label, f"{group[0].place}.label")
        add_shapes(group, reader, severity=severity_of(group[0].attributes))
    except AnnotationError as error:
        reader.lose(error, rule)


def _tags(flags: object) -> tuple[str, ...]:
    """Names of the photo's flags that are set."""
    named = flags.items() if isinstance(flags, dict) else ()
    return tuple(str(name) for name, value in named if value is True)


LABELME = Format(
    name="labelme",
    title="Labelme",
    fits=has_suffix(".json"),
    detect=detect_labelme,
    labels=labelme_labels,
    read=read_labelme,
    write=write_labelme,
    holds=SAID_IN_FORMATS - {Holding.UNLABELLED},
)
