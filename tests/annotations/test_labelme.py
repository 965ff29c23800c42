import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from coachwork.annotations.contract import AnnotatedPhoto, Reading
from coachwork.annotations.formats import FORMATS, recognise
from coachwork.annotations.photo_lookup import PhotoLookup
from coachwork.annotations.problems import ProblemCode
from coachwork.datasets.sample import DamageShape
from coachwork.taxonomy import DamageType, Severity, identity_label_map
from tests.annotations.golden import labelme
from tests.annotations.golden.labelme import document, png, shape
from tests.annotations.samples import sample_of, write_samples

Read = Callable[..., Reading]
Codes = Callable[[Reading], list[ProblemCode]]
TRIANGLE = [[2.0, 2.0], [12.0, 2.0], [2.0, 12.0]]


def read_folder(folder: Path) -> tuple[AnnotatedPhoto, PhotoLookup]:
    (file,) = recognise(folder)
    assert file.format.name == "labelme"
    lookup = PhotoLookup(file.path.parent, root=folder)
    reading = file.format.read(file.path, lookup, identity_label_map())
    assert reading.problems == ()
    (photo,) = reading.photos
    return photo, lookup


def one(read: Read, *shapes: dict[str, object]) -> tuple[DamageShape, ...]:
    reading = read("labelme", document(*shapes))
    assert reading.problems == ()
    return reading.photos[0].shapes


def test_a_file_without_shapes_is_a_negative(read: Read) -> None:
    reading = read("labelme", document())
    assert (reading.problems, reading.photos[0].annotated) == ((), frozenset(DamageType))


def test_every_kind_of_shape_of_one_photo(tmp_path: Path) -> None:
    labelme.write_labelme(tmp_path)
    photo, _ = read_folder(tmp_path)
    dent, scratch, rust, chip = photo.shapes
    assert dent.polygons[0].tolist() == [[2.5, 2], [12, 2], [2, 12.25]]
    assert dent.attributes == {"old": "true"}
    assert (scratch.box.xyxy, scratch.has_mask) == ((20, 10, 30, 20), False)
    assert len(rust.polygons) == 2
    assert rust.attributes == {"description": "at the sill"}
    assert chip.rle is not None
    assert (chip.rle.area, chip.rle.x, chip.rle.y) == (12, 10, 10)
    assert photo.tags == ("rainy",)


def test_backslashes_of_windows_name_the_photo(read: Read) -> None:
    assert read("labelme", document(photo="C:\\photos\\a.jpg")).photos[0].file.path.name == "a.jpg"


def test_a_photo_within_the_file_is_used_where_there_is_no_other(tmp_path: Path) -> None:
    labelme.write_with_photo_inside(tmp_path)
    photo, lookup = read_folder(tmp_path)
    assert photo.file.path.is_file()
    assert tmp_path not in photo.file.path.parents
    assert (str(photo.file.size), photo.name) == (str(lookup.open(photo.file.path).size), "a.jpg")


@pytest.mark.parametrize("data", ["?", "AAAA", "é", "data:image/png;base64,AAAA", 5, None])
def test_a_photo_that_is_nowhere_is_told(data: object, read: Read) -> None:
    reading = read("labelme", document(photo="gone.jpg", imageData=data))
    assert reading.photos == ()
    assert len(reading.problems) == 1
    assert reading.problems[0].code in {ProblemCode.PHOTO_MISSING, ProblemCode.PHOTO_UNREADABLE}


def test_turned_boxes_and_attributes_of_anylabeling(tmp_path: Path) -> None:
    labelme.write_anylabeling(tmp_path)
    photo, _ = read_folder(tmp_path)
    dent, scratch = photo.shapes
    assert dent.box.xyxy == (20, 10, 30, 20)
    assert dent.attributes == {"difficult": "true"}
    assert scratch.rotated is not None
    assert scratch.rotated.angle == pytest.approx(45)
    assert (scratch.severity, scratch.attributes) == (Severity.MINOR, {"side": "left"})


def test_a_group_joins_shapes_of_one_label_alone(read: Read) -> None:
    parts = one(
        read,
        shape("dent", "polygon", TRIANGLE, group_id=1),
        shape("rust", "polygon", TRIANGLE, group_id=1),
        shape("dent", "rectangle", [[20, 20], [30, 28]], group_id=1),
        shape("dent", "polygon", TRIANGLE, group_id=2),
    )
    assert [(str(part.type), len(part.polygons)) for part in parts] == [("dent", 2), ("rust", 1), ("dent", 1)]


def test_a_group_with_a_mask_is_the_pixels_of_all(read: Read) -> None:
    mask = png(np.ones((4, 6), dtype=np.bool_))
    (joined,) = one(
        read,
        shape("dent", "mask", [[10, 10], [15, 13]], mask=mask, group_id="a"),
        shape("dent", "rectangle", [[20, 20], [30, 28]], group_id="a"),
    )
    assert joined.rle is not None
    assert joined.rle.area == 24 + 80


def test_a_mask_is_cut_at_the_photo(read: Read) -> None:
    mask = png(np.ones((4, 6), dtype=np.bool_))
    (left,) = one(read, shape("dent", "mask", [[-2, -1], [3, 2]], mask=mask))
    assert left.box.xyxy == (0, 0, 4, 3)
    (right,) = one(read, shape("dent", "mask", [[36, 28], [41, 31]], mask=mask))
    assert right.box.xyxy == (36, 28, 40, 30)


def test_a_circle_keeps_its_area(read: Read) -> None:
    (circle,) = one(read, shape("dent", "circle", [[20, 15], [20, 25]]))
    assert circle.box.width == pytest.approx(20, abs=0.1)


def test_a_rectangle_within_the_frame_of_another_size_is_scaled(read: Read, codes: Codes) -> None:
    reading = read("labelme", document(shape("dent", "rectangle", [[20, 20], [40, 40]]), imageHeight=60, imageWidth=80))
    assert codes(reading) == [ProblemCode.SIZE_MISMATCH]
    assert reading.photos[0].shapes[0].box.xyxy == (10, 10, 20, 20)
    assert read("labelme", document(imageHeight=None, imageWidth=None)).problems == ()
    assert codes(read("labelme", document(imageHeight=40, imageWidth=40))) == [ProblemCode.SIZE_MISMATCH]


@pytest.mark.parametrize(
    ("broken", "code"),
    [
        ("dent", ProblemCode.WRONG_TYPE),
        (shape("bumper", "polygon", TRIANGLE), ProblemCode.LABEL_UNKNOWN),
        (shape("dent", "polygon", TRIANGLE) | {"label": None}, ProblemCode.LABEL_MISSING),
        (shape("dent", "polygon", [[1, 1], [5, 5]]), ProblemCode.SHAPE_EMPTY),
        (shape("dent", "polygon", [[1, 1, 1]]), ProblemCode.WRONG_TYPE),
        (shape("dent", "polygon", [[1, "x"]]), ProblemCode.NUMBER_BAD),
        (shape("dent", "polygon", [[1, 1], [1e300, 1], [5, 5]]), ProblemCode.NUMBER_BAD),
        (shape("dent", "line", [[1, 1], [5, 5]]), ProblemCode.SHAPE_UNSUPPORTED),
        (shape("dent", "linestrip", [[1, 1], [5, 5]]), ProblemCode.SHAPE_UNSUPPORTED),
        (shape("dent", "point", [[1, 1]]), ProblemCode.SHAPE_UNSUPPORTED),
        (shape("dent", "cuboid", TRIANGLE), ProblemCode.SHAPE_UNSUPPORTED),
        (shape("dent", "rectangle", TRIANGLE), ProblemCode.WRONG_TYPE),
        (shape("dent", "circle", [[1, 1], [1, 1]]), ProblemCode.SHAPE_EMPTY),
        (shape("dent", "circle", []), ProblemCode.WRONG_TYPE),
        (shape("dent", "mask", [[1, 1], [5, 5]]), ProblemCode.FIELD_MISSING),
        (shape("dent", "mask", [[1, 1], [5, 5]], mask="AAAA"), ProblemCode.PHOTO_UNREADABLE),
        (shape("dent", "mask", [[1, 1], [5, 5]], mask="?"), ProblemCode.PHOTO_UNREADABLE),
        (shape("dent", "mask", [[1, 1]], mask=png(np.zeros((3, 3), dtype=np.bool_))), ProblemCode.SHAPE_EMPTY),
        (shape("dent", "mask", [[90, 90]], mask=png(np.ones((3, 3), dtype=np.bool_))), ProblemCode.SHAPE_EMPTY),
        (shape("dent", "mask", [[1, 1]], mask=png(np.ones((99, 3), dtype=np.bool_))), ProblemCode.PHOTO_UNREADABLE),
    ],
)
def test_a_shape_that_cannot_be_used_is_told_and_the_others_stay(broken: object, code: ProblemCode, read: Read) -> None:
    reading = read(
        "labelme",
        document(shape("rust", "polygon", TRIANGLE)) | {"shapes": [shape("rust", "polygon", TRIANGLE), broken]},
    )
    assert code in {problem.code for problem in reading.problems}
    assert all(problem.place.startswith("shapes[1]") for problem in reading.problems)
    assert [found.type for found in reading.photos[0].shapes] == [DamageType.RUST]
    assert DamageType.DENT not in reading.photos[0].annotated


def test_the_form_that_labelme_reads_is_written(tmp_path: Path) -> None:

    labelme.write_labelme(tmp_path / "source")
    photo, _ = read_folder(tmp_path / "source")
    folder = write_samples(
        FORMATS["labelme"], tmp_path / "out", photo.file.path.parent, sample_of(photo.file.path, *photo.shapes)
    )
    found = json.loads((folder / "train" / "a.json").read_text())
    assert {"version", "flags", "shapes", "imagePath", "imageData", "imageHeight", "imageWidth"} == found.keys()
    assert [entry["shape_type"] for entry in found["shapes"]] == ["polygon", "rectangle", "polygon", "polygon", "mask"]
    assert [entry["group_id"] for entry in found["shapes"]] == [None, None, 3, 3, None]
    assert found["shapes"][4]["points"] == [[10, 10], [13, 12]]
