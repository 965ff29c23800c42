"""Where the photos and label files of a YOLO dataset lie, as its data.yaml or its obj.data says."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from coachwork.annotations.photo_lookup import SPLIT_NAMES, PhotoLookup, photo_files
from coachwork.annotations.problems import ProblemCode, ProblemLog
from coachwork.annotations.text_files import TextFileError, read_text_file
from coachwork.annotations.yolo_document import DataFile
from coachwork.datasets.sample import Split
from coachwork.photos.sniffing import PHOTO_SUFFIXES

MOST_LIST_BYTES = 64 * 1024 * 1024
NO_LABELS = frozenset(
    {"classes.txt", "predefined_classes.txt", "labels.txt", "train.txt", "val.txt", "valid.txt", "test.txt"}
)
"""Text files that lie among label files and are none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedPhoto:
    """A photo of the dataset: its file and split, and the label files that may be its own, the likeliest first."""

    path: Path
    split: Split | None
    labels: tuple[Path, ...]


class Layout:
    """Finds the photos that a data.yaml or obj.data lists; nothing outside the source's folder is looked at.

    Args:
        data: what the file says.
        folder: the file's folder.
        lookup: knows the source's folder, and the photos in it.
        log: where problems go.
    """

    def __init__(self, data: DataFile, folder: Path, lookup: PhotoLookup, log: ProblemLog) -> None:
        self._data = data
        self._folder = folder
        self._lookup = lookup
        self._log = log

    def photos(self) -> Iterator[ListedPhoto]:
        """The photos of all splits in order; one that is listed in several splits comes several times."""
        for place in self._data.places:
            found = self._find(place.place, self._bases)
            if found is not None:
                yield from self._photos_at(found, place.split)
            elif place.split is not Split.TEST:  # exporters name a test folder whether there is one or not
                what = f"there is no {place.place[:200]!r} in or below {self._folder}"
                self._log.add(ProblemCode.PHOTO_MISSING, place.key, what, done="left out")

    @property
    def _bases(self) -> tuple[Path, ...]:
        base = self._find(self._data.base, (self._folder,)) if self._data.base else None
        return (self._folder,) if base is None or base == self._folder else (base, self._folder)

    def _photos_at(self, place: Path, split: Split | None) -> Iterator[ListedPhoto]:
        if place.is_dir():
            for photo in photo_files(place):
                yield ListedPhoto(path=photo, split=split, labels=label_places(photo))
        elif place.suffix.lower() in PHOTO_SUFFIXES:
            yield ListedPhoto(path=place, split=split, labels=label_places(place))
        else:
            yield from self._listed_in(place, split)

    def _listed_in(self, file: Path, split: Split | None) -> Iterator[ListedPhoto]:
        try:
            lines = read_text_file(file, most_bytes=MOST_LIST_BYTES).splitlines()
        except TextFileError as error:
            self._log.add(ProblemCode.FILE_UNREADABLE, file.name, str(error), done="left out")
            return
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            bases = (file.parent, *self._bases)
            photo = self._find(line.strip(), bases)
            if photo is not None and photo.is_file():
                yield ListedPhoto(path=photo, split=split, labels=label_places(photo))
            elif (elsewhere := self._elsewhere(line.strip(), bases, split)) is not None:
                yield elsewhere
            else:
                what = f"there is no photo {line.strip()[:200]!r}"
                self._log.add(ProblemCode.PHOTO_MISSING, f"{file.name} line {number}", what, done="photo left out")

    def _elsewhere(self, line: str, bases: tuple[Path, ...], split: Split | None) -> ListedPhoto | None:
        """The photo of an export without photos: its labels lie where it is listed, it lies elsewhere in the source."""
        parts = _parts(line)
        if not parts or PurePosixPath(parts[-1]).suffix.lower() not in PHOTO_SUFFIXES:
            return None
        labels = self._find(str(PurePosixPath(*parts).with_suffix(".txt")), bases)
        if labels is None or not labels.is_file():
            return None
        for start in range(len(parts)):
            found = self._lookup.find("/".join(parts[start:]))
            if len(found) == 1:
                return ListedPhoto(path=found[0], split=split, labels=(labels,))
        return None

    def _find(self, place: str, bases: tuple[Path, ...]) -> Path | None:
        return find_place(place, bases, self._lookup.root)


def find_place(place: str, bases: tuple[Path, ...], root: Path, *, least: int = 2) -> Path | None:
    """The folder or file that a place means, below one of the bases; None where there is none.

    Exporters write paths of another machine, and ``../train/images`` for ``train/images``: as much of the path's end as
    can be found counts, but not its last name alone unless it is a split's: that may be another folder's.

    Args:
        place: as it stands in a file.
        bases: folders that it may be relative to, the likeliest first.
        root: nothing outside of it is found.
        least: how many names of the path's end are enough.
    """
    if "\0" in place:
        return None
    parts = _parts(place)
    tries = [parts]
    while parts and parts[0] == "..":
        parts = parts[1:]
        tries.append(parts)
    least = 1 if parts and parts[-1].lower() in SPLIT_NAMES else least
    tries += [parts[start:] for start in range(1, len(parts) - least + 1)]
    for relative in tries:
        for base in bases:
            found = _below(base, relative, root)
            if found is not None:
                return found
    return None


def _parts(place: str) -> tuple[str, ...]:
    """The names of a path of any system, without its root and its drive."""
    names = PurePosixPath(place.replace("\\", "/")).parts
    return tuple(name for name in names if name not in {"/", "."} and ":" not in name)


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
