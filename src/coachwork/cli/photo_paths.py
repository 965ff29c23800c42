"""Which photos the arguments of a command mean."""

import glob
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

PHOTO_SUFFIXES = frozenset(
    (
        ".jpg",
        ".jpeg",
        ".jpe",
        ".jfif",
        ".png",
        ".webp",
        ".heic",
        ".heif",
        ".hif",
        ".avif",
        ".bmp",
        ".tif",
        ".tiff",
        ".gif",
    )
)
"""Files of a folder that are taken for photos; a file that is named itself is tried whatever its name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotoPath:
    """One photo to be read, or the reason why an argument names none.

    Attributes:
        file: the path as text, built from the argument as it was given.
        problem: one sentence, where there is no photo to read.
    """

    file: str
    problem: str | None = None


def find_photos(arguments: Sequence[str], *, leave_out: Path | None = None) -> list[PhotoPath]:
    """The photos that arguments name: files, folders with all below them, and patterns.

    Each photo comes once, in the order of the arguments, sorted within a folder or a pattern. Hidden files and folders
    are passed over, and so is what lies in `leave_out` (an output folder that lies among the photos).
    """
    found: dict[str, PhotoPath] = {}
    kept_out = None if leave_out is None else leave_out.resolve()
    for argument in arguments:
        for photo in _photos_of(argument, kept_out):
            found.setdefault(os.path.realpath(photo.file), photo)
    return list(found.values())


def _photos_of(argument: str, kept_out: Path | None) -> Iterator[PhotoPath]:
    path = Path(argument)
    if path.is_dir():
        found = list(_photos_in(path, kept_out))
        yield from found or [PhotoPath(file=argument, problem=f"the folder {argument} holds no photos")]
    elif path.exists() or not glob.has_magic(argument):
        yield PhotoPath(file=argument)
    else:
        found = list(_photos_matching(argument, kept_out))
        yield from found or [PhotoPath(file=argument, problem=f"no photo matches the pattern {argument}")]


def _photos_matching(pattern: str, kept_out: Path | None) -> Iterator[PhotoPath]:
    for match in sorted(glob.glob(pattern, recursive=True)):  # noqa: PTH207  # Path.glob refuses absolute patterns
        if Path(match).is_dir():
            yield from _photos_in(Path(match), kept_out)
        elif kept_out is None or kept_out not in Path(match).resolve().parents:
            yield PhotoPath(file=match)


def _photos_in(folder: Path, kept_out: Path | None) -> Iterator[PhotoPath]:
    for place, folders, files in os.walk(folder):
        inner = [name for name in folders if not name.startswith(".") and (Path(place) / name).resolve() != kept_out]
        folders[:] = sorted(inner)
        for name in sorted(files):
            if not name.startswith(".") and Path(name).suffix.lower() in PHOTO_SUFFIXES:
                yield PhotoPath(file=str(Path(place) / name))
