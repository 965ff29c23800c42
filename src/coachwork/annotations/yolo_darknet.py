"""Darknet's YOLO, which CVAT calls "YOLO 1.1": an obj.data that names the classes' file and lists of photos.

The format is that of https://docs.cvat.ai/docs/manual/advanced/formats/format-yolo/: label files lie beside the photos.
"""

import os
import re
from pathlib import Path

from coachwork.annotations.contract import Format, Holding, Reading, has_suffix
from coachwork.annotations.photo_lookup import SPLIT_NAMES, PhotoLookup
from coachwork.annotations.problems import ProblemCode, ProblemLog
from coachwork.annotations.text_files import TextFileError, read_text_file
from coachwork.annotations.yolo_document import DataFile, Place
from coachwork.annotations.yolo_layout import Layout, find_place
from coachwork.annotations.yolo_names import find_names, read_names
from coachwork.annotations.yolo_reading import YoloReader
from coachwork.annotations.yolo_rows import class_numbers
from coachwork.annotations.yolo_writing import write_darknet
from coachwork.taxonomy import LabelMap

MOST_BYTES = 64 * 1024
NO_SPLITS = frozenset({"classes", "names", "backup", "eval", "results", "top", "weights", "labels"})
"""Keys that list no photos."""
_LINE = re.compile(r"^\s*(\w+)\s*=\s*(.+?)\s*$")


def detect_darknet(path: Path) -> float:
    """Confidence that a file is Darknet's description of a dataset."""
    if path.suffix.lower() != ".data":
        return 0.0
    try:
        said = _said(path)
    except TextFileError:
        return 0.0
    lists = any(key.lower() in SPLIT_NAMES for key in said)
    return 1.0 if "names" in said and lists else 0.6 if lists and "classes" in said else 0.0


def darknet_labels(path: Path) -> frozenset[str]:
    """Names of all classes.

    Raises:
        AnnotationError: the file is useless as a whole.
    """
    log = ProblemLog(file=str(path))
    data = _load(path, path.parent, log)
    if data.names is not None:
        return data.labels
    listed = Layout(data, path.parent, PhotoLookup(path.parent), log).photos()
    places = {place for photo in listed for place in photo.labels if place.is_file()}
    return frozenset(number for place in places for number in class_numbers(place))


def read_darknet(path: Path, photos: PhotoLookup, label_map: LabelMap) -> Reading:
    """Reads the dataset of an obj.data; photos of an export without photos may lie elsewhere in the source.

    An empty label file says that there is nothing in the photo; a photo without a label file is unlabelled.

    Raises:
        AnnotationError: the file is useless as a whole.
    """
    log = ProblemLog(file=str(path))
    data = _load(path, photos.root, log)
    reader = YoloReader(folder=path.parent, photos=photos, label_map=label_map, log=log)
    return reader.read(Layout(data, path.parent, photos, log).photos(), lambda _: data)


def _said(path: Path) -> dict[str, str]:
    """The file's lines ``key = value``; comments and other lines are passed over."""
    lines = read_text_file(path, most_bytes=MOST_BYTES).splitlines()
    return {found[1]: found[2] for line in lines if (found := _LINE.match(line))}


def _load(path: Path, root: Path, log: ProblemLog) -> DataFile:
    try:
        said = _said(path)
    except TextFileError as error:
        raise log.fault(ProblemCode.FILE_UNREADABLE, "", str(error), done="file left out") from None
    names = _names(said.get("names", ""), path.parent, root, log)
    places = []
    for key, place in said.items():
        if key.lower() in SPLIT_NAMES or (key.lower() not in NO_SPLITS and place.lower().endswith(".txt")):
            found = find_place(place, (path.parent,), root, least=1)
            places.append(Place(key, place if found is None else os.path.relpath(found, path.parent)))
    if not places:
        what = "lists no photos: it needs a line such as  train = train.txt"
        raise log.fault(ProblemCode.FIELD_MISSING, "train", what, done="file left out")
    return DataFile(names=names, places=tuple(places))


def _names(place: str, folder: Path, root: Path, log: ProblemLog) -> dict[int, str] | None:
    """The classes of the file that is named, or else of one beside; None where there is none."""
    found = find_place(place, (folder,), root, least=1) if place else None
    found = found if found is not None and found.is_file() else find_names(folder)
    if found is None:
        what = f"there is no {place!r} with the names of the classes" if place else "no file of class names is named"
        log.add(ProblemCode.FIELD_MISSING, "names", what, done="the labels are the classes' numbers")
        return None
    try:
        return read_names(found)
    except TextFileError as error:
        raise log.fault(ProblemCode.FILE_UNREADABLE, found.name, str(error), done="file left out") from None


YOLO_DARKNET = Format(
    name="yolo_darknet",
    title="Darknet's YOLO (CVAT's YOLO 1.1)",
    fits=has_suffix(".data"),
    detect=detect_darknet,
    labels=darknet_labels,
    read=read_darknet,
    write=write_darknet,
    holds=frozenset({Holding.BOXES, Holding.INSTANCES, Holding.UNLABELLED, Holding.SPLITS}),
)
