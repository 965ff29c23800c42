"""The drills on painted photos with a model that trains in seconds: they end as the table promises."""

import dataclasses
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="needs the train extra")
pytest.importorskip("onnx", reason="needs the train extra")

from coachwork.datasets.dataset import read_dataset
from coachwork.geometry.size import Size
from coachwork.models import families
from coachwork.pipelines.drills.bad_release import play_bad_release
from coachwork.pipelines.drills.new_annotations import play_new_annotations
from coachwork.pipelines.drills.plan import DrillPlan
from coachwork.pipelines.drills.poor_lighting import play_poor_lighting
from coachwork.pipelines.drills.sets import DrillError, drill_sets
from coachwork.pipelines.drills.stage import opened
from coachwork.pipelines.drills.timeline import DrillReport, Moment, Timeline
from coachwork.reactions.answers import Action, Condition
from coachwork.reactions.reaction import PhotoSlice
from tests.training.made import TINY
from tests.training.painted import dented, write_painted

SIZE = Size(height=96, width=128)
LEARNT, HELD = 330, 60
Play = Callable[[DrillPlan, Callable[[Moment], None]], DrillReport]


@pytest.fixture(scope="module")
def painted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Photos of red dents in light that varies a little."""
    photos = []
    for number in range(LEARNT + HELD):
        pixels, shapes = dented(number, SIZE)
        rng = np.random.default_rng(number)
        brighter = np.clip(pixels * rng.uniform(1.2, 2.0), 0, 255).astype(np.uint8)
        photos.append((brighter, shapes))
    return write_painted(tmp_path_factory.mktemp("painted"), photos, learnt=LEARNT)


@pytest.fixture
def plan(painted: Path, tmp_path: Path, colour_bundle: Path, monkeypatch: pytest.MonkeyPatch) -> DrillPlan:
    monkeypatch.setitem(families.FAMILIES, "tiny", TINY)
    return DrillPlan(
        dataset=str(painted),
        folder=tmp_path / "drill",
        champion=colour_bundle,
        family="tiny",
        side_px=128,
        epochs=4,
        rate=5e-2,
        known=90,
        val=20,
        test=20,
        normal=60,
        dark=60,
        trial=10,
        chunk=20,
        window=60,
    )


def played(play: Play, plan: DrillPlan) -> DrillReport:
    report = play(plan, lambda _: None)
    assert {one.promise: one.found for one in report.checks if not one.kept} == {}
    assert report.passed
    return report


@pytest.mark.slow
def test_poor_lighting_ends_with_a_new_champion_and_no_hold(plan: DrillPlan) -> None:
    report = played(play_poor_lighting, plan)
    assert "recovery" in report.figures


@pytest.mark.slow
def test_new_annotations_become_a_champion(plan: DrillPlan) -> None:
    report = played(play_new_annotations, dataclasses.replace(plan, champion=None))
    assert "from annotation file to champion" in report.figures


@pytest.mark.slow
def test_bad_releases_are_caught(plan: DrillPlan) -> None:
    report = played(play_bad_release, dataclasses.replace(plan, known=40, trial=12))
    assert len(report.checks) == 10


def test_a_hold_and_advice_have_their_effect_on_claims_as_long_as_they_stand(plan: DrillPlan) -> None:
    dark = PhotoSlice(name="dark", brightness_below=0.47)
    with opened(dataclasses.replace(plan, known=24), Timeline(lambda _: None)) as stage:
        reactions = stage.service.reactions
        before = stage.send(2, stops=2.0)
        hold, _ = reactions.take(Action.PAUSE_OFFERS, Condition.DRIFT_BEYOND, key="k", photos=dark, why="w")
        detail = {"brightness": 0.99}
        reactions.take(Action.TIGHTEN_ADVICE, Condition.DRIFT_SEEN, key="k", photos=dark, why="w", detail=detail)
        during = stage.send(1, stops=2.0), stage.send(1)
        reactions.undo(hold.number, by="Ada", why="w")
        after = stage.send(1, stops=2.0)
    assert [one.rules["no-hold"][0] for one in before] == [True, True]
    ((held,), (free,)) = during
    assert held.rules["no-hold"][0] is False
    assert f"by reaction {hold.number}" in held.rules["no-hold"][1]
    assert free.rules["no-hold"][0] is True
    assert any("too dark" in sentence for sentence in free.advice)
    assert after[0].rules["no-hold"][0] is True


def test_too_few_photos_are_told(painted: Path) -> None:
    with pytest.raises(DrillError, match="needs 400 photos of the training split"):
        drill_sets(read_dataset(painted), train=300, val=10, stream=100, test=10)


def test_sets_share_no_photo_and_are_the_same_each_time(painted: Path) -> None:
    first, second = (drill_sets(read_dataset(painted), train=40, val=10, stream=50, test=20) for _ in range(2))
    every = [one.sha256 for part in (first.known, first.stream, first.test) for one in part]
    assert len(every) == len(set(every)) == 120
    again = [one.sha256 for part in (second.known, second.stream, second.test) for one in part]
    assert again == every
