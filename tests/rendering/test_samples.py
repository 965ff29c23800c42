import json
from importlib import resources
from pathlib import Path

import numpy as np
import pytest
from pycocotools import mask as coco_mask

from coachwork.geometry.mask import mask_from_rle
from coachwork.photos.quality import measure_quality
from coachwork.photos.reading import read_photo
from coachwork.rendering.renderer import render
from coachwork.rendering.sample_scenes import SAMPLE_PHOTOS

FOLDER = Path(str(resources.files("coachwork"))) / "samples"


@pytest.fixture(scope="module")
def truth() -> dict[str, list[dict[str, object]]]:
    document: dict[str, list[dict[str, object]]] = json.loads((FOLDER / "samples.coco.json").read_text())
    return document


def test_the_shipped_photos_are_the_listed_ones_and_small() -> None:
    shipped = {path.name: path.stat().st_size for path in FOLDER.glob("*.jpg")}
    assert set(shipped) == set(SAMPLE_PHOTOS)
    assert sum(shipped.values()) < 1.5e6


@pytest.mark.parametrize("name", SAMPLE_PHOTOS)
def test_a_sample_s_size_and_truth_fit_its_upright_photo(name: str, truth: dict[str, list[dict[str, object]]]) -> None:
    photo = read_photo(FOLDER / name)
    scene = SAMPLE_PHOTOS[name].scene
    (image,) = (image for image in truth["images"] if image["file_name"] == name)
    assert photo.size == scene.size
    assert (image["height"], image["width"]) == (photo.size.height, photo.size.width)
    found = [entry for entry in truth["annotations"] if entry["image_id"] == image["id"]]
    assert len(found) == len(scene.damages)
    for entry in found:
        segmentation = entry["segmentation"]
        assert isinstance(segmentation, dict)
        assert entry["area"] == coco_mask.area(segmentation)


def test_one_sample_is_too_dark_and_the_others_are_usable() -> None:
    usable = {}
    for name in SAMPLE_PHOTOS:
        photo = read_photo(FOLDER / name)
        usable[name] = measure_quality(photo.pixels, photo.size).usable
    assert [name for name, good in usable.items() if not good] == ["too-dark.jpg"]


def test_a_sample_renders_again_as_it_was_shipped(truth: dict[str, list[dict[str, object]]]) -> None:
    name = "small-marks-turned.jpg"
    rendered = render(SAMPLE_PHOTOS[name].scene)
    shipped = read_photo(FOLDER / name).pixels
    difference = np.abs(rendered.pixels.astype(int) - shipped)
    assert difference.mean() < 6
    (image,) = (image["id"] for image in truth["images"] if image["file_name"] == name)
    masks = [entry["segmentation"] for entry in truth["annotations"] if entry["image_id"] == image]
    for shape, segmentation in zip(rendered.shapes, masks, strict=True):
        assert isinstance(segmentation, dict)
        known, now = mask_from_rle(segmentation).full(), shape.mask(rendered.size)
        assert now is not None
        union = np.count_nonzero(known | now.full())
        assert np.count_nonzero(known & now.full()) > 0.9 * union
