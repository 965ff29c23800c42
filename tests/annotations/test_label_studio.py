import base64
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import fromstring

import numpy as np
import pytest
from PIL import Image

from coachwork.annotations.addresses import names_of
from coachwork.annotations.contract import Reading
from coachwork.annotations.export import export_of
from coachwork.annotations.formats import FORMATS, recognise
from coachwork.annotations.photo_lookup import PhotoLookup
from coachwork.annotations.problems import ProblemCode
from coachwork.datasets.sample import DamageShape
from coachwork.geometry.box import Box
from coachwork.taxonomy import DamageType, Severity, identity_label_map
from tests.annotations.golden import label_studio
from tests.annotations.golden.label_studio import BITMASK, BOX, BRUSH, answer, box, result, task
from tests.annotations.photo_files import write_photo
from tests.annotations.samples import sample_of

Read = Callable[..., Reading]
Codes = Callable[[Reading], list[ProblemCode]]
FORMAT = FORMATS["label_studio"]


def read_folder(folder: Path) -> Reading:
    (file,) = recognise(folder)
    assert file.format is FORMAT
    return FORMAT.read(file.path, PhotoLookup(file.path.parent, root=folder), identity_label_map())


def shapes(read: Read, *results: dict[str, Any]) -> tuple[DamageShape, ...]:
    reading = read("label_studio", [task(answer(*results))])
    assert reading.problems == ()
    return reading.photos[0].shapes


def test_percent_of_the_sides_become_pixels(read: Read) -> None:
    (found,) = shapes(read, box("dent"))
    assert found.box.xyxy == (10, 6, 30, 18)
    assert (found.rotated, found.has_mask) == (None, False)


def test_a_box_is_turned_about_its_top_left_corner_in_pixels_not_in_percent(read: Read) -> None:
    (found,) = shapes(read, box("dent", x=50, y=20, width=25, height=20, rotation=90))
    assert found.rotated is not None
    assert found.rotated.corners == pytest.approx(np.array([[20, 6], [20, 16], [14, 16], [14, 6]]), abs=1e-6)
    assert found.box.xyxy == pytest.approx((14, 6, 20, 16))


def test_a_turn_of_328_degrees_is_one_of_minus_32(read: Read) -> None:
    (found,) = shapes(read, box("dent", rotation=328))
    assert found.rotated is not None
    assert found.rotated.angle == pytest.approx(-32)


def test_every_kind_of_region_is_read(tmp_path: Path) -> None:
    label_studio.write_json(tmp_path)
    reading = read_folder(tmp_path)
    assert reading.problems == ()
    photos = {photo.name: photo for photo in reading.photos}
    dent, scratch, rust, chip, crack = photos["a.jpg"].shapes
    assert [str(shape.type) for shape in (dent, scratch, rust, chip)] == ["dent", "scratch", "rust", "paint_chip"]
    assert scratch.polygons[0].tolist() == [[2, 3], [12, 3], [2, 12]]
    assert rust.box.width == pytest.approx(8, abs=0.1)
    assert chip.rle is not None
    assert chip.rle.area == 97
    assert (crack.type, crack.severity, crack.attributes) == (DamageType.CRACK, Severity.MINOR, {})
    assert photos["a.jpg"].tags == ("wet", "dark")


def test_bitmasks_are_the_pixels_of_a_browsers_canvas(tmp_path: Path) -> None:
    label_studio.write_bitmasks(tmp_path)
    reading = read_folder(tmp_path)
    assert reading.problems == ()
    dent, rust, chip = reading.photos[0].shapes
    assert [shape.label for shape in (dent, rust, chip)] == ["dent", "rust", "paint_chip"]
    assert dent.rle is not None
    assert dent.rle.area == 97
    assert dent.rle == rust.rle == chip.rle
    assert (rust.severity, rust.attributes) == (Severity.SEVERE, {})


def test_bitmasks_of_json_min_are_read(read: Read) -> None:
    region = {"imageDataURL": BITMASK, "bitmasklabels": ["dent"], "original_width": 40, "original_height": 30}
    reading = read("label_studio", [{"image": "a.jpg", "id": 1, "mask": [region]}])
    assert reading.problems == ()
    assert reading.photos[0].shapes[0].has_mask


def _data_url(picture: Image.Image, kind: str = "PNG") -> str:
    file = io.BytesIO()
    picture.save(file, kind)
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()


@pytest.mark.parametrize(
    ("address", "code"),
    [
        (None, ProblemCode.WRONG_TYPE),
        ("", ProblemCode.FIELD_MISSING),
        ("data:image/png;base64,=A", ProblemCode.PHOTO_UNREADABLE),
        ("https://example.org/mask.png", ProblemCode.PHOTO_UNREADABLE),
        (BITMASK[:120], ProblemCode.PHOTO_UNREADABLE),
        (_data_url(Image.new("RGBA", (40, 30)), "WEBP"), ProblemCode.PHOTO_UNREADABLE),
        (_data_url(Image.new("RGBA", (30, 40), "black")), ProblemCode.SIZE_MISMATCH),
        (_data_url(Image.new("L", (40, 30), 255)), ProblemCode.SHAPE_UNSUPPORTED),
        (_data_url(Image.new("RGBA", (40, 30))), ProblemCode.SHAPE_EMPTY),
    ],
)
def test_bitmasks_that_cannot_be_used_are_told(
    address: str | None, code: ProblemCode, read: Read, codes: Codes
) -> None:
    region = result("bitmasklabels", {"imageDataURL": address, "bitmasklabels": ["dent"]})
    reading = read("label_studio", [task(answer(region))])
    assert codes(reading) == [code]
    assert DamageType.DENT not in reading.photos[0].annotated


def test_skipped_tasks_are_unlabelled_and_empty_answers_negatives(tmp_path: Path) -> None:
    label_studio.write_json(tmp_path)
    annotated = {photo.name: bool(photo.annotated) for photo in read_folder(tmp_path).photos}
    assert annotated == {"a.jpg": True, "images/b.jpg": True, "c d.jpg": False, "e.jpg": True}


def test_predictions_are_not_answers(read: Read) -> None:
    (photo,) = read("label_studio", [task(predictions=[{"result": [box("rust")]}])]).photos
    assert (photo.shapes, photo.annotated) == ((), frozenset())


def test_of_several_answers_that_differ_the_latest_counts_or_the_true_one(read: Read, codes: Codes) -> None:
    answers = [answer(box("dent"), number=2), answer(box("rust")), answer(box("crack"), number=3, was_cancelled=True)]
    reading = read("label_studio", [task(*answers)])
    assert codes(reading) == [ProblemCode.COPY_CONFLICT]
    assert [shape.label for shape in reading.photos[0].shapes] == ["dent"]
    answers[1]["ground_truth"] = True
    assert [shape.label for shape in read("label_studio", [task(*answers)]).photos[0].shapes] == ["rust"]
    agreeing = [answer(box("dent", "a")), answer(box("dent", "b"), number=2)]
    assert read("label_studio", [task(*agreeing)]).problems == ()


def test_a_region_of_two_labels_is_a_damage_of_each(read: Read) -> None:
    found = shapes(read, result("rectanglelabels", BOX | {"rectanglelabels": ["dent", "rust"]}))
    assert [shape.label for shape in found] == ["dent", "rust"]


def test_answers_on_a_region_are_attributes(read: Read) -> None:
    (found,) = shapes(
        read,
        result("textarea", BOX | {"text": ["left", "front"]}, from_name="side"),
        box("dent"),
        result("rating", BOX | {"rating": 4}, from_name="depth"),
    )
    assert found.attributes == {"side": "left, front", "depth": "4"}


def test_regions_for_another_size_of_the_photo_are_scaled(read: Read, codes: Codes) -> None:
    double = {"original_width": 80, "original_height": 60}
    reading = read("label_studio", [task(answer(box("dent") | double))])
    assert codes(reading) == [ProblemCode.SIZE_MISMATCH]
    assert reading.photos[0].shapes[0].box.xyxy == (10, 6, 30, 18)
    square = {"original_width": 60, "original_height": 60}
    assert read("label_studio", [task(answer(box("dent") | square))]).photos == ()
    mixed = read("label_studio", [task(answer(box("rust"), box("dent", "r2") | double))])
    assert codes(mixed) == [ProblemCode.SIZE_MISMATCH]
    assert [shape.label for shape in mixed.photos[0].shapes] == ["rust"]


@pytest.mark.parametrize(
    ("broken", "code"),
    [
        ("region", ProblemCode.WRONG_TYPE),
        (result("rectanglelabels", BOX), ProblemCode.LABEL_MISSING),
        (box("bumper"), ProblemCode.LABEL_UNKNOWN),
        (box("dent", width="wide"), ProblemCode.NUMBER_BAD),
        (box("dent", width=1e9), ProblemCode.NUMBER_BAD),
        (box("dent", width=-5), ProblemCode.SHAPE_EMPTY),
        (box("dent", width=None), ProblemCode.WRONG_TYPE),
        (box("dent") | {"image_rotation": 90}, ProblemCode.SHAPE_UNSUPPORTED),
        (box("dent") | {"item_index": 1}, ProblemCode.SHAPE_UNSUPPORTED),
        (
            result("keypointlabels", {"x": 1, "y": 1, "width": 1, "keypointlabels": ["dent"]}),
            ProblemCode.SHAPE_UNSUPPORTED,
        ),
        (result("brushlabels", {"brushlabels": ["dent"]}), ProblemCode.SHAPE_UNSUPPORTED),
        (result("brushlabels", {"rle": list(BRUSH)[:20], "brushlabels": ["dent"]}), ProblemCode.RLE_BROKEN),
        (result("brushlabels", {"rle": [0] * 8, "brushlabels": ["dent"]}), ProblemCode.RLE_BROKEN),
        (result("brushlabels", {"rle": [300], "brushlabels": ["dent"]}), ProblemCode.RLE_BROKEN),
        (result("brushlabels", {"rle": [0.5], "brushlabels": ["dent"]}), ProblemCode.RLE_BROKEN),
        (result("brushlabels", {"rle": "AAAA", "brushlabels": ["dent"]}), ProblemCode.WRONG_TYPE),
        (result("polygonlabels", {"points": [[1, 1], [9, 9]], "polygonlabels": ["dent"]}), ProblemCode.SHAPE_EMPTY),
        (result("polygonlabels", {"points": [[1], [9, 9]], "polygonlabels": ["dent"]}), ProblemCode.WRONG_TYPE),
        (
            result("ellipselabels", {"x": 1, "y": 1, "radiusX": 0, "radiusY": 3, "ellipselabels": ["dent"]}),
            ProblemCode.SHAPE_EMPTY,
        ),
    ],
)
def test_a_region_that_cannot_be_used_is_told_and_the_others_stay(broken: Any, code: ProblemCode, read: Read) -> None:
    if isinstance(broken, dict):
        broken = broken | {"id": "broken"}
    reading = read("label_studio", [task(answer(box("rust"), broken))])
    assert code in {problem.code for problem in reading.problems}
    assert all(problem.place.startswith("[0].annotations[0].result[1]") for problem in reading.problems)
    assert [shape.label for shape in reading.photos[0].shapes] == ["rust"]
    assert DamageType.DENT not in reading.photos[0].annotated


def test_json_min_is_read_too(tmp_path: Path) -> None:
    label_studio.write_json_min(tmp_path)
    reading = read_folder(tmp_path)
    assert reading.problems == ()
    first, second = reading.photos
    assert [(shape.label, shape.has_mask) for shape in first.shapes] == [("dent", False), ("rust", True)]
    assert (first.tags, second.shapes, second.annotated) == (("wet", "dark"), (), frozenset(DamageType))


def test_of_several_records_on_one_photo_the_latest_counts(read: Read, codes: Codes) -> None:
    size = {"original_width": 40, "original_height": 30}
    records = [
        {"image": "a.jpg", "label": [BOX | size | {"rectanglelabels": [label]}], "updated_at": f"2026-01-0{day}"}
        for label, day in (("dent", 2), ("rust", 1))
    ]
    reading = read("label_studio", records)
    assert codes(reading) == [ProblemCode.COPY_CONFLICT]
    assert [shape.label for shape in reading.photos[0].shapes] == ["dent"]


@pytest.mark.parametrize(
    ("address", "names"),
    [
        ("a.jpg", ["a.jpg"]),
        ("/data/upload/12/3ac8d2f1-a.jpg", ["3ac8d2f1-a.jpg", "a.jpg"]),
        ("/data/local-files/?d=deep%5Ca%20b.jpg", ["deep/a b.jpg"]),
        ("https://host:80/x/a%20b.jpg?token=1", ["a b.jpg"]),
        ("gs://bucket/deep/a.jpg", ["a.jpg"]),
        ("http://[::1/a.jpg", ["http://[::1/a.jpg"]),
    ],
)
def test_addresses_name_photos(address: str, names: list[str]) -> None:
    assert names_of(address) == names


def test_a_photo_within_the_file_is_used(tmp_path: Path, read: Read, codes: Codes) -> None:
    content = base64.b64encode(write_photo(tmp_path / "x.png", seed=77).read_bytes()).decode()
    reading = read("label_studio", [task(answer(box("dent")), photo=f"data:image/png;base64,{content}")])
    assert reading.problems == ()
    assert reading.photos[0].file.format == "png"
    assert codes(read("label_studio", [task(photo="data:image/png;base64,AAAA")])) == [ProblemCode.PHOTO_UNREADABLE]


def test_a_task_without_a_photo_or_with_one_that_is_nowhere_is_told(read: Read, codes: Codes) -> None:
    reading = read("label_studio", [task(data={"text": 5}), task(photo="gone.jpg"), "x", task(), task(answer())])
    missing, gone = ProblemCode.FIELD_MISSING, ProblemCode.PHOTO_MISSING
    assert codes(reading) == [missing, gone, ProblemCode.WRONG_TYPE, ProblemCode.PHOTO_LISTED_TWICE]
    assert [bool(photo.annotated) for photo in reading.photos] == [True]


@pytest.mark.parametrize(
    "document", [[], [1], [{}], {"data": {}}, [{"data": 5, "annotations": []}], [{"image": "a.jpg"}]]
)
def test_other_lists_are_no_export(document: object, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps(document))
    assert FORMAT.detect(tmp_path / "a.json") < 0.5


def test_the_written_project_has_a_question_for_every_answer(photo_folder: Path, tmp_path: Path) -> None:

    rectangle = Box(x_min=10, y_min=6, x_max=30, y_max=18)
    shape = DamageShape(type=DamageType.DENT, box=rectangle, severity=Severity.MINOR, attributes={'a "b" <c>': "x"})
    one = sample_of(photo_folder / "a.jpg", shape)
    assert FORMAT.write is not None
    FORMAT.write(export_of([one], tmp_path, lambda _: photo_folder / "a.jpg"))
    config = fromstring((tmp_path / "label_config.xml").read_text())  # noqa: S314 - written just now
    names = {element.get("name") for element in config}
    (written,) = json.loads((tmp_path / "train.label_studio.json").read_text())
    assert {found["from_name"] for found in written["annotations"][0]["result"]} <= names
    assert written["data"]["image"] == "/data/local-files/?d=train/a.jpg"
    assert written["annotations"][0]["result"][0]["value"]["x"] == 25
