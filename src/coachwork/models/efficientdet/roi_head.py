"""A closer look at each box that EfficientDet found: its mask, its edges and its score anew.

The detector lays one map of pixels per type over the whole photo, which cannot say where one scratch ends and the next
begins, nor whether a loose box was meant for the one or the other. This head sees each box from near, with its
surroundings, at a size that is always the same (RoIAlign and the mask head are those of Mask R-CNN, He et al., ICCV
2017; a score taught by the overlap of the mask is that of Mask Scoring R-CNN, Huang et al., CVPR 2019). It begins as
the detector's own answer: maps, boxes and scores are corrected, not replaced.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional
from torchvision.ops import batched_nms, roi_align

from coachwork.models.pixel_pyramid import conv_block

WINDOW = 1.5
"""Side of the window that is looked at, in sides of the box."""

_LEAST_SIDE = 16.0
"""Smallest side of a window, in input pixels: four cells of the finest map."""

_STRIDES = (4, 8, 16, 32)

_CELLS = 14
"""Cells of a window's side."""

MASK_CELLS = 2 * _CELLS
"""The same of a mask."""

_HIDDEN = 128
"""Channels between the layers that say box and score."""

_SAMPLES = 1
"""Points of a cell, along each side, that its value is the mean of."""

_LARGEST_LOGIT = 12.0
"""Limit of the detector's maps, beyond which certainty says nothing more."""


class Boxes(NamedTuple):
    """Boxes to look at closely, of one or more photos.

    Attributes:
        boxes: (N, 4) float32 xyxy, input pixels.
        labels: (N,) int64.
        logits: (N,) float32, the detector's score of that type.
        photos: (N,) int64, which photo of the batch each lies in.
    """

    boxes: Tensor
    labels: Tensor
    logits: Tensor
    photos: Tensor


class Looks(NamedTuple):
    """What the closer look says of boxes.

    Attributes:
        boxes: (N, 4) float32 xyxy, corrected.
        logits: (N,) float32, corrected.
        masks: (N, 28, 28) float32 logits, stretched over the windows.
        windows: (N, 4) float32 xyxy.
    """

    boxes: Tensor
    logits: Tensor
    masks: Tensor
    windows: Tensor


class RoiHead(nn.Module):
    """Corrects masks, boxes and scores from what lies in and around each box.

    Args:
        widths: channels of the features at strides 4, 8, 16 and 32.
        types: number of damage types C.
        channels: of its convolutions.
    """

    def __init__(self, widths: Sequence[int], *, types: int, channels: int = 48) -> None:
        super().__init__()
        self.types = types
        self.readers = nn.ModuleList(nn.Conv2d(width, channels // 2, 1) for width in widths)
        self.enter = nn.Conv2d(len(widths) * (channels // 2) + 2, channels, 1)
        self.kinds = nn.Embedding(types, channels)
        self.blocks = nn.Sequential(*(conv_block(channels, channels) for _ in range(3)))
        self.rise = nn.ConvTranspose2d(channels, channels // 2, 2, stride=2)
        self.fine = conv_block(channels // 2 + 2, channels // 2)
        self.mask = nn.Conv2d(channels // 2, 1, 1)
        self.coarse = nn.Sequential(nn.Conv2d(channels, channels, 3, stride=2, padding=1), nn.ReLU(inplace=True))
        self.join = nn.Sequential(
            nn.Linear(channels * (_CELLS // 2) ** 2 + 3, _HIDDEN), nn.ReLU(inplace=True), nn.Dropout(0.2)
        )
        self.box = nn.Linear(_HIDDEN, 4)
        self.score = nn.Linear(_HIDDEN, 1)
        for layer in (self.mask, self.box, self.score):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)  # type: ignore[arg-type]

    def forward(self, features: Sequence[Tensor], pixels: Tensor, shapes: Tensor, found: Boxes) -> Looks:
        """Looks at boxes.

        Args:
            features: (B, widths[i], H / s, W / s) at strides s = 4, 8, 16, 32.
            pixels: (B, C, H/4, W/4) logits of damage anywhere in the photo.
            shapes: (B, C, H/4, W/4) logits of damage inside a damage's box.
            found: the boxes.
        """
        windows = windows_of(found.boxes)
        places = torch.cat((found.photos[:, None].to(windows.dtype), windows), dim=1)
        read = [
            roi_align(reader(level).float(), places, _CELLS, 1 / stride, sampling_ratio=_SAMPLES, aligned=True)
            for reader, level, stride in zip(self.readers, features, _STRIDES, strict=True)
        ]
        maps = torch.cat((shapes, pixels), dim=1).float().clamp(-_LARGEST_LOGIT, _LARGEST_LOGIT)
        own = roi_align(maps, places, MASK_CELLS, 1 / 4, sampling_ratio=_SAMPLES, aligned=True)
        chosen = functional.one_hot(found.labels, self.types).to(own.dtype)
        own = (own.unflatten(1, (2, self.types)) * chosen[:, None, :, None, None]).sum(dim=2)
        near = self.enter(torch.cat((*read, functional.avg_pool2d(own, 2) / 4), dim=1))
        near = self.blocks(functional.relu(near + self.kinds(found.labels)[:, :, None, None]))
        fine = self.fine(torch.cat((functional.relu(self.rise(near)), (own / 4).to(near.dtype)), dim=1))
        masks = self.mask(fine)[:, 0].float() + own[:, 0]
        sides = (found.boxes[:, 2:] - found.boxes[:, :2]).clamp(min=1).log() - 4
        known = torch.cat((sides, found.logits[:, None] / 4), dim=1).to(near.dtype)
        joined = self.join(torch.cat((self.coarse(near).flatten(1), known), dim=1))
        return Looks(
            boxes=_moved(found.boxes, self.box(joined).float()),
            logits=found.logits + self.score(joined).float()[:, 0],
            masks=masks,
            windows=windows,
        )


def windows_of(boxes: Tensor) -> Tensor:
    """The windows (N, 4) around boxes (N, 4) xyxy that are looked at."""
    centres = (boxes[:, :2] + boxes[:, 2:]) / 2
    half = ((boxes[:, 2:] - boxes[:, :2]) * (WINDOW / 2)).clamp(min=_LEAST_SIDE / 2)
    return torch.cat((centres - half, centres + half), dim=1)


def best_boxes(
    boxes: Tensor, logits: Tensor, *, candidates: int = 300, iou: float = 0.6, least: float = 0.02, limit: int = 60
) -> tuple[Tensor, Tensor, Tensor]:
    """The detector's best boxes of one photo, thinned per type: at least one, so that no graph runs on nothing.

    Args:
        boxes: (A, 4) float32 xyxy.
        logits: (A, C) float32.
        candidates: so many enter the suppression.
        iou: a box goes where a better one of its type shares more.
        least: boxes that score less go.
        limit: boxes at most.

    Returns:
        Boxes (N, 4), labels (N,) int64 and logits (N,).
    """
    types = logits.shape[1]
    best, index = logits.flatten().topk(min(candidates, logits.numel()))
    floor = best[0].clamp(max=math.log(least / (1 - least)))
    kept = (best >= floor).nonzero().flatten()
    best, index = best[kept], index[kept]
    labels = index % types
    chosen = boxes[torch.div(index, types, rounding_mode="floor")]
    first = batched_nms(chosen, best, labels, iou)[:limit]
    return chosen[first], labels[first], best[first]


def _moved(boxes: Tensor, by: Tensor) -> Tensor:
    """Boxes (N, 4) whose centres moved by so many sides and whose sides grew by a power of e."""
    sides = boxes[:, 2:] - boxes[:, :2]
    centres = (boxes[:, :2] + boxes[:, 2:]) / 2 + by[:, :2].clamp(-1, 1) * sides
    half = sides * by[:, 2:].clamp(-1.5, 1.5).exp() / 2
    return torch.cat((centres - half, centres + half), dim=1)
