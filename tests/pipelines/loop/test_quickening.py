"""Bundles that have no variants, and why, are told; that they get some is shown where one is trained."""

import shutil
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="needs the train extra")
pytest.importorskip("onnx", reason="needs the train extra")

from coachwork.datasets.dataset import read_dataset
from coachwork.inference.bundle import load_bundle
from coachwork.pipelines.loop.quickening import quickened
from tests.training.made import small_dataset


@pytest.fixture
def bundle(colour_bundle: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(colour_bundle, tmp_path / "bundle"))


def test_none_are_made_where_none_are_wanted(bundle: Path, tmp_path: Path) -> None:
    told: list[str] = []
    made = quickened(bundle, read_dataset(small_dataset(tmp_path / "set")), most=0, tell=told.append)
    assert (made.variants, told) == ((), [])


def test_a_model_that_cannot_be_quantised_stays_as_it_is_and_says_so(bundle: Path, tmp_path: Path) -> None:
    told: list[str] = []
    made = quickened(bundle, read_dataset(small_dataset(tmp_path / "set")), most=4, tell=told.append)
    assert made.digest == load_bundle(bundle).digest
    assert made.variants == ()
    assert len(told) == 1
    assert "no quicker variants were made: quantising needs photos, and a model with convolutions" in told[0]
