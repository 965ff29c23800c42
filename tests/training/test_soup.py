"""The mean of several runs' weights is a model, and only runs of one model have one."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from click.testing import CliRunner

from coachwork.cli.average import average_command
from coachwork.models.family import build_model
from coachwork.taxonomy import DamageType
from coachwork.training.checkpoint import Checkpoint, read_checkpoint, write_checkpoint
from coachwork.training.plan import DataPlan, ModelPlan, Plan
from coachwork.training.soup import SoupError, mean_of

SIDE = 128


def checkpoint_of(seed: int, *types: DamageType, digest: str = "a", **options: Any) -> Checkpoint:
    """A small model as chance made it."""
    torch.manual_seed(seed)
    plan = Plan(
        name=f"run {seed}",
        types=types or (DamageType.DENT, DamageType.SCRATCH),
        data=DataPlan(datasets=("none",)),
        model=ModelPlan(height=SIDE, width=SIDE, options=options),
    )
    model = build_model(
        plan.model.family,
        types=len(plan.types),
        size=plan.model.size,
        backbone=plan.model.backbone,
        pretrained=False,
        options=options,
    )
    return Checkpoint(
        plan=plan.as_json(),
        weights={},
        averaged=model.state_dict(),
        averaged_steps=5,
        optimiser={"of": "the run"},
        epoch=3,
        step=0,
        best=0.1,
        datasets=[{"name": digest, "digest": digest}],
    )


def test_each_weight_is_the_mean_and_counters_are_the_last_ones() -> None:
    one, other = checkpoint_of(1), checkpoint_of(2, digest="b")
    counter = next(name for name, value in other.averaged.items() if not value.is_floating_point())
    other.averaged[counter].fill_(7)
    mean = mean_of([one, one, other])
    for name, value in mean.averaged.items():
        if value.is_floating_point():
            torch.testing.assert_close(value, (2 * one.averaged[name] + other.averaged[name]) / 3)
    assert int(mean.averaged[counter]) == 7
    assert mean.plan["name"] == "run 2"
    assert mean.optimiser == {}
    assert [dataset["name"] for dataset in mean.datasets] == ["a", "b"]


def test_of_one_run_there_is_no_mean() -> None:
    with pytest.raises(SoupError, match="at least two"):
        mean_of([checkpoint_of(1)])


def test_other_types_are_refused() -> None:
    with pytest.raises(SoupError, match="checkpoint 1 and the last one differ in types"):
        mean_of([checkpoint_of(1, DamageType.SCRATCH, DamageType.DENT), checkpoint_of(2)])


def test_another_width_is_refused() -> None:
    with pytest.raises(SoupError, match=r"checkpoint 2 and the last one differ in \d+ weights"):
        mean_of([checkpoint_of(1), checkpoint_of(2, channels=48), checkpoint_of(3)])


def test_the_command_writes_a_checkpoint_and_overwrites_none(tmp_path: Path) -> None:
    first, second, mean = (str(tmp_path / name) for name in ("first.pt", "second.pt", "mean.pt"))
    write_checkpoint(Path(first), checkpoint_of(1))
    write_checkpoint(Path(second), replace(checkpoint_of(2), averaged=checkpoint_of(1).averaged))
    said = CliRunner().invoke(average_command, [first, second, "--to", mean])
    assert said.exit_code == 0, said.output
    assert "the mean of 2" in said.output
    written, before = read_checkpoint(Path(mean)).averaged, read_checkpoint(Path(first)).averaged
    assert all(torch.equal(written[name], before[name]) for name in before)
    again = CliRunner().invoke(average_command, [first, second, "--to", mean])
    assert again.exit_code == 2
    assert "is there already" in again.output
