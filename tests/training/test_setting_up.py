"""What a run starts from."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from coachwork.models.family import build_model
from coachwork.taxonomy import DamageType
from coachwork.training.checkpoint import Checkpoint, CheckpointError, write_checkpoint
from coachwork.training.plan import DataPlan, ModelPlan, Plan
from coachwork.training.setting_up import initial_model

MODEL = ModelPlan(family="unet", height=128, width=128)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Tensor]]:
    """A checkpoint all of whose numbers are moved, and its weights."""
    fresh = build_model("unet", types=1, size=MODEL.size, backbone=MODEL.backbone, pretrained=False, options={})
    weights = {name: value + 1 for name, value in fresh.state_dict().items()}
    path = tmp_path_factory.mktemp("initial") / "last.pt"
    plan = Plan(name="old", types=(DamageType.DENT,), data=DataPlan(datasets=("none",)), model=MODEL).as_json()
    state = {"plan": plan, "optimiser": {}, "averaged_steps": 0, "epoch": 0, "step": 0, "best": 0.0, "datasets": []}
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


def test_types_are_taken_over_by_name_and_new_ones_start_fresh(tmp_path: Path) -> None:
    learnt = (DamageType.DENT, DamageType.SCRATCH, DamageType.RUST)
    path, weights = kept(tmp_path / "three.pt", learnt)
    wanted = (DamageType.RUST, DamageType.FLAT_TIRE, DamageType.DENT)
    begun = initial_model(planned(wanted, replace(MODEL, initial=str(path)))).state_dict()
    rows = [name for name, value in weights.items() if not torch.equal(begun[name], value)]
    assert rows
    for name in rows:
        assert torch.equal(begun[name][0], weights[name][2])
        assert torch.equal(begun[name][2], weights[name][0])
        assert not any(torch.equal(begun[name][1], weights[name][row]) for row in range(3))


def test_as_many_types_that_are_others_are_not_mistaken_for_those_learnt(tmp_path: Path) -> None:
    path, weights = kept(tmp_path / "two.pt", (DamageType.DENT, DamageType.SCRATCH))
    swapped = initial_model(planned((DamageType.SCRATCH, DamageType.DENT), replace(MODEL, initial=str(path))))
    apart = {name for name, value in swapped.state_dict().items() if not torch.equal(value, weights[name])}
    assert apart
    assert all(torch.equal(swapped.state_dict()[name].flip(0), weights[name]) for name in apart)


def test_a_family_without_rows_by_type_starts_from_the_same_types_only(tmp_path: Path) -> None:
    model = ModelPlan(family="mask_rcnn", height=128, width=128)
    path, _ = kept(tmp_path / "one.pt", (DamageType.DENT,), model)
    with pytest.raises(CheckpointError, match="learnt dent: a mask_rcnn starts from the same types only"):
        initial_model(planned((DamageType.DENT, DamageType.RUST), replace(model, initial=str(path))))


def test_another_model_is_refused_with_what_it_was_trained_with(tmp_path: Path) -> None:
    path, _ = kept(tmp_path / "unet.pt", (DamageType.DENT,))
    other = ModelPlan(family="efficientdet", height=128, width=128, initial=str(path))
    with pytest.raises(CheckpointError, match="trained with family = 'unet', backbone = 'efficientnet_lite0'"):
        initial_model(planned((DamageType.DENT,), other))


def planned(types: tuple[DamageType, ...], model: ModelPlan) -> Plan:
    return Plan(name="begun", types=types, data=DataPlan(datasets=("none",)), model=model)


def kept(path: Path, types: tuple[DamageType, ...], model: ModelPlan = MODEL) -> tuple[Path, dict[str, Tensor]]:
    """A checkpoint of a model with these types, no two rows of which are alike, and its weights."""
    fresh = build_model(
        model.family, types=len(types), size=model.size, backbone=model.backbone, pretrained=False, options={}
    )
    torch.manual_seed(0)
    weights = {name: value + torch.rand_like(value.float()).to(value) for name, value in fresh.state_dict().items()}
    state = {"optimiser": {}, "averaged_steps": 0, "epoch": 0, "step": 0, "best": 0.0, "datasets": []}
    plan = planned(types, model).as_json()
    write_checkpoint(path, Checkpoint(plan=plan, weights=weights, averaged=weights, **state))  # type: ignore[arg-type]
    return path, weights
