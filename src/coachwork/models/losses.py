"""Losses that more than one family uses; each leaves out what a photo's source does not say."""

import torch
from segmentation_models_pytorch.losses import LovaszLoss
from torch import Tensor
from torch.nn import functional
from torchvision.ops import sigmoid_focal_loss

from coachwork.models.loss_terms import LossTerms
from coachwork.models.targets import UNKNOWN

_LOVASZ = LovaszLoss("binary", ignore_index=UNKNOWN)


def pixel_loss(logits: Tensor, truth: Tensor, terms: LossTerms) -> Tensor:
    """What the known pixels teach, the sum of the terms asked for.

    Args:
        logits: (B, C, h, w) float32.
        truth: (B, C, h, w) uint8 of 0, 1 or UNKNOWN.
        terms: weights of the terms and of the types.
    """
    known = (truth != UNKNOWN).float()
    target = (truth == 1).float()
    present = target.sum(dim=(2, 3)) > 0
    weights = type_weights(terms, logits.shape[1], logits.device)
    counted = known * weights[:, None, None]
    total = logits.sum() * 0
    if terms.cross_entropy or terms.boundary:
        entropy = functional.binary_cross_entropy_with_logits(logits, target, reduction="none")
        total = total + terms.cross_entropy * _mean(entropy, counted)
        if terms.boundary:
            total = total + terms.boundary * _mean(entropy, counted * near_outlines(target))
    if terms.focal:
        total = total + terms.focal * _mean(sigmoid_focal_loss(logits, target, alpha=-1, gamma=2.0), counted)
    if terms.dice:
        total = total + terms.dice * _mean(_dice(logits, target, known), present * weights)
    if terms.lovasz:
        total = total + terms.lovasz * _lovasz(logits, truth, present * weights)
    return total


def type_weights(terms: LossTerms, types: int, device: torch.device) -> Tensor:
    """(C,) float32, one per type; all 1 where the plan gives none."""
    return torch.tensor(terms.type_weights or (1.0,) * types, dtype=torch.float32, device=device)


def near_outlines(target: Tensor) -> Tensor:
    """(B, C, h, w) float32, 1 for pixels whose 3 x 3 neighbourhood holds both damage and none."""
    grown = functional.max_pool2d(target, 3, stride=1, padding=1)
    shrunk = -functional.max_pool2d(-target, 3, stride=1, padding=1)
    return grown - shrunk


def _mean(terms: Tensor, weights: Tensor) -> Tensor:
    """Weighted mean, over at least one unit of weight."""
    return (terms * weights).sum() / weights.sum().clamp(min=1)


def _dice(logits: Tensor, target: Tensor, known: Tensor) -> Tensor:
    """(B, C) float32 in 0..1, the lost overlap of each type in each photo."""
    probability = logits.sigmoid() * known
    shared = (probability * target).sum(dim=(2, 3))
    return 1 - (2 * shared + 1) / (probability.square().sum(dim=(2, 3)) + target.sum(dim=(2, 3)) + 1)


def _lovasz(logits: Tensor, truth: Tensor, weights: Tensor) -> Tensor:
    """The mean over the types that the photos show."""
    rows = weights.nonzero().tolist()
    found = [weights[row, kind] * _LOVASZ(logits[row, kind][None], truth[row, kind][None]) for row, kind in rows]
    return torch.stack(found).sum() / weights.sum() if found else logits.sum() * 0


def score_loss(logits: Tensor, quality: Tensor, annotated: Tensor, terms: LossTerms) -> Tensor:
    """Binary cross-entropy with soft targets, summed: scores learn the overlap that their box will have.

    The focal weight that EfficientDet puts on it is left out unless `terms.score_gamma` asks for it: with task-aligned
    targets and short schedules it keeps the scores of found damages low for longer than it helps.

    Args:
        logits: (B, A, C) float32.
        quality: (B, A, C) float32 in 0..1, zero where no damage is assigned.
        annotated: (B, C) bool; a type that is not annotated in a photo costs nothing where no damage is assigned.
        terms: focal exponent and weights of the types.
    """
    counted = (annotated[:, None, :] | (quality > 0)) * type_weights(terms, logits.shape[2], logits.device)
    entropy = functional.binary_cross_entropy_with_logits(logits, quality, reduction="none")
    if terms.score_gamma:
        entropy = entropy * (quality - logits.sigmoid()).abs().pow(terms.score_gamma)
    return (entropy * counted).sum()


def photo_loss(logits: Tensor, damaged: Tensor) -> Tensor:
    """Binary cross-entropy of "any damage in the photo", the mean over the photos of which it is known.

    Args:
        logits: (B,) float32.
        damaged: (B,) uint8 of 0, 1 or UNKNOWN.
    """
    known = damaged != UNKNOWN
    terms = functional.binary_cross_entropy_with_logits(logits, (damaged == 1).float(), reduction="none")
    return (terms * known).sum() / known.sum().clamp(min=1)
