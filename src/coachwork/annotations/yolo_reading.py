"""Reads the photos of a YOLO dataset with their label files, wherever they were found to lie."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from coachwork.annotations.contract import AnnotatedPhoto, Reading
from coachwork.annotations.photo_lookup import PhotoFile, PhotoLookup
from coachwork.annotations.placement import Placement
from coachwork.annotations.problems import AnnotationError, ProblemCode, ProblemLog
from coachwork.annotations.shapes import ShapeReader
from coachwork.annotations.yolo_document import DataFile
from coachwork.annotations.yolo_layout import NO_LABELS, ListedPhoto
from coachwork.annotations.yolo_rows import add_row, read_rows
from coachwork.photos.reading import PhotoError
from coachwork.taxonomy import LabelMap

if TYPE_CHECKING:
    from coachwork.datasets.sample import Split

AUGMENTED = re.compile(r"(?P<original>.+)\.rf\.[0-9A-Za-z]{6,}$")
"""Stem of a photo that Roboflow exported: an original's name, and a piece that differs for each augmented copy."""
SHOWN = 3
"""Examples in a sentence."""

DataOf = Callable[[Path], DataFile]
"""What holds for a label file: the names of its classes, and what its rows mean."""


@dataclass(frozen=True, slots=True, kw_only=True)
class YoloReader:
    """Reads photos with their label files.

    Attributes:
        folder: the dataset's.
        photos: opens them; nothing outside of its root.
        label_map: meaning of the labels.
        log: where problems go.
        oriented: rows of four corners are turned boxes, even if the dataset does not say so.
    """

    folder: Path
    photos: PhotoLookup
    label_map: LabelMap
    log: ProblemLog
    oriented: bool = False

    def read(self, listed: Iterable[ListedPhoto], data_of: DataOf) -> Reading:
        """The photos, each once; one without a label file is unlabelled, one with an empty file shows nothing."""
        once = self._once(listed)
        self._tell_augmented(once)
        labels = self._label_files(once)
        dropped: Counter[str] = Counter()
        found = []
        for photo in once:
            name = self.shown(photo.path)
            try:
                file = self.photos.open(photo.path)
            except PhotoError as error:
                self.log.add(ProblemCode.PHOTO_UNREADABLE, name, str(error), done="photo left out")
                continue
            label_file = labels.get(photo.path)
            reader = None if label_file is None else self._shapes(file, label_file, data_of(label_file))
            found.append(
                AnnotatedPhoto(
                    name=name,
                    file=file,
                    split=photo.split,
                    annotated=frozenset() if reader is None else reader.annotated,
                    shapes=() if reader is None else tuple(reader.shapes),
                )
            )
            dropped.update({} if reader is None else reader.dropped)
        return Reading(photos=tuple(found), problems=tuple(self.log.problems), dropped=dict(dropped))

    def shown(self, path: Path) -> str:
        """A path below the dataset's folder, or else from its last three parts."""
        inside = path.relative_to(self.folder) if self.folder in path.parents else Path(*path.parts[-3:])
        return inside.as_posix()

    def _shapes(self, file: PhotoFile, label_file: Path, data: DataFile) -> ShapeReader:
        placement = Placement(frame=file.size, stated=file.size, photo=file.path)
        reader = ShapeReader(label_map=self.label_map, placement=placement, log=self.log)
        try:
            rows = read_rows(label_file, self.log, self.shown(label_file))
        except AnnotationError as error:
            reader.lose(error)
            return reader
        for where, row in rows:
            add_row(row, where, reader, data, oriented=self.oriented or data.oriented)
        return reader

    def _once(self, listed: Iterable[ListedPhoto]) -> list[ListedPhoto]:
        """Each photo once: in its first split, where it is listed in several."""
        first: dict[Path, ListedPhoto] = {}
        again: dict[tuple[Split | None, Split | None], list[Path]] = defaultdict(list)
        for photo in listed:
            kept = first.setdefault(photo.path, photo)
            if kept.split is not photo.split:
                again[(kept.split, photo.split)].append(photo.path)
        for (kept_split, other), paths in again.items():
            what = f"{len(paths)} photos of {kept_split} are listed in {other} too ({self._examples(paths)})"
            self.log.add(ProblemCode.PHOTO_LISTED_TWICE, str(other), what, done=f"they count as {kept_split}")
        return list(first.values())

    def _examples(self, paths: Iterable[Path]) -> str:
        shown = [self.shown(path) for path in paths]
        return ", ".join(shown[:SHOWN]) + (", …" if len(shown) > SHOWN else "")

    def _tell_augmented(self, listed: list[ListedPhoto]) -> None:
        """Tells of copies that Roboflow made of one photo: they are no photos of their own, least of all in splits."""
        copies: dict[str, list[ListedPhoto]] = defaultdict(list)
        for photo in listed:
            if match := AUGMENTED.match(photo.path.stem):
                copies[match["original"]].append(photo)
        several = {original: photos for original, photos in copies.items() if len(photos) > 1}
        if several:
            count = sum(map(len, several.values()))
            shown = ", ".join(list(several)[:SHOWN])
            what = f"{count} photos are augmented copies (.rf.) of {len(several)} originals ({shown})"
            self.log.add(ProblemCode.PHOTO_COPY, "", what, done="all are kept")
        crossing = [original for original, photos in several.items() if len({photo.split for photo in photos}) > 1]
        if crossing:
            what = f"copies of {len(crossing)} originals lie in several splits ({', '.join(crossing[:SHOWN])})"
            self.log.add(ProblemCode.LEAK, "", what, done="kept as they stand: put them into one split")

    def _label_files(self, listed: list[ListedPhoto]) -> dict[Path, Path]:
        """The label file of each photo that has one; label files of no photo, or of several, are told."""
        owners: dict[Path, list[Path]] = defaultdict(list)
        for photo in listed:
            label_file = next((place for place in photo.labels if place.is_file()), None)
            if label_file is not None:
                owners[label_file].append(photo.path)
        for label_file, paths in owners.items():
            if len(paths) > 1:
                what = f"may be the labels of any of {len(paths)} photos ({self._examples(paths)})"
                place = self.shown(label_file)
                self.log.add(ProblemCode.PHOTO_AMBIGUOUS, place, what, done="the photos are unlabelled")
        known = {photo.path.parent / f"{photo.path.stem}.txt" for photo in listed} | set(owners)
        for folder in sorted({label_file.parent for label_file in owners}):
            for lone in sorted(set(folder.glob("*.txt")) - known):
                if lone.name.lower() not in NO_LABELS and not lone.name.upper().startswith("README"):
                    what = "the label file has no photo"
                    self.log.add(ProblemCode.PHOTO_MISSING, self.shown(lone), what, done="left out")
        return {paths[0]: label_file for label_file, paths in owners.items() if len(paths) == 1}
