"""What a data.yaml says: the classes, and where the photos of each split lie.

The file is that of https://docs.ultralytics.com/datasets/: `path`, then `train`, `val` and `test` as a folder, a text
file with one photo a line, or a list of these, and `names` as a list or by number.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from coachwork.annotations.json_values import as_object, as_text
from coachwork.annotations.photo_lookup import SPLIT_NAMES
from coachwork.annotations.problems import AnnotationError, Problem, ProblemCode, ProblemLog
from coachwork.annotations.text_files import TextFileError, read_text_file
from coachwork.datasets.sample import Split

MOST_BYTES = 512 * 1024
"""A data.yaml is a page of text; a list of photos is a file of its own."""
SPLIT_KEYS = ("train", "val", "valid", "test")


class Place(NamedTuple):
    """Where photos lie: the key that says so, and a folder, text file or photo as it stands there."""

    key: str
    place: str

    @property
    def split(self) -> Split | None:
        """The split that the key means."""
        return SPLIT_NAMES.get(self.key.lower())


@dataclass(frozen=True, slots=True, kw_only=True)
class DataFile:
    """What a data.yaml says, or what stands in its stead.

    Attributes:
        names: class number -> label; None where nothing names the classes, and their numbers are the labels.
        base: its `path`, as it stands.
        places: each folder, text file or photo that is listed.
        oriented: whether it says that its rows are turned boxes.
        keypoint_numbers: numbers of a row that are keypoints, behind the box.
    """

    names: Mapping[int, str] | None
    base: str = ""
    places: tuple[Place, ...] = ()
    oriented: bool = False
    keypoint_numbers: int = 0

    @property
    def labels(self) -> frozenset[str]:
        """All labels that it names."""
        return frozenset((self.names or {}).values())


def load_yaml(path: Path) -> Any:
    """A small YAML file; every scalar stays the text that it is, so that a label ``no`` is no boolean.

    Raises:
        AnnotationError: the file cannot be read, is too large, or is not YAML.
    """
    try:
        return yaml.load(read_text_file(path, most_bytes=MOST_BYTES), Loader=yaml.BaseLoader)  # noqa: S506 - texts only
    except TextFileError as error:
        what = str(error)
    except (yaml.YAMLError, ValueError) as error:
        what = f"is not YAML: {' '.join(str(error).split())[:200]}"
    except RecursionError:
        what = "is nested too deeply"
    raise AnnotationError(
        Problem(code=ProblemCode.FILE_UNREADABLE, file=str(path), place="", what=what, done="file left out")
    )


def describes_classes(document: object) -> bool:
    """Whether a YAML document names classes as a data.yaml does."""
    return isinstance(document, dict) and isinstance(document.get("names"), dict | list)


def load_data_file(path: Path, log: ProblemLog) -> DataFile:
    """Reads a data.yaml.

    Raises:
        AnnotationError: the file is useless as a whole.
    """
    document = as_object(load_yaml(path), log, "")
    if "names" not in document:
        raise log.fault(ProblemCode.FIELD_MISSING, "names", "the file has no 'names'", done="file left out")
    places = []
    for key in SPLIT_KEYS:
        value = document.get(key)
        for place in value if isinstance(value, list) else [value]:
            if isinstance(place, str) and place.strip():
                places.append(Place(key, place.strip()))
            elif place:
                log.add(
                    ProblemCode.WRONG_TYPE, key, "should be a folder or a file, or a list of these", done="left out"
                )
    base = document.get("path")
    return DataFile(
        names=_names(document["names"], log),
        base=base.strip() if isinstance(base, str) else "",
        places=tuple(places),
        oriented=document.get("task") == "obb",
        keypoint_numbers=_keypoint_numbers(document.get("kpt_shape")),
    )


def _names(value: object, log: ProblemLog) -> dict[int, str]:
    entries: list[tuple[str, object]] = []
    if isinstance(value, dict):
        entries = list(value.items())
    elif isinstance(value, list):
        entries = [(str(index), name) for index, name in enumerate(value)]
    else:
        raise log.fault(ProblemCode.WRONG_TYPE, "names", "should be a list, or numbers with names")
    names = {}
    for key, name in entries:
        try:
            if not (isinstance(key, str) and key.isascii() and key.isdigit() and len(key) < 10):
                raise log.fault(ProblemCode.WRONG_TYPE, "names", f"{str(key)[:40]!r} is no class number")
            names[int(key)] = as_text(name, log, f"names.{key}")
        except AnnotationError as error:
            log.take(error)
    return names


def _keypoint_numbers(value: object) -> int:
    """Numbers of the keypoints in a row, from ``kpt_shape: [count, dimensions]``."""
    try:
        count, dimensions = (int(side) for side in value) if isinstance(value, list) else (0, 0)
    except (ValueError, TypeError):
        return 0
    return count * dimensions if 0 < count < 1000 and dimensions in {2, 3} else 0
