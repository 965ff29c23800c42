"""What a run starts from."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from coachwork.models.family import build_model
from coachwork.taxonomy import DamageType
from coachwork.training.checkpoint import Checkpoint, write_checkpoint
from coachwork.training.plan import DataPlan, ModelPlan, Plan
from coachwork.training.setting_up import initial_model

MODEL = ModelPlan(family="unet", height=128, width=128)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Tensor]]:
    """A checkpoint all of whose numbers are moved, and its weights."""
    fresh = build_model("unet", types=1, size=MODEL.size, backbone=MODEL.backbone, pretrained=False, options={})
    weights = {name: value + 1 for name, value in fresh.state_dict().items()}
    path = tmp_path_factory.mktemp("initial") / "last.pt"
    state = {"plan": {}, "optimiser": {}, "averaged_steps": 0, "epoch": 0, "step": 0, "best": 0.0, "datasets": []}
    write_checkpoint(path, Checkpoint(weights=weights, averaged=weights, **state))  # type: ignore[arg-type]
    return path, weights


def taken_over(plan: ModelPlan, weights: dict[str, Tensor]) -> tuple[Sequence[str], Sequence[str]]:
    """Names of the weights that are those of the checkpoint, and of those that are not."""
    own = initial_model(
        Plan(name="begun", types=(DamageType.DENT,), data=DataPlan(datasets=("none",)), model=plan)
    ).state_dict()
    same = {name: torch.equal(own[name], value) for name, value in weights.items()}
    return [name for name in same if same[name]], [name for name in same if not same[name]]


def test_a_run_starts_from_all_weights_of_a_checkpoint(trained: tuple[Path, dict[str, Tensor]]) -> None:
    path, weights = trained
    assert taken_over(replace(MODEL, initial=str(path)), weights) == (list(weights), [])


def test_a_fresh_backbone_comes_from_imagenet_beside_a_checkpoints_decoder(
    trained: tuple[Path, dict[str, Tensor]],
) -> None:
    path, weights = trained
    kept, fresh = taken_over(replace(MODEL, initial=str(path), fresh_backbone=True), weights)
    assert kept
    assert not any("backbone." in name for name in kept)
    assert fresh
    assert all("backbone." in name for name in fresh)
    imagenet = initial_model(
        Plan(name="begun", types=(DamageType.DENT,), data=DataPlan(datasets=("none",)), model=MODEL)
    ).state_dict()
    begun = initial_model(
        Plan(
            name="begun",
            types=(DamageType.DENT,),
            data=DataPlan(datasets=("none",)),
            model=replace(MODEL, initial=str(path), fresh_backbone=True),
        )
    ).state_dict()
    assert all(torch.equal(begun[name], imagenet[name]) for name in fresh)
