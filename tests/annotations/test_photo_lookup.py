import gc
from collections.abc import Callable
from pathlib import Path

import pytest

from coachwork.annotations.photo_folder import read_photo_folder
from coachwork.annotations.photo_lookup import PhotoLookup, split_of
from coachwork.annotations.problems import ProblemCode
from coachwork.datasets.sample import Split
from coachwork.geometry.size import Size
from coachwork.taxonomy import identity_label_map
from tests.annotations.photo_files import write_photo

MakePhoto = Callable[..., Path]


@pytest.mark.parametrize(
    ("path", "split"),
    [
        ("train.coco.json", Split.TRAIN),
        ("set/valid/_annotations.coco.json", Split.VAL),
        ("annotations/instances_val2017.json", Split.VAL),
        ("set/test/images/a.jpg", Split.TEST),
        ("set/training/a.jpg", Split.TRAIN),
        ("set/images/a.jpg", None),
        ("trainer/valley.json", None),
    ],
)
def test_the_split_stands_in_the_name_or_the_folder(path: str, split: Split | None) -> None:
    assert split_of(Path(path)) is split


@pytest.mark.parametrize(
    ("place", "name"),
    [
        ("a.jpg", "a.jpg"),
        ("images/a.jpg", "a.jpg"),
        ("val/a.jpg", "a.jpg"),
        ("images/valid/a.jpg", "a.jpg"),
        ("photos/x/a.jpg", "x/a.jpg"),
        ("photos/x/a.jpg", "x\\a.jpg"),
        ("anywhere/deep/a.jpg", "a.jpg"),
        ("a.jpg", "/home/anna/a.jpg"),
        ("a.jpg", "C:\\Users\\anna\\a.jpg"),
        ("a.jpg", "https://example.org/a.jpg?size=3"),
    ],
)
def test_a_photo_is_found_where_sources_keep_it(tmp_path: Path, make_photo: MakePhoto, place: str, name: str) -> None:
    path = make_photo(tmp_path / place)
    assert PhotoLookup(tmp_path, split=Split.VAL).find(name) == [path]


def test_a_name_that_leads_outside_is_looked_up_inside_alone(tmp_path: Path, make_photo: MakePhoto) -> None:
    make_photo(tmp_path / "outside.jpg")
    (tmp_path / "set").mkdir()
    assert PhotoLookup(tmp_path / "set").find("../outside.jpg") == []


def test_the_split_decides_between_photos_of_one_name(tmp_path: Path, make_photo: MakePhoto) -> None:
    for place in ("one/train/a.jpg", "one/val/a.jpg"):
        make_photo(tmp_path / place)
    assert PhotoLookup(tmp_path, split=Split.VAL).find("a.jpg") == [tmp_path / "one/val/a.jpg"]
    assert len(PhotoLookup(tmp_path).find("a.jpg")) == 2


def test_a_stem_is_no_name(tmp_path: Path, make_photo: MakePhoto) -> None:
    """Trap (d) of the real VIA set: image75.jpeg and image75.jpg are two photos."""
    make_photo(tmp_path / "image75.jpg")
    lookup = PhotoLookup(tmp_path)
    assert lookup.find("image75.jpeg") == []
    assert lookup.find("image75") == []


def test_a_photo_is_opened_upright_and_once(tmp_path: Path, make_photo: MakePhoto) -> None:
    opened: list[Path] = []
    path = make_photo(tmp_path / "a.jpg", width=40, height=30, orientation=8)
    lookup = PhotoLookup(tmp_path, opened=opened.append)
    photo = lookup.open(path)
    assert lookup.open(path) is photo
    assert (photo.size, photo.stored, photo.orientation) == (Size(40, 30), Size(30, 40), 8)
    assert opened == [path]


def test_a_folder_of_photos_leaves_out_masks_and_broken_files(tmp_path: Path, make_photo: MakePhoto) -> None:
    make_photo(tmp_path / "b.jpg", seed=2)
    make_photo(tmp_path / "val" / "a.jpg", seed=3)
    make_photo(tmp_path / "Masks" / "b.png", seed=4)
    (tmp_path / "c.jpg").write_bytes(b"no photo")
    (tmp_path / "notes.txt").write_text("no photo")
    reading = read_photo_folder(tmp_path, PhotoLookup(tmp_path), identity_label_map())
    assert [(photo.name, photo.split) for photo in reading.photos] == [("b.jpg", None), ("val/a.jpg", Split.VAL)]
    assert [(problem.code, problem.place) for problem in reading.problems] == [
        (ProblemCode.PHOTO_UNREADABLE, "c.jpg"),
        (ProblemCode.FOLDER_SKIPPED, "Masks"),
    ]


def test_photos_that_lie_inside_an_annotation_file_live_as_long_as_the_lookup(tmp_path: Path) -> None:
    content = write_photo(tmp_path / "a.jpg").read_bytes()
    lookup = PhotoLookup(tmp_path)
    kept = lookup.keep(content)
    assert kept.path.read_bytes() == content
    assert lookup.keep(content).path == kept.path
    del lookup
    gc.collect()
    assert not kept.path.parent.exists()
