"""Losses that more than one family uses; each leaves out what a photo's source does not say."""

from torch import Tensor
from torch.nn import functional

from coachwork.models.targets import UNKNOWN


def pixel_loss(logits: Tensor, truth: Tensor, *, dice_weight: float = 1.0) -> Tensor:
    """Binary cross-entropy plus Dice (Milletari et al., 2016) per type, over the known pixels.

    Args:
        logits: (B, C, h, w) float32.
        truth: (B, C, h, w) uint8 of 0, 1 or UNKNOWN.
        dice_weight: weight of the Dice term.
    """
    known = truth != UNKNOWN
    target = (truth == 1).float()
    entropy = functional.binary_cross_entropy_with_logits(logits, target, reduction="none")
    entropy = (entropy * known).sum() / known.sum().clamp(min=1)
    probability = logits.sigmoid() * known
    target = target * known
    shared = (probability * target).sum(dim=(2, 3))
    total = probability.square().sum(dim=(2, 3)) + target.sum(dim=(2, 3))
    present = target.sum(dim=(2, 3)) > 0
    dice = 1 - (2 * shared + 1) / (total + 1)
    return 10 * entropy + dice_weight * (dice * present).sum() / present.sum().clamp(min=1)


def score_loss(logits: Tensor, quality: Tensor, annotated: Tensor) -> Tensor:
    """Binary cross-entropy with soft targets, summed: scores learn the overlap that their box will have.

    The focal weight that EfficientDet puts on it is left out: with task-aligned targets and short schedules it keeps
    the scores of found damages low for longer than it helps.

    Args:
        logits: (B, A, C) float32.
        quality: (B, A, C) float32 in 0..1, zero where no damage is assigned.
        annotated: (B, C) bool; a type that is not annotated in a photo costs nothing where no damage is assigned.
    """
    counted = annotated[:, None, :] | (quality > 0)
    return (functional.binary_cross_entropy_with_logits(logits, quality, reduction="none") * counted).sum()


def photo_loss(logits: Tensor, damaged: Tensor) -> Tensor:
    """Binary cross-entropy of "any damage in the photo", the mean over the photos of which it is known.

    Args:
        logits: (B,) float32.
        damaged: (B,) uint8 of 0, 1 or UNKNOWN.
    """
    known = damaged != UNKNOWN
    terms = functional.binary_cross_entropy_with_logits(logits, (damaged == 1).float(), reduction="none")
    return (terms * known).sum() / known.sum().clamp(min=1)
