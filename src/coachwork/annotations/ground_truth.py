"""Augmented manifests of SageMaker Ground Truth: boxes, semantic segmentation, tags; adjusted and verified labels."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from coachwork.annotations.attributes import SEVERITY, severity_of, texts_of
from coachwork.annotations.boxes import box_of_sides
from coachwork.annotations.contract import AnnotatedPhoto, Format, Holding, Reading, has_suffix
from coachwork.annotations.ground_truth_lines import SOURCE, LabelSet, Task, lines_of
from coachwork.annotations.ground_truth_masks import BACKGROUND, add_segmentation, colour_classes, open_mask
from coachwork.annotations.ground_truth_writing import CROWD, write_boxes, write_segmentation
from coachwork.annotations.json_values import as_flag, as_id, as_list, as_number, as_object
from coachwork.annotations.photo_lookup import PhotoFile, PhotoLookup
from coachwork.annotations.photo_opening import open_named_photo
from coachwork.annotations.placement import placed, stated_size
from coachwork.annotations.problems import AnnotationError, ProblemCode, ProblemLog
from coachwork.annotations.shapes import ShapeReader
from coachwork.geometry.size import Size
from coachwork.taxonomy import Kind, LabelMap

SUFFIXES = (".manifest", ".jsonl", ".ndjson", ".json")
MOST_FOLDERS = 8
"""Parts of an S3 key that may be folders on disk as well."""
_HEAD = 1_000_000


def _detect(path: Path, *, segmentation: bool) -> float:
    """Confidence by the first lines: JSON objects with a photo, and the kinds of labels that they have."""
    if path.suffix.lower() not in SUFFIXES:
        return 0.0
    try:
        with path.open("rb") as file:
            documents = [json.loads(line) for line in file.read(_HEAD).splitlines()[:20] if line.strip()]
    except (OSError, ValueError, RecursionError):
        documents = _first_document(path)
    if not documents or not all(isinstance(one, dict) and isinstance(one.get(SOURCE), str) for one in documents):
        return 0.0
    kinds = {_kind(value) for one in documents for value in one.values()}
    only_pixels = Task.SEGMENTATION in kinds and Task.BOXES not in kinds
    return 1.0 if only_pixels == segmentation else 0.6


def _first_document(path: Path) -> list[Any]:
    """The first line alone, where the later ones are broken or cut."""
    try:
        with path.open("rb") as file:
            return [json.loads(file.readline(_HEAD))]
    except (OSError, ValueError, RecursionError):
        return []


def _kind(metadata: object) -> str:
    stated = metadata.get("type") if isinstance(metadata, dict) else None
    return stated.rpartition("/")[2] if isinstance(stated, str) else ""


def detect_boxes(path: Path) -> float:
    """Confidence that a file is a manifest, of boxes or without labels."""
    return _detect(path, segmentation=False)


def detect_segmentation(path: Path) -> float:
    """Confidence that a file is a manifest of semantic segmentation."""
    return _detect(path, segmentation=True)


def ground_truth_labels(path: Path) -> frozenset[str]:
    """Class names of all label sets that count, without the background.

    Raises:
        AnnotationError: the file cannot be read, or none of its lines is a JSON object.
    """
    labels: set[str] = set()
    log = ProblemLog(file=str(path))
    for line in lines_of(path, log):
        for labelled in line.sets:
            named = labelled.metadata.get("class-map") if labelled.task is Task.BOXES else None
            labels.update(name.strip() for name in _texts(named))
            coloured = labelled.metadata.get("internal-color-map") if labelled.task is Task.SEGMENTATION else None
            entries = coloured.values() if isinstance(coloured, dict) else []
            labels.update(
                name.strip() for one in entries if isinstance(one, dict) for name in _texts([one.get("class-name")])
            )
    return frozenset(label for label in labels if label and label.upper() != BACKGROUND)


def _texts(values: object) -> Iterator[str]:
    found = values.values() if isinstance(values, dict) else values if isinstance(values, list) else []
    return (value for value in found if isinstance(value, str))


def read_ground_truth(path: Path, photos: PhotoLookup, label_map: LabelMap) -> Reading:
    """Reads a manifest.

    A line without labels is an unlabelled photo, one with an empty list of boxes (or a mask of background alone) a
    reviewed photo without damage. Labels that were adjusted count as adjusted; those that a verification rejected do
    not count, and their photo is unlabelled.

    Raises:
        AnnotationError: the file cannot be read, or none of its lines is a JSON object.
    """
    log = ProblemLog(file=str(path))
    found: dict[Path, _Photo] = {}
    for line in lines_of(path, log):
        try:
            file = _open(line.source, photos, log, f"{line.place}.{SOURCE}")
        except AnnotationError as error:
            log.take(error)
            continue
        if file.path in found:
            what = f"{line.source!r} is listed a second time"
            log.add(ProblemCode.PHOTO_LISTED_TWICE, line.place, what, done="annotations joined")
        photo = found.setdefault(file.path, _Photo(name=_key(line.source), file=file))
        photo.is_complete &= not line.rejected
        for labelled in line.sets:
            several = len(line.sets) > 1
            _LabelReader(labelled, photo, photos, label_map, log).read(
                note={"label_set": labelled.name} if several else {}
            )
    dropped: Counter[str] = Counter()
    for photo in found.values():
        for reader in photo.readers:
            dropped.update(reader.dropped)
    annotated = tuple(photo.annotated_photo(photos) for photo in found.values())
    return Reading(photos=annotated, problems=tuple(log.problems), dropped=dict(dropped))


def _key(source: str) -> str:
    """The S3 key of an address, or what else stands there, without scheme and bucket."""
    scheme, _, rest = source.partition("://")
    return rest.partition("/")[2] or rest if rest else scheme


def _find(source: str, photos: PhotoLookup) -> str:
    """The name under which a file lies here: as much of the key's end as there is on disk, at least its last part."""
    parts = PurePosixPath(_key(source).replace("\\", "/")).parts
    for start in range(max(0, len(parts) - MOST_FOLDERS), len(parts) - 1):
        name = PurePosixPath(*parts[start:])
        found = photos.find(str(name))
        if len(found) == 1 and found[0].as_posix().endswith(f"/{name}"):
            return str(name)
    return parts[-1] if parts else source


def _open(source: str, photos: PhotoLookup, log: ProblemLog, place: str) -> PhotoFile:
    return open_named_photo(_find(source, photos), photos, log, place)


@dataclass(slots=True, kw_only=True)
class _Photo:
    """One photo of the manifest, and what its label sets say of it."""

    name: str
    file: PhotoFile
    readers: list[ShapeReader] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    is_complete: bool = True

    @property
    def annotated(self) -> frozenset[Kind]:
        """A photo of which a label set is missing, or that has none, does not say that anything is absent."""
        if not self.readers or not self.is_complete:
            return frozenset()
        return frozenset.intersection(*(reader.annotated for reader in self.readers))

    def annotated_photo(self, photos: PhotoLookup) -> AnnotatedPhoto:
        """The photo as a reader gives it."""
        return AnnotatedPhoto(
            name=self.name,
            file=self.file,
            split=photos.split,
            annotated=self.annotated,
            shapes=tuple(shape for reader in self.readers for shape in reader.shapes),
            tags=tuple(dict.fromkeys(self.tags)),
        )


class _LabelReader:
    """Reads one label set of one photo."""

    def __init__(
        self, labelled: LabelSet, photo: _Photo, photos: PhotoLookup, label_map: LabelMap, log: ProblemLog
    ) -> None:
        self._set = labelled
        self._photo = photo
        self._photos = photos
        self._label_map = label_map
        self._log = log
        self._said = {"human_annotated": "no"} if labelled.metadata.get("human-annotated") == "no" else {}

    def read(self, note: dict[str, str]) -> None:
        """Adds what the set says to the photo; `note` goes to every damage. What cannot be used becomes a problem."""
        self._said |= note
        try:
            if self._set.task in {Task.TAG, Task.TAGS}:
                self._photo.tags.extend(self._tags())
            elif self._set.task is Task.BOXES:
                self._read_boxes()
            else:
                self._read_segmentation()
        except AnnotationError as error:
            self._photo.is_complete &= self._set.task in {Task.TAG, Task.TAGS}
            self._log.take(error)

    def _reader(self, stated: Size | None) -> ShapeReader:
        placement = placed(stated, self._photo.file, self._log, self._set.place)
        reader = ShapeReader(label_map=self._label_map, placement=placement, log=self._log)
        self._photo.readers.append(reader)
        return reader

    def _tags(self) -> Iterator[str]:
        if self._set.task is Task.TAG:
            yield from (name.strip() for name in _texts([self._set.metadata.get("class-name")]) if name.strip())
            return
        for index, number in enumerate(as_list(self._set.value, self._log, self._set.place)):
            yield self._class_name(number, f"{self._set.place}[{index}]")

    def _class_name(self, number: object, place: str) -> str:
        """The name of a class; the map lists only those that occur."""
        classes = as_object(self._set.metadata.get("class-map"), self._log, f"{self._set.place}-metadata.class-map")
        key = str(as_id(number, self._log, place))
        name = classes.get(key)
        if not isinstance(name, str) or not name.strip():
            raise self._log.fault(ProblemCode.CATEGORY_UNKNOWN, place, f"the class map has no class {key[:40]!r}")
        return name.strip()

    def _read_boxes(self) -> None:
        place, log = self._set.place, self._log
        value = as_object(self._set.value, log, place)
        boxes = as_list(value.get("annotations"), log, f"{place}.annotations")
        reader = self._reader(self._image_size(value))
        objects = self._set.metadata.get("objects")
        for index, entry in enumerate(boxes):
            where = f"{place}.annotations[{index}]"
            said = objects[index] if isinstance(objects, list) and index < len(objects) else {}
            rule = None
            try:
                box = as_object(entry, log, where)
                label = self._class_name(box.get("class_id"), f"{where}.class_id")
                rule = reader.rule(label, f"{where}.class_id")
                self._add_box(box, said if isinstance(said, dict) else {}, label, where, reader)
            except AnnotationError as error:
                reader.lose(error, rule)

    def _image_size(self, value: dict[str, Any]) -> Size | None:
        sizes = value.get("image_size")
        if not isinstance(sizes, list) or not sizes or not isinstance(sizes[0], dict):
            return None
        where = f"{self._set.place}.image_size[0]"
        return stated_size(sizes[0].get("width"), sizes[0].get("height"), self._log, where)

    def _add_box(
        self, entry: dict[str, Any], said: dict[str, Any], label: str, where: str, reader: ShapeReader
    ) -> None:
        log = self._log
        left, top, width, height = (
            as_number(entry.get(side), log, f"{where}.{side}") for side in ("left", "top", "width", "height")
        )
        reader.add_box(
            box_of_sides((left, top, width, height), log, where),
            label=label,
            place=where,
            severity=severity_of(said),
            crowd=as_flag(said.get(CROWD) or 0, log, f"{where}.{CROWD}"),
            attributes=self._said | texts_of(said, without=frozenset({SEVERITY, CROWD})),
        )

    def _read_segmentation(self) -> None:
        place, log = self._set.place, self._log
        classes = colour_classes(self._set.metadata, log, f"{place}-metadata")
        reference = next(_texts([self._set.value]), "")
        found = self._photos.find(_find(reference, self._photos)) if reference.strip() else []
        if len(found) != 1:
            code = ProblemCode.PHOTO_AMBIGUOUS if found else ProblemCode.PHOTO_MISSING
            count = f"{len(found)} files" if found else "no file"
            raise log.fault(code, place, f"{count} in or below {self._photos.folder} for the mask {reference!r}")
        picture = open_mask(found[0], log, place)
        reader = self._reader(picture.size)
        add_segmentation(picture, classes, reader, place, self._class_attributes())

    def _class_attributes(self) -> dict[str, dict[str, str]]:
        """Class name -> what is said of its damages: the confidence, which is one for the whole picture."""
        entries = self._set.metadata.get("internal-color-map")
        return {
            entry["class-name"].strip(): self._said | texts_of({"confidence": entry.get("confidence")})
            for entry in (entries.values() if isinstance(entries, dict) else [])
            if isinstance(entry, dict) and isinstance(entry.get("class-name"), str)
        }


_BOTH = frozenset({Holding.TAGS, Holding.UNLABELLED, Holding.SPLITS})

GROUND_TRUTH = Format(
    name="ground_truth",
    title="SageMaker Ground Truth",
    fits=has_suffix(*SUFFIXES),
    detect=detect_boxes,
    labels=ground_truth_labels,
    read=read_ground_truth,
    write=write_boxes,
    holds=_BOTH | {Holding.BOXES, Holding.INSTANCES, Holding.CROWDS, Holding.SEVERITY, Holding.ATTRIBUTES},
)
GROUND_TRUTH_SEGMENTATION = Format(
    name="ground_truth_segmentation",
    title="SageMaker Ground Truth, semantic segmentation",
    fits=has_suffix(*SUFFIXES),
    detect=detect_segmentation,
    labels=ground_truth_labels,
    read=read_ground_truth,
    write=write_segmentation,
    holds=_BOTH | {Holding.PIXELS},
)
