"""YOLO datasets: a data.yaml, and a text file of rows for each photo. Boxes and outlines, or turned boxes."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from coachwork.annotations.contract import SAID_IN_FORMATS, Format, Holding, Reading, has_suffix
from coachwork.annotations.photo_lookup import PhotoLookup
from coachwork.annotations.problems import AnnotationError, ProblemLog
from coachwork.annotations.yolo_document import describes_classes, load_data_file, load_yaml
from coachwork.annotations.yolo_folder import LabelFolder, detect_yolo_folder
from coachwork.annotations.yolo_layout import Layout, ListedPhoto
from coachwork.annotations.yolo_reading import YoloReader
from coachwork.annotations.yolo_writing import write_yolo, write_yolo_obb
from coachwork.taxonomy import LabelMap


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
    if not describes_classes(document):
        return 0.0
    listed = any(document.get(key) for key in ("train", "val", "valid", "test"))
    says_other = (document.get("task") == "obb") != oriented
    if listed:
        return 0.6 if says_other else 1.0
    if detect_yolo_folder(path.parent) > 0:
        return 0.5 if says_other else 0.9
    return 0.3


def yolo_labels(path: Path) -> frozenset[str]:
    """Names of all classes.

    Raises:
        AnnotationError: the file is useless as a whole.
    """
    return load_data_file(path, ProblemLog(file=str(path))).labels


def read_yolo(path: Path, photos: PhotoLookup, label_map: LabelMap, *, oriented: bool = False) -> Reading:
    """Reads the dataset of a data.yaml.

    An empty label file says that there is nothing in the photo; a photo without a label file is unlabelled. Where the
    file names the classes and no place of photos, they are those in and below its folder.

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
    reader = YoloReader(folder=path.parent, photos=photos, label_map=label_map, log=log, oriented=oriented)
    listed = Layout(data, path.parent, photos, log).photos() if data.places else _photos_around(path.parent, log)
    return reader.read(listed, lambda _: data)


def _photos_around(folder: Path, log: ProblemLog) -> tuple[ListedPhoto, ...]:
    labels = LabelFolder(folder)
    labels.tell_alone(log)
    return labels.photos


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
        holds=SAID_IN_FORMATS - lost - {Holding.OUTLINES if oriented else Holding.ROTATED_BOXES},
    )


YOLO = _format("yolo", "YOLO", detect=detect_yolo, oriented=False)
YOLO_OBB = _format("yolo_obb", "YOLO with turned boxes", detect=detect_yolo_obb, oriented=True)
