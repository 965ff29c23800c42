"""All annotation formats, and how a source is recognised."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from coachwork.annotations.coco import COCO
from coachwork.annotations.contract import Format
from coachwork.annotations.photo_folder import PHOTO_FOLDER
from coachwork.annotations.problems import SourceError
from coachwork.annotations.via import VIA

FORMATS = {fmt.name: fmt for fmt in (COCO, VIA, PHOTO_FOLDER)}

SURE = 0.5
"""Confidence from which a file is taken to be of a format without being told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognised:
    """A file (or folder) of a source, and its format."""

    path: Path
    format: Format


def recognise(source: Path, wanted: str = "auto") -> tuple[Recognised, ...]:
    """The annotation files of a source with their formats, sorted by path.

    Args:
        source: a file, or a folder that holds annotation files at any depth.
        wanted: a format's name, or ``auto``.

    Raises:
        SourceError: the source does not exist, or nothing in it is of a known (or of the wanted) format.
    """
    if not source.exists():
        message = f"there is no {source}"
        raise SourceError(message)
    if wanted != "auto" and not FORMATS[wanted].suffixes:
        return (Recognised(path=source, format=FORMATS[wanted]),)
    formats = list(FORMATS.values()) if wanted == "auto" else [FORMATS[wanted]]
    files = [source] if source.is_file() else list(_files(source, formats))
    found = []
    for path in files:
        best = max(formats, key=lambda fmt: fmt.detect(path) if path.suffix.lower() in fmt.suffixes else 0.0)
        given = wanted != "auto" and source.is_file()
        if given or (path.suffix.lower() in best.suffixes and best.detect(path) >= SURE):
            found.append(Recognised(path=path, format=best))
    if not found and wanted == "auto" and PHOTO_FOLDER.detect(source) > 0:
        found.append(Recognised(path=source, format=PHOTO_FOLDER))
    if not found:
        known = ", ".join(fmt.title for fmt in formats)
        message = f"{source}: no annotations of a known format ({known}) and no photos were found"
        raise SourceError(message)
    return tuple(found)


def _files(folder: Path, formats: list[Format]) -> Iterator[Path]:
    suffixes = frozenset().union(*(fmt.suffixes for fmt in formats))
    for parent, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            if not name.startswith(".") and Path(name).suffix.lower() in suffixes:
                yield Path(parent) / name
