"""YOLO datasets: a data.yaml, and a text file of rows for each photo. Boxes and outlines, or turned boxes."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from coachwork.annotations.contract import AnnotatedPhoto, Format, Holding, Reading, has_suffix
from coachwork.annotations.photo_lookup import PhotoFile, PhotoLookup
from coachwork.annotations.placement import Placement
from coachwork.annotations.problems import AnnotationError, ProblemCode, ProblemLog
from coachwork.annotations.shapes import ShapeReader
from coachwork.annotations.yolo_layout import NO_LABELS, DataFile, Layout, ListedPhoto, load_data_file, load_yaml
from coachwork.annotations.yolo_rows import add_row, read_rows
from coachwork.annotations.yolo_writing import write_yolo, write_yolo_obb
from coachwork.photos.reading import PhotoError
from coachwork.taxonomy import LabelMap

if TYPE_CHECKING:
    from coachwork.datasets.sample import Split

AUGMENTED = re.compile(r"(?P<original>.+)\.rf\.[0-9A-Za-z]{6,}$")
"""Stem of a photo that Roboflow exported: an original's name, and a piece that differs for each augmented copy."""
SHOWN = 3
"""Examples in a sentence."""


def detect_yolo(path: Path) -> float:
    """Confidence that a file is the data.yaml of a YOLO dataset with boxes or outlines."""
    return _detect(path, oriented=False)


def detect_yolo_obb(path: Path) -> float:
    """Confidence that a file is the data.yaml of a YOLO dataset of turned boxes, which few say (`task: obb`)."""
    return _detect(path, oriented=True)


def _detect(path: Path, *, oriented: bool) -> float:
    if path.suffix.lower() not in {".yaml", ".yml"}:
        return 0.0
    try:
        document = load_yaml(path)
    except AnnotationError:
        return 0.0
    if not isinstance(document, dict) or not isinstance(document.get("names"), dict | list):
        return 0.0
    listed = any(document.get(key) for key in ("train", "val", "valid", "test"))
    says_other = (document.get("task") == "obb") != oriented
    return (0.6 if says_other else 1.0) if listed else 0.3


def yolo_labels(path: Path) -> frozenset[str]:
    """Names of all classes.

    Raises:
        AnnotationError: the file is useless as a whole.
    """
    return frozenset(load_data_file(path, ProblemLog(file=str(path))).names.values())


def read_yolo(path: Path, photos: PhotoLookup, label_map: LabelMap, *, oriented: bool = False) -> Reading:
    """Reads the dataset of a data.yaml.

    An empty label file says that there is nothing in the photo; a photo without a label file is unlabelled.

    Args:
        path: the data.yaml.
        photos: nothing outside of its root is opened.
        label_map: meaning of the labels.
        oriented: rows of four corners are turned boxes, even if the file does not say so.

    Raises:
        AnnotationError: the file is useless as a whole.
    """
    log = ProblemLog(file=str(path))
    data = load_data_file(path, log)
    listed = _once(Layout(data, path.parent, photos.root, log).photos(), path.parent, log)
    _tell_augmented(listed, log)
    labels = _label_files(listed, path.parent, log)
    dropped: Counter[str] = Counter()
    found = []
    for photo in listed:
        name = _shown(photo.path, path.parent)
        try:
            file = photos.open(photo.path)
        except PhotoError as error:
            log.add(ProblemCode.PHOTO_UNREADABLE, name, str(error), done="photo left out")
            continue
        reader = _read_photo(file, labels.get(photo.path), (path.parent, data, label_map, log), oriented=oriented)
        found.append(
            AnnotatedPhoto(
                name=name,
                file=file,
                split=photo.split,
                annotated=frozenset() if reader is None else reader.annotated,
                shapes=() if reader is None else tuple(reader.shapes),
            )
        )
        dropped.update({} if reader is None else reader.dropped)
    return Reading(photos=tuple(found), problems=tuple(log.problems), dropped=dict(dropped))


def _read_photo(
    file: PhotoFile,
    label_file: Path | None,
    context: tuple[Path, DataFile, LabelMap, ProblemLog],
    *,
    oriented: bool,
) -> ShapeReader | None:
    """The shapes of one photo, or None where it has no label file."""
    if label_file is None:
        return None
    folder, data, label_map, log = context
    reader = ShapeReader(
        label_map=label_map, placement=Placement(frame=file.size, stated=file.size, photo=file.path), log=log
    )
    try:
        rows = read_rows(label_file, log, _shown(label_file, folder))
    except AnnotationError as error:
        reader.lose(error)
        return reader
    for where, row in rows:
        add_row(row, where, reader, data, oriented=oriented or data.oriented)
    return reader


def _shown(path: Path, folder: Path) -> str:
    """A path below the data.yaml's folder, or else from its last three parts."""
    inside = path.relative_to(folder) if folder in path.parents else Path(*path.parts[-3:])
    return inside.as_posix()


def _once(listed: Iterable[ListedPhoto], folder: Path, log: ProblemLog) -> list[ListedPhoto]:
    """Each photo once: in its first split, where it is listed in several."""
    first: dict[Path, ListedPhoto] = {}
    again: dict[tuple[Split, Split], list[Path]] = defaultdict(list)
    for photo in listed:
        kept = first.setdefault(photo.path, photo)
        if kept.split is not photo.split:
            again[(kept.split, photo.split)].append(photo.path)
    for (kept_split, other), paths in again.items():
        what = f"{len(paths)} photos of {kept_split} are listed in {other} too ({_examples(paths, folder)})"
        log.add(ProblemCode.PHOTO_LISTED_TWICE, other.value, what, done=f"they count as {kept_split}")
    return list(first.values())


def _examples(paths: Iterable[Path], folder: Path) -> str:
    shown = [_shown(path, folder) for path in paths]
    return ", ".join(shown[:SHOWN]) + (", …" if len(shown) > SHOWN else "")


def _tell_augmented(listed: list[ListedPhoto], log: ProblemLog) -> None:
    """Tells of copies that Roboflow made of one photo: they are no photos of their own, least of all across splits."""
    copies: dict[str, list[ListedPhoto]] = defaultdict(list)
    for photo in listed:
        if match := AUGMENTED.match(photo.path.stem):
            copies[match["original"]].append(photo)
    several = {original: photos for original, photos in copies.items() if len(photos) > 1}
    if several:
        count = sum(map(len, several.values()))
        shown = ", ".join(list(several)[:SHOWN])
        what = f"{count} photos are augmented copies (.rf.) of {len(several)} originals ({shown})"
        log.add(ProblemCode.PHOTO_COPY, "", what, done="all are kept")
    crossing = [original for original, photos in several.items() if len({photo.split for photo in photos}) > 1]
    if crossing:
        what = f"copies of {len(crossing)} originals lie in several splits ({', '.join(crossing[:SHOWN])})"
        log.add(ProblemCode.LEAK, "", what, done="kept as they stand: put them into one split")


def _label_files(listed: list[ListedPhoto], folder: Path, log: ProblemLog) -> dict[Path, Path]:
    """The label file of each photo that has one; label files of no photo, or of several, are told."""
    owners: dict[Path, list[Path]] = defaultdict(list)
    for photo in listed:
        label_file = next((place for place in photo.labels if place.is_file()), None)
        if label_file is not None:
            owners[label_file].append(photo.path)
    for label_file, paths in owners.items():
        if len(paths) > 1:
            what = f"may be the labels of any of {len(paths)} photos ({_examples(paths, folder)})"
            log.add(ProblemCode.PHOTO_AMBIGUOUS, _shown(label_file, folder), what, done="the photos are unlabelled")
    known = {photo.path.parent / f"{photo.path.stem}.txt" for photo in listed} | set(owners)
    for place in sorted({label_file.parent for label_file in owners}):
        for lone in sorted(set(place.glob("*.txt")) - known):
            if lone.name.lower() not in NO_LABELS and not lone.name.upper().startswith("README"):
                what = "the label file has no photo"
                log.add(ProblemCode.PHOTO_MISSING, _shown(lone, folder), what, done="left out")
    return {paths[0]: label_file for label_file, paths in owners.items() if len(paths) == 1}


def _format(name: str, title: str, *, detect: Callable[[Path], float], oriented: bool) -> Format:
    lost = {Holding.PARTS, Holding.PIXELS, Holding.CROWDS, Holding.SEVERITY, Holding.ATTRIBUTES, Holding.TAGS}
    return Format(
        name=name,
        title=title,
        fits=has_suffix(".yaml", ".yml"),
        detect=detect,
        labels=yolo_labels,
        read=partial(read_yolo, oriented=oriented),
        write=write_yolo_obb if oriented else write_yolo,
        holds=frozenset(Holding) - lost - {Holding.OUTLINES if oriented else Holding.ROTATED_BOXES},
    )


YOLO = _format("yolo", "YOLO", detect=detect_yolo, oriented=False)
YOLO_OBB = _format("yolo_obb", "YOLO with turned boxes", detect=detect_yolo_obb, oriented=True)
