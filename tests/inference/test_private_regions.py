"""Plates of real photos are found and hidden."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from coachwork.inference.private_regions import PrivateRegions
from coachwork.photos.privacy import PrivateKind, hidden
from coachwork.photos.reading import read_photo

_LABELS = Path(__file__).parents[2] / "scripts" / "plates" / "labelled" / "test.jsonl"
_PHOTOS = 24


@pytest.fixture(scope="module")
def finder() -> PrivateRegions:
    return PrivateRegions(kinds={PrivateKind.NUMBER_PLATE})


def test_most_plates_of_photos_that_it_did_not_learn_from_are_hidden(real_data: Path, finder: PrivateRegions) -> None:
    lines = [json.loads(line) for line in _LABELS.read_text(encoding="utf-8").splitlines()]
    with_plates = [line for line in lines if line["plates"]]
    shares = []
    for line in with_plates[:: len(with_plates) // _PHOTOS][:_PHOTOS]:
        photo = read_photo(real_data / line["photo"])
        changed = (hidden(photo.pixels, finder.find(photo)) != photo.pixels).any(axis=2)
        for plate in line["plates"]:
            inside = np.zeros(changed.shape, dtype=np.uint8)
            cv2.fillPoly(inside, [np.round(plate).astype(np.int32)], 1)
            shares.append(float(changed[inside > 0].mean()))
    assert np.mean(np.array(shares) > 0.8) >= 0.75


def test_reduced_pixels_give_places_in_the_full_photo(real_data: Path, finder: PrivateRegions) -> None:
    line = next(
        line for line in map(json.loads, _LABELS.read_text(encoding="utf-8").splitlines()) if len(line["plates"]) == 1
    )
    photo = read_photo(real_data / line["photo"])
    larger = np.asarray(cv2.resize(photo.pixels, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC), dtype=np.uint8)
    _, encoded = cv2.imencode(".png", cv2.cvtColor(larger, cv2.COLOR_RGB2BGR))
    reduced = read_photo(encoded.tobytes(), min_side=photo.size.longest)
    for region in finder.find(reduced):
        assert region.kind is PrivateKind.NUMBER_PLATE
        assert region.polygon.shape == (4, 2)
        assert (region.polygon <= [reduced.size.width, reduced.size.height]).all()


def test_a_plain_picture_has_nothing_private(finder: PrivateRegions) -> None:
    _, encoded = cv2.imencode(".png", np.full((300, 400, 3), 90, dtype=np.uint8))
    assert finder.find(read_photo(encoded.tobytes())) == ()
