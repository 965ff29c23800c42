"""CVAT files (for images 1.1, for video 1.1; of a task, job or project): boxes, turned too, outlines, masks, tags."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from coachwork.annotations.contract import SAID_IN_FORMATS, AnnotatedPhoto, Format, Reading, has_suffix
from coachwork.annotations.cvat_document import (
    CHILDREN,
    Picture,
    children,
    declared_labels,
    drawn_below,
    looks_like_cvat,
    picture_of,
)
from coachwork.annotations.cvat_shapes import add_shapes
from coachwork.annotations.cvat_tracks import Task, Tracks, tasks_of
from coachwork.annotations.cvat_writing import UNDAMAGED, write_cvat
from coachwork.annotations.photo_lookup import SPLIT_NAMES, PhotoFile, PhotoLookup
from coachwork.annotations.photo_opening import open_named_photo
from coachwork.annotations.placement import placed
from coachwork.annotations.problems import AnnotationError, ProblemCode, ProblemLog
from coachwork.annotations.shapes import ShapeReader
from coachwork.taxonomy import Kind, LabelMap


def detect_cvat(path: Path) -> float:
    """Confidence that a file is CVAT's."""
    return 1.0 if path.suffix.lower() == ".xml" and looks_like_cvat(path) else 0.0


def cvat_labels(path: Path) -> frozenset[str]:
    """All labels that the file declares or draws with.

    Raises:
        AnnotationError: the file cannot be read, is no XML, or not CVAT's.
    """
    labels: set[str] = set()
    for place, element in children(path, ProblemLog(file=str(path))):
        if element.tag == "meta":
            labels |= declared_labels(element)
        elif element.tag == "track":
            labels.add(element.get("label", "").strip())
        elif element.tag == "image":
            labels |= {drawn.values.get("label", "").strip() for drawn in drawn_below(element, place)}
    return frozenset(label for label in labels if label and label != UNDAMAGED)


def read_cvat(path: Path, photos: PhotoLookup, label_map: LabelMap) -> Reading:
    """Reads a CVAT file.

    CVAT lists all photos of a task, worked on or not, so one without shapes counts as unlabelled, unless it has the tag
    ``undamaged``. The subset of a photo in a project is its split where it is called so, and the folder below
    `images/` in which it is looked for.

    Raises:
        AnnotationError: the file cannot be read, is no XML, or not CVAT's.
    """
    log = ProblemLog(file=str(path))
    found = _Photos(photos=photos, label_map=label_map, log=log)
    tracks, tasks = Tracks(log=log), dict[str, Task]()
    for place, element in children(path, log):
        if element.tag == "meta":
            tasks |= tasks_of(element, log)
        elif element.tag == "track":
            tracks.add(element, place)
        elif element.tag == "image":
            try:
                found.add(picture_of(element, place, log))
            except AnnotationError as error:
                log.take(error)
        elif element.tag not in CHILDREN:
            log.add(ProblemCode.WRONG_TYPE, place, f"the unknown element {element.tag[:40]!r}", done="left out")
    for picture in tracks.pictures(tasks, photos):
        try:
            found.add(picture)
        except AnnotationError as error:
            log.take(error)
    return found.reading()


@dataclass(slots=True, kw_only=True)
class _Photo:
    """One photo of the file, and what each of its entries says of it."""

    file: PhotoFile
    picture: Picture
    readers: list[ShapeReader]
    tags: list[str]

    @property
    def annotated(self) -> frozenset[Kind]:
        """A photo without shapes and without the tag for it is unlabelled, not undamaged."""
        return frozenset.intersection(*(reader.annotated for reader in self.readers)) if self.readers else frozenset()


@dataclass(slots=True, kw_only=True)
class _Photos:
    """Collects the photos of a file, each once."""

    photos: PhotoLookup
    label_map: LabelMap
    log: ProblemLog
    found: dict[Path, _Photo] = field(default_factory=dict)

    def add(self, picture: Picture) -> None:
        """Adds what one entry says of its photo.

        Raises:
            AnnotationError: the photo cannot be used.
        """
        file = self._open(picture)
        placement = placed(picture.stated, file, self.log, picture.place)
        if file.path in self.found:
            what = f"{picture.name!r} is listed a second time"
            self.log.add(ProblemCode.PHOTO_LISTED_TWICE, picture.place, what, done="annotations joined")
        photo = self.found.setdefault(file.path, _Photo(file=file, picture=picture, readers=[], tags=[]))
        photo.tags.extend(tag for tag in picture.tags if tag not in {*photo.tags, UNDAMAGED})
        if picture.shapes or UNDAMAGED in picture.tags:
            reader = ShapeReader(label_map=self.label_map, placement=placement, log=self.log)
            add_shapes(picture.shapes, reader)
            photo.readers.append(reader)

    def _open(self, picture: Picture) -> PhotoFile:
        name = f"{picture.subset}/{picture.name}"
        if not picture.subset or len(self.photos.find(name)) != 1:
            name = picture.name
        return open_named_photo(name, self.photos, self.log, f"{picture.place}.name")

    def reading(self) -> Reading:
        """All photos in the order of the file."""
        dropped: Counter[str] = Counter()
        for photo in self.found.values():
            for reader in photo.readers:
                dropped.update(reader.dropped)
        annotated = [
            AnnotatedPhoto(
                name=photo.picture.name,
                file=photo.file,
                split=SPLIT_NAMES.get(photo.picture.subset.lower(), self.photos.split),
                annotated=photo.annotated,
                shapes=tuple(shape for reader in photo.readers for shape in reader.shapes),
                tags=tuple(photo.tags),
            )
            for photo in self.found.values()
        ]
        return Reading(photos=tuple(annotated), problems=tuple(self.log.problems), dropped=dict(dropped))


CVAT = Format(
    name="cvat",
    title="CVAT",
    fits=has_suffix(".xml"),
    detect=detect_cvat,
    labels=cvat_labels,
    read=read_cvat,
    write=write_cvat,
    holds=SAID_IN_FORMATS,
)
