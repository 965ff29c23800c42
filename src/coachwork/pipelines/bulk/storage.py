"""Files wherever Beam can reach them: local folders, Google Cloud Storage, S3, Azure, HDFS.

A local file is written beside its place and moved there when it is whole; an object store shows an object only when it
was written to its end. So what has a name is whole.
"""

import contextlib
import errno
import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from apache_beam.io.filesystem import BeamIOError, CompressionTypes, FileMetadata
from apache_beam.io.filesystems import FileSystems

from coachwork.photos.listing import list_photos
from coachwork.photos.problems import PhotoError, PhotoProblem
from coachwork.photos.sniffing import PHOTO_SUFFIXES

_UNFINISHED = ".unfinished-"
_PATTERN_SIGNS = frozenset("*?[")


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class FileRef:
    """A file as its listing states it; another state of the file gives another reference.

    Attributes:
        path: local, or with the scheme of its store.
        bytes: of the file.
        modified: seconds since 1970; 0 where the store does not say.
    """

    path: str
    bytes: int
    modified: float


def is_remote(path: str) -> bool:
    """Whether a path names an object store.

    >>> is_remote("gs://bucket/photos"), is_remote("photos")
    (True, False)
    """
    return FileSystems.get_scheme(path) not in {None, "file"}


def joined(folder: str, *names: str) -> str:
    """A path below a folder."""
    return str(FileSystems.join(folder, *names))


def list_local(source: str) -> list[FileRef]:
    """Local photos of a file, folder or pattern, as `list_photos` gives them.

    Raises:
        PhotoError: NOTHING_MATCHES.
    """
    found = []
    for path in list_photos([source]):
        try:
            stated = path.stat()
            found.append(FileRef(path=str(path), bytes=stated.st_size, modified=stated.st_mtime))
        except OSError:  # reading it says what is wrong
            found.append(FileRef(path=str(path), bytes=0, modified=0.0))
    return found


def list_remote(source: str) -> Iterator[FileRef]:
    """Photos in an object store: what a pattern matches, or by suffix what lies below a prefix.

    Raises:
        PhotoError: NOTHING_MATCHES.
    """
    is_pattern = any(sign in source for sign in _PATTERN_SIGNS)
    is_photo = Path(source).suffix.lower() in PHOTO_SUFFIXES
    everything = source if is_pattern or is_photo else source.rstrip("/") + "/**"
    found = 0
    for listed in _matching(everything):
        name = listed.path.rsplit("/", 1)[-1]
        if is_pattern or is_photo or (Path(name).suffix.lower() in PHOTO_SUFFIXES and not name.startswith(".")):
            found += 1
            yield FileRef(path=listed.path, bytes=listed.size_in_bytes, modified=listed.last_updated_in_seconds or 0.0)
    if not found:
        raise PhotoError(source, PhotoProblem.NOTHING_MATCHES, "no photo lies there: check the address")


def names_in(folder: str) -> list[str]:
    """Names of the files in a folder, sorted; empty where it does not exist."""
    if not is_remote(folder):
        place = Path(folder)
        return sorted(file.name for file in place.iterdir() if file.is_file()) if place.is_dir() else []
    return sorted(listed.path.rsplit("/", 1)[-1] for listed in _matching(folder + "/*"))


def read_bytes(path: str, limit: int | None = None) -> bytes:
    """A file's bytes, at most `limit` and one.

    Raises:
        OSError: it cannot be read, or is no file: a pipe would wait for ever.
    """
    place = Path(path)
    if not is_remote(path) and place.exists() and not place.is_file():
        raise OSError(errno.EINVAL, "it is a folder, pipe or device")
    with _refusals(), FileSystems.open(path, compression_type=CompressionTypes.UNCOMPRESSED) as file:
        return bytes(file.read() if limit is None else file.read(limit + 1))


@contextlib.contextmanager
def written_whole(path: str) -> Iterator[IO[bytes]]:
    """A file to write; it gets its name when all was written, and none when writing fails.

    Raises:
        OSError: it cannot be written.
    """
    if is_remote(path):  # closing an object makes it appear, so nothing is opened there before all is at hand
        with tempfile.TemporaryFile() as copy:
            yield copy
            copy.seek(0)
            with _refusals(), FileSystems.create(path, compression_type=CompressionTypes.UNCOMPRESSED) as file:
                shutil.copyfileobj(copy, file, 2**20)
        return
    place = Path(path)
    place.parent.mkdir(parents=True, exist_ok=True)
    unfinished = place.with_name(f".{place.name}{_UNFINISHED}{uuid.uuid4().hex[:12]}")
    try:
        with unfinished.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(place)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise


def write_bytes(path: str, data: bytes) -> None:
    """Writes a whole file.

    Raises:
        OSError: it cannot be written.
    """
    with written_whole(path) as file:
        file.write(data)


def delete(paths: list[str]) -> None:
    """Deletes files; those that are gone already count as deleted."""
    with contextlib.suppress(BeamIOError):
        FileSystems.delete(paths)


def is_unfinished(name: str) -> bool:
    """Whether a file's name says that its writer never came to its end."""
    return _UNFINISHED in name


def _matching(pattern: str) -> list[FileMetadata]:
    """Beam's metadata of all files that match."""
    with _refusals():
        return list(FileSystems.match([pattern])[0].metadata_list)


@contextlib.contextmanager
def _refusals() -> Iterator[None]:
    """Beam's errors as the errors of the operating system that they stand for."""
    try:
        yield
    except BeamIOError as refused:
        raise OSError(str(refused)) from refused
