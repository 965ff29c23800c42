from collections.abc import Callable
from pathlib import Path

import pytest

from coachwork.annotations.contract import Reading
from coachwork.annotations.ground_truth import (
    detect_boxes,
    detect_segmentation,
    ground_truth_labels,
)
from coachwork.annotations.problems import AnnotationError, ProblemCode
from coachwork.geometry.box import Box
from coachwork.taxonomy import DamageType
from tests.annotations.golden import ground_truth as golden
from tests.annotations.golden import ground_truth_segmentation as golden_masks
from tests.annotations.golden.ground_truth import METADATA, box, boxes, metadata
from tests.annotations.ground_truth_lines import boxed, line, manifest, read_folder
from tests.annotations.photo_files import write_photo

Read = Callable[..., Reading]
Codes = Callable[[Reading], list[ProblemCode]]

EVERYTHING = frozenset(DamageType)


def test_boxes_with_sparse_classes(tmp_path: Path) -> None:
    golden.write_boxes(tmp_path)
    reading = read_folder(tmp_path)
    assert reading.problems == ()
    dent, scratch = reading.photos[0].shapes
    assert (dent.type, dent.box) == (DamageType.DENT, Box(x_min=3, y_min=4, x_max=13, y_max=9))
    assert (scratch.type, scratch.box) == (DamageType.SCRATCH, Box(x_min=20, y_min=20, x_max=32, y_max=28))


def test_a_line_without_labels_is_unlabelled_and_one_with_no_boxes_is_a_reviewed_negative(tmp_path: Path) -> None:
    golden.write_boxes(tmp_path)
    _, negative, unlabelled = read_folder(tmp_path).photos
    assert (negative.name, negative.shapes, negative.annotated) == ("cars/b.jpg", (), EVERYTHING)
    assert (unlabelled.name, unlabelled.shapes, unlabelled.annotated) == ("cars/c.jpg", (), frozenset())


def test_the_confidence_of_one_worker_is_kept_and_no_reason_to_doubt(read_lines: Read) -> None:
    reading = read_lines(boxed(box()))
    assert reading.photos[0].shapes[0].attributes == {"confidence": "0.0"}
    assert reading.photos[0].annotated == EVERYTHING


def test_labels_by_a_model_say_so(read_lines: Read) -> None:
    by_model = line(damage=boxes(box()), damage_metadata=metadata(0.9) | {"human-annotated": "no"})
    found = read_lines(by_model).photos[0].shapes[0]
    assert found.attributes == {"confidence": "0.9", "human_annotated": "no"}


def test_several_label_sets_of_one_line_are_read_together(read_lines: Read) -> None:
    rust = {"rust": boxes(box(2)), "rust_metadata": metadata(0.0, classes={"2": "rust"})}
    (photo,) = read_lines(boxed(box(), **rust)).photos
    assert [(shape.type, shape.attributes["label_set"]) for shape in photo.shapes] == [
        (DamageType.DENT, "damage"),
        (DamageType.RUST, "rust"),
    ]


def test_a_failed_labelling_leaves_the_photo_unlabelled(read_lines: Read, codes: Codes) -> None:
    reading = read_lines(line(damage_metadata={"failure-reason": "ClientError: too large", "job-name": "j"}))
    assert codes(reading) == [ProblemCode.FIELD_MISSING]
    assert "too large" in reading.problems[0].what
    assert (reading.photos[0].shapes, reading.photos[0].annotated) == ((), frozenset())


def test_labels_of_other_tasks_are_told(read_lines: Read, codes: Codes) -> None:
    other = {"mood": "1", "mood_metadata": METADATA | {"type": "groundtruth/text-classification"}}
    reading = read_lines(boxed(box(), **other))
    assert codes(reading) == [ProblemCode.SHAPE_UNSUPPORTED]
    assert len(reading.photos[0].shapes) == 1


def test_keys_that_end_alike_are_told_apart_by_as_many_folders_as_are_on_disk(tmp_path: Path) -> None:
    for seed, folder in enumerate(("left", "right")):
        write_photo(tmp_path / "cars" / folder / "a.jpg", seed=seed)
    text = manifest(*(boxed(box(number)) | {"source-ref": f"s3://bucket/2026/cars/{folder}/a.jpg"}
                      for number, folder in ((5, "right"), (0, "left"))))  # fmt: skip
    (tmp_path / "output.manifest").write_text(text)
    reading = read_folder(tmp_path)
    assert reading.problems == ()
    found = {photo.file.path.parent.name: photo.shapes[0].type for photo in reading.photos}
    assert found == {"left": DamageType.DENT, "right": DamageType.SCRATCH}


def test_boxes_for_another_size_are_scaled(read_lines: Read, codes: Codes) -> None:
    twice = line(damage=boxes(box(), size=(80, 60)), damage_metadata=metadata(0.0))
    reading = read_lines(twice)
    assert codes(reading) == [ProblemCode.SIZE_MISMATCH]
    assert reading.photos[0].shapes[0].box == Box(x_min=1.5, y_min=2, x_max=6.5, y_max=4.5)


def test_a_photo_that_is_listed_twice_is_one_photo(read_lines: Read, codes: Codes) -> None:
    reading = read_lines(boxed(box()), boxed(box(5)))
    assert codes(reading) == [ProblemCode.PHOTO_LISTED_TWICE]
    assert len(reading.photos[0].shapes) == 2


@pytest.mark.parametrize(
    ("label", "code", "place"),
    [
        (boxes(box(7)), ProblemCode.CATEGORY_UNKNOWN, "annotations[0].class_id"),
        (boxes(box() | {"class_id": None}), ProblemCode.WRONG_TYPE, "annotations[0].class_id"),
        (boxes(box(left=90)), ProblemCode.SHAPE_EMPTY, "annotations[0]"),
        (boxes(box(width=-4)), ProblemCode.SHAPE_EMPTY, "annotations[0]"),
        (boxes(box() | {"top": "high"}), ProblemCode.NUMBER_BAD, "annotations[0].top"),
        (boxes(box() | {"top": float("nan")}), ProblemCode.NUMBER_BAD, "annotations[0].top"),
        (boxes() | {"annotations": [3]}, ProblemCode.WRONG_TYPE, "annotations[0]"),
        (boxes() | {"annotations": None}, ProblemCode.WRONG_TYPE, "annotations"),
        (boxes(box(), size=(30, 30)), ProblemCode.SIZE_MISMATCH, ""),
        (boxes(box(), size=(0, 30)), ProblemCode.NUMBER_BAD, "image_size[0]"),
        ("dent", ProblemCode.WRONG_TYPE, ""),
    ],
)
def test_a_label_that_cannot_be_used_is_told_and_left_out(
    read_lines: Read, codes: Codes, label: object, code: ProblemCode, place: str
) -> None:
    reading = read_lines(line(damage=label, damage_metadata=metadata(0.0)), boxed(box(), name="b.jpg") | line("b.jpg"))
    assert codes(reading) == [code]
    assert reading.problems[0].place == f"line 1.damage.{place}".rstrip(".")
    first, second = reading.photos
    assert first.shapes == ()
    assert DamageType.DENT not in first.annotated
    assert second.annotated == EVERYTHING


@pytest.mark.parametrize(
    ("broken", "code"),
    [
        ({"source": "The food was delicious"}, ProblemCode.FIELD_MISSING),
        ({"source-ref": ["s3://b/a.jpg"]}, ProblemCode.WRONG_TYPE),
        ({"source-ref": "s3://bucket/nowhere.jpg"}, ProblemCode.PHOTO_MISSING),
        ({"source-ref": "s3://bucket/../../etc/passwd"}, ProblemCode.PHOTO_MISSING),
        ({"source-ref": "s3://"}, ProblemCode.PHOTO_MISSING),
        ([1], ProblemCode.WRONG_TYPE),
    ],
)
def test_a_line_that_cannot_be_used_is_told(read_lines: Read, codes: Codes, broken: object, code: ProblemCode) -> None:
    reading = read_lines(boxed(box()), broken)
    assert codes(reading) == [code]
    assert reading.problems[0].place.startswith("line 2")
    assert len(reading.photos) == 1
    first = read_lines(broken, boxed(box()))
    assert codes(first) == [code]
    assert len(first.photos) == 1


def test_broken_and_blank_lines_cost_only_themselves(read: Read, codes: Codes) -> None:
    whole = manifest(boxed(box()))
    reading = read("ground_truth", f"\ufeff{whole}\n{whole[:40]}\n  \n{manifest(line('b.jpg'))}", suffix=".manifest")
    assert codes(reading) == [ProblemCode.FILE_UNREADABLE]
    assert reading.problems[0].place == "line 3"
    assert [photo.name for photo in reading.photos] == ["a.jpg", "b.jpg"]


@pytest.mark.parametrize("text", ["", "\n\n", "{", "[]\n[]", "[" * 99999, "3"])
def test_a_useless_file_is_one_error(read: Read, text: str) -> None:
    with pytest.raises(AnnotationError) as caught:
        read("ground_truth", text, suffix=".manifest")
    assert caught.value.problem.done == "file left out"


def test_what_a_manifest_is_of_is_told_by_its_labels(tmp_path: Path) -> None:
    golden_masks.write_masks(tmp_path)
    path = tmp_path / "output.manifest"
    assert (detect_boxes(path), detect_segmentation(path)) == (0.6, 1.0)
    path.write_text(manifest(line(), boxed(box())))
    assert (detect_boxes(path), detect_segmentation(path)) == (1.0, 0.6)
    path.write_text(manifest(line()) + '{"source-ref": "cut')
    assert detect_boxes(path) == 1.0
    path.write_text(manifest({"source": "text"}))
    assert detect_boxes(path) == 0.0


def test_labels_are_those_of_the_label_sets_that_count(tmp_path: Path) -> None:
    golden_masks.write_masks(tmp_path)
    assert ground_truth_labels(tmp_path / "output.manifest") == {"dent", "scratch"}
    golden.write_chain(tmp_path)
    assert ground_truth_labels(tmp_path / "output.manifest") == {"dent", "scratch"}
