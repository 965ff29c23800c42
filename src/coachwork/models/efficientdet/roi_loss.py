"""What teaches the closer look: boxes that the detector finds, and annotated ones moved a little."""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional
from torchvision.ops import box_iou, complete_box_iou_loss, roi_align

from coachwork.models.efficientdet.net import Raw
from coachwork.models.efficientdet.roi_head import MASK_CELLS, Boxes, Looks, best_boxes
from coachwork.models.loss_terms import LossTerms
from coachwork.models.losses import type_weights
from coachwork.models.targets import MASK_STRIDE, Targets

_WEIGHTS = {"mask": 1.0, "box": 1.0, "score": 0.3}

_MEANT = 0.3
"""Least overlap (IoU) with a damage of its type for which a box is meant for it."""

_TAUGHT = 24
"""Boxes of the detector that each photo teaches by, at most."""

_COPIES = 2
"""Moved copies of each annotated box."""

_SHIFT = 0.25
"""Largest move of a copy's edge, in sides of the box."""

_LOOSENED = 0.12
"""The same of a box that was found: on photos that a detector has learnt from it draws tighter ones than on others."""

_NOT_FOUND = -2.0
"""Score (logit) that moved copies pretend to have."""


def boxes_to_teach(raw: Raw, truth: Sequence[Targets]) -> Boxes:
    """Boxes of the photos of a batch: the detector's best, and moved copies of the annotated ones."""
    parts: list[Boxes] = []
    with torch.no_grad():
        for row, photo in enumerate(truth):
            boxes, labels, logits = best_boxes(raw.boxes[row], raw.logits[row], iou=0.7, limit=_TAUGHT)
            copies = _shifted(photo.boxes.repeat(_COPIES, 1), _SHIFT)
            own = Boxes(
                boxes=torch.cat((_shifted(boxes, _LOOSENED), copies)),
                labels=torch.cat((labels, photo.labels.repeat(_COPIES))),
                logits=torch.cat((logits, logits.new_full((len(copies),), _NOT_FOUND))),
                photos=labels.new_full((len(boxes) + len(copies),), row),
            )
            parts.append(own)
    return Boxes(*(torch.cat(column) for column in zip(*parts, strict=True)))


def roi_losses(looks: Looks, given: Boxes, truth: Sequence[Targets], terms: LossTerms) -> dict[str, Tensor]:
    """Weighted loss terms of the closer look, each a scalar.

    Masks and boxes learn from what is meant for a damage. Scores learn the overlap (IoU) that the mask, or the box
    where a damage is known as a box alone, has with it: zero where no damage is meant. Of a type that a photo's source
    does not annotate, nothing is learnt from that.

    Args:
        looks: what the head says of the boxes.
        given: the boxes; the scores of moved copies teach nothing, since nobody found them.
        truth: one per photo.
        terms: weights of the types.
    """
    overlap, which = _meant(given, truth)
    boxes = torch.cat([photo.boxes for photo in truth])
    masks = torch.cat([photo.masks for photo in truth])
    has_mask = torch.cat([photo.has_mask for photo in truth])
    annotated = torch.stack([photo.annotated for photo in truth])
    meant = (overlap >= _MEANT).nonzero().flatten()
    drawn = meant[has_mask[which[meant]]]
    moved, wanted_boxes = looks.boxes[meant], boxes[which[meant]]
    cut = _cut_out(masks[which[drawn]], looks.windows[drawn])
    quality = torch.zeros_like(overlap)
    quality[meant] = _paired_iou(moved.detach(), wanted_boxes)
    quality[drawn] = _mask_iou(looks.masks[drawn].detach(), cut, masks[which[drawn]], looks.windows[drawn])
    quality = torch.where(quality >= _MEANT, quality, 0)
    judged = (annotated[given.photos, given.labels] | (overlap >= _MEANT)) & (given.logits != _NOT_FOUND)
    weights = judged * type_weights(terms, annotated.shape[1], overlap.device)[given.labels]
    entropy = functional.binary_cross_entropy_with_logits(looks.logits, quality, reduction="none")
    return {
        "roi_mask": _WEIGHTS["mask"] * _mean(_mask_terms(looks.masks[drawn], cut)),
        "roi_box": _WEIGHTS["box"] * _mean(complete_box_iou_loss(moved, wanted_boxes, reduction="none")),
        "roi_score": _WEIGHTS["score"] * (entropy * weights).sum() / (quality * judged).sum().clamp(min=1),
    }


def _shifted(boxes: Tensor, share: float) -> Tensor:
    """Boxes (N, 4) with each edge moved by up to a share of the side that it ends."""
    sides = (boxes[:, 2:] - boxes[:, :2]).repeat(1, 2)
    return boxes + (2 * torch.rand_like(boxes) - 1) * share * sides


def _meant(given: Boxes, truth: Sequence[Targets]) -> tuple[Tensor, Tensor]:
    """How much (N,) each box overlaps the damage of its type that it is meant for, and which (N,) of all that is."""
    overlap, which = torch.zeros_like(given.logits), torch.zeros_like(given.labels)
    before = 0
    for row, photo in enumerate(truth):
        own = (given.photos == row).nonzero().flatten()
        if len(photo.boxes) and len(own):
            shared = box_iou(given.boxes[own], photo.boxes) * (given.labels[own, None] == photo.labels[None])
            overlap[own], nearest = shared.max(dim=1)
            which[own] = before + nearest
        before += len(photo.boxes)
    return overlap, which


def _cut_out(masks: Tensor, windows: Tensor) -> Tensor:
    """What windows (N, 4), in input pixels, show of masks (N, H/4, W/4): (N, 28, 28) float32 in 0..1."""
    rows = torch.arange(len(masks), device=windows.device, dtype=windows.dtype)[:, None]
    places = torch.cat((rows, windows), dim=1)
    cut: Tensor = roi_align(masks[:, None].float(), places, MASK_CELLS, 1 / MASK_STRIDE, sampling_ratio=2, aligned=True)
    return cut[:, 0]


def _mask_terms(logits: Tensor, wanted: Tensor) -> Tensor:
    """Binary cross-entropy plus Dice (N,) of masks (N, 28, 28)."""
    entropy = functional.binary_cross_entropy_with_logits(logits, wanted, reduction="none").mean(dim=(1, 2))
    likely = logits.sigmoid()
    shared = (likely * wanted).sum(dim=(1, 2))
    both = likely.square().sum(dim=(1, 2)) + wanted.square().sum(dim=(1, 2))
    return entropy + 1 - (2 * shared + 1) / (both + 1)


def _mask_iou(logits: Tensor, cut: Tensor, whole: Tensor, windows: Tensor) -> Tensor:
    """IoU (N,) of masks in windows with the whole damages (N, H/4, W/4), those parts outside the windows, too."""
    cell = ((windows[:, 2:] - windows[:, :2]) / (MASK_STRIDE * logits.shape[1])).prod(dim=1)
    covered = (logits > 0).float()
    shared = (covered * cut).sum(dim=(1, 2)) * cell
    union = covered.sum(dim=(1, 2)) * cell + whole.float().sum(dim=(1, 2)) - shared
    return (shared / union.clamp(min=1e-6)).clamp(0, 1)


def _paired_iou(first: Tensor, second: Tensor) -> Tensor:
    """IoU (N,) of boxes (N, 4), row by row."""
    corners = torch.minimum(first[:, 2:], second[:, 2:]) - torch.maximum(first[:, :2], second[:, :2])
    shared = corners.clamp(min=0).prod(dim=1)
    areas = [(boxes[:, 2:] - boxes[:, :2]).prod(dim=1) for boxes in (first, second)]
    return shared / (areas[0] + areas[1] - shared).clamp(min=1e-6)


def _mean(terms: Tensor) -> Tensor:
    return terms.sum() / max(1, len(terms))
