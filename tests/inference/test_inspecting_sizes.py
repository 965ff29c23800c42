"""Damages get their sizes in an inspection, by what of known size their photo shows."""

from importlib import resources
from pathlib import Path

import numpy as np
import pytest

from coachwork.inference import inspecting
from coachwork.inference.assessing import Assessor
from coachwork.inference.bundle import shipped_parts_folder
from coachwork.inference.inspecting import inspect
from coachwork.inspections.known_sizes import Market
from coachwork.inspections.scale import ReferenceKind
from coachwork.inspections.vehicle import Body, Vehicle
from coachwork.photos.privacy import PrivateKind, PrivateRegion
from coachwork.photos.reading import Photo

SAMPLE = Path(str(resources.files("coachwork"))) / "samples" / "rear-corner.jpg"


class _OnePlate:
    """Stands for the finder of plates: one of 104 x 22 pixels beside the middle of every photo."""

    def find(self, photo: Photo) -> tuple[PrivateRegion, ...]:
        corner = np.array([photo.size.width, photo.size.height]) / 2 + 20
        corners = corner + np.array([[0.0, 0], [104, 0], [104, 22], [0, 22]])
        face = PrivateRegion(kind=PrivateKind.FACE, polygon=corners, score=0.9)
        doubtful = PrivateRegion(kind=PrivateKind.NUMBER_PLATE, polygon=corners * 3, score=0.5)
        return face, doubtful, PrivateRegion(kind=PrivateKind.NUMBER_PLATE, polygon=corners, score=0.95)


@pytest.fixture(scope="module")
def assessor() -> Assessor:
    return Assessor(parts=shipped_parts_folder())


def test_without_photos_there_are_no_sizes(assessor: Assessor) -> None:
    assert inspect(assessor, []).photos == ()


def test_each_damage_has_a_size_or_none(assessor: Assessor) -> None:
    inspection = inspect(assessor, [SAMPLE])
    (photo,) = inspection.photos
    assert len(photo.sizes) == len(photo.assessment.damages) > 0
    assert any(size is not None for size in photo.sizes)
    for damage in inspection.damages:
        assert inspection.size(damage) in photo.sizes


def test_a_known_body_changes_the_scale(assessor: Assessor) -> None:
    middles = []
    for body in (Body.HATCHBACK, Body.PICKUP):
        (photo,) = inspect(assessor, [SAMPLE], vehicle=Vehicle(body=body)).photos
        middles.append(max(size.middle_mm for size in photo.sizes if size is not None))
    assert middles[1] > 1.05 * middles[0]


def test_plates_count_where_the_market_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inspecting, "PrivateRegions", _OnePlate)
    blind = Assessor()
    (without,) = inspect(blind, [SAMPLE]).photos
    (with_plates,) = inspect(blind, [SAMPLE], market=Market.EU).photos
    assert set(without.sizes) == {None}
    told = [size for size in with_plates.sizes if size is not None]
    assert told
    assert {size.references for size in told} == {(ReferenceKind.PLATE,)}
