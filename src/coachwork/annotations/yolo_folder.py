"""YOLO labels without a file that describes them: photos, a text file of rows for each, and perhaps a list of names.

So LabelImg, Label Studio (its "YOLO" export) and Roboflow (its "YOLO Darknet TXT") write them, and people keep them.
"""

import os
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from coachwork.annotations.addresses import UPLOAD_PREFIX
from coachwork.annotations.contract import Format, Reading
from coachwork.annotations.photo_lookup import PhotoLookup, photo_files, split_of
from coachwork.annotations.problems import ProblemCode, ProblemLog
from coachwork.annotations.text_files import TextFileError
from coachwork.annotations.yolo_document import DataFile, load_data_file
from coachwork.annotations.yolo_layout import NO_LABELS, ListedPhoto, label_places
from coachwork.annotations.yolo_names import NAMES_FILES, find_data_file, find_names, is_data_file, read_names
from coachwork.annotations.yolo_reading import YoloReader
from coachwork.annotations.yolo_rows import class_numbers, looks_like_rows
from coachwork.taxonomy import LabelMap

LOOKED_AT = 5
"""Label files that are opened to recognise a set."""


def detect_yolo_folder(path: Path) -> float:
    """Confidence that a folder holds photos with YOLO label files: some pair, and have rows of numbers alone."""
    if not path.is_dir():
        return 0.0
    labels = LabelFolder(path)
    looked: list[bool] = []
    for file in labels.files:
        clear = looks_like_rows(file)
        looked += [] if clear is None else [clear]
        if len(looked) == LOOKED_AT or clear is False:
            break
    if looked:
        return 0.8 if all(looked) else 0.0
    return 0.6 if any(labels.names_file(file) for file in labels.files) else 0.0


def yolo_folder_labels(path: Path) -> frozenset[str]:
    """Names of all classes, or their numbers where nothing names them.

    Raises:
        AnnotationError: a file of names cannot be read.
    """
    labels = LabelFolder(path)
    log = ProblemLog(file=str(path))
    found: set[str] = set()
    for file in labels.files:
        data = labels.data_of(file, log)
        found |= class_numbers(file) if data.names is None else data.labels
    return frozenset(found)


def read_yolo_folder(path: Path, photos: PhotoLookup, label_map: LabelMap) -> Reading:
    """Reads the photos of a folder with their label files; those without one are unlabelled.

    Raises:
        AnnotationError: a file of names cannot be read.
    """
    log = ProblemLog(file=str(path))
    labels = LabelFolder(path)
    unnamed = {file for file in labels.files if labels.data_of(file, log).names is None}
    numbers = sorted({number for file in unnamed for number in class_numbers(file)}, key=int)
    if any(label_map.passes or label_map.rule(number) is None for number in numbers):
        shown = ", ".join(numbers[:8]) + (", …" if len(numbers) > 8 else "")
        what = f"nothing names the classes {shown}: put classes.txt beside the labels, one name a line"
        done = f'the numbers are the labels, for a label map with lines such as  "{numbers[0]}" = "dent"'
        log.add(ProblemCode.FIELD_MISSING, NAMES_FILES[0], what, done=done)
    labels.tell_alone(log)
    reader = YoloReader(folder=path, photos=photos, label_map=label_map, log=log)
    return reader.read(labels.photos, lambda file: labels.data_of(file, log))


@dataclass(slots=False, kw_only=False)
class LabelFolder:
    """The photos of a folder with their label files and the names of their classes.

    Attributes:
        folder: the set's.
    """

    folder: Path
    _names: dict[Path, DataFile] = field(default_factory=dict)

    @cached_property
    def photos(self) -> tuple[ListedPhoto, ...]:
        """All photos; each with its label file, where it has one."""
        whole = Path(self.folder.resolve().name)
        return tuple(
            ListedPhoto(path=path, split=split_of(whole / path.relative_to(self.folder)), labels=files)
            for path, files in self._pairs.items()
        )

    @cached_property
    def files(self) -> tuple[Path, ...]:
        """All label files that have a photo."""
        return tuple(sorted({file for files in self._pairs.values() for file in files}))

    @cached_property
    def alone(self) -> tuple[Path, ...]:
        """Text files of rows that have no photo."""
        rest = self._texts - set(self.files)
        beside = {file.parent for file in self.files}  # told by the reader
        return tuple(sorted(file for file in rest if file.parent not in beside and looks_like_rows(file)))

    def tell_alone(self, log: ProblemLog) -> None:
        """Tells of label files without a photo."""
        for file in self.alone:
            place = file.relative_to(self.folder).as_posix()
            log.add(ProblemCode.PHOTO_MISSING, place, "the label file has no photo, or several", done="left out")

    def names_file(self, label_file: Path) -> Path | None:
        """The names that hold for a label file: in its folder or one above it, else the only ones of the set."""
        for folder in label_file.parents:
            if (found := _names_in(folder)) is not None:
                return found
            if folder == self.folder:
                break
        folders = {file.parent for file in (*self._texts, *self._pairs)}
        elsewhere = {found for folder in folders if (found := _names_in(folder)) is not None}
        return elsewhere.pop() if len(elsewhere) == 1 else None

    def data_of(self, label_file: Path, log: ProblemLog) -> DataFile:
        """What holds for a label file.

        Raises:
            AnnotationError: its names cannot be read.
        """
        if label_file.parent not in self._names:
            found = self.names_file(label_file)
            self._names[label_file.parent] = DataFile(names=None) if found is None else self._read_names(found, log)
        return self._names[label_file.parent]

    def _read_names(self, file: Path, log: ProblemLog) -> DataFile:
        if is_data_file(file):
            return load_data_file(file, log)
        try:
            return DataFile(names=read_names(file))
        except TextFileError as error:
            place = file.relative_to(self.folder).as_posix()
            raise log.fault(ProblemCode.FILE_UNREADABLE, place, str(error), done="folder left out") from None

    @cached_property
    def _texts(self) -> frozenset[Path]:
        return frozenset(_texts(self.folder))

    @cached_property
    def _pairs(self) -> dict[Path, tuple[Path, ...]]:
        """Each photo with its label file: where Ultralytics looks for it, else the only one of its stem."""
        pairs = {
            photo: tuple(place for place in label_places(photo) if place in self._texts)[:1]
            for photo in photo_files(self.folder)
        }
        rest = self._texts - {file for files in pairs.values() for file in files}
        lacking: dict[str, list[Path]] = defaultdict(list)
        for photo, files in pairs.items():
            if not files:
                lacking[photo.stem].append(photo)
        claims: dict[Path, list[Path]] = defaultdict(list)
        for file in sorted(rest):
            found = next((lacking[stem] for stem in _stems(file) if stem in lacking), [])
            if len(found) == 1:
                claims[found[0]].append(file)
        return pairs | {photo: (files[0],) for photo, files in claims.items() if len(files) == 1}


def _names_in(folder: Path) -> Path | None:
    return find_names(folder) or find_data_file(folder)


def _texts(folder: Path) -> Iterator[Path]:
    for parent, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in files:
            is_text = name.lower().endswith(".txt") and not name.startswith((".", "README", "readme"))
            if is_text and name.lower() not in {*NO_LABELS, *NAMES_FILES}:
                yield Path(parent) / name


def _stems(file: Path) -> Iterator[str]:
    """Stems of the photos that a label file may be of: Label Studio puts eight characters before uploaded names."""
    yield file.stem
    if UPLOAD_PREFIX.match(file.stem):
        yield file.stem[9:]


YOLO_FOLDER = Format(
    name="yolo_folder",
    title="YOLO labels beside photos, without data.yaml",
    fits=Path.is_dir,
    detect=detect_yolo_folder,
    labels=yolo_folder_labels,
    read=read_yolo_folder,
    is_folder=True,
)
