"""EfficientDet's loss on a batch: scores, boxes and pixels."""

from collections.abc import Sequence

import torch
from torch import Tensor
from torchvision.ops import complete_box_iou_loss

from coachwork.models.efficientdet.assignment import assign
from coachwork.models.efficientdet.net import Raw
from coachwork.models.losses import pixel_loss, score_loss
from coachwork.models.targets import Targets

_WEIGHTS = {"score": 0.5, "box": 2.0, "pixel": 1.0}


def efficientdet_loss(raw: Raw, points: Tensor, truth: Sequence[Targets]) -> dict[str, Tensor]:
    """Weighted loss terms of a batch, each a scalar.

    Args:
        raw: the net's answers.
        points: (A, 2) float32 centres of the pyramid's places.
        truth: one per photo.
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
        "score": _WEIGHTS["score"] * score_loss(raw.logits, quality, annotated) / total,
        "box": _WEIGHTS["box"] * (torch.cat(box_terms) * weights).sum() / total,
        "pixel": _WEIGHTS["pixel"] * pixel_loss(raw.pixels, torch.stack([photo.pixels for photo in truth])),
    }
