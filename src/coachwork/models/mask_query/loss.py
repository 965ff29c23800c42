"""The loss of mask queries on a batch: scores, boxes and masks of the matched queries, and the dense lessons."""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional
from torchvision.ops import complete_box_iou_loss

from coachwork.models.loss_terms import LossTerms
from coachwork.models.losses import photo_loss, pixel_loss, score_loss
from coachwork.models.mask_query.matching import match
from coachwork.models.mask_query.net import SEED_STRIDE, Raw
from coachwork.models.targets import MASK_STRIDE, Targets

_WEIGHTS = {"score": 1.0, "box": 1.0, "mask": 2.0, "seed": 0.5, "pixel": 1.0, "photo": 0.5}


def mask_query_loss(raw: Raw, points: Tensor, truth: Sequence[Targets], terms: LossTerms) -> dict[str, Tensor]:
    """Weighted loss terms of a batch, each a scalar.

    The last answer is matched to the truth; all answers before it are taught by the same matching, so that a query
    keeps its damage from its seed on.

    Args:
        raw: the net's answers.
        points: (P, 2) float32 places where queries may start.
        truth: one per photo.
        terms: weights of pixels, scores and types.
    """
    found = [match(raw.logits[-1, i], raw.boxes[-1, i], raw.masks[-1, i], photo) for i, photo in enumerate(truth)]
    rows = torch.cat([torch.full_like(one.queries, i) for i, one in enumerate(found)])
    queries = torch.cat([one.queries for one in found])
    labels, boxes, masks, has_mask = (
        torch.cat([getattr(photo, name)[one.damages] for photo, one in zip(truth, found, strict=True)])
        for name in ("labels", "boxes", "masks", "has_mask")
    )
    given_boxes, given_masks = raw.boxes[:, rows, queries], raw.masks[:, rows, queries]
    quality = torch.zeros_like(raw.logits)
    quality[:, rows, queries, labels] = overlap(given_boxes, given_masks, boxes, masks, has_mask)
    annotated = torch.stack([photo.annotated for photo in truth])
    answers = len(raw.logits)
    score = score_loss(raw.logits.flatten(0, 1), quality.flatten(0, 1), annotated.repeat(answers, 1), terms)
    lessons = {
        "score": score / quality.sum().clamp(min=answers),
        "box": box_loss(given_boxes, boxes),
        "mask": mask_loss(given_masks[:, has_mask], masks[has_mask], boxes[has_mask]),
        "seed": seed_loss(raw.seeds, points, truth, terms),
        "pixel": pixel_loss(raw.pixels, torch.stack([photo.pixels for photo in truth]), terms),
        "photo": photo_loss(raw.photo[:, 0], torch.stack([photo.damaged for photo in truth])),
    }
    return {name: _WEIGHTS[name] * value for name, value in lessons.items()}


@torch.no_grad()
def overlap(given_boxes: Tensor, given_masks: Tensor, boxes: Tensor, masks: Tensor, has_mask: Tensor) -> Tensor:
    """How well answers fit their damages, (L, M) float32 in 0..1: the mean IoU of box and, where known, mask.

    Args:
        given_boxes: (L, M, 4) float32 xyxy.
        given_masks: (L, M, h, w) float32 logits.
        boxes: (M, 4) float32 xyxy.
        masks: (M, h, w) uint8 0/1.
        has_mask: (M,) bool.
    """
    shared = torch.minimum(given_boxes[..., 2:], boxes[:, 2:]) - torch.maximum(given_boxes[..., :2], boxes[:, :2])
    intersection = shared.clamp(min=0).prod(dim=-1)
    areas = (given_boxes[..., 2:] - given_boxes[..., :2]).prod(dim=-1) + (boxes[:, 2:] - boxes[:, :2]).prod(dim=-1)
    of_boxes = intersection / (areas - intersection).clamp(min=1e-6)
    drawn, wanted = given_masks > 0, masks.bool()
    of_masks = (drawn & wanted).sum(dim=(2, 3)) / (drawn | wanted).sum(dim=(2, 3)).clamp(min=1)
    return torch.as_tensor(torch.where(has_mask, (of_boxes + of_masks) / 2, of_boxes))


def box_loss(given: Tensor, boxes: Tensor) -> Tensor:
    """The mean complete-IoU loss of boxes (L, M, 4) against (M, 4), xyxy; 0 without boxes."""
    if boxes.numel() == 0:
        return given.sum() * 0
    return torch.as_tensor(complete_box_iou_loss(given.flatten(0, 1), boxes.repeat(len(given), 1), reduction="mean"))


def mask_loss(given: Tensor, masks: Tensor, boxes: Tensor) -> Tensor:
    """Dice plus binary cross-entropy, in the box of the damage and in the whole photo alike; 0 without masks.

    Dice sees small damages as it sees large ones; the cross-entropy in the box does so for the outline.

    Args:
        given: (L, M, h, w) float32 logits.
        masks: (M, h, w) uint8 0/1.
        boxes: (M, 4) float32 xyxy, input pixels.
    """
    if masks.numel() == 0:
        return given.sum() * 0
    wanted = masks.float().expand_as(given)
    likely = given.sigmoid()
    shared = (likely * wanted).sum(dim=(2, 3))
    dice = 1 - (2 * shared + 1) / (likely.square().sum(dim=(2, 3)) + wanted.sum(dim=(2, 3)) + 1)
    entropy = functional.binary_cross_entropy_with_logits(given, wanted, reduction="none")
    inside = windows(boxes, height=masks.shape[1], width=masks.shape[2])
    in_box = (entropy * inside).sum(dim=(2, 3)) / inside.sum(dim=(1, 2))
    return (dice + (in_box + entropy.mean(dim=(2, 3))) / 2).mean()


def windows(boxes: Tensor, *, height: int, width: int, margin: float = 0.1) -> Tensor:
    """The cells (M, h, w) float32 0/1 that boxes touch, widened by a share of their sides; one cell at least.

    Args:
        boxes: (M, 4) float32 xyxy, input pixels, inside the photo.
        height: of the maps, in cells of `MASK_STRIDE` pixels.
        width: likewise.
        margin: what is added on each side.
    """
    low, high = boxes[:, :2] / MASK_STRIDE, boxes[:, 2:] / MASK_STRIDE
    wider = margin * (high - low)
    first = torch.minimum((low - wider).floor(), torch.tensor([width - 1, height - 1], device=boxes.device))
    last = (high + wider).ceil().clamp(min=1)
    across, down = (torch.arange(side, device=boxes.device) for side in (width, height))
    columns = (across >= first[:, :1]) & (across < last[:, :1])
    rows = (down >= first[:, 1:]) & (down < last[:, 1:])
    return (rows[:, :, None] & columns[:, None, :]).float()


def seed_loss(logits: Tensor, points: Tensor, truth: Sequence[Targets], terms: LossTerms) -> Tensor:
    """Binary cross-entropy of "the middle of a damage lies here", per place in the middle of a damage.

    Args:
        logits: (B, P, C) float32.
        points: (P, 2) float32 x, y in input pixels.
        truth: one per photo.
        terms: focal exponent and weights of the types.
    """
    wanted = torch.zeros_like(logits)
    for row, photo in zip(wanted, truth, strict=True):
        damages, places = middles(photo.boxes, points).nonzero(as_tuple=True)
        row[places, photo.labels[damages]] = 1
    annotated = torch.stack([photo.annotated for photo in truth])
    return score_loss(logits, wanted, annotated, terms) / wanted.sum().clamp(min=1)


def middles(boxes: Tensor, points: Tensor) -> Tensor:
    """(N, P) bool, the places in the middle of boxes (N, 4) xyxy: at least the nearest one, at most about nine."""
    low, high = boxes[:, :2], boxes[:, 2:]
    reach = (0.2 * (high - low)).clamp(SEED_STRIDE / 2, 1.5 * SEED_STRIDE)
    apart = (points[None] - ((low + high) / 2)[:, None]).abs()
    return (apart <= reach[:, None]).all(dim=2)
