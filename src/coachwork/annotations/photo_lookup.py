"""Finds the photo that an annotation file names, and opens it for its upright size."""

import hashlib
import shutil
import tempfile
import weakref
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

from coachwork.datasets.sample import Split
from coachwork.geometry.size import Size
from coachwork.photos.fingerprint import fingerprint
from coachwork.photos.listing import list_photos
from coachwork.photos.orientation import swaps_sides
from coachwork.photos.reading import PhotoError, read_photo

FINGERPRINT_SIDE_PX = 256
"""Decoding below full resolution is enough for a fingerprint."""

SPLIT_NAMES = {
    "train": Split.TRAIN,
    "training": Split.TRAIN,
    "val": Split.VAL,
    "valid": Split.VAL,
    "validation": Split.VAL,
    "test": Split.TEST,
    "testing": Split.TEST,
}
_PHOTO_FOLDERS = ("", "images", "photos", "JPEGImages", "img")


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotoFile:
    """A photo on disk.

    Attributes:
        path: the file.
        sha256: digest of its bytes, hex.
        size: of the upright photo.
        stored: size as stored, before EXIF orientation.
        orientation: EXIF orientation, 1..8.
        fingerprint: 64-bit perceptual hash.
        format: what the bytes are, such as ``jpeg``.
    """

    path: Path
    sha256: str
    size: Size
    stored: Size
    orientation: int
    fingerprint: int
    format: str


def open_photo(path: Path) -> PhotoFile:
    """Opens a photo for its digest, upright size and fingerprint.

    Raises:
        PhotoError: the photo cannot be read or is refused.
    """
    photo = read_photo(path, min_side=FINGERPRINT_SIDE_PX)
    turned = swaps_sides(photo.orientation)
    return PhotoFile(
        path=path,
        sha256=photo.sha256,
        size=photo.size,
        stored=Size(height=photo.size.width, width=photo.size.height) if turned else photo.size,
        orientation=photo.orientation,
        fingerprint=fingerprint(photo.pixels),
        format=photo.format.value,
    )


def split_of(path: Path) -> Split | None:
    """The split that a file's name or its nearest folders state.

    >>> split_of(Path("set/val.coco.json")), split_of(Path("set/train/a.jpg")), split_of(Path("set/a.jpg"))
    (<Split.VAL: 'val'>, <Split.TRAIN: 'train'>, None)
    """
    stem = path.name.split(".")[0].lower()
    words = [
        stem.removeprefix("instances_").rstrip("0123456789"),
        *(part.lower() for part in reversed(path.parts[-4:-1])),
    ]
    return next((SPLIT_NAMES[word] for word in words if word in SPLIT_NAMES), None)


def photo_files(folder: Path) -> tuple[Path, ...]:
    """Photos in and below a folder by their suffix, sorted, without hidden files and folders."""
    try:
        return list_photos([folder])
    except PhotoError:
        return ()


class PhotoLookup:
    """Photos around one annotation file.

    Attributes:
        folder: the annotation file's folder; names are looked up in it, below it, and then in its parents up to `root`.
        root: the source's folder; nothing outside of it is opened.
        split: the split that the annotation file states, whose folder is preferred.
    """

    def __init__(
        self,
        folder: Path,
        *,
        root: Path | None = None,
        split: Split | None = None,
        opened: Callable[[Path], None] | None = None,
    ) -> None:
        self.folder = folder
        self.root = folder if root is None else root
        self.split = split
        self._opened = opened
        self._cache: dict[Path, PhotoFile] = {}
        self._by_name: dict[Path, dict[str, list[Path]]] = {}

    def find(self, name: str) -> list[Path]:
        """Files that the name may mean: one when found, none when missing, several when it cannot be told."""
        relative = _safe_relative(name)
        if relative is None:
            return []
        for folder in self._folders:
            for candidate in self._candidates(folder, relative):
                if candidate.is_file():
                    return [candidate]
            if found := self._named(folder, relative.name):
                return found
        return []

    def open(self, path: Path) -> PhotoFile:
        """Opens a photo once.

        Raises:
            PhotoError: the photo cannot be read or is refused.
        """
        if path not in self._cache:
            self._cache[path] = open_photo(path)
            if self._opened is not None:
                self._opened(path)
        return self._cache[path]

    def keep(self, content: bytes, suffix: str = "") -> PhotoFile:
        """Opens a photo that lies inside an annotation file; it is kept in a folder of this lookup's, while that lives.

        Raises:
            PhotoError: the photo cannot be read or is refused.
        """
        path = self._kept / f"{hashlib.sha256(content).hexdigest()}{suffix}"
        if not path.exists():
            path.write_bytes(content)
        return self.open(path)

    @cached_property
    def _kept(self) -> Path:
        folder = tempfile.mkdtemp(prefix="coachwork-photos-")
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        return Path(folder)

    @cached_property
    def _folders(self) -> tuple[Path, ...]:
        parents = [parent for parent in self.folder.parents if parent == self.root or self.root in parent.parents]
        return (self.folder, *parents) if self.folder != self.root else (self.folder,)

    def _candidates(self, folder: Path, relative: PurePosixPath) -> Iterator[Path]:
        splits = [name for name, split in SPLIT_NAMES.items() if split is self.split]
        for photos in _PHOTO_FOLDERS:
            yield folder / photos / relative
            for split in splits:
                yield folder / photos / split / relative
                yield folder / split / photos / relative

    def _named(self, folder: Path, name: str) -> list[Path]:
        """Photos of that name below a folder; those in a folder of the file's split alone, where there are any."""
        if folder not in self._by_name:
            listed = self._by_name[folder] = {}
            for path in photo_files(folder):
                listed.setdefault(path.name, []).append(path)
        found = self._by_name[folder].get(name, [])
        preferred = [
            path for path in found if self.split is not None and split_of(path.relative_to(folder)) is self.split
        ]
        return preferred or found


def _safe_relative(name: str) -> PurePosixPath | None:
    """The name as a relative path that stays below the folder; an absolute path or URL is cut to its last part."""
    path = PurePosixPath(name.replace("\\", "/").split("?")[0])
    if not path.name or "\0" in name or len(path.name.encode(errors="replace")) > 255:
        return None
    foreign = path.is_absolute() or ".." in path.parts or any(part.endswith(":") for part in path.parts)
    return PurePosixPath(path.name) if foreign else path
