"""Files that name the classes of YOLO labels: texts with one a line, as Darknet, LabelImg and Label Studio write them.

A data.yaml that names classes, and no place of photos, is another.
"""

from pathlib import Path

from coachwork.annotations.problems import AnnotationError
from coachwork.annotations.text_files import read_text_file
from coachwork.annotations.yolo_document import describes_classes, load_yaml

NAMES_FILES = ("classes.txt", "obj.names", "_darknet.labels", "predefined_classes.txt", "labels.txt")
"""What such files are called, besides anything that ends with `.names`."""
MOST_BYTES = 2**20
LONGEST_NAME = 200


def find_names(folder: Path) -> Path | None:
    """The text file of class names that lies in a folder."""
    for name in NAMES_FILES:
        if (folder / name).is_file():
            return folder / name
    try:
        return min((path for path in folder.glob("*.names") if path.is_file()), default=None)
    except OSError:
        return None


def find_data_file(folder: Path) -> Path | None:
    """The data.yaml, under whatever name, that lies in a folder and names classes."""
    try:
        return min((path for path in folder.iterdir() if is_data_file(path) and _names_classes(path)), default=None)
    except OSError:
        return None


def is_data_file(path: Path) -> bool:
    """Whether a file is called like a data.yaml."""
    return path.suffix.lower() in {".yaml", ".yml"}


def _names_classes(path: Path) -> bool:
    try:
        return describes_classes(load_yaml(path))
    except AnnotationError:
        return False


def read_names(path: Path) -> dict[int, str]:
    """The names by number: the first line is class 0; a blank line keeps its number, and is no class.

    Raises:
        TextFileError: the file cannot be read, or is far too large for it.
    """
    lines = read_text_file(path, most_bytes=MOST_BYTES).splitlines()
    return {number: line.strip()[:LONGEST_NAME] for number, line in enumerate(lines) if line.strip()}
