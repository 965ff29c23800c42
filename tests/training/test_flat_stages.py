"""Stages of a backbone that died are seen."""

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import nn

from coachwork.geometry.size import Size
from coachwork.models.family import FamilyModule, build_model
from coachwork.training.exporting import flat_limit
from coachwork.training.flat_stages import flat_strides

SIDE = 128


def photos() -> list[NDArray[np.uint8]]:
    """Four pictures of bars, each of another colour and width."""
    made = []
    for number in range(4):
        picture = np.full((SIDE, SIDE, 3), 40 + 50 * number, dtype=np.uint8)
        picture[:, :: 4 * (number + 1), number % 3] = 230
        made.append(picture)
    return made


@pytest.fixture
def model() -> FamilyModule:
    size = Size(height=SIDE, width=SIDE)
    made = build_model("unet", types=2, size=size, backbone="efficientnet_lite0", pretrained=True, options={})
    made.eval()
    return made


def test_stages_from_imagenet_tell_photos_apart(model: FamilyModule) -> None:
    assert flat_strides(model, photos()) == ()


def test_a_stage_whose_units_died_is_told_by_its_stride(model: FamilyModule) -> None:
    last = next(part for name, part in model.named_modules() if name.endswith("blocks.6.0.bn3"))
    assert isinstance(last, nn.Module)
    with torch.no_grad():
        last.weight.zero_()  # type: ignore[operator]
        last.bias.copy_(torch.randn_like(last.bias))  # type: ignore[operator, arg-type]
    assert flat_strides(model, photos()) == (32,)
    assert "at stride 32" in flat_limit((32,))


def test_one_photo_tells_nothing(model: FamilyModule) -> None:
    assert flat_strides(model, photos()[:1]) == ()
