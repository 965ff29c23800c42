"""Which places of the pyramid answer for which damage: task-aligned assignment (Feng et al., TOOD, ICCV 2021)."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torchvision.ops import box_iou


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Assignment:
    """The places that answer for a damage, of one photo.

    Attributes:
        places: (P,) int64, indices into the pyramid's A places.
        damages: (P,) int64, index of the damage each answers for.
        quality: (P,) float32 in 0..1, the score that each place should give.
    """

    places: Tensor
    damages: Tensor
    quality: Tensor


def assign(
    scores: Tensor, boxes: Tensor, points: Tensor, true_boxes: Tensor, true_labels: Tensor, *, candidates: int = 10
) -> Assignment:
    """Gives each damage its best places inside its box, by score and overlap together.

    Args:
        scores: (A, C) float32 in 0..1, the model's scores.
        boxes: (A, 4) float32 xyxy, the model's boxes.
        points: (A, 2) float32, centres of the places in input pixels.
        true_boxes: (N, 4) float32 xyxy.
        true_labels: (N,) int64.
        candidates: places per damage at most.
    """
    if len(true_boxes) == 0:
        nothing = torch.zeros(0, dtype=torch.int64, device=scores.device)
        return Assignment(places=nothing, damages=nothing, quality=scores.new_zeros(0))
    overlap = box_iou(true_boxes, boxes)  # (N, A)
    alignment = scores[:, true_labels].T.clamp(min=1e-6).sqrt() * overlap.pow(4)
    inside = _inside(points, true_boxes)
    alignment = alignment.masked_fill(~inside, 0)
    best = alignment.topk(min(candidates, alignment.shape[1]), dim=1).indices
    chosen = torch.zeros_like(inside).scatter_(1, best, value=True) & inside & (overlap > 0)
    shared = chosen.sum(dim=0) > 1  # a place answers for one damage: the one it overlaps most
    owner = torch.where(chosen, overlap, -1).argmax(dim=0)
    rows = torch.arange(len(true_boxes), device=scores.device)[:, None]
    chosen &= ~shared | (rows == owner)
    damages, places = chosen.nonzero(as_tuple=True)
    aligned = torch.where(chosen, alignment, 0)
    strongest = aligned.amax(dim=1, keepdim=True).clamp(min=1e-9)
    most_overlap = torch.where(chosen, overlap, 0).amax(dim=1, keepdim=True)
    quality = (aligned / strongest * most_overlap)[damages, places]
    return Assignment(places=places, damages=damages, quality=quality)


def _inside(points: Tensor, boxes: Tensor) -> Tensor:
    """Whether points (A, 2) lie in boxes (N, 4) xyxy, (N, A) bool; every box owns at least its nearest place."""
    to_edges = torch.cat((points[None] - boxes[:, None, :2], boxes[:, None, 2:] - points[None]), dim=2)
    inside = to_edges.amin(dim=2) > 0
    centres = (boxes[:, :2] + boxes[:, 2:]) / 2
    nearest = torch.cdist(centres, points).argmin(dim=1)
    inside[torch.arange(len(boxes), device=boxes.device), nearest] = True
    return inside
