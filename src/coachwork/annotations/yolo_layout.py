"""Where the photos and label files of a YOLO dataset lie, as its data.yaml says.

The file is that of https://docs.ultralytics.com/datasets/: `path`, then `train`, `val` and `test` as a folder, a text
file with one photo a line, or a list of these, and `names` as a list or by number.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

from coachwork.annotations.json_values import as_object, as_text
from coachwork.annotations.photo_lookup import SPLIT_NAMES, photo_files
from coachwork.annotations.problems import AnnotationError, Problem, ProblemCode, ProblemLog
from coachwork.annotations.text_files import TextFileError, read_text_file
from coachwork.datasets.sample import Split
from coachwork.photos.sniffing import PHOTO_SUFFIXES

MOST_BYTES = 512 * 1024
"""A data.yaml is a page of text; a list of photos is a file of its own."""
MOST_LIST_BYTES = 64 * 1024 * 1024
NO_LABELS = frozenset({"classes.txt", "labels.txt", "train.txt", "val.txt", "valid.txt", "test.txt"})
"""Text files that lie among label files and are none."""
SPLIT_KEYS = ("train", "val", "valid", "test")


@dataclass(frozen=True, slots=True, kw_only=True)
class DataFile:
    """What a data.yaml says.

    Attributes:
        names: class number -> label.
        base: its `path`, as it stands.
        places: split with each folder, text file or photo that is listed for it, as they stand.
        oriented: whether it says that its rows are turned boxes.
        keypoint_numbers: numbers of a row that are keypoints, behind the box.
    """

    names: dict[int, str]
    base: str
    places: tuple[tuple[Split, str], ...]
    oriented: bool = False
    keypoint_numbers: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedPhoto:
    """A photo of the dataset: its file and split, and the label files that may be its own, the likeliest first."""

    path: Path
    split: Split
    labels: tuple[Path, ...]


def load_yaml(path: Path) -> Any:
    """A small YAML file; every scalar stays the text that it is, so that a label ``no`` is no boolean.

    Raises:
        AnnotationError: the file cannot be read, is too large, or is not YAML.
    """
    try:
        return yaml.load(read_text_file(path, most_bytes=MOST_BYTES), Loader=yaml.BaseLoader)  # noqa: S506 - texts only
    except TextFileError as error:
        what = str(error)
    except (yaml.YAMLError, ValueError) as error:
        what = f"is not YAML: {' '.join(str(error).split())[:200]}"
    except RecursionError:
        what = "is nested too deeply"
    raise AnnotationError(
        Problem(code=ProblemCode.FILE_UNREADABLE, file=str(path), place="", what=what, done="file left out")
    )


def load_data_file(path: Path, log: ProblemLog) -> DataFile:
    """Reads a data.yaml.

    Raises:
        AnnotationError: the file is useless as a whole.
    """
    document = as_object(load_yaml(path), log, "")
    if "names" not in document:
        raise log.fault(ProblemCode.FIELD_MISSING, "names", "the file has no 'names'", done="file left out")
    places = []
    for key in SPLIT_KEYS:
        value = document.get(key)
        for place in value if isinstance(value, list) else [value]:
            if isinstance(place, str) and place.strip():
                places.append((SPLIT_NAMES[key], place.strip()))
            elif place:
                log.add(
                    ProblemCode.WRONG_TYPE, key, "should be a folder or a file, or a list of these", done="left out"
                )
    base = document.get("path")
    return DataFile(
        names=_names(document["names"], log),
        base=base.strip() if isinstance(base, str) else "",
        places=tuple(places),
        oriented=document.get("task") == "obb",
        keypoint_numbers=_keypoint_numbers(document.get("kpt_shape")),
    )


def _names(value: object, log: ProblemLog) -> dict[int, str]:
    entries: list[tuple[str, object]] = []
    if isinstance(value, dict):
        entries = list(value.items())
    elif isinstance(value, list):
        entries = [(str(index), name) for index, name in enumerate(value)]
    else:
        raise log.fault(ProblemCode.WRONG_TYPE, "names", "should be a list, or numbers with names")
    names = {}
    for key, name in entries:
        try:
            if not (isinstance(key, str) and key.isascii() and key.isdigit() and len(key) < 10):
                raise log.fault(ProblemCode.WRONG_TYPE, "names", f"{str(key)[:40]!r} is no class number")
            names[int(key)] = as_text(name, log, f"names.{key}")
        except AnnotationError as error:
            log.take(error)
    return names


def _keypoint_numbers(value: object) -> int:
    """Numbers of the keypoints in a row, from ``kpt_shape: [count, dimensions]``."""
    try:
        count, dimensions = (int(side) for side in value) if isinstance(value, list) else (0, 0)
    except (ValueError, TypeError):
        return 0
    return count * dimensions if 0 < count < 1000 and dimensions in {2, 3} else 0


class Layout:
    """Finds the photos that a data.yaml lists; nothing outside the source's folder is looked at.

    Args:
        data: what the file says.
        folder: the file's folder.
        root: the source's folder.
        log: where problems go.
    """

    def __init__(self, data: DataFile, folder: Path, root: Path, log: ProblemLog) -> None:
        self._data = data
        self._folder = folder
        self._root = root
        self._log = log

    def photos(self) -> Iterator[ListedPhoto]:
        """The photos of all splits in order; one that is listed in several splits comes several times."""
        for split, place in self._data.places:
            found = self._find(place, self._bases)
            if found is None:
                if split is not Split.TEST:  # exporters name a test folder whether there is one or not
                    what = f"there is no {place!r} in or below {self._folder}"
                    self._log.add(ProblemCode.PHOTO_MISSING, split.value, what, done="left out")
                continue
            yield from (
                ListedPhoto(path=photo, split=split, labels=label_places(photo)) for photo in self._photos_at(found)
            )

    @property
    def _bases(self) -> tuple[Path, ...]:
        base = self._find(self._data.base, (self._folder,)) if self._data.base else None
        return (self._folder,) if base is None or base == self._folder else (base, self._folder)

    def _photos_at(self, place: Path) -> Iterator[Path]:
        if place.is_dir():
            yield from photo_files(place)
        elif place.suffix.lower() in PHOTO_SUFFIXES:
            yield place
        else:
            yield from self._listed_in(place)

    def _listed_in(self, file: Path) -> Iterator[Path]:
        where = file.name
        try:
            lines = read_text_file(file, most_bytes=MOST_LIST_BYTES).splitlines()
        except TextFileError as error:
            self._log.add(ProblemCode.FILE_UNREADABLE, where, str(error), done="left out")
            return
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            photo = self._find(line.strip(), (file.parent, *self._bases))
            if photo is None or not photo.is_file():
                what = f"there is no photo {line.strip()[:200]!r}"
                self._log.add(ProblemCode.PHOTO_MISSING, f"{where} line {number}", what, done="photo left out")
            else:
                yield photo

    def _find(self, place: str, bases: tuple[Path, ...]) -> Path | None:
        """The folder or file that a place means, below one of the bases; None where there is none.

        Exporters write paths of another machine, and ``../train/images`` for ``train/images``: as much of the path's
        end as can be found counts, but not its last name alone unless it is a split's: that may be another folder's.
        """
        if "\0" in place:
            return None
        parts = tuple(
            part for part in PurePosixPath(place.replace("\\", "/")).parts if part not in {"/", "."} and ":" not in part
        )
        tries = [parts]
        while parts and parts[0] == "..":
            parts = parts[1:]
            tries.append(parts)
        least = 1 if parts and parts[-1].lower() in SPLIT_NAMES else 2
        tries += [parts[start:] for start in range(1, len(parts) - least + 1)]
        for relative in tries:
            for base in bases:
                found = _below(base, relative, self._root)
                if found is not None:
                    return found
        return None


def _below(base: Path, relative: tuple[str, ...], root: Path) -> Path | None:
    """The existing path `base/relative` with ``..`` resolved by its text, where that stays in `root`."""
    folder = base
    for part in relative:
        folder = folder.parent if part == ".." else folder / part
        if folder != root and root not in folder.parents:
            return None
    try:
        return folder if folder.exists() else None
    except OSError:  # a name that is too long
        return None


def label_places(photo: Path) -> tuple[Path, ...]:
    """Where a photo's label file may lie: in `labels` for its path's last `images`, beside it, or in `labels` there."""
    name = f"{photo.stem}.txt"
    places = [photo.with_name(name), photo.parent / "labels" / name]
    folders = list(photo.parent.parts)
    if "images" in folders:
        last = len(folders) - 1 - folders[::-1].index("images")
        places.insert(0, Path(*folders[:last], "labels", *folders[last + 1 :], name))
    return tuple(places)
