"""Pascal VOC: an XML file for each photo with boxes, and perhaps a picture in which each pixel names its object.

The format is that of the PASCAL VOC development kit (http://host.robots.ox.ac.uk/pascal/VOC/voc2012/); labelImg,
Roboflow, CVAT and others write variants of it.
"""

from pathlib import Path

from coachwork.annotations.attributes import SEVERITY, severity_of
from coachwork.annotations.contract import SAID_IN_FORMATS, AnnotatedPhoto, Format, Holding, Reading
from coachwork.annotations.own_photo import open_own_photo
from coachwork.annotations.photo_lookup import PhotoLookup
from coachwork.annotations.placement import placed, stated_size
from coachwork.annotations.problems import AnnotationError, ProblemCode, ProblemLog
from coachwork.annotations.shapes import ShapeReader
from coachwork.annotations.voc_document import VocFile, VocObject, load_root, load_voc
from coachwork.annotations.voc_lists import listed_split
from coachwork.annotations.voc_masks import VocMasks, read_voc_masks
from coachwork.annotations.voc_pictures import (
    is_lone_picture,
    lone_picture_labels,
    may_be_lone_picture,
    read_lone_picture,
)
from coachwork.annotations.voc_writing import write_voc
from coachwork.geometry.box import Box
from coachwork.taxonomy import LabelMap


def detect_voc(path: Path) -> float:
    """Confidence that a file is an annotation of Pascal VOC, or the picture that stands in its stead."""
    if may_be_lone_picture(path):
        return 1.0 if is_lone_picture(path) else 0.0
    if path.suffix.lower() != ".xml":
        return 0.0
    try:
        root = load_root(path)
    except AnnotationError:
        return 0.0
    if root.tag != "annotation" or root.find("imagesize") is not None:  # the latter is MIT's LabelMe
        return 0.0
    if root.find("size") is not None or root.find("object/bndbox") is not None:
        return 1.0
    return 0.5 if root.find("filename") is not None else 0.0


def voc_labels(path: Path) -> frozenset[str]:
    """Names of all objects.

    Raises:
        AnnotationError: the file is useless as a whole.
    """
    if may_be_lone_picture(path):
        return lone_picture_labels(path)
    return frozenset(entry.label for entry in load_voc(path, ProblemLog(file=str(path))).objects if entry.label)


def read_voc(path: Path, photos: PhotoLookup, label_map: LabelMap) -> Reading:
    """Reads the annotation of one photo. Without an object, the photo is one without damage.

    Raises:
        AnnotationError: the file is useless as a whole.
    """
    if may_be_lone_picture(path):
        return read_lone_picture(path, photos, label_map)
    log = ProblemLog(file=str(path))
    voc = load_voc(path, log)
    try:
        file = open_own_photo(voc.photo, path, photos, log, "filename")
        placement = placed(stated_size(voc.width, voc.height, log, "size"), file, log, "size")
    except AnnotationError as error:
        log.take(error)
        return Reading(photos=(), problems=tuple(log.problems))
    reader = ShapeReader(label_map=label_map, placement=placement, log=log)
    masks = read_voc_masks(path, photos.root, placement.stated, log)
    boxes = [_box(entry, voc, log) for entry in voc.objects]
    fitting = [
        box if isinstance(box, Box) and not any(entry.outlines) else None
        for entry, box in zip(voc.objects, boxes, strict=True)
    ]
    masks.assign(fitting)
    for index, (entry, box) in enumerate(zip(voc.objects, boxes, strict=True)):
        _read_object(entry, box, index, masks, reader)
    if masks.unclaimed:
        what = f"{masks.unclaimed} objects of the segmentation are not in the file"
        reader.lose(log.fault(ProblemCode.CATEGORY_UNKNOWN, masks.place, what))
    photo = AnnotatedPhoto(
        name=voc.photo or file.path.name,
        file=file,
        split=listed_split(path, photos.root) or photos.split,
        annotated=reader.annotated,
        shapes=tuple(reader.shapes),
    )
    return Reading(photos=(photo,), problems=tuple(log.problems), dropped=dict(reader.dropped))


def _box(entry: VocObject, voc: VocFile, log: ProblemLog) -> Box | AnnotationError | None:
    """The object's box, None where it has none, or what is wrong with it.

    VOC counts pixels from 1, the last one included. A file with a 0 or a fraction does not.
    """
    if entry.corners is None:
        return entry.broken
    x_min, y_min, x_max, y_max = entry.corners
    first = 1 if voc.is_whole else 0
    try:
        return Box(x_min=x_min - first, y_min=y_min - first, x_max=x_max, y_max=y_max)
    except ValueError as error:
        return log.fault(ProblemCode.NUMBER_BAD, f"{entry.place}.bndbox", str(error))


def _read_object(
    entry: VocObject, box: Box | AnnotationError | None, index: int, masks: VocMasks, reader: ShapeReader
) -> None:
    rule = None
    try:
        if not entry.label:
            raise reader.log.fault(ProblemCode.LABEL_MISSING, f"{entry.place}.name", "is missing or blank")
        rule = reader.rule(entry.label, f"{entry.place}.name")
        if isinstance(box, AnnotationError):
            raise box
        _add_object(entry, box, index, masks, reader)
    except AnnotationError as error:
        reader.lose(error, rule)


def _add_object(entry: VocObject, box: Box | None, index: int, masks: VocMasks, reader: ShapeReader) -> None:
    attributes = {name: text for name, text in entry.attributes.items() if name != SEVERITY}
    severity = severity_of(entry.attributes)
    label, place = entry.label, entry.place
    pixels = masks.of(index)
    if any(entry.outlines):
        reader.add_polygons(entry.outlines, label=label, place=place, severity=severity, attributes=attributes)
    elif pixels is not None:
        reader.add_pixels(pixels, label=label, place=place, severity=severity, attributes=attributes)
    elif box is not None:
        reader.add_box(box, label=label, place=place, severity=severity, attributes=attributes)
    else:
        raise reader.log.fault(ProblemCode.FIELD_MISSING, f"{place}.bndbox", "is missing")


VOC = Format(
    name="voc",
    title="Pascal VOC",
    fits=lambda path: path.suffix.lower() == ".xml" or may_be_lone_picture(path),
    detect=detect_voc,
    labels=voc_labels,
    read=read_voc,
    write=write_voc,
    holds=SAID_IN_FORMATS - {Holding.ROTATED_BOXES, Holding.PIXELS, Holding.CROWDS, Holding.TAGS, Holding.UNLABELLED},
)
