import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from coachwork.datasets.dataset import read_dataset
from coachwork.geometry.size import Size
from coachwork.inference.assessing import Assessor
from coachwork.inference.bundle import load_bundle
from coachwork.inference.card import CardSource
from coachwork.inference.recording import FiledPhoto, dataset_photos, folder_photos, learnt_words, recorded
from coachwork.monitoring.photo_record import OUTPUTS
from tests.training.painted import dented, write_painted

SIZE = Size(height=96, width=128)
SAMPLES = Path(__file__).parents[2] / "src" / "coachwork" / "samples"


@pytest.fixture(scope="module")
def assessor() -> Assessor:
    return Assessor()


def test_no_photos_make_no_records(assessor: Assessor) -> None:
    assert list(recorded(assessor, [])) == []
    assert folder_photos([]) == []


def test_photos_and_broken_files_are_recorded(assessor: Assessor, tmp_path: Path) -> None:
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"\xff\xd8 no photo")
    seen: list[int] = []
    photos = [FiledPhoto(path=SAMPLES / "crushed-door.jpg", case="c", market="m"), FiledPhoto(path=broken, case="c")]
    first, second = recorded(assessor, photos, with_latency=True, seen=lambda: seen.append(1))
    assert (first.readable, first.case, first.market, first.bundle_digest) == (True, "c", "m", assessor.model.digest)
    assert first.measures["latency_ms"] > 0
    assert (second.readable, second.measures) == (False, {})
    assert len(seen) == 2


def test_of_photos_that_a_model_learnt_from_nothing_is_kept_that_it_said(assessor: Assessor) -> None:
    path = SAMPLES / "crushed-door.jpg"
    fresh, learnt = recorded(assessor, [FiledPhoto(path=path), FiledPhoto(path=path, learnt=True)])
    assert fresh.verdict is not None
    assert (learnt.verdict, learnt.strange, learnt.counts) == (None, None, {})
    assert set(fresh.measures) - set(learnt.measures) == OUTPUTS - {"latency_ms"}
    assert all(fresh.measures[name] == value for name, value in learnt.measures.items())


def test_training_photos_of_a_models_own_sources_are_those_that_it_learnt_from(
    tmp_path: Path, colour_bundle: Path
) -> None:
    dataset = read_dataset(write_painted(tmp_path / "set", [dented(n, SIZE) for n in range(12)], learnt=8))
    card = load_bundle(colour_bundle).card
    own = replace(card, dataset=replace(card.dataset, sources=(CardSource(name="made", licence="", attribution=""),)))
    other = replace(card, dataset=replace(card.dataset, sources=(CardSource(name="x", licence="", attribution=""),)))
    assert sum(one.learnt for one in dataset_photos(dataset, most=100, card=own)) == 8
    assert not any(one.learnt for one in dataset_photos(dataset, most=100, card=other))
    assert not any(one.learnt for one in dataset_photos(dataset, most=100))
    assert learnt_words(dataset_photos(dataset, most=100)) == ""
    told = learnt_words(dataset_photos(dataset, most=100, card=own))
    assert told == "; what the model says counts on 4 that it did not learn from"


def test_folders_side_by_side_are_cases(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        shutil.copy(SAMPLES / "crushed-door.jpg", tmp_path / name / "a.jpg")
    paths = sorted(tmp_path.rglob("*.jpg"))
    assert [Path(one.case).name for one in folder_photos(paths)] == ["one", "two"]
    assert [one.case for one in folder_photos(paths[:1])] == [""]
