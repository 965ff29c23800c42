import json
import struct
from pathlib import Path
from typing import Any

import pytest
import torch

from coachwork.annotations.tf_example import masked_crc
from coachwork.training.checkpoint import Checkpoint, write_checkpoint
from coachwork.training.finished_run import RunFolderError, is_run, parameters_of, read_run, training_seconds

PLAN: dict[str, Any] = {
    "name": "one",
    "seed": 3,
    "types": ["dent"],
    "model": {"family": "unet", "backbone": "lite0"},
    "schedule": {"epochs": 2},
}


def run_folder(folder: Path, **changed: Any) -> Path:
    folder.mkdir(parents=True)
    (folder / "plan.json").write_text(json.dumps(PLAN | changed), encoding="utf-8")
    (folder / "best.pt").write_bytes(b"")
    return folder


def events(path: Path, *times: float, tail: bytes = b"") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    records = b""
    for time in times:
        data = b"\x09" + struct.pack("<d", time) + b"\x10\x01"
        length = struct.pack("<Q", len(data))
        records += length + struct.pack("<I", masked_crc(length)) + data + struct.pack("<I", masked_crc(data))
    path.write_bytes(records + tail)


def test_a_run_is_known_by_its_plan(tmp_path: Path) -> None:
    run = read_run(run_folder(tmp_path / "run"))
    assert is_run(tmp_path / "run")
    assert not is_run(tmp_path)
    assert (run.name, run.family, run.backbone, run.seed) == ("one", "unet", "lite0", 3)
    assert run.seconds is None


def test_runs_of_one_recipe_differ_in_name_seed_and_records_alone(tmp_path: Path) -> None:
    first = read_run(run_folder(tmp_path / "a")).recipe
    same = run_folder(tmp_path / "b", name="two", seed=4, tracking={"wandb": "off"})
    assert read_run(same).recipe == first
    assert read_run(run_folder(tmp_path / "c", schedule={"epochs": 3})).recipe != first


def test_time_between_the_parts_of_a_run_does_not_count(tmp_path: Path) -> None:
    assert training_seconds(tmp_path) is None
    events(tmp_path / "events" / "events.out.tfevents.1.host", 100.0, 130.0, 160.0)
    events(tmp_path / "events" / "events.out.tfevents.2.host", 9000.0, 9020.0, tail=b"\x09\x00\x00")
    assert training_seconds(tmp_path) == 80.0
    (tmp_path / "events" / "events.out.tfevents.3.host").write_bytes(b"")
    assert training_seconds(tmp_path) == 80.0


def test_the_events_that_tensorboard_writes_are_read(tmp_path: Path) -> None:
    from torch.utils.tensorboard import SummaryWriter  # noqa: PLC0415 - slow, and of this test alone

    with SummaryWriter(str(tmp_path / "events")) as writer:
        writer.add_scalar("loss", 1.0, 0, walltime=2_000_000_000.0)
        writer.add_scalar("loss", 0.5, 1, walltime=2_000_000_050.0)
    seconds = training_seconds(tmp_path)
    assert seconds is not None
    assert seconds >= 50.0


def test_learnt_numbers_are_counted_and_measured_ones_are_not(tmp_path: Path) -> None:
    run = read_run(run_folder(tmp_path / "run"))
    layers = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.BatchNorm2d(4))
    weights = layers.state_dict()
    state = Checkpoint(
        plan=PLAN,
        weights=weights,
        averaged=weights,
        averaged_steps=1,
        optimiser={},
        epoch=1,
        step=0,
        best=0.1,
        datasets=[],
    )
    write_checkpoint(run.checkpoint, state)
    assert parameters_of(run) == sum(parameter.numel() for parameter in layers.parameters())


@pytest.mark.parametrize("plan", ["", "[]", '{"name": "a"}'])
def test_a_broken_run_is_said(tmp_path: Path, plan: str) -> None:
    (tmp_path / "plan.json").write_text(plan, encoding="utf-8")
    with pytest.raises(RunFolderError, match="holds no run that can be read"):
        read_run(tmp_path)


def test_a_run_that_was_never_validated_is_said(tmp_path: Path) -> None:
    (run_folder(tmp_path / "run") / "best.pt").unlink()
    with pytest.raises(RunFolderError, match="never validated"):
        read_run(tmp_path / "run")
