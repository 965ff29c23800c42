"""A trained decoder goes on from nearly where it was on another backbone."""

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from coachwork.models.family import build_model
from coachwork.taxonomy import DamageType
from coachwork.training.checkpoint import Checkpoint
from coachwork.training.exporting import trained_model
from coachwork.training.plan import DataPlan, ModelPlan, Plan, plan_from_json
from coachwork.training.stitching import StitchError, stitch

SIDE = 128


def checkpoint_of(family: str) -> Checkpoint:
    """A model of the family on lite0 as ImageNet left it, its decoder as chance made it."""
    torch.manual_seed(3)
    plan = Plan(
        name="old",
        types=(DamageType.DENT, DamageType.SCRATCH),
        data=DataPlan(datasets=("none",)),
        model=ModelPlan(family=family, height=SIDE, width=SIDE),
    )
    model = build_model(family, types=2, size=plan.model.size, backbone=plan.model.backbone, pretrained=True)
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
