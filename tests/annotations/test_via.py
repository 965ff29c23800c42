import csv
import io
import json
import math
from collections.abc import Callable
from typing import Any

import pytest

from coachwork.annotations.contract import Reading
from coachwork.annotations.problems import AnnotationError, ProblemCode
from coachwork.geometry.box import Box
from coachwork.geometry.polygon import polygon_area
from coachwork.taxonomy import DamageType, LabelMap, LabelRule, Severity

Read = Callable[..., Reading]
Codes = Callable[[Reading], list[ProblemCode]]

POLYGON = {"name": "polygon", "all_points_x": [2, 12, 2, 2], "all_points_y": [2, 2, 12, 2]}
RECT = {"name": "rect", "x": 3, "y": 4, "width": 10, "height": 5}
COLUMNS = [
    "filename",
    "file_size",
    "file_attributes",
    "region_count",
    "region_id",
    "region_shape_attributes",
    "region_attributes",
]


def region(shape: object = POLYGON, **attributes: Any) -> dict[str, Any]:
    return {"shape_attributes": shape, "region_attributes": attributes or {"type": "dent"}}


def document(*regions: Any, name: str = "a.jpg", as_list: bool = False) -> dict[str, Any]:
    """A VIA 1.0.6 file (regions as an object), or a 2.x one (as a list), of one photo."""
    held = list(regions) if as_list else {str(index): one for index, one in enumerate(regions)}
    entry = {"fileref": "", "size": 900, "filename": name, "base64_img_data": "", "file_attributes": {}}
    return {f"{name}900": entry | {"regions": held}}


def as_csv(rows: list[dict[str, str]], *, columns: list[str] = COLUMNS, hash_sign: bool = True) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return ("#" if hash_sign else "") + text.getvalue()


def csv_row(shape: object = POLYGON, attributes: object = None, name: str = "a.jpg") -> dict[str, str]:
    cells = json.dumps(shape), json.dumps({"type": "dent"} if attributes is None else attributes)
    return dict(zip(COLUMNS, [name, "900", "{}", "1", "0", *cells], strict=True))


@pytest.mark.parametrize("as_list", [False, True])
def test_regions_are_objects_in_1_and_lists_in_2(read: Read, *, as_list: bool) -> None:
    reading = read("via", document(region(), region(RECT, type="scratch"), as_list=as_list))
    assert reading.problems == ()
    outline, box = reading.photos[0].shapes
    assert (outline.type, len(outline.polygons), len(outline.polygons[0])) == (DamageType.DENT, 1, 3)
    assert (box.type, box.has_mask) == (DamageType.SCRATCH, False)
    assert box.box == Box(x_min=3, y_min=4, x_max=13, y_max=9)


def test_a_project_wraps_its_photos_and_explains_its_options(read: Read) -> None:
    options = {"1": "dent", "2": "scratch"}
    project = {
        "_via_settings": {"ui": {}},
        "_via_img_metadata": document(region(kind="2"), region(kind={"1": True, "2": False}), as_list=True),
        "_via_attributes": {"region": {"kind": {"type": "radio", "options": options}, "odd": 3}, "file": {}},
    }
    reading = read("via", project)
    assert reading.problems == ()
    assert [shape.type for shape in reading.photos[0].shapes] == [DamageType.SCRATCH, DamageType.DENT]


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("hash_sign", [False, True])
def test_csv_columns_may_stand_in_any_order(read: Read, *, turned: bool, hash_sign: bool) -> None:
    empty = dict(zip(COLUMNS, ["b.jpg", "12", "{}", "0", "0", "{}", "{}"], strict=True))
    columns = COLUMNS[::-1] if turned else COLUMNS
    text = as_csv([csv_row(), csv_row(RECT, {"type": "rust"}), empty], columns=columns, hash_sign=hash_sign)
    reading = read("via", text, suffix=".csv")
    assert reading.problems == ()
    first, second = reading.photos
    assert [shape.type for shape in first.shapes] == [DamageType.DENT, DamageType.RUST]
    assert (second.name, second.shapes, second.annotated) == ("b.jpg", (), frozenset())


def test_a_photo_without_regions_is_unlabelled_not_clean(read: Read) -> None:
    reading = read("via", document())
    assert (reading.photos[0].shapes, reading.photos[0].annotated) == ((), frozenset())
    assert read("via", document(region())).photos[0].annotated == frozenset(DamageType)


@pytest.mark.parametrize(
    ("shape", "area"),
    [
        ({"name": "circle", "cx": 20, "cy": 15, "r": 5}, math.pi * 25),
        ({"name": "ellipse", "cx": 20, "cy": 15, "rx": 8, "ry": 4}, math.pi * 32),
        ({"name": "ellipse", "cx": 20, "cy": 15, "rx": 8, "ry": 4, "theta": math.pi / 2}, math.pi * 32),
    ],
)
def test_round_regions_become_outlines_of_their_area(read: Read, shape: dict[str, object], area: float) -> None:
    reading = read("via", document(region(shape)))
    (found,) = reading.photos[0].shapes
    assert polygon_area(found.polygons[0]) == pytest.approx(area)
    assert found.box.height > found.box.width if "theta" in shape else found.box.width >= found.box.height - 1e-6


@pytest.mark.parametrize(
    ("shape", "code"),
    [
        ({"name": "point", "cx": 3, "cy": 3}, ProblemCode.SHAPE_UNSUPPORTED),
        ({"name": "polyline", "all_points_x": [1, 5], "all_points_y": [1, 5]}, ProblemCode.SHAPE_UNSUPPORTED),
        ({"name": ["polygon"]}, ProblemCode.SHAPE_UNSUPPORTED),
        ({}, ProblemCode.SHAPE_UNSUPPORTED),
        ({"name": "rect", "x": 3, "y": 4, "width": 10}, ProblemCode.WRONG_TYPE),
        ({"name": "rect", "x": 3, "y": 4, "width": -1, "height": 3}, ProblemCode.SHAPE_EMPTY),
        ({"name": "rect", "x": 1e308, "y": 4, "width": 1e308, "height": 3}, ProblemCode.NUMBER_BAD),
        ({"name": "circle", "cx": 20, "cy": 15, "r": 0}, ProblemCode.SHAPE_EMPTY),
        ({"name": "circle", "cx": 20, "cy": 15, "r": 1e300}, ProblemCode.SHAPE_EMPTY),
        ({"name": "polygon", "all_points_x": [1, 2, 3], "all_points_y": [1, 2]}, ProblemCode.WRONG_TYPE),
        ({"name": "polygon", "all_points_x": 3, "all_points_y": [1, 2]}, ProblemCode.WRONG_TYPE),
        ({"name": "polygon", "all_points_x": [1, float("inf")], "all_points_y": [1, 2]}, ProblemCode.NUMBER_BAD),
    ],
)
def test_a_region_that_cannot_be_used_is_told(
    read: Read, codes: Codes, shape: dict[str, object], code: ProblemCode
) -> None:
    reading = read("via", document(region(shape), region(RECT, type="scratch")))
    assert codes(reading) == [code]
    assert "regions[0].shape_attributes" in reading.problems[0].place
    assert [found.type for found in reading.photos[0].shapes] == [DamageType.SCRATCH]
    assert reading.photos[0].annotated == frozenset(DamageType) - {DamageType.DENT}


def test_the_label_is_the_attribute_that_the_map_knows(read: Read) -> None:
    reading = read("via", document(region(RECT, note="left", **{"Class Name": "dent"}, by="anna")))
    assert reading.problems == ()
    assert reading.photos[0].shapes[0].type is DamageType.DENT


def test_ticked_options_are_one_damage_each(read: Read) -> None:
    ticked = {"dent": True, "scratch": "true", "rust": False}
    reading = read("via", document(region(kind=ticked)))
    assert [shape.type for shape in reading.photos[0].shapes] == [DamageType.DENT, DamageType.SCRATCH]


@pytest.mark.parametrize("attributes", [{"other": "x"}, {"type": ""}, {"type": {"dent": False}}, {"type": None}])
def test_a_region_without_label_leaves_the_photo_unknown(
    read: Read, codes: Codes, attributes: dict[str, object]
) -> None:
    reading = read("via", document(region(), region(RECT, **attributes)))
    assert codes(reading) == [ProblemCode.LABEL_MISSING]
    assert reading.photos[0].annotated == frozenset()


def test_an_unknown_label_and_a_dropped_one(read: Read, codes: Codes) -> None:
    label_map = LabelMap(
        name="mine",
        rules={
            "dent": LabelRule(type=DamageType.DENT, severity=Severity.MINOR),
            "car": LabelRule(type=None, dropped="x"),
        },
        annotates=frozenset({DamageType.DENT}),
    )
    reading = read("via", document(region(), region(type="car"), region(type="dust")), label_map=label_map)
    assert (codes(reading), reading.dropped) == ([ProblemCode.LABEL_UNKNOWN], {"car": 1})
    assert [shape.severity for shape in reading.photos[0].shapes] == [Severity.MINOR]


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        ({"regions": {}}, ProblemCode.FIELD_MISSING),
        ({"filename": "", "regions": {}}, ProblemCode.FIELD_MISSING),
        ({"filename": [], "regions": {}}, ProblemCode.WRONG_TYPE),
        ({"filename": "b.jpg", "regions": 5}, ProblemCode.WRONG_TYPE),
        ({"filename": "nowhere.jpg", "regions": {}}, ProblemCode.PHOTO_MISSING),
        (3, ProblemCode.WRONG_TYPE),
        (None, ProblemCode.WRONG_TYPE),
    ],
)
def test_a_bad_entry_costs_its_own_photo(read: Read, codes: Codes, entry: object, code: ProblemCode) -> None:
    reading = read("via", document(region()) | {"bad": entry})
    assert codes(reading) == [code]
    assert "'bad'" in reading.problems[0].place
    assert [photo.name for photo in reading.photos] == ["a.jpg"]


@pytest.mark.parametrize(
    "broken", [None, 3, [], {"shape_attributes": 3}, {"shape_attributes": {}, "region_attributes": 1}]
)
def test_a_broken_region_costs_itself_and_what_the_photo_knows(read: Read, codes: Codes, broken: object) -> None:
    reading = read("via", document(region(), broken))
    assert codes(reading) == [ProblemCode.WRONG_TYPE]
    assert (len(reading.photos[0].shapes), reading.photos[0].annotated) == (1, frozenset())


@pytest.mark.parametrize("text", ["", "[]", "null", "{}", '{"a": 1}', '{"_via_img_metadata": 3}'])
def test_a_useless_file_is_one_error(read: Read, text: str) -> None:
    with pytest.raises(AnnotationError):
        read("via", text)


@pytest.mark.parametrize("text", ["", "#filename,region_count\na.jpg,0\n", "\n\n"])
def test_csv_without_vias_columns_is_one_error(read: Read, text: str) -> None:
    with pytest.raises(AnnotationError) as caught:
        read("via", text, suffix=".csv")
    assert caught.value.problem.code is ProblemCode.FIELD_MISSING


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (as_csv([csv_row() | {"region_shape_attributes": "{"}]), ProblemCode.WRONG_TYPE),
        (as_csv([csv_row() | {"region_attributes": "[]"}]), ProblemCode.WRONG_TYPE),
        (as_csv([csv_row() | {"filename": " "}]), ProblemCode.FIELD_MISSING),
        (as_csv([csv_row()]) + "a.jpg\n", ProblemCode.PHOTO_LISTED_TWICE),
    ],
)
def test_broken_csv_rows_are_told(read: Read, codes: Codes, text: str, code: ProblemCode) -> None:
    reading = read("via", text, suffix=".csv")
    assert codes(reading) == [code]
    assert reading.problems[0].place.startswith("line ")


# The five traps of the real set, in miniature: each test has its twin in test_real_sets.py.


def test_trap_demo_pictures_are_no_clean_photos(read: Read, codes: Codes) -> None:
    demo = document(name="test_pattern_qbist.jpg")
    reading = read("via", document(region()) | demo)
    assert codes(reading) == [ProblemCode.PHOTO_MISSING]
    assert "demo picture" in reading.problems[0].what
    assert [photo.name for photo in reading.photos] == ["a.jpg"]


@pytest.mark.parametrize("key", ["name", "Class Name"])
def test_trap_the_label_key_differs(read: Read, key: str) -> None:
    reading = read("via", document(region(**{key: "damage"})))
    assert reading.problems == ()
    assert [(shape.type, shape.label) for shape in reading.photos[0].shapes] == [(None, "damage")]


def test_trap_closed_outlines_lose_their_last_point(read: Read) -> None:
    assert len(read("via", document(region())).photos[0].shapes[0].polygons[0]) == 3
