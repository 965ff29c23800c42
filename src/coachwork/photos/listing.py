"""Which files the user means: paths, folders and patterns become a list of photos."""

import glob
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from coachwork.photos.problems import PhotoError, PhotoProblem
from coachwork.photos.sniffing import PHOTO_SUFFIXES


def list_photos(sources: Iterable[str | os.PathLike[str]]) -> tuple[Path, ...]:
    """The files to assess, sorted, each once.

    A file counts whatever its name is (reading it tells what it is); a folder gives the photos in it and below by their
    suffix, without hidden files, not following links to folders; a pattern (``*``, ``?``, ``[...]``, ``**``) gives what
    it matches, folders in turn. A path that exists is never taken as a pattern.

    Raises:
        PhotoError: NOTHING_MATCHES, where a path, folder or pattern gives no file.
    """
    found: dict[str, Path] = {}
    for source in sources:
        files = list(_files_of(os.fspath(source)))
        found.update(
            (os.path.abspath(file), file)  # noqa: PTH100 - links stay distinct files
            for file in files
        )
    return tuple(sorted(found.values()))


def _files_of(source: str) -> Iterator[Path]:
    try:
        names = [source] if os.path.lexists(source) else sorted(glob.glob(source, recursive=True))  # noqa: PTH207 - patterns may be absolute
    except ValueError:  # a null character
        names = []
    if not names:
        what = "the pattern matches no file" if glob.has_magic(source) else "there is no such file or folder"
        raise PhotoError(source, PhotoProblem.NOTHING_MATCHES, f"{what}: check it")
    files = [file for name in names for file in _expanded(Path(name))]
    if not files:
        suffixes = ", ".join(sorted(PHOTO_SUFFIXES))
        raise PhotoError(source, PhotoProblem.NOTHING_MATCHES, f"no photo lies there (looked for {suffixes})")
    yield from files


def _expanded(path: Path) -> Iterator[Path]:
    if not path.is_dir():
        yield path
        return
    for parent, folders, names in os.walk(path):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in names:
            if not name.startswith(".") and Path(name).suffix.lower() in PHOTO_SUFFIXES:
                yield Path(parent) / name
