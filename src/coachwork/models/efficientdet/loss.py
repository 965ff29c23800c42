"""EfficientDet's loss on a batch: scores, boxes, pixels, shapes and the photo as a whole."""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional
from torchvision.ops import complete_box_iou_loss

from coachwork.models.efficientdet.assignment import assign
from coachwork.models.efficientdet.net import Raw
from coachwork.models.loss_terms import LossTerms
from coachwork.models.losses import photo_loss, pixel_loss, score_loss
from coachwork.models.targets import MASK_STRIDE, Targets

_WEIGHTS = {"score": 0.5, "box": 2.0, "pixel": 1.0, "shape": 1.0, "photo": 0.5}


def efficientdet_loss(raw: Raw, points: Tensor, truth: Sequence[Targets], terms: LossTerms) -> dict[str, Tensor]:
    """Weighted loss terms of a batch, each a scalar.

    Args:
        raw: the net's answers.
        points: (A, 2) float32 centres of the pyramid's places.
        truth: one per photo.
        terms: weights of pixels, scores and types.
    """
    quality = torch.zeros_like(raw.logits)
    box_terms, box_weights = [], []
    with torch.no_grad():
        scores, predicted = raw.logits.sigmoid(), raw.boxes.detach()
        found = [assign(scores[i], predicted[i], points, photo.boxes, photo.labels) for i, photo in enumerate(truth)]
    for i, (photo, assignment) in enumerate(zip(truth, found, strict=True)):
        quality[i, assignment.places, photo.labels[assignment.damages]] = assignment.quality
        box_terms.append(
            complete_box_iou_loss(raw.boxes[i, assignment.places], photo.boxes[assignment.damages], reduction="none")
        )
        box_weights.append(assignment.quality)
    weights = torch.cat(box_weights)
    total = weights.sum().clamp(min=1.0)
    annotated = torch.stack([photo.annotated for photo in truth])
    return {
        "score": _WEIGHTS["score"] * score_loss(raw.logits, quality, annotated, terms) / total,
        "box": _WEIGHTS["box"] * (torch.cat(box_terms) * weights).sum() / total,
        "pixel": _WEIGHTS["pixel"] * pixel_loss(raw.pixels, torch.stack([photo.pixels for photo in truth]), terms),
        "shape": _WEIGHTS["shape"] * shape_loss(raw.shapes, truth),
        "photo": _WEIGHTS["photo"] * photo_loss(raw.photo[:, 0], torch.stack([photo.damaged for photo in truth])),
    }


def shape_loss(logits: Tensor, truth: Sequence[Targets], *, margin: float = 0.1) -> Tensor:
    """Binary cross-entropy plus Dice inside the box of each damage, every damage weighing the same.

    Args:
        logits: (B, C, h, w) float32.
        truth: one per photo; shapes known as boxes alone teach nothing here.
        margin: share of a box's sides that is added around it, since predicted boxes are seldom tight.
    """
    height, width = logits.shape[2:]
    terms = []
    for maps, photo in zip(logits, truth, strict=True):
        chosen = photo.has_mask.nonzero().flatten().tolist()
        for i in chosen:
            x_min, y_min, x_max, y_max = (photo.boxes[i] / MASK_STRIDE).tolist()
            across, down = margin * (x_max - x_min), margin * (y_max - y_min)
            rows = slice(max(0, int(y_min - down)), min(height, int(y_max + down) + 2))
            columns = slice(max(0, int(x_min - across)), min(width, int(x_max + across) + 2))
            wanted = photo.masks[i, rows, columns].float()
            given = maps[int(photo.labels[i]), rows, columns]
            likely = given.sigmoid()
            dice = 1 - (2 * (likely * wanted).sum() + 1) / (likely.square().sum() + wanted.sum() + 1)
            terms.append(functional.binary_cross_entropy_with_logits(given, wanted) + dice)
    return torch.stack(terms).mean() if terms else logits.sum() * 0
