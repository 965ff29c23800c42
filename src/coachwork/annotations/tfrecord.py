"""TFRecord files of the TF Object Detection API, with the label map beside them; photos lie inside."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from coachwork.annotations.contract import AnnotatedPhoto, Format, Holding, Reading
from coachwork.annotations.label_map_pbtxt import LabelMapError, read_label_map
from coachwork.annotations.photo_lookup import SPLIT_NAMES, PhotoFile, PhotoLookup
from coachwork.annotations.placement import Placement, place
from coachwork.annotations.problems import AnnotationError, ProblemCode, ProblemLog
from coachwork.annotations.shapes import ShapeReader
from coachwork.annotations.tf_example import BrokenRecordError, Feature, Key, decode_example, read_records
from coachwork.annotations.tfrecord_objects import (
    Masks,
    StoredMask,
    TfObject,
    mask_pixels,
    masks_of,
    number_of,
    objects_of,
    text_of,
)
from coachwork.annotations.tfrecord_writing import write_tfrecord
from coachwork.datasets.sample import Split
from coachwork.geometry.mask import Mask
from coachwork.geometry.size import Size
from coachwork.photos.reading import PhotoError
from coachwork.taxonomy import LabelMap

_NAME = re.compile(r"\.(tfrecords?|records?|tfrec)(\.gz)?(-\d+-of-\d+)?(\.gz)?$|-\d{5}-of-\d{5}(\.gz)?$", re.IGNORECASE)


def fits_tfrecord(path: Path) -> bool:
    """Whether a path is a TFRecord file by its name, sharded or not."""
    return _NAME.search(path.name) is not None


def detect_tfrecord(path: Path) -> float:
    """Confidence that a file is a TFRecord: sure where its first Example holds a photo, low where it holds others."""
    if not fits_tfrecord(path) or not path.is_file():
        return 0.0
    try:
        with path.open("rb") as file:
            first = next(read_records(file), None)
            return 0.6 if first is None else 1.0 if Key.ENCODED in decode_example(first) else 0.1
    except OSError:
        return 0.0
    except BrokenRecordError:
        return 0.6  # by its name; the reader tells what is broken


def tfrecord_labels(path: Path) -> frozenset[str]:
    """Labels of the label map, and class texts of the records.

    Raises:
        AnnotationError: the file cannot be opened.
    """
    log = ProblemLog(file=str(path))
    names = _label_map(path, log)
    labels = set(names.values())
    for _, data in _records(path, log):
        try:
            features = decode_example(data)
            objects = objects_of(features, log, "")
        except (BrokenRecordError, AnnotationError):
            continue
        labels |= {found.text or names.get(found.label or 0, "") for found in objects}
    return frozenset(labels - {""})


def read_tfrecord(path: Path, photos: PhotoLookup, label_map: LabelMap) -> Reading:
    """Reads one TFRecord file, a shard or a whole set.

    Boxes and masks lie in the photo as it is stored, as TensorFlow decodes it, before EXIF orientation.

    Raises:
        AnnotationError: the file cannot be opened.
    """
    log = ProblemLog(file=str(path))
    split = photos.split or _split_in(path.name)
    reader = _ExampleReader(names=_label_map(path, log), photos=photos, label_map=label_map, log=log, split=split)
    found = []
    dropped: dict[str, int] = {}
    for where, data in _records(path, log):
        try:
            photo, shapes = reader.read(decode_example(data), where)
        except BrokenRecordError as broken:
            log.add(ProblemCode.FILE_UNREADABLE, where, broken.why, done="photo left out")
            continue
        except AnnotationError as error:
            log.take(error)
            continue
        found.append(photo)
        for label, count in shapes.dropped.items():
            dropped[label] = dropped.get(label, 0) + count
    return Reading(photos=tuple(found), problems=tuple(log.problems), dropped=dropped)


def _split_in(name: str) -> Split | None:
    """The split that a word of a file's name states, as in `coco_train.record-00000-of-00002`."""
    words = re.split(r"[._-]", name.lower())
    return next((SPLIT_NAMES[word] for word in words if word in SPLIT_NAMES), None)


def _records(path: Path, log: ProblemLog) -> Iterator[tuple[str, bytes]]:
    """Each record with its place; where one is broken, those before it still count.

    Raises:
        AnnotationError: the file cannot be opened.
    """
    number = 0
    try:
        with path.open("rb") as file:
            for record in read_records(file):
                yield f"record {number}", record
                number += 1
    except BrokenRecordError as broken:
        where = f"record {number}" if broken.offset is None else f"record {number} (byte {broken.offset})"
        log.add(ProblemCode.FILE_UNREADABLE, where, broken.why, done="it and all after it are left out")
    except OSError as error:
        raise log.fault(ProblemCode.FILE_UNREADABLE, "", error.strerror or "cannot be read") from error


def _label_map(path: Path, log: ProblemLog) -> dict[int, str]:
    """The labels by number, from the label maps beside the file, or else one folder above; perhaps none."""
    for folder in (path.parent, path.parent.parent):
        labels: dict[int, str] = {}
        for file in sorted(folder.glob("*.pbtxt")):
            try:
                found = read_label_map(file)
            except LabelMapError as broken:
                what = f"the label map {file.name} {broken}"
                log.add(ProblemCode.FILE_UNREADABLE, "", what, done="class texts alone are used")
                continue
            if clash := [number for number in found if labels.get(number, found[number]) != found[number]]:
                what = f"{file.name} and another label map beside it differ in the id {clash[0]}"
                log.add(ProblemCode.ID_DUPLICATE, "", what, done="the first one stands")
            labels = found | labels
        if labels:
            return labels
    return {}


class _ExampleReader(NamedTuple):
    """Reads the Examples of one file."""

    names: Mapping[int, str]
    photos: PhotoLookup
    label_map: LabelMap
    log: ProblemLog
    split: Split | None

    def read(self, features: Mapping[str, Feature], where: str) -> tuple[AnnotatedPhoto, ShapeReader]:
        """The photo of an Example with its objects.

        Raises:
            AnnotationError: there is no photo in it, or none that can be read.
        """
        photo = self._photo(features, where)
        shapes = ShapeReader(label_map=self.label_map, placement=self._placement(features, photo, where), log=self.log)
        try:
            objects = objects_of(features, self.log, where)
        except AnnotationError as error:
            shapes.lose(error)
            objects = []
        masks = self._masks(features, len(objects), shapes, where)
        for index, found in enumerate(objects):
            self._add(found, masks[index] if len(masks) else None, shapes)
        name = text_of(features, Key.FILENAME) or text_of(features, Key.SOURCE_ID) or where
        annotated = AnnotatedPhoto(
            name=name[:500],
            file=photo,
            split=self.split,
            annotated=shapes.annotated,
            shapes=tuple(shapes.shapes),
        )
        return annotated, shapes

    def _photo(self, features: Mapping[str, Feature], where: str) -> PhotoFile:
        encoded = features.get(Key.ENCODED)
        if not isinstance(encoded, list) or not encoded:
            what = "is missing" if encoded is None else "holds no photo"
            raise self.log.fault(ProblemCode.FIELD_MISSING, f"{where}.{Key.ENCODED}", what, done="photo left out")
        try:
            photo = self.photos.keep(encoded[0])
        except PhotoError as error:
            raise self.log.fault(
                ProblemCode.PHOTO_UNREADABLE, f"{where}.{Key.ENCODED}", str(error), done="photo left out"
            ) from None
        stated = text_of(features, Key.FORMAT).lower()
        if stated and stated.replace("jpg", "jpeg") != photo.format:
            what = f"says {stated[:40]!r}, the bytes are {photo.format}"
            self.log.add(ProblemCode.WRONG_TYPE, f"{where}.{Key.FORMAT}", what, done="the bytes count")
        return photo

    def _placement(self, features: Mapping[str, Feature], photo: PhotoFile, where: str) -> Placement:
        height, width = number_of(features, Key.HEIGHT), number_of(features, Key.WIDTH)
        as_stored = Placement(frame=photo.size, stated=photo.stored, orientation=photo.orientation)
        if not height or not width or min(height, width) < 1:
            return as_stored
        stated = Size(height=height, width=width)
        placement = as_stored if stated == photo.stored else place(stated, photo)
        if placement is None:
            what = f"says {width} x {height} px, the photo has {photo.stored.width} x {photo.stored.height}"
            self.log.add(ProblemCode.SIZE_MISMATCH, f"{where}.{Key.HEIGHT}", what, done="the photo's own size is used")
        return placement or as_stored

    def _masks(self, features: Mapping[str, Feature], count: int, shapes: ShapeReader, where: str) -> Masks:
        try:
            return masks_of(features, count, shapes.placement.stated, self.log, where)
        except AnnotationError as error:
            self.log.take(error)
            return []

    def _add(self, found: TfObject, mask: StoredMask | None, shapes: ShapeReader) -> None:
        try:
            label = self._label(found)
            rule = shapes.rule(label, found.place)
        except AnnotationError as error:
            shapes.lose(error)
            return
        try:
            self._add_drawn(found, label, mask, shapes)
        except AnnotationError as error:
            shapes.lose(error, rule)

    def _add_drawn(self, found: TfObject, label: str, stored: StoredMask | None, shapes: ShapeReader) -> None:
        frame = shapes.placement.stated
        if stored is not None:
            try:
                pixels = mask_pixels(stored, frame, self.log, f"{found.place}.mask")
            except AnnotationError as error:
                self.log.take(error)
            else:
                if pixels.any():
                    shapes.add_mask(
                        Mask.from_full(pixels),
                        label=label,
                        place=found.place,
                        crowd=found.crowd,
                        attributes=found.attributes,
                    )
                    return
        box = found.pixels_box(frame, self.log)
        shapes.add_box(box, label=label, place=found.place, crowd=found.crowd, attributes=found.attributes)

    def _label(self, found: TfObject) -> str:
        """The object's label; where text and number disagree, the text counts.

        Raises:
            AnnotationError: it has none.
        """
        by_number = None if found.label is None else self.names.get(found.label)
        if found.text and by_number is not None and by_number != found.text:
            what = f"the class text is {found.text[:60]!r}, but the label {found.label} is {by_number[:60]!r}"
            self.log.add(ProblemCode.CATEGORY_UNKNOWN, found.place, what, done="the text counts")
        if found.text or by_number:
            return found.text or str(by_number)
        if found.label is None:
            raise self.log.fault(ProblemCode.LABEL_MISSING, found.place, "has neither class text nor class label")
        what = f"no label map beside the file knows the class label {found.label}"
        raise self.log.fault(ProblemCode.CATEGORY_UNKNOWN, found.place, what)


TFRECORD = Format(
    name="tfrecord",
    title="TFRecord (TF Object Detection)",
    fits=fits_tfrecord,
    detect=detect_tfrecord,
    labels=tfrecord_labels,
    read=read_tfrecord,
    write=write_tfrecord,
    holds=frozenset({Holding.BOXES, Holding.PIXELS, Holding.INSTANCES, Holding.CROWDS, Holding.SPLITS}),
)
