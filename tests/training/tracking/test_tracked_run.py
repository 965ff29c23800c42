"""Whole runs, tracked; and read back by `coachwork runs`."""

import json
import os
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from coachwork.cli.export import export_command
from coachwork.cli.runs import runs_group
from coachwork.datasets.dataset import read_dataset
from coachwork.detections import Detections
from coachwork.geometry.size import Size
from coachwork.photos.reading import Photo
from coachwork.registry import revision
from coachwork.registry.mlflow_client import mlflow_client
from coachwork.registry.tracking_place import recall, tracking_uri
from coachwork.taxonomy import DamageType
from coachwork.training.checkpoint import read_checkpoint, write_checkpoint
from coachwork.training.plan import plan_from_json
from coachwork.training.starting import entries_of, start_run
from coachwork.training.tracking import guarding
from coachwork.training.tracking.examples import chosen_examples, example_picture
from coachwork.training.tracking.settings import TrackingPlan
from tests.training.made import small_dataset, small_plan

pytestmark = [
    pytest.mark.usefixtures("tiny_family"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning"),
]


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_dataset(tmp_path_factory.mktemp("data"))


@pytest.fixture
def in_mlflow(tmp_path: Path) -> TrackingPlan:
    return TrackingPlan(
        mlflow=f"sqlite:///{tmp_path / 'runs' / 'mlflow.db'}", tensorboard=False, examples=3, loss_photos=4
    )


class StopError(Exception):
    """Stands for a killed process."""


def test_a_run_cut_in_two_is_one_tracked_run_and_gets_its_bundle(
    dataset: Path, tmp_path: Path, in_mlflow: TrackingPlan
) -> None:
    folder = tmp_path / "runs" / "cut"
    plan = small_plan(dataset, epochs=4, tracking=in_mlflow)

    def stop_in_third_epoch(progress: object) -> None:
        if getattr(progress, "epoch", 0) == 2:
            raise StopError

    with pytest.raises(StopError):
        start_run(plan, folder).train(stop_in_third_epoch)
    first = recall(folder)["mlflow"]["run_id"]
    client = mlflow_client(in_mlflow.mlflow)
    assert client.get_run(first).info.status == "FAILED"
    watched = replace(plan, watchdog=replace(plan.watchdog, every=3))  # what is watched may change on the way
    start_run(watched, folder).train()
    assert recall(folder)["mlflow"]["run_id"] == first
    held = client.get_run(first)
    assert held.info.status == "FINISHED"
    assert held.info.run_name == "cut"
    assert held.data.params["schedule.epochs"] == "4"
    digests = {value for name, value in held.data.tags.items() if name.startswith("dataset.")}
    assert read_dataset(dataset).digest in digests
    assert {"coachwork.version", "torch"} <= set(held.data.tags)
    points = client.get_metric_history(first, "steps/loss")
    assert sorted(point.step for point in points) == list(range(1, 9))
    assert [point.step for point in client.get_metric_history(first, "validation/training_loss")] == [2, 4, 6, 8]

    result = CliRunner().invoke(export_command, [str(folder / "best.pt"), str(tmp_path / "bundle")])
    assert result.exit_code == 0, result.output
    assert f"attached to the tracked run {first}" in result.output
    assert {file.path for file in client.list_artifacts(first, "bundle")} == {
        "bundle/card.json",
        "bundle/model.onnx",
        "bundle/reference.npz",
        "bundle/weights.pt",
    }
    assert client.get_run(first).data.metrics["bundle/made val/photos"] == 4

    arguments = ["--in", str(tmp_path / "runs"), "--json"]
    uri = os.environ.pop("MLFLOW_TRACKING_URI")
    try:
        listed = CliRunner().invoke(runs_group, ["list", *arguments])
        shown = CliRunner().invoke(runs_group, ["show", "cut", *arguments[:2]])
        compared = CliRunner().invoke(runs_group, ["compare", "cut", first[:6], *arguments])
    finally:
        os.environ["MLFLOW_TRACKING_URI"] = uri
    (row,) = json.loads(listed.output)["runs"]
    assert (row["name"], row["status"], row["steps"]) == ("cut", "FINISHED", 8)
    assert "schedule.epochs" in shown.output
    assert json.loads(compared.output)["differing"] == {}


def test_a_server_that_is_away_costs_a_warning_and_not_the_run(
    dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guarding, "PATIENCE_WITH_FAILING_S", 1.0)
    away = TrackingPlan(mlflow="http://127.0.0.1:9", tensorboard=False, examples=0, loss_photos=0)
    said: list[str] = []
    run = start_run(small_plan(dataset, epochs=1, tracking=away), tmp_path / "run")
    run.train(say=said.append)
    assert run.epoch == 1
    assert any("records are missing there" in line for line in said)
    assert (tmp_path / "run" / "steps.csv").is_file()
    export = CliRunner().invoke(export_command, [str(tmp_path / "run" / "best.pt"), str(tmp_path / "bundle")])
    assert export.exit_code == 0, export.output


def test_a_checkpoint_of_a_plan_without_these_tables_goes_on(dataset: Path, tmp_path: Path) -> None:
    plan = small_plan(dataset, epochs=2)
    start_run(plan, tmp_path / "run").train()
    held = read_checkpoint(tmp_path / "run" / "last.pt")
    earlier = {name: part for name, part in held.plan.items() if name not in {"tracking", "watchdog"}}
    write_checkpoint(tmp_path / "run" / "last.pt", replace(held, plan=earlier, epoch=1))
    assert start_run(plan, tmp_path / "run").epoch == 1
    assert plan_from_json(earlier).watchdog.every == 50


@pytest.mark.parametrize(
    ("wanted", "environment", "uri"),
    [
        ("off", "http://a", None),
        ("", "off", None),
        ("", "http://a", "http://a"),
        ("http://b", "http://a", "http://b"),
        ("", "", "sqlite:////runs/mlflow.db"),
    ],
)
def test_the_plan_comes_before_the_environment(
    monkeypatch: pytest.MonkeyPatch, wanted: str, environment: str, uri: str | None
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", environment)
    assert tracking_uri(wanted, Path("/runs")) == uri


@pytest.mark.parametrize("arguments", [["list"], ["show", "some"]])
def test_where_nothing_was_tracked_that_is_said(tmp_path: Path, arguments: list[str]) -> None:
    result = CliRunner().invoke(runs_group, [*arguments, "--tracking", f"sqlite:///{tmp_path / 'mlflow.db'}"])
    assert result.exit_code == 1
    assert "name the folder of your runs with --in" in str(result.exception)
    assert not list(tmp_path.iterdir())


def test_examples_are_always_the_same_and_show_undamaged_photos_too(dataset: Path) -> None:
    entries = entries_of([read_dataset(dataset)], read_dataset(dataset).samples[0].split)
    chosen = chosen_examples(entries, 4)
    assert chosen == chosen_examples(entries, 4)
    assert sorted(bool(sample.shapes) for _, sample in chosen) == [False, True, True, True]
    assert chosen_examples([], 4) == []
    assert chosen_examples(entries, 0) == []
    assert len(chosen_examples(entries, 99)) == len(entries)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_an_example_picture_shows_truth_and_a_detector_that_finds_nothing(dataset: Path, count: int) -> None:
    def nothing(photo: Photo) -> Detections:
        none = np.zeros(0, dtype=np.float32)
        return Detections(
            boxes=none.reshape(0, 4),
            labels=none.astype(np.int64),
            scores=none,
            masks=(),
            size=photo.size,
            types=(DamageType.DENT,),
        )

    entries = entries_of([read_dataset(dataset)], read_dataset(dataset).samples[0].split)
    picture = example_picture(chosen_examples(entries, count), nothing, heading="found")
    assert picture.dtype == np.uint8
    assert picture.shape[1] == min(count, 2) * 2 * 324
    assert Size(height=picture.shape[0], width=picture.shape[1]).longest < 1400


def test_the_revision_is_that_of_coachwork_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "coachwork.version" in revision.code_revision()
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)  # noqa: S603, S607
    monkeypatch.setattr(revision, "__file__", str(tmp_path / "venv" / "revision.py"))
    (tmp_path / "venv").mkdir()
    assert set(revision.code_revision()) == {"coachwork.version"}  # another project's commit says nothing of ours
