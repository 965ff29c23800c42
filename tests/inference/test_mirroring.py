"""What a model says of the mirror image, turned back and averaged."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import coachwork
from coachwork.geometry.box import box_iou
from coachwork.geometry.size import Size
from coachwork.inference.bundle import load_bundle
from coachwork.inference.decoding import DecodingKind
from coachwork.inference.mirroring import averaged, why_one_look
from coachwork.inference.predictor import Predictor
from coachwork.inference.session import Session
from coachwork.photos.letterbox import Letterbox
from coachwork.photos.reading import read_photo
from coachwork.taxonomy import CarPart, DamageType

SAMPLE = Path(coachwork.__file__).parent / "samples" / "front-bumper.jpg"
SIZE = Size(height=128, width=256)
DENT = (DamageType.DENT,)
CELLS = sum(-(-128 // 2**level) * -(-256 // 2**level) for level in range(3, 8))


def twice() -> Session:
    """The shipped model, asked twice."""
    bundle = load_bundle(variant="fp32-onnxruntime")
    return Session(replace(bundle, variant=replace(bundle.variant, mirrored=True)), threads=1)


@pytest.fixture(scope="module")
def picture() -> NDArray[np.uint8]:
    """A sample photo as the shipped model takes it."""
    photo = read_photo(SAMPLE)
    return Letterbox(photo.size, load_bundle().card.input_size).apply(photo.pixels)


def test_a_picture_and_its_mirror_image_are_told_alike(picture: NDArray[np.uint8]) -> None:
    session, width = twice(), picture.shape[1]
    one, other = session.run(picture), session.run(np.ascontiguousarray(picture[:, ::-1]))
    assert np.allclose(one["masks"], np.asarray(other["masks"])[..., ::-1], atol=1e-5)
    assert np.allclose(one["photo_score"], other["photo_score"], atol=1e-6)
    best = np.argsort(-np.asarray(one["scores"]).max(axis=-1).ravel())[:20]
    mirrored = np.asarray(other["boxes"])[0]
    for row in best:
        x_min, y_min, x_max, y_max = np.asarray(one["boxes"])[0, row]
        turned = np.array([width - x_max, y_min, width - x_min, y_max])
        near = np.abs(mirrored - turned).max(axis=1)
        assert near.min() < 1e-2
        scores = np.asarray(other["scores"])[0, int(near.argmin())]
        assert np.allclose(scores, np.asarray(one["scores"])[0, row], atol=1e-5)


def test_two_looks_differ_from_one(picture: NDArray[np.uint8]) -> None:
    once = Session(load_bundle(variant="fp32-onnxruntime"), threads=1).run(picture)
    both = twice().run(picture)
    assert not np.allclose(once["scores"], both["scores"], atol=1e-3)
    assert np.array_equal(once["embedding"], both["embedding"])


def test_a_symmetric_picture_is_told_by_two_looks_as_symmetric(picture: NDArray[np.uint8]) -> None:
    half = picture[:, : picture.shape[1] // 2]
    both = twice().run(np.ascontiguousarray(np.concatenate((half, half[:, ::-1]), axis=1)))
    boxes, scores = np.asarray(both["boxes"])[0], np.asarray(both["scores"])[0].max(axis=-1)
    for row in np.argsort(-scores)[:10]:
        x_min, y_min, x_max, y_max = boxes[row]
        turned = np.array([picture.shape[1] - x_max, y_min, picture.shape[1] - x_min, y_max])
        twin = int(np.abs(boxes - turned).max(axis=1).argmin())
        assert np.abs(boxes[twin] - turned).max() < 1e-2
        assert scores[twin] == pytest.approx(scores[row], abs=1e-5)


def test_two_looks_find_damage_where_one_does() -> None:
    bundle, photo = load_bundle(variant="fp32-onnxruntime"), read_photo(SAMPLE)
    once = Predictor(bundle, threads=1).predict(photo, min_score=0.1)
    both = Predictor(replace(bundle, variant=replace(bundle.variant, mirrored=True)), threads=1)
    found = both.predict(photo, min_score=0.05)
    assert len(once)
    assert box_iou(once.boxes[:1], found.boxes)[0].max() > 0.5


def test_left_and_right_change_places() -> None:
    types = (CarPart.LEFT_MIRROR, CarPart.RIGHT_MIRROR)
    seen = {"masks": np.zeros((1, 2, 1, 2), dtype=np.float32)}
    mirrored = {"masks": np.zeros((1, 2, 1, 2), dtype=np.float32)}
    mirrored["masks"][0, 0, 0, 0] = 1  # a left mirror on the left of the mirror image
    both = averaged(seen, mirrored, size=SIZE, types=types)
    assert both["masks"].tolist() == [[[[0, 0]], [[0, 0.5]]]]


def test_a_cell_is_averaged_with_its_mirror_image() -> None:
    scores = np.zeros((1, CELLS, 1), dtype=np.float32)
    scores[0, 0, 0] = 0.8  # the first row's first cell of 8 pixels ...
    boxes = np.tile(np.array([0, 10, 16, 20], dtype=np.float32), (1, CELLS, 1))
    blank = {"scores": np.zeros_like(scores), "boxes": boxes}
    both = averaged(blank, {"scores": scores, "boxes": boxes}, size=SIZE, types=DENT)
    assert np.flatnonzero(both["scores"]).tolist() == [256 // 8 - 1]  # ... is its last one in the mirror
    assert both["scores"].max() == pytest.approx(0.4)
    assert both["boxes"][0, 0].tolist() == [120, 10, 136, 20]


def test_only_what_lies_on_grids_has_a_mirror_image() -> None:
    few = {"boxes": np.zeros((1, 7, 4), dtype=np.float32)}
    assert f"its 7 boxes do not lie on the {CELLS} cells" in why_one_look(
        DecodingKind.BOXES_SEMANTIC, few, size=SIZE, types=DENT
    )
    all_cells = {"boxes": np.zeros((1, CELLS, 4), dtype=np.float32)}
    assert why_one_look(DecodingKind.BOXES_SEMANTIC, all_cells, size=SIZE, types=DENT) == ""
    assert why_one_look(DecodingKind.SEMANTIC, {}, size=SIZE, types=DENT) == ""
    one_side = (CarPart.LEFT_MIRROR,)
    assert "one side of a part" in why_one_look(DecodingKind.SEMANTIC, {}, size=SIZE, types=one_side)
    assert "boxes_maps have no mirror image" in why_one_look(DecodingKind.BOXES_MAPS, all_cells, size=SIZE, types=DENT)
