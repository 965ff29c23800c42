import json
from collections.abc import Callable
from pathlib import Path

import pytest

from coachwork.annotations.contract import Reading
from coachwork.annotations.formats import FORMATS
from coachwork.annotations.photo_lookup import PhotoLookup
from coachwork.annotations.problems import ProblemCode
from coachwork.taxonomy import LabelMap, identity_label_map
from tests.annotations.ground_truth_lines import manifest
from tests.annotations.photo_files import write_photo

MakePhoto = Callable[..., Path]
Read = Callable[..., Reading]


@pytest.fixture(scope="session")
def make_photo() -> MakePhoto:
    return write_photo


@pytest.fixture(scope="session")
def photo_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Photos a.jpg, b.jpg and c.jpg of 40 x 30 pixels, and turned.jpg, 40 x 30 as stored and 30 x 40 upright."""
    folder = tmp_path_factory.mktemp("photos")
    for seed, name in enumerate(("a.jpg", "b.jpg", "c.jpg")):
        write_photo(folder / name, seed=seed)
    write_photo(folder / "turned.jpg", seed=9, orientation=6)
    return folder


@pytest.fixture(scope="session")
def photos(photo_folder: Path) -> PhotoLookup:
    """One lookup for all tests, so that each photo is decoded once."""
    return PhotoLookup(photo_folder)


@pytest.fixture
def read(photos: PhotoLookup, tmp_path: Path) -> Read:
    """Reads a document in a format, with the photos of `photo_folder`: `read("coco", document)`."""

    def read_document(
        name: str, document: object, *, label_map: LabelMap | None = None, suffix: str = ".json"
    ) -> Reading:
        path = tmp_path / f"annotations{suffix}"
        path.write_text(document if isinstance(document, str) else json.dumps(document), encoding="utf-8")
        return FORMATS[name].read(path, photos, label_map or identity_label_map())

    return read_document


@pytest.fixture
def read_lines(read: Read) -> Read:
    """Reads lines as a manifest of SageMaker Ground Truth: `read_lines({"source-ref": …}, …)`."""
    return lambda *lines: read("ground_truth", manifest(*lines), suffix=".manifest")


@pytest.fixture(scope="session")
def codes() -> Callable[[Reading], list[ProblemCode]]:
    """The codes of a reading's problems, in order."""
    return lambda reading: [problem.code for problem in reading.problems]
