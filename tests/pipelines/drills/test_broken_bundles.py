"""Broken bundles are broken in the way that they say, and sound in every other."""

import time
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("onnx", reason="needs the train extra")

from coachwork.geometry.size import Size
from coachwork.inference.bundle import BundleError, load_bundle
from coachwork.inference.predictor import Predictor
from coachwork.photos.reading import Photo, read_photo
from coachwork.pipelines.drills.broken_bundles import Fault, broken_bundle
from coachwork.pipelines.drills.darkening import as_jpeg
from coachwork.taxonomy import DamageType

RED = (230, 40, 40)


def photo(level: int) -> Photo:
    pixels = np.full((64, 64, 3), level, dtype=np.uint8)
    pixels[16:32, 16:32] = RED
    found = read_photo(as_jpeg(pixels))
    assert found.size == Size(height=64, width=64)
    return found


def found(bundle: Path, level: int = 200) -> list[tuple[object, float]]:
    told = Predictor(load_bundle(bundle)).predict(photo(level), min_score=0.3)
    return [(told.types[int(label)], float(score)) for label, score in zip(told.labels, told.scores, strict=True)]


def test_the_sound_bundle_sees_the_dent(colour_bundle: Path) -> None:
    assert [kind for kind, _ in found(colour_bundle)] == [DamageType.DENT]


def test_mixed_up_types_name_the_dent_a_scratch(colour_bundle: Path, tmp_path: Path) -> None:
    broken = broken_bundle(colour_bundle, Fault.LABELS, tmp_path / "b")
    assert [kind for kind, _ in found(broken.folder)] == [DamageType.SCRATCH]
    assert broken.card.name == "damage"


def test_a_blind_bundle_sees_nothing(colour_bundle: Path, tmp_path: Path) -> None:
    assert found(broken_bundle(colour_bundle, Fault.BLIND, tmp_path / "b").folder) == []


def test_a_raising_bundle_fails_on_dark_photos_alone(colour_bundle: Path, tmp_path: Path) -> None:
    broken = broken_bundle(colour_bundle, Fault.RAISING, tmp_path / "b").folder
    assert found(broken) == found(colour_bundle)
    with pytest.raises(BundleError):
        found(broken, level=50)


def test_a_slow_bundle_finds_the_same_and_takes_many_times_as_long(colour_bundle: Path, tmp_path: Path) -> None:
    broken = broken_bundle(colour_bundle, Fault.SLOW, tmp_path / "b").folder
    assert found(broken) == found(colour_bundle)
    took = []
    for folder in (colour_bundle, broken):
        predictor = Predictor(load_bundle(folder))
        predictor.predict(photo(200), min_score=0.3)
        begun = time.process_time()
        predictor.predict(photo(200), min_score=0.3)
        took.append(time.process_time() - begun)
    assert took[1] > 4 * took[0]
