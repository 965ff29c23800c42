"""Reads what other programs wrote, as `coachwork import` would."""

from pathlib import Path

from coachwork.annotations.contract import AnnotatedPhoto
from coachwork.annotations.problems import Problem
from coachwork.annotations.source_reading import read_files, recognise_source
from coachwork.taxonomy import identity_label_map


def read_foreign(
    folder: Path, wanted: str, *, chosen: str = "auto"
) -> tuple[dict[str, AnnotatedPhoto], tuple[Problem, ...]]:
    """The photos of a folder by stem, and the problems; each file must be recognised as the wanted format.

    Args:
        folder: what the other program wrote, with the photos.
        wanted: the format's name.
        chosen: `--format`, where the format cannot be recognised.
    """
    files = recognise_source(folder, chosen)
    assert {file.format.name for file in files} == {wanted}
    reading = read_files(folder, files, identity_label_map())
    return {Path(photo.name).stem: photo for photo, _ in reading.photos}, tuple(reading.problems)
