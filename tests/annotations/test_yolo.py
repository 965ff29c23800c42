from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import yaml

from coachwork.annotations.contract import Reading
from coachwork.annotations.formats import FORMATS, recognise
from coachwork.annotations.photo_lookup import PhotoLookup
from coachwork.annotations.problems import AnnotationError, ProblemCode
from coachwork.annotations.yolo_document import MOST_BYTES, load_yaml
from coachwork.datasets.sample import DamageShape, Split
from coachwork.geometry.box import Box
from coachwork.geometry.mask import Mask
from coachwork.geometry.polygon import polygons_box, rasterise
from coachwork.geometry.size import Size
from coachwork.taxonomy import DamageType, identity_label_map
from tests.annotations.golden import yolo
from tests.annotations.photo_files import write_photo
from tests.annotations.samples import sample_of, write_samples

NAMES = "names: [dent, scratch, damage]\n"
Codes = Callable[[Reading], list[ProblemCode]]


def read(folder: Path, name: str = "yolo") -> Reading:
    (file,) = recognise(folder, name)
    return FORMATS[name].read(file.path, PhotoLookup(file.path.parent, root=folder), identity_label_map())


def one_photo(folder: Path, rows: str | bytes | None, data: str = f"train: images\n{NAMES}") -> Reading:
    """A dataset of one photo of 40 x 30 px, a.jpg, with these rows."""
    write_photo(folder / "images" / "a.jpg")
    (folder / "labels").mkdir(exist_ok=True)
    if rows is not None:
        (folder / "labels" / "a.txt").write_bytes(rows.encode() if isinstance(rows, str) else rows)
    (folder / "data.yaml").write_text(data)
    return read(folder)


def test_an_empty_label_file_is_a_negative_and_a_missing_one_no_label_at_all(tmp_path: Path) -> None:
    yolo.write_ultralytics(tmp_path)
    reading = read(tmp_path)
    assert reading.problems == ()
    photos = {photo.name: photo for photo in reading.photos}
    assert photos["images/train/negative.jpg"].annotated == frozenset(DamageType)
    assert photos["images/train/unlabelled.jpg"].annotated == frozenset()
    assert {photo.split for photo in reading.photos} == {Split.TRAIN, Split.VAL}


def test_a_box_is_centre_and_sides_in_fractions(tmp_path: Path) -> None:
    reading = one_photo(tmp_path, "1 0.5 0.5 0.25 0.5\n")
    shape = reading.photos[0].shapes[0]
    assert shape.box.xyxy == (15, 7.5, 25, 22.5)
    assert (shape.type, shape.label, shape.has_mask) == (DamageType.SCRATCH, "scratch", False)


def test_the_last_line_needs_no_line_end_and_windows_writes_two_characters(tmp_path: Path) -> None:
    assert len(one_photo(tmp_path, b"\xef\xbb\xbf0 0.5 0.5 0.2 0.2\r\n\r\n0 0.2 0.2 0.1 0.1").photos[0].shapes) == 2


def test_rows_of_boxes_and_outlines_may_be_mixed(tmp_path: Path) -> None:
    reading = one_photo(tmp_path, "0 0.5 0.5 0.2 0.2\n0 0.1 0.1 0.5 0.1 0.5 0.5\n0.0 0.5 0.5 0.2 0.2 0.93\n")
    assert reading.problems == ()
    assert [shape.has_mask for shape in reading.photos[0].shapes] == [False, True, False]


def test_an_exact_rectangle_is_a_box_and_any_other_outline_of_four_points_is_not(tmp_path: Path) -> None:
    closed = "0 0.1 0.1 0.5 0.1 0.5 0.5 0.1 0.5 0.1 0.1"
    reading = one_photo(tmp_path, f"{closed}\n0 0.1 0.5 0.1 0.1 0.5 0.1 0.5 0.5\n0 0.1 0.1 0.5 0.11 0.5 0.5 0.1 0.5\n")
    assert [shape.has_mask for shape in reading.photos[0].shapes] == [False, False, True]
    assert reading.photos[0].shapes[0].box.xyxy == pytest.approx((4, 3, 20, 15))


def test_corners_are_turned_boxes_where_data_yaml_says_so_or_the_user(tmp_path: Path) -> None:
    row = "0 0.25 0.166667 0.5 0.5 0.375 0.666667 0.125 0.333333\n"
    reading = one_photo(tmp_path, row, data=f"task: obb\ntrain: images\n{NAMES}")
    rotated = reading.photos[0].shapes[0].rotated
    assert rotated is not None
    assert (rotated.width, rotated.height, rotated.angle) == pytest.approx((200**0.5, 50**0.5, 45), abs=1e-3)
    assert recognise(tmp_path)[0].format.name == "yolo_obb"
    assert one_photo(tmp_path, row).photos[0].shapes[0].polygons
    assert read(tmp_path, "yolo_obb").photos[0].shapes[0].rotated is not None


def test_keypoints_behind_a_box_are_left_alone(tmp_path: Path) -> None:
    reading = one_photo(
        tmp_path, "0 0.5 0.5 0.2 0.2 0.1 0.1 2 0.2 0.2 0\n", data=f"kpt_shape: [2, 3]\ntrain: images\n{NAMES}"
    )
    assert reading.problems == ()
    assert reading.photos[0].shapes[0].box.width == pytest.approx(8)


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("5 0.5 0.5 0.2 0.2", ProblemCode.CATEGORY_UNKNOWN),
        ("dent 0.5 0.5 0.2 0.2", ProblemCode.WRONG_TYPE),
        ("0.5 0.5 0.5 0.2 0.2", ProblemCode.WRONG_TYPE),
        ("inf 0.5 0.5 0.2 0.2", ProblemCode.WRONG_TYPE),
        ("0", ProblemCode.WRONG_TYPE),
        ("0 0.5 0.5 0.2", ProblemCode.WRONG_TYPE),
        ("0 0.1 0.1 0.5 0.1 0.5 0.5 0.7", ProblemCode.WRONG_TYPE),
        ("0 0.5 x 0.2 0.2", ProblemCode.NUMBER_BAD),
        ("0 0.5 nan 0.2 0.2", ProblemCode.NUMBER_BAD),
        ("0 120 80 40 30", ProblemCode.NUMBER_BAD),
        ("0 0.5 0.5 0 0.2", ProblemCode.SHAPE_EMPTY),
        ("0 0.5 0.5 -0.2 0.2", ProblemCode.SHAPE_EMPTY),
    ],
)
def test_a_row_that_cannot_be_used_is_told_with_its_line(row: str, code: ProblemCode, tmp_path: Path) -> None:
    reading = one_photo(tmp_path, f"0 0.5 0.5 0.2 0.2\n{row}\n")
    (problem,) = reading.problems
    assert problem.code is code
    assert problem.place == "labels/a.txt line 2"
    assert len(reading.photos[0].shapes) == 1
    assert DamageType.DENT not in reading.photos[0].annotated


def test_a_shape_that_leaves_the_photo_is_cut_and_told(tmp_path: Path, codes: Codes) -> None:
    reading = one_photo(tmp_path, "0 0.95 0.5 0.3 0.2\n")
    assert codes(reading) == [ProblemCode.OUT_OF_FRAME]
    assert reading.photos[0].shapes[0].box.x_max == 40


def test_a_label_file_that_is_no_text_leaves_its_photo_unlabelled(tmp_path: Path, codes: Codes) -> None:
    reading = one_photo(tmp_path, b"0 0.5 \xff\xff")
    assert codes(reading) == [ProblemCode.FILE_UNREADABLE]
    assert reading.photos[0].annotated == frozenset()


def test_label_files_without_photo_and_photos_that_share_one_are_told(tmp_path: Path, codes: Codes) -> None:
    one_photo(tmp_path, "0 0.5 0.5 0.2 0.2\n")
    write_photo(tmp_path / "images" / "a.png", seed=5)
    write_photo(tmp_path / "images" / "b.jpg", seed=6)
    for name in ("b.txt", "gone.txt", "classes.txt"):
        (tmp_path / "labels" / name).write_text("")
    reading = read(tmp_path)
    assert codes(reading) == [ProblemCode.PHOTO_AMBIGUOUS, ProblemCode.PHOTO_MISSING]
    assert "gone.txt" in reading.problems[1].place
    assert {photo.name: bool(photo.annotated) for photo in reading.photos} == {
        "images/a.jpg": False,
        "images/a.png": False,
        "images/b.jpg": True,
    }


def test_augmented_copies_of_one_photo_are_told_and_that_they_cross_splits(tmp_path: Path, codes: Codes) -> None:
    yolo.write_roboflow(tmp_path)
    reading = read(tmp_path)
    assert codes(reading) == [ProblemCode.PHOTO_COPY, ProblemCode.LEAK]
    assert "2 photos are augmented copies (.rf.) of 1 originals (car-7_jpg)" in reading.problems[0].what
    assert [photo.split for photo in reading.photos] == [Split.TRAIN, Split.VAL]


def test_a_photo_that_two_splits_list_counts_in_the_first(tmp_path: Path, codes: Codes) -> None:
    reading = one_photo(tmp_path, "", data=f"train: images\nval: images\n{NAMES}")
    assert codes(reading) == [ProblemCode.PHOTO_LISTED_TWICE]
    assert [photo.split for photo in reading.photos] == [Split.TRAIN]


@pytest.mark.parametrize(
    "place",
    [
        "images",
        "./images/",
        "../images",
        "[images]",
        "list.txt",
        "images/a.jpg",
        "C:\\data\\cars\\list.txt",
        "/content/data/cars/images/a.jpg",
    ],
)
def test_splits_are_folders_lists_text_files_or_photos_of_any_machine(place: str, tmp_path: Path) -> None:
    (tmp_path / "cars").mkdir()
    (tmp_path / "cars" / "list.txt").write_text("./images/a.jpg\n\n")
    reading = one_photo(tmp_path, "", data=f"train: {place}\n{NAMES}")
    expected = [] if place.endswith("list.txt") and "\\" not in place else ["images/a.jpg"]
    if not expected:
        (tmp_path / "list.txt").write_text("/home/me/images/a.jpg\nimages/gone.jpg\n")
        reading = read(tmp_path)
        assert [problem.place for problem in reading.problems] == ["list.txt line 2"]
    assert [photo.name for photo in reading.photos] == ["images/a.jpg"]


def test_nothing_outside_the_source_is_opened(tmp_path: Path) -> None:
    write_photo(tmp_path / "secret" / "images" / "a.jpg")
    inside = tmp_path / "source"
    inside.mkdir()
    (inside / "data.yaml").write_text(
        f"path: ../secret\ntrain: ../secret/images\nval: {tmp_path}/secret/images\n{NAMES}"
    )
    reading = read(inside)
    assert reading.photos == ()
    assert [problem.code for problem in reading.problems] == [ProblemCode.PHOTO_MISSING] * 2


def test_names_are_texts_whatever_yaml_makes_of_them(tmp_path: Path) -> None:
    (tmp_path / "data.yaml").write_text("train: x\nnames: [no, 1.0, on, ~]\n")
    assert FORMATS["yolo"].labels(tmp_path / "data.yaml") == {"no", "1.0", "on", "~"}


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"- a\n- b\n", b"\xff\xfe", b"[" * 5000, b"a: *b\n", b"names: {1: dent}\n", b"names: dent\ntrain: x\n"],
)
def test_other_yaml_is_no_yolo(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "data.yaml").write_bytes(content)
    assert FORMATS["yolo"].detect(tmp_path / "data.yaml") < 0.5


def test_yaml_of_any_size_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data.yaml").write_text("a: 1\n" * MOST_BYTES)
    with pytest.raises(AnnotationError, match="larger than"):
        load_yaml(tmp_path / "data.yaml")


def test_boxes_are_rectangles_beside_outlines_so_that_no_reader_takes_them_for_points(tmp_path: Path) -> None:
    photo = write_photo(tmp_path / "a.jpg")
    parts = (np.array([[2.0, 2], [12, 2], [7, 9]]), np.array([[20.0, 15], [30, 15], [25, 25]]))
    full = rasterise(parts[:1], Size(height=30, width=40))
    shapes = (
        DamageShape(type=DamageType.DENT, box=Box(x_min=1, y_min=2, x_max=9, y_max=12)),
        DamageShape(type=DamageType.RUST, box=polygons_box(parts), polygons=parts),
        DamageShape(type=None, box=full.box, rle=full),
    )
    folder = write_samples(FORMATS["yolo"], tmp_path / "out", tmp_path, sample_of(photo, *shapes))
    rows = (folder / "labels" / "train" / "a.txt").read_text().splitlines()
    assert all(len(row.split()) >= 7 for row in rows)
    assert yaml.safe_load((folder / "data.yaml").read_text())["task"] == "segment"
    (found,) = read(folder).photos
    assert [shape.has_mask for shape in found.shapes] == [False, True, True]
    masks = [shape.mask(Size(height=30, width=40)) for shape in found.shapes]
    assert isinstance(masks[1], Mask)
    assert isinstance(masks[2], Mask)
    assert np.count_nonzero(masks[1].full() ^ rasterise(parts, Size(height=30, width=40)).full()) <= 4
    assert np.count_nonzero(masks[2].full() ^ full.full()) <= 4


def test_turned_boxes_are_written_around_outlines(tmp_path: Path) -> None:
    photo = write_photo(tmp_path / "a.jpg")
    outline = np.array([[10.0, 5], [20, 15], [15, 20], [5, 10]])
    shape = DamageShape(type=DamageType.DENT, box=polygons_box([outline]), polygons=(outline,))
    folder = write_samples(FORMATS["yolo_obb"], tmp_path / "out", tmp_path, sample_of(photo, shape))
    rotated = read(folder, "yolo_obb").photos[0].shapes[0].rotated
    assert rotated is not None
    assert sorted((rotated.width, rotated.height)) == pytest.approx([50**0.5, 200**0.5], abs=1e-3)


def test_an_unlabelled_photo_gets_no_label_file(tmp_path: Path) -> None:
    photo = write_photo(tmp_path / "a.jpg")
    folder = write_samples(FORMATS["yolo"], tmp_path / "out", tmp_path, sample_of(photo, annotated=frozenset()))
    assert list((folder / "labels").rglob("*.txt")) == []
    assert read(folder).photos[0].annotated == frozenset()


def test_a_data_yaml_without_places_names_the_classes_of_the_photos_around_it(tmp_path: Path, codes: Codes) -> None:
    yolo.write_supervision(tmp_path)
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "z.txt").write_text("0 0.5 0.5 0.2 0.2\n")
    (file,) = recognise(tmp_path)
    assert file.format.name == "yolo"
    assert file.format.labels(file.path) == {"dent", "scratch"}
    reading = read(tmp_path)
    assert codes(reading) == [ProblemCode.PHOTO_MISSING]
    assert reading.problems[0].place == "old/z.txt"
    photos = {photo.name: photo for photo in reading.photos}
    assert [shape.label for shape in photos["images/a.jpg"].shapes] == ["scratch", "dent"]
    assert photos["images/negative.jpg"].annotated == frozenset(DamageType)


def test_folders_are_the_splits_where_a_data_yaml_has_no_places(tmp_path: Path) -> None:
    yolo.write_roboflow(tmp_path)
    (tmp_path / "data.yaml").write_text("nc: 2\nnames: ['dent', 'scratch']\ntrain:\nval: ''\n")
    reading = read(tmp_path)
    assert {photo.split for photo in reading.photos} == {Split.TRAIN, Split.VAL}
    assert all(photo.shapes for photo in reading.photos)


def test_turned_boxes_need_no_places_either(tmp_path: Path) -> None:
    row = "0 0.25 0.166667 0.5 0.5 0.375 0.666667 0.125 0.333333\n"
    one_photo(tmp_path, row, data=NAMES)
    assert read(tmp_path, "yolo_obb").photos[0].shapes[0].rotated is not None
    (tmp_path / "data.yaml").write_text(f"task: obb\n{NAMES}")
    assert recognise(tmp_path)[0].format.name == "yolo_obb"


def test_a_yaml_with_names_and_no_labels_around_it_is_no_dataset(tmp_path: Path) -> None:
    write_photo(tmp_path / "a.jpg")
    (tmp_path / "model.yaml").write_text("names: [dent]\n")
    assert recognise(tmp_path)[0].format.name == "photos"
