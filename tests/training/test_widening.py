"""A wider model says what the small one says, until it learns."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from coachwork.models.family import FamilyModule, build_model
from coachwork.taxonomy import DamageType
from coachwork.training.checkpoint import Checkpoint, CheckpointError, write_checkpoint
from coachwork.training.plan import DataPlan, ModelPlan, Plan, read_plan
from coachwork.training.setting_up import initial_model

SMALL = ModelPlan(family="efficientdet", height=128, width=128, options={"channels": 16, "decoder": [8, 16, 24, 32]})
TYPES = (DamageType.DENT, DamageType.SCRATCH)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint of a small model that has learnt something of each of its layers."""
    return written(tmp_path_factory.mktemp("small") / "last.pt", SMALL)


@pytest.mark.parametrize(
    ("channels", "decoder"),
    [
        (16, (12, 16, 24, 32)),
        (20, (8, 20, 24, 32)),
        (40, (12, 40, 32, 48)),
    ],
)
def test_a_wider_model_says_what_the_small_one_says(small: Path, channels: int, decoder: Sequence[int]) -> None:
    old, wide = begun(small, SMALL), begun(small, wider(channels, decoder))
    photos = torch.randint(0, 256, (2, 128, 128, 3), generator=torch.Generator().manual_seed(1), dtype=torch.uint8)
    assert sum(map(torch.numel, wide.parameters())) > sum(map(torch.numel, old.parameters()))
    for before, after in zip(said(old, photos), said(wide, photos), strict=True):
        assert before.std() > 0
        torch.testing.assert_close(after, before)


def test_a_wider_model_looks_as_closely_as_the_small_one(tmp_path: Path) -> None:
    looking = replace(SMALL, options=SMALL.options | {"roi_head": True})
    path = written(tmp_path / "last.pt", looking)
    wide = replace(wider(40, (12, 40, 32, 48)), options={"channels": 40, "decoder": [12, 40, 32, 48], "roi_head": True})
    photos = torch.randint(0, 256, (1, 128, 128, 3), generator=torch.Generator().manual_seed(1), dtype=torch.uint8)
    with torch.no_grad():
        pairs = zip(begun(path, looking)(photos)[:4], begun(path, wide)(photos)[:4], strict=True)
    for before, after in pairs:
        torch.testing.assert_close(after, before, rtol=1e-3, atol=2e-2)


def test_new_units_are_listened_to_after_the_first_step(small: Path) -> None:
    model = begun(small, wider(40, (12, 40, 32, 48)))
    photos = torch.randint(0, 256, (2, 128, 128, 3), generator=torch.Generator().manual_seed(1), dtype=torch.uint8)
    sum(output.square().mean() for output in model.train()(photos)[1:3]).backward()
    weight = model.get_parameter("net.pixels.shapes.weight")
    assert not weight[:, 8:].any()
    assert weight.grad is not None
    assert weight.grad[:, 8:].abs().amax() > 0


def test_types_and_width_may_change_at_once(small: Path) -> None:
    model = wider(20, (8, 20, 24, 32))
    changed = initial_model(planned(replace(model, initial=str(small)), (DamageType.RUST, DamageType.DENT))).eval()
    photos = torch.randint(0, 256, (1, 128, 128, 3), generator=torch.Generator().manual_seed(1), dtype=torch.uint8)
    dents = said(begun(small, SMALL), photos)[2][:, 0]
    torch.testing.assert_close(said(changed, photos)[2][:, 1], dents)


@pytest.mark.parametrize(
    "options",
    [
        {"channels": 16, "repeats": 3, "decoder": [12, 16, 24, 32]},
        {"channels": 20, "decoder": [8, 16, 24, 32]},
    ],
)
def test_a_deeper_model_is_refused_with_what_to_leave(small: Path, options: dict[str, object]) -> None:
    with pytest.raises(CheckpointError, match=r"be wider, not deeper. Leave options.repeats"):
        begun(small, replace(SMALL, options=options))


def test_a_backbone_is_not_widened(small: Path) -> None:
    other = replace(wider(40, (12, 40, 32, 48)), backbone="efficientnet_lite2")
    with pytest.raises(
        CheckpointError, match="it was trained with family = 'efficientdet', backbone = 'efficientnet_lite0'"
    ):
        begun(small, other)


def test_another_family_takes_no_options_from_its_start(small: Path, tmp_path: Path) -> None:
    path = tmp_path / "plan.toml"
    path.write_text(f"types = ['dent']\n[model]\nfamily = 'unet'\ninitial = '{small}'\n[data]\ndatasets = ['d']\n")
    plan = read_plan(path)
    assert plan.model.options == {}
    with pytest.raises(CheckpointError, match="holds another model than the plan's"):
        initial_model(plan)


def test_a_narrower_model_is_refused(small: Path) -> None:
    with pytest.raises(CheckpointError, match="holds another model than the plan's"):
        begun(small, wider(16, (4, 16, 24, 32)))


def test_a_plan_that_does_not_say_is_made_as_its_start(small: Path, tmp_path: Path) -> None:
    path = tmp_path / "plan.toml"
    path.write_text(f"types = ['dent']\n[model]\ninitial = '{small}'\nheight = 256\n[data]\ndatasets = ['d']\n")
    assert read_plan(path).model == replace(SMALL, initial=str(small), height=256)


def written(path: Path, model: ModelPlan) -> Path:
    """A checkpoint of a model in which every weight differs from what it was built with."""
    built = build_model(
        model.family, types=2, size=model.size, backbone=model.backbone, pretrained=False, options=model.options
    )
    torch.manual_seed(7)
    weights = {
        name: value * (1 + 0.3 * torch.rand_like(value)) + 0.003 * torch.rand_like(value)
        if value.dtype.is_floating_point
        else value
        for name, value in built.state_dict().items()
    }
    state: dict[str, Any] = {"averaged_steps": 0, "epoch": 0, "step": 0, "best": 0.0, "datasets": [], "optimiser": {}}
    write_checkpoint(path, Checkpoint(plan=planned(model).as_json(), weights=weights, averaged=weights, **state))
    return path


def wider(channels: int, decoder: Sequence[int]) -> ModelPlan:
    return replace(SMALL, options={"channels": channels, "decoder": list(decoder)})


def planned(model: ModelPlan, types: tuple[DamageType, ...] = TYPES) -> Plan:
    return Plan(name="wide", types=types, data=DataPlan(datasets=("none",)), model=model)


def begun(start: Path, model: ModelPlan) -> FamilyModule:
    return initial_model(planned(replace(model, initial=str(start)))).eval()


@torch.no_grad()
def said(model: FamilyModule, photos: Tensor) -> Sequence[Tensor]:
    """Boxes, scores, masks and the score of the photo."""
    boxes, scores, masks, photo, _ = model(photos)
    return boxes, scores, masks, photo
