"""What to tell people of a source, or of files in it, that no format knows: most often one thing is wrong with them."""

import json
import os
import zipfile
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from itertools import islice
from pathlib import Path

from defusedxml.ElementTree import ParseError, fromstring

from coachwork.annotations.problems import Problem, ProblemCode
from coachwork.photos.sniffing import PHOTO_SUFFIXES

_ARCHIVES = (".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".zst", ".7z", ".rar")
_MANY = 200
_LARGEST = 64 * 2**20


def why_unknown(source: Path) -> str:
    """Why a file or folder is of no known format, as a sentence without a subject, with what to do."""
    files = [source] if source.is_file() else list(islice(_files(source), _MANY))
    if not files:
        return "is an empty folder: name the one that holds the annotations or photos"
    archives = [file for file in files if file.suffix.lower() in _ARCHIVES or zipfile.is_zipfile(file)]
    if archives and len(archives) == len(files):
        packed = "is" if archives[0] == source else f"holds only {archives[0].name!r},"
        return f"{packed} an archive: unpack it, and name the folder"
    if source.is_file() and source.suffix.lower() in PHOTO_SUFFIXES:
        return "is a single photo: name the annotation file, or the folder that holds the photos"
    broken = next(((file, why) for file in files if (why := _broken(file))), None)
    if broken is not None:
        return f"holds {broken[0].name!r}, which {broken[1]}" if source.is_dir() else broken[1]
    endings = sorted({file.suffix.lower() or file.name for file in files})[:6]
    shown = f" (its files end in {', '.join(endings)})" if source.is_dir() else ""
    return f"holds no annotations of a known format{shown} and no photos: see  coachwork formats"


def _files(folder: Path) -> Iterator[Path]:
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(parent) / name for name in sorted(names) if not name.startswith("."))


def broken_files(source: Path, known: AbstractSet[Path]) -> Iterator[Problem]:
    """Problems of files in a folder that call themselves JSON or XML and are none, so that no format knows them.

    Such as an export that broke off: without this, its photos would be taken for photos without annotations.

    Args:
        source: a folder; a file has nothing beside it.
        known: files that some format reads, and that it tells the problems of.
    """
    for file in _files(source) if source.is_dir() else ():
        if file not in known and (why := _broken(file)):
            yield Problem(code=ProblemCode.FILE_UNREADABLE, file=str(file), place="", what=why, done="file left out")


def _broken(file: Path) -> str | None:
    """What is wrong with a file that calls itself JSON or XML; None where it is, or where it is another file."""
    try:
        if not file.is_file() or file.stat().st_size > _LARGEST:
            return None
        if file.suffix.lower() == ".json":
            json.loads(file.read_bytes())
        if file.suffix.lower() == ".xml":
            fromstring(file.read_bytes())
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    except (ValueError, RecursionError, ParseError) as error:
        return f"is no valid {file.suffix[1:].upper()} ({error}): export it again"
    return None
