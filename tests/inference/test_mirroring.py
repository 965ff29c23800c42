"""What a model says of the mirror image, turned back and averaged."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import coachwork
from coachwork.geometry.box import box_iou
from coachwork.geometry.size import Size
from coachwork.inference.bundle import Bundle, load_bundle, write_bundle
from coachwork.inference.decoding import DecodingKind, DecodingRule
from coachwork.inference.mirroring import averaged, why_one_look
from coachwork.inference.predictor import Predictor
from coachwork.inference.session import Session
from coachwork.models.family import build_model
from coachwork.models.onnx_export import export_onnx
from coachwork.photos.letterbox import Letterbox
from coachwork.photos.reading import read_photo
from coachwork.taxonomy import CarPart, DamageType
from coachwork.training.checkpoint import read_checkpoint
from coachwork.training.plan import plan_from_json

SAMPLE = Path(coachwork.__file__).parent / "samples" / "front-bumper.jpg"
SIZE = Size(height=128, width=256)
DENT = (DamageType.DENT,)
CELLS = sum(-(-128 // 2**level) * -(-256 // 2**level) for level in range(3, 8))


@pytest.fixture(scope="module")
def detector(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """The shipped detector without its closer look at boxes: one that answers on a grid."""
    shipped = load_bundle()
    checkpoint = read_checkpoint(shipped.folder)
    made = plan_from_json(checkpoint.plan).model
    model = build_model(
        made.family,
        types=len(shipped.card.types),
        size=made.size,
        backbone=made.backbone,
        pretrained=False,
        options={name: value for name, value in made.options.items() if name not in {"roi_head", "frozen_detector"}},
    )
    weights = {name: value for name, value in checkpoint.averaged.items() if not name.startswith("roi_head.")}
    model.load_state_dict(weights, strict=False)
    rule = DecodingRule(kind=DecodingKind.BOXES_SEMANTIC)
    folder = tmp_path_factory.mktemp("bundles") / "detector"
    write_bundle(folder, replace(shipped.card, decoding=rule), export_onnx(model, made.size))
    return load_bundle(folder)


@pytest.fixture(scope="module")
def twice(detector: Bundle) -> Session:
    """The detector, asked twice."""
    return Session(looking_twice(detector), threads=1)


def looking_twice(bundle: Bundle) -> Bundle:
    return replace(bundle, variant=replace(bundle.variant, mirrored=True))


@pytest.fixture(scope="module")
def picture() -> NDArray[np.uint8]:
    """A sample photo as the shipped model takes it."""
    photo = read_photo(SAMPLE)
    return Letterbox(photo.size, load_bundle().card.input_size).apply(photo.pixels)


def test_a_picture_and_its_mirror_image_are_told_alike(twice: Session, picture: NDArray[np.uint8]) -> None:
    width = picture.shape[1]
    one, other = twice.run(picture), twice.run(np.ascontiguousarray(picture[:, ::-1]))
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


def test_two_looks_differ_from_one(detector: Bundle, twice: Session, picture: NDArray[np.uint8]) -> None:
    once = Session(detector, threads=1).run(picture)
    both = twice.run(picture)
    assert not np.allclose(once["scores"], both["scores"], atol=1e-3)
    assert np.array_equal(once["embedding"], both["embedding"])


def test_a_symmetric_picture_is_told_by_two_looks_as_symmetric(twice: Session, picture: NDArray[np.uint8]) -> None:
    half = picture[:, : picture.shape[1] // 2]
    both = twice.run(np.ascontiguousarray(np.concatenate((half, half[:, ::-1]), axis=1)))
    boxes, scores = np.asarray(both["boxes"])[0], np.asarray(both["scores"])[0].max(axis=-1)
    for row in np.argsort(-scores)[:10]:
        x_min, y_min, x_max, y_max = boxes[row]
        turned = np.array([picture.shape[1] - x_max, y_min, picture.shape[1] - x_min, y_max])
        twin = int(np.abs(boxes - turned).max(axis=1).argmin())
        assert np.abs(boxes[twin] - turned).max() < 1e-2
        assert scores[twin] == pytest.approx(scores[row], abs=1e-5)


def test_two_looks_find_damage_where_one_does(detector: Bundle) -> None:
    photo = read_photo(SAMPLE)
    once = Predictor(detector, threads=1).predict(photo, min_score=0.1)
    found = Predictor(looking_twice(detector), threads=1).predict(photo, min_score=0.05)
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
    for kind in (DecodingKind.BOXES_MAPS, DecodingKind.BOXES_WINDOWS):
        assert f"{kind} have no mirror image" in why_one_look(kind, all_cells, size=SIZE, types=DENT)
