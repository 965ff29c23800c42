"""Stages of a backbone that say the same of every photo: their units have died, and what stands on them is blind."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from coachwork.models.backbone import Backbone
from coachwork.models.family import FamilyModule

STRIDES = (4, 8, 16, 32)

_LEAST = 0.01
"""Healthy stages vary from photo to photo by 0.1 to 0.4 of their spread within photos; dead ones by less than this."""


def flat_strides(model: FamilyModule, photos: Sequence[NDArray[np.uint8]]) -> tuple[int, ...]:
    """The strides at which a model's backbone does not tell photos apart.

    Args:
        model: of any family; one without a `Backbone` has no such stage.
        photos: (H, W, 3) uint8, letterboxed, at least two that differ.
    """
    backbone = next((part for part in model.modules() if isinstance(part, Backbone)), None)
    if backbone is None or len(photos) < 2:
        return ()
    seen: list[list[torch.Tensor]] = []

    def keep(_module: Any, _given: Any, features: list[torch.Tensor]) -> None:
        seen.append([level.float()[0].flatten(1) for level in features])

    hook = backbone.register_forward_hook(keep)
    try:
        with torch.no_grad():
            for photo in photos:
                model(torch.from_numpy(photo)[None])
    finally:
        hook.remove()
    flat = []
    for stride, levels in zip(STRIDES, zip(*seen, strict=True), strict=True):
        means = torch.stack([level.mean(dim=1) for level in levels])
        spread = torch.stack([level.std() for level in levels]).mean()
        if float(means.std(dim=0).mean()) < _LEAST * float(spread):
            flat.append(stride)
    return tuple(flat)
