"""pycocotools loads and evaluates the COCO files that Coachwork writes."""

import contextlib
import io
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from coachwork.geometry.size import Size
from tests.oracles.known_shapes import FORMS, write_known
from tests.oracles.told import overlap

FRAME = Size(height=30, width=40)
Note = Callable[[str], None]


def loaded(path: Path) -> COCO:
    with contextlib.redirect_stdout(io.StringIO()):
        return COCO(str(path))


def average_precision(truth: COCO, kind: str) -> float:
    """AP of the truth itself as a detector's results: 1, if everything in the file is as pycocotools wants it."""
    results = [
        {"image_id": each["image_id"], "category_id": each["category_id"], "score": 0.9, "bbox": each["bbox"]}
        | ({"segmentation": truth.annToRLE(each)} if kind == "segm" else {})
        for each in truth.dataset["annotations"]
        if kind == "bbox" or each["segmentation"]
    ]
    with contextlib.redirect_stdout(io.StringIO()):
        run = COCOeval(truth, truth.loadRes(results), kind)
        run.evaluate()
        run.accumulate()
        run.summarize()
    return float(run.stats[0])


def test_masks_are_those_that_were_written(tmp_path: Path) -> None:
    forms = ("box", "outline", "parts", "turned", "pixels")
    folder = write_known("coco", tmp_path, forms)
    seen = set()
    for split in ("train", "val"):
        truth = loaded(folder / f"{split}.coco.json")
        for annotation in truth.dataset["annotations"]:
            (image,) = truth.loadImgs(annotation["image_id"])
            form = Path(image["file_name"]).stem
            seen.add(form)
            known = FORMS[form][1]
            (category,) = truth.loadCats(annotation["category_id"])
            assert category["name"] == known.type
            mask = known.mask(FRAME)
            assert bool(annotation["segmentation"]) == (mask is not None)
            if mask is not None:
                pixels = truth.annToMask(annotation).astype(np.bool_)
                assert overlap(pixels, mask.full()) >= (1 if form == "pixels" else 0.9)
    assert seen == set(forms)


@pytest.mark.parametrize("kind", ["bbox", "segm"])
def test_it_evaluates_a_file_against_itself(tmp_path: Path, kind: str) -> None:
    folder = write_known("coco", tmp_path, ("pixels", "outline", "parts"))
    assert average_precision(loaded(folder / "train.coco.json"), kind) == pytest.approx(1)


def test_an_evaluation_can_fail(tmp_path: Path) -> None:
    folder = write_known("coco", tmp_path, ("box",))
    document = json.loads((folder / "train.coco.json").read_text(encoding="utf-8"))
    truth = loaded(folder / "train.coco.json")
    truth.dataset["annotations"] = [document["annotations"][0] | {"bbox": [0, 0, 2, 2]}]
    assert average_precision(truth, "bbox") == pytest.approx(0)


@pytest.mark.slow
@pytest.mark.parametrize(("split", "photos", "shapes"), [("train", 46, 72), ("val", 15, 19)])
def test_it_evaluates_the_via_set(
    via_set: Callable[[str], Path], note: Note, *, split: str, photos: int, shapes: int
) -> None:
    truth = loaded(via_set("coco") / f"{split}.coco.json")
    assert (len(truth.getImgIds()), len(truth.getAnnIds())) == (photos, shapes)
    figures = {kind: average_precision(truth, kind) for kind in ("bbox", "segm")}
    assert all(figure == pytest.approx(1) for figure in figures.values())
    note(f"coco: pycocotools read {photos} {split} photos with {shapes} shapes; against themselves AP {figures}")
