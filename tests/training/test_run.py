"""Runs from a dataset on disk to a bundle that assesses."""

import csv
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner

from coachwork.cli.train import train_command
from coachwork.datasets.dataset import read_dataset
from coachwork.geometry.size import Size
from coachwork.inference.predictor import Predictor
from coachwork.inference.variant import WEIGHTS_FILE
from coachwork.photos.reading import read_photo
from coachwork.taxonomy import DamageType
from coachwork.training import batches, loop
from coachwork.training.checkpoint import CheckpointError, read_checkpoint
from coachwork.training.exporting import export_bundle
from coachwork.training.plan import DataPlan, ModelPlan, Plan, PlanError, SchedulePlan
from coachwork.training.setting_up import initial_model
from coachwork.training.starting import start_run
from tests.training.painted import dented, write_painted

SIZE = Size(height=96, width=128)


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_dataset(tmp_path_factory.mktemp("data"))


def made_dataset(folder: Path, *, weights_may_ship: bool = True) -> Path:
    """Grey photos, some with a red dent: eight to learn from, four to validate on."""
    photos = [dented(number, SIZE, dent=number % 3 > 0) for number in range(12)]
    return write_painted(folder, photos, learnt=8, weights_may_ship=weights_may_ship)


def plan_for(dataset: Path, *, epochs: int = 2, family: str = "unet") -> Plan:
    return Plan(
        name="tiny",
        types=(DamageType.DENT, DamageType.SCRATCH),
        model=ModelPlan(family=family, height=128, width=128, pretrained=False),
        data=DataPlan(datasets=(str(dataset),), workers=0),
        schedule=SchedulePlan(epochs=epochs, batch=4, validate_every=1, precision="fp32"),
    )


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


class StopError(Exception):
    """Stands for a killed process."""


@pytest.fixture(scope="module")
def finished(dataset: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "whole"
    start_run(plan_for(dataset), folder).train()
    return folder


def test_a_run_writes_its_curves_and_its_checkpoints(finished: Path) -> None:
    steps = rows(finished / "steps.csv")
    assert [row["step"] for row in steps] == ["1", "2", "3", "4"]
    assert {"pixel", "loss", "learning_rate", "photos_per_s"} <= set(steps[0])
    assert len(rows(finished / "validation.csv")) == 2
    assert list((finished / "events").glob("events.out.tfevents.*"))
    assert read_checkpoint(finished / "last.pt").epoch == 2


def test_a_killed_run_goes_on_to_the_same_weights(dataset: Path, finished: Path, tmp_path: Path) -> None:
    run = start_run(plan_for(dataset), tmp_path / "cut")

    def stop_in_second_epoch(progress: object) -> None:
        if getattr(progress, "epoch", 0) == 1:
            raise StopError

    with pytest.raises(StopError):
        run.train(stop_in_second_epoch)
    again = start_run(plan_for(dataset), tmp_path / "cut")
    assert again.epoch == 1
    again.train()
    whole, resumed = (read_checkpoint(folder / "last.pt") for folder in (finished, tmp_path / "cut"))
    for name, value in whole.averaged.items():
        assert torch.allclose(value, resumed.averaged[name], atol=1e-6), name


def test_another_plan_does_not_take_over_a_run(dataset: Path, finished: Path) -> None:
    with pytest.raises(CheckpointError, match="another plan"):
        start_run(plan_for(dataset, epochs=3), finished)


def test_closed_sets_are_refused_unless_the_plan_says_so(tmp_path: Path) -> None:
    closed = made_dataset(tmp_path, weights_may_ship=False)
    with pytest.raises(PlanError, match="weights trained on made may not be published"):
        start_run(plan_for(closed), tmp_path / "run")
    plan = plan_for(closed)
    start_run(replace(plan, data=replace(plan.data, only_publishable=False)), tmp_path / "run")


def test_names_that_fit_no_source_are_said(dataset: Path, tmp_path: Path) -> None:
    plan = plan_for(dataset)
    with pytest.raises(PlanError, match="no dataset holds: clams; known: made"):
        start_run(replace(plan, data=replace(plan.data, repeats={"clams": 2})), tmp_path / "run")


def test_a_checkpoint_becomes_a_bundle_that_finds_what_torch_finds(
    finished: Path, tmp_path: Path, dataset: Path
) -> None:
    bundle, agreement = export_bundle(finished / "last.pt", tmp_path / "bundle")
    assert all(row.largest <= 2e-3 * row.scale for row in agreement)
    card = bundle.card
    assert card.types == (DamageType.DENT, DamageType.SCRATCH)
    assert card.dataset.sources[0].attribution == "this test"
    assert card.dataset.sources[0].photos == 8
    assert card.metrics["made val"]["photos"] == 4
    assert card.verdict is not None
    held = read_dataset(dataset)
    photo = read_photo(held.photo_path(held.samples[0]))
    assert Predictor(bundle).predict(photo, min_score=0.01).size == SIZE


def test_a_bundle_can_be_half_the_size_and_look_at_larger_pictures(finished: Path, tmp_path: Path) -> None:
    usual, _ = export_bundle(finished / "last.pt", tmp_path / "usual")
    bundle, agreement = export_bundle(finished / "last.pt", tmp_path / "half", half_weights=True, side=256)
    assert bundle.model_path.stat().st_size < 0.53 * usual.model_path.stat().st_size
    assert bundle.card.input_size == Size(height=256, width=256)
    assert all(row.largest <= 0.03 * row.scale for row in agreement)


@pytest.mark.parametrize("content", [b"", b"no checkpoint", b"PK\x03\x04 broken"])
def test_a_broken_checkpoint_is_said(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.pt"
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match=r"broken\.pt"):
        read_checkpoint(path)


def plan_file(dataset: Path, folder: Path) -> Path:
    """A plan of one epoch on the dataset."""
    plan = folder / "tiny.toml"
    plan.write_text(
        f'types = ["dent"]\n[model]\nfamily = "unet"\npretrained = false\nheight = 128\nwidth = 128\n'
        f'[data]\ndatasets = ["{dataset}"]\nworkers = 0\n[schedule]\nepochs = 1\nbatch = 4\n',
        encoding="utf-8",
    )
    return plan


@pytest.mark.slow
def test_of_several_processes_one_talks_and_counts_the_photos_of_all(dataset: Path, tmp_path: Path) -> None:
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2", "-m", "coachwork.cli.main"]
    arguments = ["train", str(plan_file(dataset, tmp_path)), "--to", str(tmp_path / "run"), "--threads", "1"]
    result = subprocess.run([*torchrun, *arguments], check=False, capture_output=True, text=True, timeout=900)  # noqa: S603
    assert result.returncode == 0, result.stderr
    assert result.stdout.count("8 photos an epoch, 4 to validate on") == 1
    assert result.stdout.count("photos an epoch") == 1
    assert result.stdout.count("export it with") == 1
    assert (tmp_path / "run" / "best.pt").is_file()


@pytest.mark.parametrize("rank", [0, 1])
def test_a_process_beside_another_one_talks_only_when_it_leads(
    dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rank: int
) -> None:
    for module in (loop, batches):
        monkeypatch.setattr(module, "process_count", lambda: 2)
        monkeypatch.setattr(module, "process_rank", lambda: rank)
    result = CliRunner().invoke(train_command, [str(plan_file(dataset, tmp_path)), "--to", str(tmp_path / "run")])
    assert result.exit_code == 0, result.output
    assert ("8 photos an epoch, 4 to validate on" in result.output) == (rank == 0)
    assert bool(result.output) == (rank == 0)


def test_the_command_trains_and_says_what_comes_next(dataset: Path, tmp_path: Path) -> None:
    plan = plan_file(dataset, tmp_path)
    result = CliRunner().invoke(train_command, [str(plan), "--to", str(tmp_path / "run")])
    assert result.exit_code == 0, result.output
    assert "8 photos an epoch, 4 to validate on" in result.output
    assert f"coachwork export {tmp_path / 'run' / 'best.pt'} BUNDLE" in result.output.replace("\n", "")


def test_a_bundle_is_trained_on_from_the_weights_that_it_carries(finished: Path, tmp_path: Path) -> None:
    exported, _ = export_bundle(finished / "last.pt", tmp_path / "bundle")
    whole, carried = (read_checkpoint(path) for path in (finished / "last.pt", exported.folder))
    assert str(tmp_path.parent) not in (exported.folder / WEIGHTS_FILE).read_bytes().decode("latin-1")
    assert (exported.folder / WEIGHTS_FILE).stat().st_size < 0.55 * exported.model_path.stat().st_size
    for name, value in initial_model(begun_from(exported.folder)).state_dict().items():
        assert value.dtype == whole.averaged[name].dtype
        assert torch.allclose(value.float(), whole.averaged[name].float(), rtol=1e-3, atol=1e-6)
    assert carried.datasets == whole.datasets
    assert (carried.optimiser, carried.weights) == ({}, {})


def test_a_bundle_without_weights_is_no_start(finished: Path, tmp_path: Path) -> None:
    exported, _ = export_bundle(finished / "last.pt", tmp_path / "bundle")
    (exported.folder / WEIGHTS_FILE).unlink()
    with pytest.raises(CheckpointError, match=r"holds no weights\.pt to train on from: export the bundle again"):
        initial_model(begun_from(exported.folder))


def test_what_begins_from_a_bundle_is_known_to_have_learnt_what_that_one_learnt(
    finished: Path, dataset: Path, tmp_path: Path
) -> None:
    exported, _ = export_bundle(finished / "last.pt", tmp_path / "bundle")
    own = write_painted(tmp_path / "own", [dented(number, SIZE) for number in range(20, 32)], learnt=8)
    plan = replace(plan_for(own), model=begun_from(exported.folder).model)
    run = start_run(plan, tmp_path / "run")
    assert [one["digest"] for one in run.datasets] == [read_dataset(place).digest for place in (own, dataset)]
    again = start_run(begun_from(exported.folder, dataset), tmp_path / "again")
    assert [one["digest"] for one in again.datasets] == [read_dataset(dataset).digest]


def test_weights_from_a_closed_set_do_not_become_open_by_training_on(dataset: Path, tmp_path: Path) -> None:
    closed = plan_for(made_dataset(tmp_path / "closed", weights_may_ship=False), epochs=1)
    start_run(replace(closed, data=replace(closed.data, only_publishable=False)), tmp_path / "first").train()
    plan = begun_from(tmp_path / "first" / "last.pt", dataset)
    with pytest.raises(PlanError, match="was trained on made and may not be published, nor what is trained on from"):
        start_run(plan, tmp_path / "second")
    start_run(replace(plan, data=replace(plan.data, only_publishable=False)), tmp_path / "second")


def begun_from(start: Path, dataset: Path = Path("none")) -> Plan:
    plan = plan_for(dataset)
    return replace(plan, model=replace(plan.model, initial=str(start)))
