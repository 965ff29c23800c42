"""Label Studio's exports, JSON and JSON-MIN: boxes, turned ones too, outlines, ellipses, brushes and bitmasks.

The format is that of https://labelstud.io/guide/export.html, read as Label Studio's own converter reads it.
"""

import base64
import binascii
from collections import Counter
from pathlib import Path

from coachwork.annotations.contract import SAID_IN_FORMATS, AnnotatedPhoto, Format, Holding, Reading, has_suffix
from coachwork.annotations.json_values import as_list, json_of, load_json
from coachwork.annotations.label_studio_regions import add_region
from coachwork.annotations.label_studio_tasks import Task, looks_like_label_studio, tasks_of
from coachwork.annotations.label_studio_writing import write_label_studio
from coachwork.annotations.photo_lookup import PhotoFile, PhotoLookup
from coachwork.annotations.photo_opening import name_at, open_named_photo
from coachwork.annotations.placement import Placement, placed, stated_size
from coachwork.annotations.problems import AnnotationError, ProblemCode, ProblemLog
from coachwork.annotations.shapes import ShapeReader
from coachwork.photos.reading import PhotoError
from coachwork.taxonomy import LabelMap


def detect_label_studio(path: Path) -> float:
    """Confidence that a file is an export of Label Studio."""
    return looks_like_label_studio(json_of(path))


def label_studio_labels(path: Path) -> frozenset[str]:
    """Labels of all regions that count.

    Raises:
        AnnotationError: the file is useless as a whole.
    """
    log = ProblemLog(file=str(path))
    document = as_list(load_json(path), log, "")
    return frozenset(label for task in tasks_of(document, log) for region in task.regions for label in region.labels)


def read_label_studio(path: Path, photos: PhotoLookup, label_map: LabelMap) -> Reading:
    """Reads an export. A task that nobody has answered, or that was skipped, is an unlabelled photo.

    Of several answers the one marked as true counts, else the latest; predictions are not read.

    Raises:
        AnnotationError: the file is useless as a whole.
    """
    log = ProblemLog(file=str(path))
    dropped: Counter[str] = Counter()
    found: dict[str, AnnotatedPhoto] = {}
    for task in tasks_of(as_list(load_json(path), log, ""), log):
        try:
            name, file = _open(task, photos, log)
            reader = ShapeReader(label_map=label_map, placement=_placement(task, file, log), log=log)
        except AnnotationError as error:
            log.take(error)
            continue
        for broken in task.broken:
            reader.lose(broken)
        for region in task.regions:
            add_region(region, reader)
        dropped.update(reader.dropped)
        photo = AnnotatedPhoto(
            name=name,
            file=file,
            split=photos.split,
            annotated=reader.annotated if task.is_answered else frozenset(),
            shapes=tuple(reader.shapes),
            tags=tuple(dict.fromkeys(task.tags)),
        )
        if name in found:
            what = f"{name[-80:]!r} is a task a second time"
            log.add(ProblemCode.PHOTO_LISTED_TWICE, task.place, what, done="the answered one is used, else the first")
        if name not in found or (photo.annotated and not found[name].annotated):
            found[name] = photo
    return Reading(photos=tuple(found.values()), problems=tuple(log.problems), dropped=dict(dropped))


def _open(task: Task, photos: PhotoLookup, log: ProblemLog) -> tuple[str, PhotoFile]:
    """The task's photo and its name: by its address, as uploaded or before, or from within the file."""
    place = f"{task.place}.data"
    if task.photo.startswith("data:"):
        try:
            file = photos.keep(base64.b64decode(task.photo.partition("base64,")[2]))
        except (binascii.Error, ValueError, PhotoError) as error:
            what = f"the photo within the file cannot be read: {error}"
            raise log.fault(ProblemCode.PHOTO_UNREADABLE, place, what, done="photo left out") from None
        return file.path.name, file
    name = name_at(task.photo, photos)
    return name, open_named_photo(name, photos, log, place)


def _placement(task: Task, file: PhotoFile, log: ProblemLog) -> Placement:
    """How the regions lie in the photo, by the size that the first says the picture had."""
    first = task.regions[0] if task.regions else None
    stated = None if first is None else stated_size(*first.original, log, first.place)
    return placed(stated, file, log, task.place if first is None else first.place)


LABEL_STUDIO = Format(
    name="label_studio",
    title="Label Studio",
    fits=has_suffix(".json"),
    detect=detect_label_studio,
    labels=label_studio_labels,
    read=read_label_studio,
    write=write_label_studio,
    holds=SAID_IN_FORMATS - {Holding.PARTS},
)
