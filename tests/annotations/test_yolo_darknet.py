from collections.abc import Callable
from pathlib import Path

import pytest

from coachwork.annotations.contract import Reading
from coachwork.annotations.formats import FORMATS, recognise
from coachwork.annotations.photo_lookup import PhotoLookup
from coachwork.annotations.problems import AnnotationError, ProblemCode
from coachwork.datasets.sample import Split
from coachwork.taxonomy import DamageType, LabelMap, LabelRule, identity_label_map
from tests.annotations.golden import yolo_darknet
from tests.annotations.photo_files import write_photo

DARKNET = FORMATS["yolo_darknet"]
Codes = Callable[[Reading], list[ProblemCode]]


def read(folder: Path, label_map: LabelMap | None = None) -> Reading:
    (file,) = recognise(folder)
    assert file.format is DARKNET
    return DARKNET.read(file.path, PhotoLookup(file.path.parent, root=folder), label_map or identity_label_map())


def one_photo(folder: Path, data: str = "train = train.txt\nnames = obj.names\n", names: str | None = "dent\n") -> Path:
    """A dataset of one photo of 40 x 30 px, obj/a.jpg, with one box."""
    write_photo(folder / "obj" / "a.jpg")
    (folder / "obj" / "a.txt").write_text("0 0.5 0.5 0.5 0.5\n")
    (folder / "train.txt").write_text("obj/a.jpg\n")
    (folder / "obj.data").write_text(data)
    if names is not None:
        (folder / "obj.names").write_text(names)
    return folder


def test_cvats_paths_start_with_a_folder_that_is_not_there(tmp_path: Path) -> None:
    yolo_darknet.write_cvat(tmp_path)
    reading = read(tmp_path)
    assert reading.problems == ()
    photos = {photo.name: photo for photo in reading.photos}
    assert list(photos) == ["obj_train_data/a.jpg", "obj_train_data/deep/b.jpg", "obj_train_data/c d.jpg"]
    assert [shape.type for shape in photos["obj_train_data/a.jpg"].shapes] == [DamageType.PAINT_CHIP, DamageType.DENT]
    assert photos["obj_train_data/a.jpg"].shapes[0].box.xyxy == (15, 7.5, 25, 22.5)
    assert photos["obj_train_data/c d.jpg"].annotated == frozenset(DamageType)
    assert {photo.split for photo in reading.photos} == {Split.TRAIN}


def test_photos_of_an_export_without_them_are_found_elsewhere_in_the_source(tmp_path: Path) -> None:
    yolo_darknet.write_cvat_without_photos(tmp_path)
    reading = read(tmp_path)
    assert reading.problems == ()
    found = [(photo.file.path.relative_to(tmp_path).as_posix(), photo.split) for photo in reading.photos]
    assert found == [("photos/a.jpg", Split.TRAIN), ("photos/b.jpg", Split.VAL)]
    assert all(len(photo.shapes) == 1 for photo in reading.photos)


def test_of_photos_of_one_name_elsewhere_none_is_guessed(tmp_path: Path, codes: Codes) -> None:
    yolo_darknet.write_cvat_without_photos(tmp_path)
    (tmp_path / "photos").rename(tmp_path / "spring")
    write_photo(tmp_path / "more" / "a.jpg", seed=9)
    reading = read(tmp_path)
    assert codes(reading) == [ProblemCode.PHOTO_MISSING]
    assert reading.problems[0].place == "train.txt line 1"
    assert len(reading.photos) == 1


def test_paths_of_another_machine_are_found_by_their_end(tmp_path: Path) -> None:
    yolo_darknet.write_darknet(tmp_path)
    reading = read(tmp_path)
    assert reading.problems == ()
    assert {photo.name: (photo.split, bool(photo.annotated)) for photo in reading.photos} == {
        "obj/a.jpg": (Split.TRAIN, True),
        "obj/c.jpg": (Split.TRAIN, False),
        "obj/b.jpg": (Split.VAL, True),
    }
    assert [shape.type for photo in reading.photos for shape in photo.shapes] == [
        DamageType.SCRATCH,
        DamageType.RUST,
        DamageType.SCRATCH,
    ]


def test_a_blank_line_among_the_names_keeps_its_number(tmp_path: Path, codes: Codes) -> None:
    one_photo(tmp_path, names="rust\n\ndent\n")
    (tmp_path / "obj" / "a.txt").write_text("2 0.5 0.5 0.5 0.5\n1 0.5 0.5 0.5 0.5\n")
    reading = read(tmp_path)
    assert codes(reading) == [ProblemCode.CATEGORY_UNKNOWN]
    assert [shape.type for shape in reading.photos[0].shapes] == [DamageType.DENT]


def test_where_the_names_are_gone_the_numbers_are_the_labels(tmp_path: Path, codes: Codes) -> None:
    one_photo(tmp_path, names=None)
    assert DARKNET.labels(tmp_path / "obj.data") == {"0"}
    own = LabelMap(name="mine", rules={"0": LabelRule(type=DamageType.DENT)}, annotates=frozenset({DamageType.DENT}))
    reading = read(tmp_path, own)
    assert codes(reading) == [ProblemCode.FIELD_MISSING]
    assert "there is no 'obj.names'" in reading.problems[0].what
    assert [shape.type for shape in reading.photos[0].shapes] == [DamageType.DENT]


def test_a_subset_of_any_name_is_read_in_no_split(tmp_path: Path) -> None:
    one_photo(tmp_path, data="spring = data/train.txt\ntrain = gone.txt\nnames = obj.names\n")
    reading = read(tmp_path)
    assert [problem.place for problem in reading.problems] == ["train"]
    assert [(photo.name, photo.split) for photo in reading.photos] == [("obj/a.jpg", None)]


def test_nothing_outside_the_source_is_opened(tmp_path: Path) -> None:
    write_photo(tmp_path / "secret" / "a.jpg")
    (tmp_path / "secret" / "a.txt").write_text("0 0.5 0.5 0.5 0.5\n")
    inside = tmp_path / "source"
    inside.mkdir()
    (inside / "obj.data").write_text("train = train.txt\nnames = ../secret/a.txt\n")
    (inside / "train.txt").write_text(f"../secret/a.jpg\n{tmp_path}/secret/a.jpg\n")
    reading = read(inside)
    assert reading.photos == ()
    assert [problem.place for problem in reading.problems] == ["names", "train.txt line 1", "train.txt line 2"]


@pytest.mark.parametrize("content", ["", "names = obj.names\n", "classes 2\n", "\0", "train\nnames\n"])
def test_other_files_called_data_are_no_darknet(content: str, tmp_path: Path) -> None:
    (tmp_path / "any.data").write_text(content)
    assert DARKNET.detect(tmp_path / "any.data") < 0.5
    with pytest.raises(AnnotationError, match="lists no photos"):
        DARKNET.labels(tmp_path / "any.data")


def test_binary_data_is_told(tmp_path: Path) -> None:
    (tmp_path / "any.data").write_bytes(b"\xff\xfe\x00train = train.txt")
    assert DARKNET.detect(tmp_path / "any.data") == 0
    with pytest.raises(AnnotationError, match="is not UTF-8 text"):
        DARKNET.labels(tmp_path / "any.data")
