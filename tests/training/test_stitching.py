"""A trained decoder goes on from nearly where it was on another backbone."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from numpy.typing import NDArray

from coachwork.cli.stitch import stitch_command
from coachwork.geometry.size import Size
from coachwork.models.family import build_model
from coachwork.taxonomy import DamageType
from coachwork.training.checkpoint import Checkpoint, read_checkpoint, write_checkpoint
from coachwork.training.exporting import trained_model
from coachwork.training.plan import DataPlan, ModelPlan, Plan, plan_from_json
from coachwork.training.setting_up import initial_model
from coachwork.training.stitching import StitchError, stitch, training_photos
from tests.training.made import small_dataset, small_plan

SIDE = 128


def checkpoint_of(family: str, **options: Any) -> Checkpoint:
    """A model of the family on lite0 as ImageNet left it, its decoder as chance made it."""
    torch.manual_seed(3)
    plan = Plan(
        name="old",
        types=(DamageType.DENT, DamageType.SCRATCH),
        data=DataPlan(datasets=("none",)),
        model=ModelPlan(family=family, height=SIDE, width=SIDE, options=options),
    )
    model = build_model(
        family, types=2, size=plan.model.size, backbone=plan.model.backbone, pretrained=True, options=options
    )
    weights = model.state_dict()
    return Checkpoint(
        plan=plan.as_json(),
        weights=weights,
        averaged=weights,
        averaged_steps=5,
        optimiser={"of": "the old one"},
        epoch=3,
        step=0,
        best=0.1,
        datasets=[],
    )


def photos(count: int) -> list[NDArray[np.uint8]]:
    """Blurred noise of many colours, each picture another."""
    chance = np.random.default_rng(1)
    coarse = chance.integers(0, 256, (count, 8, 8, 3), dtype=np.uint8)
    return [np.kron(one, np.ones((SIDE // 8, SIDE // 8, 1), dtype=np.uint8)) for one in coarse]


@pytest.mark.parametrize("family", ["efficientdet", "mask_query"])
def test_on_its_own_backbone_a_stitched_model_says_what_it_said(family: str) -> None:
    old = checkpoint_of(family)
    new, told = stitch(old, "efficientnet_lite0", photos(20))
    assert list(told) == [4, 8, 16, 32]
    assert min(told.values()) > 0.99
    picture = torch.from_numpy(photos(30)[-1])[None]
    with torch.inference_mode():
        before, after = (trained_model(one, plan_from_json(one.plan))(picture) for one in (old, new))
    for one, other in zip(before, after, strict=True):
        assert float((one - other).abs().max()) <= 0.05 * max(1.0, float(one.abs().max()))


def test_another_backbone_foretells_most_of_what_the_decoder_read() -> None:
    old = checkpoint_of("efficientdet")
    new, told = stitch(old, "efficientnet_lite1", photos(40))
    assert told[4] > 0.5
    assert plan_from_json(new.plan).model.backbone == "efficientnet_lite1"
    assert new.optimiser == {}
    same = [name for name in old.averaged if "backbone" not in name and name in new.averaged]
    changed = {name for name in same if not torch.equal(old.averaged[name], new.averaged[name])}
    assert {name.split(".")[2] for name in changed} == {"laterals", "top"}
    trained_model(new, plan_from_json(new.plan))


def test_a_family_without_such_a_decoder_is_refused() -> None:
    with pytest.raises(StitchError, match="unet has no decoder"):
        stitch(checkpoint_of("unet"), "efficientnet_lite1", photos(10))


def test_too_few_photos_are_refused() -> None:
    with pytest.raises(StitchError, match="9 photos are too few"):
        stitch(checkpoint_of("efficientdet"), "efficientnet_lite1", photos(9))


def test_a_model_that_froze_nothing_is_stitched_to_one_that_froze_nothing() -> None:
    new, _ = stitch(checkpoint_of("efficientdet", frozen_stages=0), "efficientnet_lite1", photos(10))
    assert plan_from_json(new.plan).model.options == {"frozen_stages": 0}


def test_a_step_of_the_scale_keeps_its_backbone() -> None:
    with pytest.raises(StitchError, match="'lite0' of EfficientDet's scale stands on its own backbone"):
        stitch(checkpoint_of("efficientdet", scale="lite0"), "efficientnet_lite1", photos(10))


@pytest.mark.usefixtures("tiny_family")
def test_training_photos_are_of_another_car_each_and_none_is_validated_on(tmp_path: Path) -> None:
    plan = replace(small_plan(small_dataset(tmp_path / "set")), model=ModelPlan(height=SIDE, width=SIDE))
    drawn = list(training_photos(plan, 100))
    assert [one.shape for one in drawn] == [(SIDE, SIDE, 3)] * 8
    assert len(list(training_photos(plan, 3))) == 3


def test_the_command_writes_what_a_plan_can_start_from(tmp_path: Path) -> None:
    old, place = checkpoint_of("efficientdet"), small_dataset(tmp_path / "set", size=Size(height=64, width=96))
    plan = plan_from_json(old.plan)
    plan = replace(plan, data=DataPlan(datasets=(str(place),)))
    write_checkpoint(tmp_path / "old.pt", replace(old, plan=plan.as_json()))
    said = CliRunner().invoke(stitch_command, [str(tmp_path / "old.pt"), str(tmp_path / "old.pt"), "--backbone", "x"])
    assert said.exit_code == 2
    assert "is there already" in said.output
    command = [str(tmp_path / "old.pt"), str(tmp_path / "new.pt"), "--backbone", "efficientnet_lite1"]
    with pytest.raises(StitchError, match="8 photos are too few"):
        CliRunner().invoke(stitch_command, command, catch_exceptions=False)
    more = replace(plan, data=DataPlan(datasets=(str(place), str(small_dataset(tmp_path / "more")))))
    write_checkpoint(tmp_path / "old.pt", replace(old, plan=more.as_json()))
    done = CliRunner().invoke(stitch_command, command, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    assert "stride 32:" in done.output
    begun = replace(more, model=replace(more.model, backbone="efficientnet_lite1", initial=str(tmp_path / "new.pt")))
    weights = read_checkpoint(tmp_path / "new.pt").averaged
    assert all(torch.equal(value, weights[name]) for name, value in initial_model(begun).state_dict().items())


def test_names_that_earlier_checkpoints_gave_to_layers_are_understood(tmp_path: Path) -> None:
    old = checkpoint_of("efficientdet")
    before = {
        name.replace("conv_dw.weight", "conv_dw.layer.weight") if "backbone." in name else name: value
        for name, value in old.averaged.items()
    }
    assert before.keys() != old.averaged.keys()
    write_checkpoint(tmp_path / "old.pt", replace(old, weights=before, averaged=before))
    assert list(read_checkpoint(tmp_path / "old.pt").averaged) == list(old.averaged)
