from collections.abc import Callable
from pathlib import Path

import pytest

from coachwork.annotations.contract import Reading
from coachwork.annotations.formats import FORMATS, recognise
from coachwork.annotations.photo_lookup import PhotoLookup
from coachwork.annotations.problems import AnnotationError, ProblemCode
from coachwork.datasets.sample import Split
from coachwork.taxonomy import DamageType, LabelMap, LabelRule, identity_label_map
from tests.annotations.golden import yolo_folder
from tests.annotations.photo_files import write_photo

YOLO_FOLDER = FORMATS["yolo_folder"]
BOX = "0.5 0.5 0.5 0.5\n"
Codes = Callable[[Reading], list[ProblemCode]]


def read(folder: Path, label_map: LabelMap | None = None) -> Reading:
    return YOLO_FOLDER.read(folder, PhotoLookup(folder), label_map or identity_label_map())


def numbered(**types: DamageType) -> LabelMap:
    rules = {name.removeprefix("n"): LabelRule(type=kind) for name, kind in types.items()}
    return LabelMap(name="mine", rules=rules, annotates=frozenset(DamageType))


def test_labelimg_writes_beside_the_photos(tmp_path: Path) -> None:
    yolo_folder.write_labelimg(tmp_path)
    reading = read(tmp_path)
    assert reading.problems == ()
    photos = {photo.name: photo for photo in reading.photos}
    assert [shape.type for shape in photos["a.jpg"].shapes] == [DamageType.SCRATCH, DamageType.DENT]
    assert photos["a.jpg"].shapes[0].box.xyxy == (15, 7.5, 25, 22.5)
    assert photos["b.JPG"].annotated == frozenset(DamageType)
    assert photos["c.png"].annotated == frozenset()


def test_label_studio_writes_boxes_and_outlines_in_folders_with_classes_above(tmp_path: Path) -> None:
    yolo_folder.write_label_studio(tmp_path)
    reading = read(tmp_path)
    assert reading.problems == ()
    photos = {photo.name: photo for photo in reading.photos}
    assert [shape.label for shape in photos["images/3ac8d2f1-a.jpg"].shapes] == ["dent"]
    outline, box = photos["images/00c8d2f1-b.jpg"].shapes
    assert (outline.label, outline.has_mask, box.has_mask) == ("paint_chip", True, False)


def test_photos_are_found_under_the_name_that_they_had_before_their_upload(tmp_path: Path) -> None:
    yolo_folder.write_label_studio_without_photos(tmp_path)
    assert recognise(tmp_path)[0].format is YOLO_FOLDER
    reading = read(tmp_path)
    assert reading.problems == ()
    assert {photo.name: len(photo.shapes) for photo in reading.photos} == {"cars/a.jpg": 1, "cars/b.jpg": 0}


def test_roboflows_splits_are_folders(tmp_path: Path) -> None:
    yolo_folder.write_roboflow(tmp_path)
    reading = read(tmp_path)
    assert reading.problems == ()
    assert [photo.split for photo in reading.photos] == [Split.TRAIN, Split.VAL]
    assert {shape.label for photo in reading.photos for shape in photo.shapes} == {"dent", "scratch"}


def test_without_names_the_numbers_are_labels_and_what_to_do_is_told(tmp_path: Path, codes: Codes) -> None:
    write_photo(tmp_path / "a.jpg")
    (tmp_path / "a.txt").write_text(f"0 {BOX}3.0 {BOX}")
    assert recognise(tmp_path)[0].format is YOLO_FOLDER
    assert YOLO_FOLDER.labels(tmp_path) == {"0"}
    (tmp_path / "a.txt").write_text(f"0 {BOX}3 {BOX}")
    assert YOLO_FOLDER.labels(tmp_path) == {"0", "3"}
    reading = read(tmp_path)
    assert codes(reading) == [ProblemCode.FIELD_MISSING, ProblemCode.LABEL_UNKNOWN, ProblemCode.LABEL_UNKNOWN]
    assert "nothing names the classes 0, 3: put classes.txt beside the labels" in reading.problems[0].what
    assert '"0" = "dent"' in reading.problems[0].done
    assert reading.photos[0].annotated == frozenset()


def test_numbers_that_a_label_map_knows_need_no_names(tmp_path: Path) -> None:
    write_photo(tmp_path / "a.jpg")
    (tmp_path / "a.txt").write_text(f"0 {BOX}3 {BOX}")
    reading = read(tmp_path, numbered(n0=DamageType.RUST, n3=DamageType.DENT))
    assert reading.problems == ()
    assert [(shape.label, shape.type) for shape in reading.photos[0].shapes] == [
        ("0", DamageType.RUST),
        ("3", DamageType.DENT),
    ]


def test_each_label_file_goes_by_the_nearest_names(tmp_path: Path) -> None:
    for seed, (place, names) in enumerate({"": "dent\n", "spring": "rust\n", "autumn/labels": "scratch\n"}.items()):
        folder = tmp_path / place
        write_photo(folder / f"{seed}.jpg", seed=seed)
        (folder / f"{seed}.txt").write_text(f"0 {BOX}")
        (folder / "classes.txt").write_text(names)
    write_photo(tmp_path / "summer" / "9.jpg", seed=9)
    (tmp_path / "summer" / "9.txt").write_text(f"0 {BOX}")
    labels = {photo.name: photo.shapes[0].label for photo in read(tmp_path).photos}
    assert labels == {"0.jpg": "dent", "spring/1.jpg": "rust", "autumn/labels/2.jpg": "scratch", "summer/9.jpg": "dent"}


def test_names_beside_the_photos_hold_where_no_others_are(tmp_path: Path) -> None:
    write_photo(tmp_path / "images" / "a.jpg")
    (tmp_path / "labels").mkdir()
    (tmp_path / "labels" / "a.txt").write_text(f"0 {BOX}")
    (tmp_path / "images" / "cars.names").write_text("rust\n")
    assert read(tmp_path).photos[0].shapes[0].label == "rust"


def test_label_files_in_a_folder_of_any_name_belong_to_the_only_photo_of_their_stem(
    tmp_path: Path, codes: Codes
) -> None:
    for seed, name in enumerate(("photos/a.jpg", "photos/b.jpg", "more/b.jpg")):
        write_photo(tmp_path / name, seed=seed)
    (tmp_path / "txt").mkdir()
    for stem in "abc":
        (tmp_path / "txt" / f"{stem}.txt").write_text(f"0 {BOX}")
    (tmp_path / "txt" / "classes.txt").write_text("dent\n")
    reading = read(tmp_path)
    assert {photo.name: len(photo.shapes) for photo in reading.photos} == {
        "photos/a.jpg": 1,
        "photos/b.jpg": 0,
        "more/b.jpg": 0,
    }
    assert codes(reading) == [ProblemCode.PHOTO_MISSING] * 2
    assert [problem.place for problem in reading.problems] == ["txt/b.txt", "txt/c.txt"]


def test_label_files_alone_are_told(tmp_path: Path, codes: Codes) -> None:
    (tmp_path / "a.txt").write_text(f"0 {BOX}")
    reading = read(tmp_path)
    assert codes(reading) == [ProblemCode.PHOTO_MISSING]
    assert YOLO_FOLDER.detect(tmp_path) == 0


@pytest.mark.parametrize(
    "content",
    ["a red car, dented\n", "0 0.5 0.5\n", "0 120 80 40 30\n", "0.5 0.5 0.5 0.5 0.5\n", "dent 0.1 0.1 0.1 0.1"],
)
def test_other_texts_beside_photos_are_no_labels(content: str, tmp_path: Path) -> None:
    write_photo(tmp_path / "a.jpg")
    (tmp_path / "a.txt").write_text(content)
    assert YOLO_FOLDER.detect(tmp_path) == 0
    assert recognise(tmp_path)[0].format.name == "photos"


def test_empty_label_files_are_labels_where_names_lie_beside_them(tmp_path: Path) -> None:
    write_photo(tmp_path / "a.jpg")
    (tmp_path / "a.txt").write_text("")
    assert recognise(tmp_path)[0].format.name == "photos"
    (tmp_path / "classes.txt").write_text("dent\n")
    assert recognise(tmp_path)[0].format is YOLO_FOLDER
    assert read(tmp_path).photos[0].annotated == frozenset(DamageType)


def test_a_description_of_the_set_comes_first(tmp_path: Path) -> None:
    yolo_folder.write_labelimg(tmp_path)
    (tmp_path / "data.yaml").write_text("train: .\nnames: [dent, scratch]\n")
    assert [file.format.name for file in recognise(tmp_path)] == ["yolo"]


def test_names_that_cannot_be_read_are_told(tmp_path: Path) -> None:
    yolo_folder.write_labelimg(tmp_path)
    (tmp_path / "classes.txt").write_bytes(b"\xff\xfe\x00")
    for use in (YOLO_FOLDER.labels, read):
        with pytest.raises(AnnotationError, match=r"classes.txt: is not UTF-8 text"):
            use(tmp_path)


def test_a_data_yaml_that_lies_apart_from_the_photos_names_the_classes(tmp_path: Path) -> None:
    write_photo(tmp_path / "images" / "a.jpg")
    (tmp_path / "labels").mkdir()
    (tmp_path / "labels" / "a.txt").write_text(f"1 {BOX}")
    (tmp_path / "labels" / "data.yaml").write_text("names: {0: dent, 1: rust}\n")
    (tmp_path / "labels" / "args.yaml").write_text("epochs: 3\n")
    assert recognise(tmp_path)[0].format is YOLO_FOLDER
    assert YOLO_FOLDER.labels(tmp_path) == {"dent", "rust"}
    reading = read(tmp_path)
    assert reading.problems == ()
    assert [shape.label for shape in reading.photos[0].shapes] == ["rust"]
    (tmp_path / "labels" / "classes.txt").write_text("dent\nscratch\n")
    assert [shape.label for shape in read(tmp_path).photos[0].shapes] == ["scratch"]
