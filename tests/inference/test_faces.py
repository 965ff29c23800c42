"""Faces are found at many sizes, and where their finder is not installed nobody believes that they were."""

import importlib.util
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from coachwork.errors import MissingExtra
from coachwork.inference import faces
from coachwork.inference.faces import FaceFinder, faces_available
from coachwork.inference.private_regions import PrivateRegions
from coachwork.photos.privacy import PrivateKind
from coachwork.photos.reading import read_photo

needs_networks = pytest.mark.skipif(not faces_available(), reason="the extra privacy is not installed")
_FACE = (188, 130, 340, 300)
"""Where the face lies on the portrait, by eye: x_min, y_min, x_max, y_max."""


@pytest.fixture(scope="module")
def portrait() -> Path:
    """Grace Hopper by the US Navy (public domain), from Matplotlib's sample data."""
    spec = importlib.util.find_spec("matplotlib")
    if spec is None or not spec.submodule_search_locations:
        pytest.skip("Matplotlib, which brings the portrait, is not installed")
    return Path(spec.submodule_search_locations[0]) / "mpl-data" / "sample_data" / "grace_hopper.jpg"


def _pasted(portrait: Path, width: int) -> tuple[NDArray[np.uint8], float]:
    face = read_photo(portrait).pixels
    scale = width / face.shape[1]
    small = np.asarray(cv2.resize(face, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    picture = np.full((640, 800, 3), (120, 130, 140), dtype=np.uint8)
    picture[50 : 50 + small.shape[0], 90 : 90 + small.shape[1]] = small
    return picture, scale


@needs_networks
@pytest.mark.parametrize("width", [500, 250, 120, 70])
def test_a_face_is_found_where_it_is(portrait: Path, width: int) -> None:
    picture, scale = _pasted(portrait, width)
    (box,) = FaceFinder().find(picture, min_score=0.9)
    middle = [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2]
    x_min, y_min, x_max, y_max = (value * scale for value in _FACE)
    assert 90 + x_min < middle[0] < 90 + x_max
    assert 50 + y_min < middle[1] < 50 + y_max


@needs_networks
@pytest.mark.parametrize("shape", [(1, 1), (11, 300), (400, 12), (300, 300)])
def test_a_plain_picture_has_no_faces(shape: tuple[int, int]) -> None:
    assert FaceFinder().find(np.full((*shape, 3), 128, dtype=np.uint8), min_score=0.5).shape == (0, 5)


@needs_networks
def test_the_whole_head_is_hidden(portrait: Path) -> None:
    photo = read_photo(portrait)
    (face,) = (region for region in PrivateRegions().find(photo) if region.kind is PrivateKind.FACE)
    x_min, y_min, x_max, y_max = _FACE
    low, high = face.polygon.min(axis=0), face.polygon.max(axis=0)
    assert low[0] < x_min < x_max < high[0]
    assert low[1] < y_min < y_max < high[1]


@needs_networks
def test_reduced_pixels_give_places_in_the_full_photo(portrait: Path) -> None:
    full, reduced = read_photo(portrait), read_photo(portrait, min_side=200)
    assert reduced.reduction > 1
    places = [PrivateRegions(kinds={PrivateKind.FACE}).find(photo)[0].polygon.mean(axis=0) for photo in (full, reduced)]
    assert places[0] == pytest.approx(places[1], abs=30)


def test_missing_networks_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(faces, "_PACKAGE", "no_such_package")
    assert not faces_available()
    finder = PrivateRegions()
    assert finder.finds == {PrivateKind.NUMBER_PLATE}
    assert "coachwork[privacy]" in finder.notices[0]
    with pytest.raises(MissingExtra):
        PrivateRegions(kinds=frozenset(PrivateKind))
    with pytest.raises(MissingExtra):
        FaceFinder()
