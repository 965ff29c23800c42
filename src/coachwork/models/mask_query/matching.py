"""Which query answers for which damage: the cheapest one-to-one matching (Carion et al., DETR, ECCV 2020)."""

from dataclasses import dataclass

import torch
from scipy.optimize import linear_sum_assignment
from torch import Tensor
from torch.nn import functional
from torchvision.ops import complete_box_iou
from transformers.models.mask2former.modeling_mask2former import (
    pair_wise_dice_loss,
    pair_wise_sigmoid_cross_entropy_loss,
)

from coachwork.models.targets import Targets

_COSTS = {"score": 2.0, "box": 2.0, "mask": 2.0}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Matching:
    """The queries that answer for a damage, of one photo; each query and each damage occurs once at most.

    Attributes:
        queries: (K,) int64, K the smaller number of queries and damages.
        damages: (K,) int64, index of the damage each answers for.
    """

    queries: Tensor
    damages: Tensor


@torch.no_grad()
def match(logits: Tensor, boxes: Tensor, masks: Tensor, truth: Targets) -> Matching:
    """Matches the queries of one photo to its damages by type, box and, where it is known, mask.

    Args:
        logits: (Q, C) float32.
        boxes: (Q, 4) float32 xyxy, input pixels.
        masks: (Q, h, w) float32 logits.
        truth: the photo's damages.
    """
    device = logits.device
    if len(truth.labels) == 0:
        nothing = torch.zeros(0, dtype=torch.int64, device=device)
        return Matching(queries=nothing, damages=nothing)
    cost = -_COSTS["score"] * logits.sigmoid()[:, truth.labels]
    cost = cost - _COSTS["box"] * complete_box_iou(boxes, truth.boxes)
    if truth.has_mask.any():
        given = _coarse(masks)
        wanted = _coarse(truth.masks.float())
        apart = pair_wise_dice_loss(given, wanted) + pair_wise_sigmoid_cross_entropy_loss(given, wanted)
        cost = cost + _COSTS["mask"] * apart * truth.has_mask
    queries, damages = linear_sum_assignment(torch.nan_to_num(cost, nan=1e6).cpu().numpy())
    return Matching(
        queries=torch.from_numpy(queries).to(device),
        damages=torch.from_numpy(damages).to(device),
    )


def _coarse(maps: Tensor) -> Tensor:
    """Maps (N, h, w) at half of their sides, (N, h * w / 4): enough to tell which fits which."""
    return functional.avg_pool2d(maps[None], 2)[0].flatten(1)
