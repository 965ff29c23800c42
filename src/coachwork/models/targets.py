"""What a batch of photos teaches, in the one form that every model family's loss reads."""

from dataclasses import dataclass

import torch
from torch import Tensor

MASK_STRIDE = 4
"""Masks are taught and predicted at a quarter of the input's side."""

UNKNOWN = 255
"""Value of `Targets.pixels` where a type's presence is not known."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Targets:
    """Truth of one photo in model pixels (the letterboxed, augmented frame of height H and width W).

    Attributes:
        boxes: (N, 4) float32 xyxy.
        labels: (N,) int64, indices into the model's types.
        masks: (N, H/4, W/4) uint8 0/1; all zero where `has_mask` is False.
        has_mask: (N,) bool, False where the source knows the box alone.
        annotated: (C,) bool, types whose absence in this photo means "not there".
        pixels: (C, H/4, W/4) uint8: 1 damage, 0 none, UNKNOWN where the source does not say.
        damaged: () uint8: 1 where the view shows any damage, 0 where it shows none, UNKNOWN where that is not known.
    """

    boxes: Tensor
    labels: Tensor
    masks: Tensor
    has_mask: Tensor
    annotated: Tensor
    pixels: Tensor
    damaged: Tensor

    def to(self, device: torch.device) -> "Targets":
        """The same truth on another device."""
        return Targets(
            boxes=self.boxes.to(device),
            labels=self.labels.to(device),
            masks=self.masks.to(device),
            has_mask=self.has_mask.to(device),
            annotated=self.annotated.to(device),
            pixels=self.pixels.to(device),
            damaged=self.damaged.to(device),
        )


def pixel_targets(labels: Tensor, boxes: Tensor, masks: Tensor, has_mask: Tensor, annotated: Tensor) -> Tensor:
    """Per-type pixel truth (C, h, w) uint8 of one photo, from its instances; arguments as in `Targets`.

    A type the photo's source does not annotate is UNKNOWN outside of its marked shapes, and a box without a mask is
    UNKNOWN inside: somewhere in it lies damage.
    """
    height, width = masks.shape[1:]
    pixels = torch.zeros(len(annotated), height, width, dtype=torch.uint8)
    pixels[~annotated] = UNKNOWN
    boxes = (boxes / MASK_STRIDE).round().long()
    for label, (x_min, y_min, x_max, y_max) in zip(labels[~has_mask], boxes[~has_mask], strict=True):
        pixels[label, y_min : y_max + 1, x_min : x_max + 1] = UNKNOWN
    for label, mask in zip(labels[has_mask], masks[has_mask], strict=True):
        pixels[label].masked_fill_(mask.bool(), 1)
    return pixels
