import json
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from coachwork.annotations.contract import Format
from coachwork.annotations.formats import recognise
from coachwork.annotations.ground_truth import (
    GROUND_TRUTH,
    GROUND_TRUTH_SEGMENTATION,
    read_ground_truth,
)
from coachwork.annotations.photo_lookup import PhotoLookup
from coachwork.datasets.sample import DamageShape, Split
from coachwork.geometry.box import Box
from coachwork.geometry.mask import Mask
from coachwork.taxonomy import DamageType, Severity, identity_label_map
from tests.annotations.golden.ground_truth import boxes, metadata
from tests.annotations.samples import sample_of, write_samples

EVERYTHING = frozenset(DamageType)


def exported(fmt: Format, photo: Path, folder: Path, *shapes: DamageShape, **facts: Any) -> list[dict[str, Any]]:
    """The lines of what Coachwork writes for one photo."""
    write_samples(fmt, folder, photo.parent, sample_of(photo, *shapes, split=Split.VAL, **facts))
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
