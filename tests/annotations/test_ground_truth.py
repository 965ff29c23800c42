import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from coachwork.annotations.contract import Format, Reading
from coachwork.annotations.export import export_of
from coachwork.annotations.formats import recognise
from coachwork.annotations.ground_truth import (
    GROUND_TRUTH,
    GROUND_TRUTH_SEGMENTATION,
    detect_boxes,
    detect_segmentation,
    ground_truth_labels,
    read_ground_truth,
)
from coachwork.annotations.photo_lookup import PhotoLookup, open_photo
from coachwork.annotations.problems import AnnotationError, ProblemCode
from coachwork.datasets.sample import DamageShape, Sample, Split
from coachwork.geometry.box import Box
from coachwork.geometry.mask import Mask
from coachwork.geometry.size import Size
from coachwork.taxonomy import DamageType, Severity, identity_label_map
from tests.annotations.golden import ground_truth as golden
from tests.annotations.golden import ground_truth_segmentation as golden_masks
from tests.annotations.golden.ground_truth import METADATA, VERIFIED, box, boxes, metadata
from tests.annotations.golden.ground_truth_segmentation import COLOURS, colour_map, painted
from tests.annotations.photo_files import write_photo

Read = Callable[..., Reading]
Codes = Callable[[Reading], list[ProblemCode]]

EVERYTHING = frozenset(DamageType)
LATER = {"creation-date": "2026-12-24T18:00:00.000000"}


def line(name: str = "a.jpg", **labels: Any) -> dict[str, Any]:
    """A line of a manifest; `_` in a label's name stands for `-`."""
    return {"source-ref": f"s3://bucket/{name}"} | {key.replace("_", "-"): value for key, value in labels.items()}


def manifest(*lines: object) -> str:
    return "".join(f"{json.dumps(one)}\n" for one in lines)


def boxed(*found: dict[str, Any], **more: Any) -> dict[str, Any]:
    return line(damage=boxes(*found), damage_metadata=metadata(*[0.0] * len(found)), **more)


@pytest.fixture
def read_lines(read: Read) -> Read:
    return lambda *lines: read("ground_truth", manifest(*lines), suffix=".manifest")


def read_folder(folder: Path) -> Reading:
    return read_ground_truth(folder / "output.manifest", PhotoLookup(folder), identity_label_map())


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


def test_adjusted_labels_come_before_those_that_were_adjusted(tmp_path: Path) -> None:
    golden.write_chain(tmp_path)
    reading = read_folder(tmp_path)
    assert reading.problems == ()
    (photo,) = reading.photos
    assert [shape.box.width for shape in photo.shapes] == [10]
    assert photo.tags == ("wet", "left", "front")
    assert photo.annotated == EVERYTHING


def test_an_adjustment_of_another_name_is_known_by_its_status(read_lines: Read) -> None:
    status = {"adjustment-status": "adjusted"} | LATER
    reading = read_lines(boxed(box(width=30), second_look=boxes(box()), second_look_metadata=metadata(0.0) | status))
    assert [shape.box.width for shape in reading.photos[0].shapes] == [10]


def test_an_adjustment_of_an_adjustment_counts(read_lines: Read) -> None:
    sets = {}
    for name, width in (("adjusted-damage", 20), ("adjusted-adjusted-damage", 9)):
        sets[name] = boxes(box(width=width))
        sets[f"{name}-metadata"] = metadata(0.0)
    reading = read_lines(boxed(box(width=30), **sets))
    assert [shape.box.width for shape in reading.photos[0].shapes] == [9]


@pytest.mark.parametrize("verdict", ["bad", "Incorrect", "needs-work", "Rejected - redo", "not acceptable"])
def test_a_rejected_verification_is_honoured(read_lines: Read, codes: Codes, verdict: str) -> None:
    verified = {"verify_damage": "1", "verify_damage_metadata": VERIFIED | {"class-name": verdict}}
    reading = read_lines(boxed(box(), **verified))
    assert codes(reading) == [ProblemCode.REJECTED]
    assert reading.problems[0].place == "line 1.damage"
    (photo,) = reading.photos
    assert (photo.shapes, photo.annotated) == ((), frozenset())


@pytest.mark.parametrize("verdict", ["good", "Correct", "no issues", "not bad", None])
def test_an_accepting_verification_changes_nothing(read_lines: Read, verdict: str | None) -> None:
    verified = {"verify_damage": "0", "verify_damage_metadata": VERIFIED | {"class-name": verdict}}
    reading = read_lines(boxed(box(), **verified))
    assert reading.problems == ()
    assert len(reading.photos[0].shapes) == 1


def test_a_verification_of_another_name_is_about_the_only_labels_that_were_there_before(
    read_lines: Read, codes: Codes
) -> None:
    verified = {"check": 1, "check_metadata": VERIFIED | {"class-name": "bad"}}
    assert codes(read_lines(boxed(box(), **verified))) == [ProblemCode.REJECTED]
    other = {"other": boxes(box(5)), "other_metadata": metadata(0.0)}
    assert codes(read_lines(boxed(box(), **verified, **other))) == []


def test_a_rejected_adjustment_does_not_bring_back_what_was_adjusted(read_lines: Read, codes: Codes) -> None:
    adjusted = {"adjusted_damage": boxes(box()), "adjusted_damage_metadata": metadata(0.0) | LATER}
    verified = {"verify_adjusted_damage": 1, "verify_adjusted_damage_metadata": VERIFIED | {"class-name": "bad"}}
    reading = read_lines(boxed(box(width=30), **adjusted, **verified))
    assert codes(reading) == [ProblemCode.REJECTED]
    assert reading.photos[0].shapes == ()


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


def masked(folder: Path, picture: Image.Image, meta: dict[str, Any] | None = None, **more: Any) -> Reading:
    """Reads a segmentation of one photo."""
    write_photo(folder / "a.jpg", seed=0)
    picture.save(folder / "mask.png")
    said = colour_map("dent", "scratch") if meta is None else meta
    text = manifest(line(damage_ref="s3://bucket/job/mask.png", damage_ref_metadata=said, **more))
    (folder / "output.manifest").write_text(text)
    return read_folder(folder)


def test_connected_pixels_of_a_class_are_an_instance(tmp_path: Path) -> None:
    golden_masks.write_masks(tmp_path)
    reading = read_folder(tmp_path)
    assert reading.problems == ()
    damaged, clean = reading.photos
    assert sorted((shape.label, shape.box.xyxy) for shape in damaged.shapes) == [
        ("dent", (3, 2, 12, 8)),
        ("dent", (30, 20, 36, 25)),
        ("scratch", (5, 15, 25, 17)),
    ]
    assert {shape.attributes["confidence"] for shape in damaged.shapes} == {"0.0"}
    assert (clean.shapes, clean.annotated) == ((), EVERYTHING)


def test_a_mask_may_be_colours_a_palette_or_class_numbers(tmp_path: Path) -> None:
    colour = Image.fromarray(painted())
    numbers = np.zeros((30, 40), dtype=np.uint8)
    for index, one in enumerate(COLOURS.values()):
        numbers[(painted() == one).all(axis=2)] = index
    palette = Image.fromarray(numbers).convert("P")
    palette.putpalette([value for one in COLOURS.values() for value in one])
    transparent = np.dstack([painted(), np.where(numbers == 0, 0, 255).astype(np.uint8)])
    found = []
    for index, picture in enumerate((colour, palette, Image.fromarray(numbers), Image.fromarray(transparent))):
        reading = masked(tmp_path / str(index), picture)
        assert reading.problems == ()
        found.append([(shape.label, shape.box, shape.rle) for shape in reading.photos[0].shapes])
    assert all(one == found[0] for one in found)
    assert len(found[0]) == 3


def test_a_colour_of_no_class_is_told(tmp_path: Path, codes: Codes) -> None:
    reading = masked(tmp_path, Image.fromarray(painted()), colour_map("dent"))
    assert codes(reading) == [ProblemCode.CATEGORY_UNKNOWN]
    assert "0xf28333" in reading.problems[0].what
    assert [shape.label for shape in reading.photos[0].shapes] == ["dent", "dent"]
    assert reading.photos[0].annotated == frozenset()


@pytest.mark.parametrize(
    ("meta", "code"),
    [
        ({"internal-color-map": 3}, ProblemCode.WRONG_TYPE),
        ({"internal-color-map": {"0": {"class-name": "dent", "hex-color": "#12"}}}, ProblemCode.NUMBER_BAD),
        ({"internal-color-map": {"0": {"class-name": "dent", "hex-color": "#gggggg"}}}, ProblemCode.NUMBER_BAD),
        ({"internal-color-map": {"x": {"class-name": "dent"}}}, ProblemCode.NUMBER_BAD),
        ({"internal-color-map": {"0": {}}}, ProblemCode.WRONG_TYPE),
    ],
)
def test_a_broken_colour_map_is_told(tmp_path: Path, codes: Codes, meta: dict[str, Any], code: ProblemCode) -> None:
    reading = masked(tmp_path, Image.fromarray(painted()), colour_map() | meta)
    assert codes(reading)[0] == code
    assert reading.photos[0].annotated == frozenset()


def test_a_mask_that_is_not_there_or_broken_is_told(tmp_path: Path, codes: Codes) -> None:
    masked(tmp_path, Image.fromarray(painted()))
    (tmp_path / "mask.png").write_bytes((tmp_path / "mask.png").read_bytes()[:60])
    broken = read_folder(tmp_path)
    assert codes(broken) == [ProblemCode.PHOTO_UNREADABLE]
    (tmp_path / "mask.png").unlink()
    missing = read_folder(tmp_path)
    assert codes(missing) == [ProblemCode.PHOTO_MISSING]
    assert "mask.png" in missing.problems[0].what
    for reading in (broken, missing):
        assert (reading.photos[0].shapes, reading.photos[0].annotated) == ((), frozenset())


def test_a_mask_of_another_shape_is_no_mask_of_the_photo(tmp_path: Path, codes: Codes) -> None:
    reading = masked(tmp_path, Image.fromarray(painted()[:, :30]))
    assert codes(reading) == [ProblemCode.SIZE_MISMATCH]
    assert reading.photos[0].shapes == ()


def test_rejected_segmentation_counts_for_nothing(tmp_path: Path, codes: Codes) -> None:
    verified = {"verify_damage_ref": "1", "verify_damage_ref_metadata": VERIFIED | {"class-name": "bad"}}
    assert codes(masked(tmp_path, Image.fromarray(painted()), None, **verified)) == [ProblemCode.REJECTED]


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


def exported(fmt: Format, photo: Path, folder: Path, *shapes: DamageShape, **facts: Any) -> list[dict[str, Any]]:
    """The lines of what Coachwork writes for one photo."""
    one = Sample(
        photo=photo.name,
        sha256=open_photo(photo).sha256,
        size=Size(height=30, width=40),
        source="s",
        name="a.jpg",
        split=Split.VAL,
        cluster="",
        shapes=shapes,
        **({"annotated": EVERYTHING} | facts),
    )
    folder.mkdir(exist_ok=True)
    assert fmt.write is not None
    fmt.write(export_of([one], folder, lambda _: photo))
    assert [file.format for file in recognise(folder)] == [fmt]
    return [json.loads(text) for text in (folder / "val.manifest").read_text().splitlines()]


def test_written_boxes_have_the_form_of_ground_truths_own(photo_folder: Path, tmp_path: Path) -> None:
    dent = DamageShape(
        type=DamageType.DENT,
        box=Box(x_min=1, y_min=2.5, x_max=9, y_max=12),
        severity=Severity.MINOR,
        attributes={"confidence": "0.0"},
    )
    (written,) = exported(GROUND_TRUTH, photo_folder / "a.jpg", tmp_path / "out", dent, tags=("wet", "left"))
    assert written["source-ref"] == "s3://BUCKET/val/a.jpg"
    number = written["damage"]["annotations"][0]["class_id"]
    assert written["damage"] == boxes({"class_id": number, "left": 1, "top": 2.5, "width": 8, "height": 9.5})
    said = written["damage-metadata"]
    assert said.keys() == metadata().keys()
    assert (said["type"], said["class-map"]) == ("groundtruth/object-detection", {str(number): "dent"})
    assert said["objects"] == [{"confidence": 0.0, "severity": "minor"}]
    assert (written["tags"], written["tags-metadata"]["class-map"]) == ([0, 1], {"0": "wet", "1": "left"})
    reading = read_ground_truth(tmp_path / "out" / "val.manifest", PhotoLookup(tmp_path / "out"), identity_label_map())
    assert reading.photos[0].tags == ("wet", "left")
    assert reading.photos[0].shapes[0].severity is Severity.MINOR


def test_an_unlabelled_photo_is_a_line_without_labels(photo_folder: Path, tmp_path: Path) -> None:
    unlabelled = exported(GROUND_TRUTH, photo_folder / "a.jpg", tmp_path / "a", annotated=frozenset())
    assert unlabelled == [{"source-ref": "s3://BUCKET/val/a.jpg"}]
    (negative,) = exported(GROUND_TRUTH, photo_folder / "a.jpg", tmp_path / "b")
    assert negative["damage"]["annotations"] == []


def test_written_segmentation_is_read_by_its_colours_with_small_damages_on_top(
    photo_folder: Path, tmp_path: Path
) -> None:
    full = np.zeros((30, 40), dtype=np.bool_)
    full[5:9, 5:9] = True
    small = Mask.from_full(full)
    shapes = (
        DamageShape(type=DamageType.RUST, box=small.box, rle=small),
        DamageShape(type=DamageType.DENT, box=Box(x_min=2, y_min=2, x_max=20, y_max=20)),
    )
    (written,) = exported(GROUND_TRUTH_SEGMENTATION, photo_folder / "a.jpg", tmp_path / "out", *shapes)
    assert written["damage-ref"] == "s3://BUCKET/val-masks/a.png"
    classes = {
        one["class-name"]: one["hex-color"] for one in written["damage-ref-metadata"]["internal-color-map"].values()
    }
    assert classes.keys() == {"BACKGROUND", "dent", "rust"}
    with Image.open(tmp_path / "out" / "val-masks" / "a.png") as picture:
        pixels = np.asarray(picture)
    assert "#{:02x}{:02x}{:02x}".format(*pixels[6, 6]) == classes["rust"]
    assert "#{:02x}{:02x}{:02x}".format(*pixels[3, 3]) == classes["dent"]
    assert "#{:02x}{:02x}{:02x}".format(*pixels[25, 35]) == classes["BACKGROUND"]
