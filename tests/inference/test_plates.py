"""Regions of sureness become plates with four corners, and the finder's card is checked."""

import json
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from coachwork.inference.bundle import BundleError
from coachwork.inference.plate_card import load_plate_card, shipped_plates_folder
from coachwork.inference.plates import PlateFinder, plates_of


def _map(*quads: list[list[float]], value: float = 0.9) -> NDArray[np.float32]:
    sureness = np.zeros((120, 200), dtype=np.float32)
    for quad in quads:
        cv2.fillPoly(sureness, [np.array(quad, dtype=np.int32)], value)
    return sureness


def test_nothing_sure_gives_no_plates() -> None:
    assert plates_of(np.zeros((0, 0), dtype=np.float32), threshold=0.5, outline=0.3) == []
    assert plates_of(_map(), threshold=0.5, outline=0.3) == []
    assert plates_of(_map([[10, 10], [60, 10], [60, 30], [10, 30]], value=0.4), threshold=0.5, outline=0.3) == []


def test_specks_are_no_plates() -> None:
    assert plates_of(_map([[10, 10], [13, 10], [13, 12], [10, 12]]), threshold=0.5, outline=0.3) == []


def test_the_surest_plate_comes_first() -> None:
    sureness = _map([[10, 10], [60, 10], [60, 30], [10, 30]], value=0.6)
    sureness = np.maximum(sureness, _map([[100, 60], [180, 60], [180, 90], [100, 90]], value=0.8))
    plates = plates_of(sureness, threshold=0.5, outline=0.3)
    assert [round(plate.score, 2) for plate in plates] == [0.8, 0.6]
    assert plates[0].corners.mean(axis=0) == pytest.approx([140.5, 75.5], abs=1)


@given(slant=st.floats(-0.6, 0.6), lean=st.floats(-0.25, 0.25), width=st.floats(40, 110), height=st.floats(14, 30))
@settings(deadline=None, max_examples=60)
def test_four_corners_fit_a_slanted_plate(slant: float, lean: float, width: float, height: float) -> None:
    along, across = np.array([1, slant]) * width / np.hypot(1, slant), np.array([lean, 1]) * height
    quad = np.array([100, 60]) + np.array([-along - across, along - across, along + across, -along + across]) / 2
    (plate,) = plates_of(_map(quad.tolist()), threshold=0.5, outline=0.3)
    assert plate.corners.shape == (4, 2)
    assert np.abs(plate.corners - quad).max() < 0.2 * height + 3, "and in the same order: clockwise from upper left"


def test_the_shipped_card_describes_its_model() -> None:
    card = load_plate_card()
    assert card.model_path.is_file()
    assert 0 < card.outline <= card.threshold < 1
    assert card.metrics


def _copied(folder: Path) -> Path:
    return Path(shutil.copytree(shipped_plates_folder(), folder / "plates"))


def test_a_changed_model_is_refused(tmp_path: Path) -> None:
    folder = _copied(tmp_path)
    model = load_plate_card(folder).model_path
    model.write_bytes(model.read_bytes() + b"x")
    with pytest.raises(BundleError, match="is not the file"):
        PlateFinder(folder)


@pytest.mark.parametrize(
    ("field", "value"), [("schema", "other/1"), ("threshold", "high"), ("model", {"file": "../x", "sha256": ""})]
)
def test_a_broken_card_is_refused(tmp_path: Path, field: str, value: object) -> None:
    folder = _copied(tmp_path)
    card = json.loads((folder / "card.json").read_text())
    (folder / "card.json").write_text(json.dumps(card | {field: value}))
    with pytest.raises(BundleError, match=f"broken.*{field}"):
        PlateFinder(folder)


def test_a_missing_card_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="cannot be read"):
        PlateFinder(tmp_path)


@pytest.mark.parametrize("shape", [(300, 500), (90, 40), (700, 1400), (1, 1)])
def test_sureness_has_the_pictures_shape(shape: tuple[int, int]) -> None:
    sureness = PlateFinder().sureness(np.full((*shape, 3), 90, dtype=np.uint8))
    tall, wide = sureness.shape
    assert tall / wide == pytest.approx(shape[0] / shape[1], rel=0.03)
    assert 0 <= sureness.min() <= sureness.max() <= 1
