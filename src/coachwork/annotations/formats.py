"""All annotation formats, and how a source is recognised."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from coachwork.annotations.coco import COCO
from coachwork.annotations.contract import Format
from coachwork.annotations.cvat import CVAT
from coachwork.annotations.ground_truth import GROUND_TRUTH, GROUND_TRUTH_SEGMENTATION
from coachwork.annotations.label_studio import LABEL_STUDIO
from coachwork.annotations.labelme import LABELME
from coachwork.annotations.masks import MASKS
from coachwork.annotations.photo_folder import PHOTO_FOLDER
from coachwork.annotations.problems import SourceError
from coachwork.annotations.tfrecord import TFRECORD
from coachwork.annotations.unknown_source import why_unknown
from coachwork.annotations.via import VIA
from coachwork.annotations.voc import VOC
from coachwork.annotations.yolo import YOLO, YOLO_OBB
from coachwork.annotations.yolo_darknet import YOLO_DARKNET
from coachwork.annotations.yolo_folder import YOLO_FOLDER

FORMATS = {
    fmt.name: fmt
    for fmt in (
        COCO,
        VIA,
        CVAT,
        GROUND_TRUTH,
        GROUND_TRUTH_SEGMENTATION,
        YOLO,
        YOLO_OBB,
        YOLO_DARKNET,
        YOLO_FOLDER,
        VOC,
        LABELME,
        LABEL_STUDIO,
        TFRECORD,
        MASKS,
        PHOTO_FOLDER,
    )
}

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
    formats = list(FORMATS.values()) if wanted == "auto" else [FORMATS[wanted]]
    if wanted != "auto" and (source.is_file() or FORMATS[wanted].is_folder):
        return (Recognised(path=source, format=FORMATS[wanted]),)
    found = _files_of(source, [fmt for fmt in formats if not fmt.is_folder]) or _folder_of(source, formats)
    if not found:
        raise SourceError(_nothing(source, formats, wanted))
    return tuple(found)


def _nothing(source: Path, formats: Sequence[Format], wanted: str) -> str:
    if wanted != "auto":
        return f"{source}: no file of the format {formats[0].title} was found: leave out --format to try the others"
    return f"{source} {why_unknown(source)}"


def _files_of(source: Path, formats: Sequence[Format]) -> list[Recognised]:
    found = []
    for path in [source] if source.is_file() else _walk(source):
        sure = {fmt.name: fmt.detect(path) for fmt in formats if fmt.fits(path)}
        best = max(sure, key=sure.__getitem__, default=None)
        if best is not None and sure[best] >= SURE:
            found.append(Recognised(path=path, format=FORMATS[best]))
    return found


def _folder_of(source: Path, formats: Sequence[Format]) -> list[Recognised]:
    """The source as a folder format, the surest one; a folder of photos is the last resort."""
    sure = {fmt.name: fmt.detect(source) for fmt in formats if fmt.is_folder}
    best = max(sure, key=sure.__getitem__, default=None)
    return [Recognised(path=source, format=FORMATS[best])] if best is not None and sure[best] > 0 else []


def _walk(folder: Path) -> Iterator[Path]:
    for parent, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(parent) / name for name in sorted(files) if not name.startswith("."))
