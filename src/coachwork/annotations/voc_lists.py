"""Which split of a Pascal VOC set a photo is in: the lists in its `ImageSets`."""

from functools import lru_cache
from pathlib import Path

from coachwork.annotations.text_files import TextFileError, read_text_file
from coachwork.datasets.sample import Split

LISTS = ("Main", "Segmentation", "Layout")
"""Folders below `ImageSets` with the photos of each split."""
MOST_LIST_BYTES = 64 * 1024 * 1024


def listed_split(path: Path, root: Path) -> Split | None:
    """The split whose list names a photo, in `ImageSets` beside the folder of its annotation or mask.

    Args:
        path: the annotation file or mask, called like the photo.
        root: nothing outside of it is opened.
    """
    folder = path.parent.parent
    if folder != root and root not in folder.parents:
        return None
    for name in LISTS:
        for split in Split:
            listed = folder / "ImageSets" / name / f"{split}.txt"
            try:
                facts = listed.stat()
            except OSError:
                continue
            if path.stem in _names(listed, facts.st_mtime_ns, facts.st_size):
                return split
    return None


@lru_cache(maxsize=12)
def _names(listed: Path, _time: int, _size: int) -> frozenset[str]:
    """Names in a list of photos, by the file's time and size: every annotation of the set asks for it."""
    try:
        lines = read_text_file(listed, most_bytes=MOST_LIST_BYTES).splitlines()
    except TextFileError:
        return frozenset()
    return frozenset(line.strip().replace("\\", "/").rpartition("/")[2] for line in lines if line.strip())
