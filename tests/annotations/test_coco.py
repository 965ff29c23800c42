from collections.abc import Callable
from copy import deepcopy
from typing import Any

import numpy as np
import pytest
from pycocotools import mask as coco_mask

from coachwork.annotations.contract import Reading
from coachwork.annotations.problems import AnnotationError, ProblemCode
from coachwork.geometry.box import Box
from coachwork.geometry.size import Size
from coachwork.taxonomy import DamageType, LabelMap, LabelRule, Severity

Read = Callable[..., Reading]
Codes = Callable[[Reading], list[ProblemCode]]

TRIANGLE = [2, 2, 12, 2, 2, 12]


def document(*annotations: dict[str, Any], **image: Any) -> dict[str, Any]:
    """A COCO file with sparse, unordered category ids and one image."""
    return {
        "categories": [{"id": 7, "name": "scratch"}, {"id": 0, "name": "dent"}, {"id": 40, "name": "damage"}],
        "images": [{"id": 12, "file_name": "a.jpg", "width": 40, "height": 30} | image],
        "annotations": [
            {"id": index, "image_id": 12, "category_id": 0} | annotation for index, annotation in enumerate(annotations)
        ],
    }


def test_a_file_without_annotations_gives_reviewed_photos(read: Read) -> None:
    reading = read("coco", document())
    (photo,) = reading.photos
    assert (photo.name, photo.shapes, photo.annotated) == ("a.jpg", (), frozenset(DamageType))
    assert reading.problems == ()


def test_an_empty_file_gives_nothing(read: Read) -> None:
    reading = read("coco", {"categories": [], "images": [], "annotations": []})
    assert (reading.photos, reading.problems) == ((), ())


def test_polygons_boxes_and_run_lengths(read: Read) -> None:
    full = np.zeros((30, 40), dtype=np.uint8)
    full[5:9, 10:20] = 1
    compressed = coco_mask.encode(np.asfortranarray(full))
    runs = [10 * 30 + 5] + [4, 26] * 9 + [4, 30 * 20 + 21]
    reading = read(
        "coco",
        document(
            {"segmentation": [TRIANGLE], "bbox": [2, 2, 10, 10]},
            {"segmentation": [TRIANGLE, [20, 20, 30, 20, 30, 28]], "category_id": 7},
            {"segmentation": [], "bbox": [1, 2, 10.5, 4]},
            {"segmentation": {"size": [30, 40], "counts": compressed["counts"].decode()}, "iscrowd": True},
            {"segmentation": {"size": [30, 40], "counts": runs}, "iscrowd": 1, "category_id": 40},
        ),
    )
    assert reading.problems == ()
    outline, parts, box, text, counts = reading.photos[0].shapes
    assert (outline.type, len(outline.polygons), outline.crowd) == (DamageType.DENT, 1, False)
    assert (parts.type, len(parts.polygons)) == (DamageType.SCRATCH, 2)
    assert parts.box == Box(x_min=2, y_min=2, x_max=30, y_max=28)
    assert (box.has_mask, box.box) == (False, Box(x_min=1, y_min=2, x_max=11.5, y_max=6))
    assert (counts.type, counts.label) == (None, "damage")
    for shape in (text, counts):
        assert shape.crowd
        assert shape.box == Box(x_min=10, y_min=5, x_max=20, y_max=9)
        mask = shape.mask(Size(height=30, width=40))
        assert mask is not None
        assert np.array_equal(mask.full(), full.astype(bool))


def test_numbers_in_quotes_and_a_flat_outline_are_understood(read: Read) -> None:
    shape = {"segmentation": [str(value) for value in TRIANGLE], "category_id": "7", "iscrowd": "0", "image_id": "12"}
    reading = read("coco", document(shape))
    assert reading.problems == ()
    assert reading.photos[0].shapes[0].type is DamageType.SCRATCH


@pytest.mark.parametrize(
    ("annotation", "code", "place"),
    [
        ({"segmentation": [TRIANGLE], "category_id": 5}, ProblemCode.CATEGORY_UNKNOWN, "annotations[0].category_id"),
        ({"segmentation": [TRIANGLE], "category_id": None}, ProblemCode.FIELD_MISSING, "annotations[0].category_id"),
        ({"segmentation": [TRIANGLE], "category_id": True}, ProblemCode.WRONG_TYPE, "annotations[0].category_id"),
        ({"segmentation": [TRIANGLE], "image_id": 1}, ProblemCode.IMAGE_UNKNOWN, "annotations[0].image_id"),
        ({"segmentation": [TRIANGLE], "iscrowd": "perhaps"}, ProblemCode.WRONG_TYPE, "annotations[0].iscrowd"),
        ({"segmentation": []}, ProblemCode.FIELD_MISSING, "annotations[0].bbox"),
        ({"bbox": [1, 2, 3]}, ProblemCode.WRONG_TYPE, "annotations[0].bbox"),
        ({"bbox": [1, 2, 3, None]}, ProblemCode.WRONG_TYPE, "annotations[0].bbox[3]"),
        ({"bbox": [1, 2, float("nan"), 4]}, ProblemCode.NUMBER_BAD, "annotations[0].bbox[2]"),
        ({"bbox": [1, 2, 1e300, 1e308]}, ProblemCode.NUMBER_BAD, "annotations[0].bbox"),
        ({"bbox": [1, 2, 3, 10**400]}, ProblemCode.NUMBER_BAD, "annotations[0].bbox[3]"),
        ({"bbox": [1, 2, -3, 4]}, ProblemCode.SHAPE_EMPTY, "annotations[0].bbox"),
        ({"bbox": [1, 2, 0, 4]}, ProblemCode.SHAPE_EMPTY, "annotations[0].bbox"),
        ({"bbox": [90, 2, 5, 4]}, ProblemCode.SHAPE_EMPTY, "annotations[0].bbox"),
        ({"segmentation": "dent"}, ProblemCode.WRONG_TYPE, "annotations[0].segmentation"),
        ({"segmentation": [["x"]]}, ProblemCode.NUMBER_BAD, "annotations[0].segmentation[0][0]"),
        ({"segmentation": {"size": [3, 3], "counts": [9]}}, ProblemCode.RLE_BROKEN, "annotations[0].segmentation.size"),
        (
            {"segmentation": {"size": [30, 40], "counts": [1200]}},
            ProblemCode.SHAPE_EMPTY,
            "annotations[0].segmentation",
        ),
    ],
)
def test_a_shape_that_cannot_be_used_is_told_and_left_out(
    read: Read, codes: Codes, annotation: dict[str, Any], code: ProblemCode, place: str
) -> None:
    reading = read("coco", document(annotation, {"segmentation": [TRIANGLE], "category_id": 7}))
    assert codes(reading) == [code]
    assert reading.problems[0].place == place
    assert [shape.type for shape in reading.photos[0].shapes] == [DamageType.SCRATCH]


@pytest.mark.parametrize(
    "outline",
    [
        [2, 2, 12, 2],
        [2, 2, 12, 2, 2, 2],
        [2, 2, 12, 2, 2],
        [1e300] * 6,
        [2, 2, 2.1, 2, 2.1, 2.1],
        [50, 2, 60, 2, 55, 9],
    ],
)
def test_an_outline_without_area_is_left_out(read: Read, codes: Codes, outline: list[float]) -> None:
    reading = read("coco", document({"segmentation": [outline]}))
    assert set(codes(reading)) <= {ProblemCode.SHAPE_EMPTY, ProblemCode.NUMBER_BAD}
    assert reading.problems
    assert reading.photos[0].shapes == ()


def test_a_bad_part_costs_the_part_alone(read: Read, codes: Codes) -> None:
    reading = read("coco", document({"segmentation": [[1, 1, 2, 2], TRIANGLE]}))
    assert codes(reading) == [ProblemCode.SHAPE_EMPTY]
    assert reading.problems[0].place == "annotations[0].segmentation[0]"
    assert len(reading.photos[0].shapes[0].polygons) == 1


def test_a_photo_that_lost_a_shape_no_longer_says_that_its_type_is_absent(read: Read) -> None:
    lost_dent = {"bbox": [1, 2, 0, 4]}
    assert read("coco", document(lost_dent)).photos[0].annotated == frozenset(DamageType) - {DamageType.DENT}
    lost_unknown = {"segmentation": [TRIANGLE], "category_id": 5}
    assert read("coco", document(lost_unknown)).photos[0].annotated == frozenset()


def test_outlines_are_cut_at_the_frame_and_only_worth_a_word_beyond_rounding(read: Read, codes: Codes) -> None:
    rounding = {"segmentation": [[-1, 2, 12, 2, 2, 12]]}
    outside = {"segmentation": [[-9, 2, 12, 2, 2, 12]]}
    box = {"bbox": [30, 20, 40, 40]}
    reading = read("coco", document(rounding, outside, box))
    assert codes(reading) == [ProblemCode.OUT_OF_FRAME, ProblemCode.OUT_OF_FRAME]
    for shape in reading.photos[0].shapes:
        assert shape.box.x_min >= 0
        assert shape.box.x_max <= 40


def test_doubtful_shapes_are_kept_and_told(read: Read, codes: Codes) -> None:
    crossing = {"segmentation": [[2, 2, 12, 12, 12, 2, 2, 12]]}
    other_box = {"segmentation": [TRIANGLE], "bbox": [25, 20, 5, 5]}
    reading = read("coco", document(crossing, other_box))
    assert codes(reading) == [ProblemCode.SELF_CROSSING, ProblemCode.BOX_MISMATCH]
    assert reading.photos[0].shapes[1].box == Box(x_min=2, y_min=2, x_max=12, y_max=12)


def test_severity_comes_from_the_rule_or_the_attributes(read: Read) -> None:
    attributes = {"segmentation": [TRIANGLE], "attributes": {"severity": "severe"}}
    nonsense = {"segmentation": [TRIANGLE], "attributes": {"severity": ["severe"]}}
    shapes = read("coco", document(attributes, nonsense)).photos[0].shapes
    assert [shape.severity for shape in shapes] == [Severity.SEVERE, None]


def test_repeated_ids(read: Read, codes: Codes) -> None:
    repeated = document({"segmentation": [TRIANGLE]}, {"segmentation": [TRIANGLE]}, {"bbox": [1, 1, 5, 5]})
    repeated["annotations"][1]["id"] = 0
    repeated["annotations"][2]["id"] = 0
    reading = read("coco", repeated)
    assert codes(reading) == [ProblemCode.ID_DUPLICATE, ProblemCode.ID_DUPLICATE]
    assert [problem.done for problem in reading.problems] == ["left out", "both kept, as they differ"]
    assert len(reading.photos[0].shapes) == 2


def test_one_image_id_for_two_photos_is_no_photo(read: Read, codes: Codes) -> None:
    file = document({"segmentation": [TRIANGLE]})
    file["images"].append(file["images"][0] | {"file_name": "b.jpg"})
    reading = read("coco", file)
    assert reading.photos == ()
    assert codes(reading) == [ProblemCode.ID_DUPLICATE, ProblemCode.IMAGE_UNKNOWN]


def test_one_photo_under_two_ids_is_one_photo(read: Read, codes: Codes) -> None:
    file = document({"segmentation": [TRIANGLE]}, {"segmentation": [TRIANGLE], "image_id": 13, "category_id": 7})
    file["images"].append(file["images"][0] | {"id": 13})
    reading = read("coco", file)
    assert codes(reading) == [ProblemCode.PHOTO_LISTED_TWICE]
    assert [shape.type for shape in reading.photos[0].shapes] == [DamageType.DENT, DamageType.SCRATCH]


def test_one_category_id_for_two_names_is_no_category(read: Read, codes: Codes) -> None:
    file = document({"segmentation": [TRIANGLE]})
    file["categories"].append({"id": 0, "name": "rust"})
    reading = read("coco", file)
    assert codes(reading) == [ProblemCode.ID_DUPLICATE, ProblemCode.CATEGORY_UNKNOWN]
    assert reading.photos[0].annotated == frozenset()


@pytest.mark.parametrize(
    ("image", "code"),
    [
        ({"file_name": "nowhere.jpg"}, ProblemCode.PHOTO_MISSING),
        ({"file_name": "../../etc/passwd"}, ProblemCode.PHOTO_MISSING),
        ({"file_name": ""}, ProblemCode.FIELD_MISSING),
        ({"file_name": None}, ProblemCode.FIELD_MISSING),
        ({"file_name": ["a.jpg"]}, ProblemCode.WRONG_TYPE),
        ({"file_name": "a\0.jpg"}, ProblemCode.PHOTO_MISSING),
        ({"file_name": "a" * 5000}, ProblemCode.PHOTO_MISSING),
        ({"width": 0}, ProblemCode.NUMBER_BAD),
        ({"width": -3}, ProblemCode.NUMBER_BAD),
        ({"height": "tall"}, ProblemCode.NUMBER_BAD),
        ({"width": 30, "height": 30}, ProblemCode.SIZE_MISMATCH),
        ({"id": None}, ProblemCode.FIELD_MISSING),
        ({"id": {}}, ProblemCode.WRONG_TYPE),
    ],
)
def test_a_photo_that_cannot_be_used_is_told(
    read: Read, codes: Codes, image: dict[str, Any], code: ProblemCode
) -> None:
    reading = read("coco", document(**image))
    assert reading.photos == ()
    assert codes(reading) == [code]
    assert reading.problems[0].place.startswith("images[0]")


def test_a_photo_without_stated_size_has_its_own(read: Read) -> None:
    reading = read("coco", document({"segmentation": [TRIANGLE]}, width=None, height=None))
    assert reading.photos[0].file.size == Size(height=30, width=40)
    assert reading.problems == ()


def test_annotations_of_a_photo_twice_the_size_are_scaled(read: Read, codes: Codes) -> None:
    reading = read("coco", document({"segmentation": [TRIANGLE]}, width=80, height=60))
    assert codes(reading) == [ProblemCode.SIZE_MISMATCH]
    assert reading.photos[0].shapes[0].box == Box(x_min=1, y_min=1, x_max=6, y_max=6)


def test_annotations_of_the_stored_frame_are_turned_with_the_photo(read: Read, codes: Codes) -> None:
    reading = read("coco", document({"bbox": [0, 0, 10, 5]}, file_name="turned.jpg"))
    assert codes(reading) == [ProblemCode.SIZE_MISMATCH]
    assert reading.photos[0].file.size == Size(height=40, width=30)
    assert reading.photos[0].shapes[0].box == Box(x_min=25, y_min=0, x_max=30, y_max=10)
    upright = read("coco", document({"bbox": [0, 0, 10, 5]}, file_name="turned.jpg", width=30, height=40))
    assert upright.problems == ()
    assert upright.photos[0].shapes[0].box == Box(x_min=0, y_min=0, x_max=10, y_max=5)


def test_dropped_labels_are_counted_and_unknown_ones_are_problems(read: Read, codes: Codes) -> None:
    label_map = LabelMap(
        name="mine",
        rules={"dent": LabelRule(type=None, dropped="too many"), "scratch": LabelRule(type=DamageType.SCRATCH)},
        annotates=frozenset({DamageType.SCRATCH}),
    )
    shapes = [{"segmentation": [TRIANGLE], "category_id": category} for category in (0, 0, 7, 40)]
    reading = read("coco", document(*shapes), label_map=label_map)
    assert reading.dropped == {"dent": 2}
    assert codes(reading) == [ProblemCode.LABEL_UNKNOWN]
    assert "'mine' does not know 'damage'" in reading.problems[0].what
    assert [shape.type for shape in reading.photos[0].shapes] == [DamageType.SCRATCH]


def test_a_broken_dropped_shape_costs_nothing(read: Read, codes: Codes) -> None:
    label_map = LabelMap(
        name="mine", rules={"dent": LabelRule(type=None, dropped="why")}, annotates=frozenset({DamageType.RUST})
    )
    reading = read("coco", document({"bbox": [1, 2]}), label_map=label_map)
    assert codes(reading) == [ProblemCode.WRONG_TYPE]
    assert reading.photos[0].annotated == {DamageType.RUST}


def test_boxes_stored_as_outlines_have_no_mask_where_the_map_says_so(read: Read) -> None:
    label_map = LabelMap(
        name="mine",
        rules={"dent": LabelRule(type=DamageType.DENT)},
        annotates=frozenset({DamageType.DENT}),
        boxes_as_polygons=True,
    )
    rectangle = {"segmentation": [[12, 2, 2, 2, 2, 9, 12, 9, 12, 2]]}
    reading = read("coco", document(rectangle, {"segmentation": [TRIANGLE]}), label_map=label_map)
    box, outline = reading.photos[0].shapes
    assert (box.has_mask, box.box) == (False, Box(x_min=2, y_min=2, x_max=12, y_max=9))
    assert outline.has_mask


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", "3", '"coco"', "{}", '{"images": [], "annotations": 3, "categories": []}', "[" * 99999],
)
def test_a_useless_file_is_one_error(read: Read, text: str) -> None:
    with pytest.raises(AnnotationError) as caught:
        read("coco", text)
    assert caught.value.problem.file.endswith("annotations.json")


def everywhere(value: Any, replacement: Any) -> list[Any]:
    """Copies of a JSON value with one node after the other replaced."""
    copies = [replacement]
    keys = value.keys() if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else []
    for key in keys:
        for changed in everywhere(value[key], replacement):
            copy = deepcopy(value)
            copy[key] = changed
            copies.append(copy)
    return copies


@pytest.mark.parametrize("wrong", [None, True, -1, 1e999, "", "word", [], {}, [[]], [None], {"a": 1}])
def test_a_wrong_value_anywhere_never_ends_in_a_traceback(read: Read, wrong: object) -> None:
    file = document(
        {"segmentation": [TRIANGLE], "bbox": [2, 2, 10, 10], "iscrowd": 0, "attributes": {"severity": "minor"}},
        {"segmentation": {"size": [30, 40], "counts": [300, 30, 870]}},
    )
    for changed in everywhere(file, wrong):
        try:
            reading = read("coco", changed)
        except AnnotationError:
            continue
        assert all(problem.what and problem.done for problem in reading.problems)


@pytest.mark.parametrize(
    "name",
    [
        "/data/local-files/?d=some/path/a.jpg",
        "/data/local-files?d=a.jpg",
        "/data/upload/12/3ac8d2f1-a.jpg",
        "http://localhost:8080/tool/data/local-files/?d=some%2Fpath%2Fa.jpg",
    ],
)
def test_a_photo_under_label_studios_address_is_found_as_in_its_own_exports(read: Read, name: str) -> None:
    reading = read("coco", document(file_name=name))
    assert reading.problems == ()
    assert reading.photos[0].file.path.name == "a.jpg"
    assert reading.photos[0].name.rpartition("/")[2].endswith("a.jpg")
    assert "?" not in reading.photos[0].name


@pytest.mark.parametrize(
    "name", ["/data/local-files/?d=some/path/z.jpg", "3ac8d2f1-a.jpg", "data/upload/3ac8d2f1-a.jpg"]
)
def test_what_is_no_address_is_the_whole_name(read: Read, codes: Codes, name: str) -> None:
    assert codes(read("coco", document(file_name=name))) == [ProblemCode.PHOTO_MISSING]
