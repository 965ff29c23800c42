"""A reference is made as the service assesses photos, and is silent on what the model said of what it learnt from."""

from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("mlflow", reason="needs the train extra")

from coachwork.datasets.dataset import read_dataset
from coachwork.geometry.size import Size
from coachwork.inference.assessing import Assessor
from coachwork.inference.bundle import load_bundle, shipped_parts_folder
from coachwork.inference.card import CardSource
from coachwork.monitoring.profile_json import ProfileError
from coachwork.pipelines.loop import references
from coachwork.pipelines.loop.references import made_reference
from tests.training.painted import dented, write_painted

SIZE = Size(height=64, width=96)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    photos = [dented(number, SIZE) for number in range(104)]
    return write_painted(tmp_path_factory.mktemp("painted"), photos, learnt=80)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Path | None]:
    """The part models that assessors were made with; none is loaded, as painted photos show no car."""
    found: list[Path | None] = []

    def made(bundle: object, *, parts: Path | None) -> Assessor:
        found.append(parts)
        return Assessor(bundle)  # type: ignore[arg-type]  # what the reference gives

    monkeypatch.setattr(references, "Assessor", made)
    return found


def test_the_part_model_of_the_service_has_its_say(
    colour_bundle: Path, place: Path, asked: list[Path | None], tmp_path: Path
) -> None:
    dataset, bundle = read_dataset(place), load_bundle(colour_bundle)
    made_reference(bundle, dataset, at=tmp_path)
    made_reference(bundle, dataset, at=tmp_path, parts=tmp_path / "parts")
    assert asked == [shipped_parts_folder(), tmp_path / "parts"]


@pytest.mark.usefixtures("asked")
def test_outputs_count_on_photos_that_the_model_did_not_learn_from(
    colour_bundle: Path, place: Path, tmp_path: Path
) -> None:
    bundle = load_bundle(colour_bundle)
    own = CardSource(name="made", licence="CC0", attribution="this test")
    learnt = replace(bundle, card=replace(bundle.card, dataset=replace(bundle.card.dataset, sources=(own,))))
    profile = made_reference(learnt, read_dataset(place), at=tmp_path)
    assert len(profile.records) == 104
    assert sum(one.verdict is not None for one in profile.records) == 24
    assert "counts on 24 that it did not learn from" in profile.how
    assert all(one.verdict is not None for one in made_reference(bundle, read_dataset(place), at=tmp_path).records)


@pytest.mark.usefixtures("asked")
def test_too_few_photos_make_none(colour_bundle: Path, tmp_path: Path) -> None:
    few = read_dataset(write_painted(tmp_path / "few", [dented(number, SIZE) for number in range(9)], learnt=6))
    with pytest.raises(ProfileError, match="needs 100 photos, there are 9"):
        made_reference(load_bundle(colour_bundle), few, at=tmp_path)
