"""TensorFlow and the TF Object Detection API read what Coachwork wrote, and Coachwork what they wrote."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from coachwork.geometry.size import Size
from tests.oracles.known_shapes import FORMS, write_known
from tests.oracles.reading import read_foreign
from tests.oracles.told import overlap, read_told, same_but_for_the_rim

pytestmark = pytest.mark.slow

FRAME = Size(height=30, width=40)
ALL = ("box", "outline", "parts", "turned", "pixels")
Ask = Callable[..., Any]
Note = Callable[[str], None]


def test_the_object_detection_api_reads_every_shape(ask_tensorflow: Ask, tmp_path: Path) -> None:
    """Its decoder, with its own feature spec, gives boxes to a hundredth of a pixel and the same masks."""
    answer = ask_tensorflow("tensorflow_reads", write_known("tfrecord", tmp_path, ALL), tmp_path / "told.json")
    assert "0" not in answer["labels"]
    told = {photo["photo"]: read_told(photo["shapes"]) for photo in answer["photos"]}
    assert told.keys() == {*ALL, "empty"}
    assert all(photo["size"] == [FRAME.height, FRAME.width] for photo in answer["photos"])
    assert {photo["split"] for photo in answer["photos"]} == {"train", "val"}
    assert told["empty"] == []
    for form in ALL:
        (one,) = told[form]
        known = FORMS[form][1]
        assert one.label == known.type
        assert one.box == pytest.approx(known.box.xyxy, abs=0.01)
        mask = known.mask(FRAME)
        assert (one.pixels is None) == (mask is None)
        if one.pixels is not None and mask is not None:
            assert overlap(one.pixels, mask.full()) == 1


def test_the_object_detection_api_reads_the_via_set(
    ask_tensorflow: Ask, via_set: Callable[[str], Path], tmp_path: Path, note: Note
) -> None:
    answer = ask_tensorflow("tensorflow_reads", via_set("tfrecord"), tmp_path / "told.json")
    shapes = [one for photo in answer["photos"] for one in read_told(photo["shapes"])]
    masks = sum(one.pixels is not None for one in shapes)
    assert (len(answer["photos"]), len(shapes), masks) == (61, 91, 91)
    assert {one.label for one in shapes} == {"damage"}
    version = answer["version"]
    note(f"tfrecord: TensorFlow {version} (TF OD API) read 61 photos, {len(shapes)} boxes, {masks} masks")


def test_coachwork_reads_records_that_the_object_detection_api_made(
    ask_tensorflow: Ask, tmp_path: Path, note: Note
) -> None:
    """Its `create_coco_tf_record` reads our COCO file and writes masks by pycocotools, whose edges are its own."""
    coco = write_known("coco", tmp_path, ("outline", "box", "parts"))
    for split, forms in (("train", {"outline", "parts"}), ("val", {"box", "empty"})):
        out = tmp_path / f"records-{split}"
        out.mkdir()
        ask_tensorflow("tensorflow_writes", coco / f"{split}.coco.json", coco / split, out)
        photos, problems = read_foreign(out, "tfrecord")
        assert [problem.what for problem in problems] == ["says 'jpeg', the bytes are png"] * len(
            forms
        )  # it always does
        assert photos.keys() == forms
        for form in forms - {"empty"}:
            (shape,) = photos[form].shapes
            known = FORMS[form][1]
            assert shape.type is known.type
            assert shape.box.xyxy == pytest.approx(known.box.xyxy, abs=2 if known.has_mask else 0.01)
            mask, was = shape.mask(FRAME), known.mask(FRAME)
            assert (mask is None) == (was is None)
            if mask is not None and was is not None:
                assert mask.area > 0
                assert same_but_for_the_rim(mask.full(), was.full())
        assert "empty" not in forms or photos["empty"].shapes == ()
    note("tfrecord: read from the TF OD API's create_coco_tf_record: outline, parts, box, an empty photo")
