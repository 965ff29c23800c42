"""EfficientDet as a model family: net, loss and exported outputs under the contract of `models/family.py`."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from coachwork.geometry.size import Size
from coachwork.models.efficientdet.loss import efficientdet_loss
from coachwork.models.efficientdet.net import EfficientDetNet
from coachwork.models.efficientdet.options import EfficientDetOptions
from coachwork.models.efficientdet.roi_head import Boxes, RoiHead, best_boxes
from coachwork.models.efficientdet.roi_loss import boxes_to_teach, roi_losses
from coachwork.models.loss_terms import LossTerms
from coachwork.models.targets import Targets


class EfficientDet(nn.Module):
    """Boxes, scores, per-type pixels and a score of the whole photo from one pass.

    Args:
        types: number of damage types C.
        size: input size.
        backbone: name of the backbone; with a scale, that scale's own.
        pretrained: whether the backbone starts from ImageNet.
        options: the family's own.
    """

    decoding = "boxes_semantic"
    output_names: tuple[str, ...] = ("boxes", "scores", "masks", "photo_score", "embedding")

    def __init__(
        self, *, types: int, size: Size, backbone: str, pretrained: bool, options: EfficientDetOptions
    ) -> None:
        super().__init__()
        self.terms = LossTerms()
        step, decoder = options.step, options.decoder
        self.net = EfficientDetNet(
            types=types,
            height=size.height,
            width=size.width,
            backbone=backbone,
            pretrained=pretrained,
            frozen_stages=options.frozen_stages,
            channels=step.channels,
            repeats=step.repeats,
            head_repeats=step.head_repeats,
            configuration=step.configuration,
            decoder=decoder,
        )
        widths = (decoder[0], *(own + step.channels for own in decoder[1:]))
        self.roi_head = RoiHead(widths, types=types) if options.roi_head else None
        self.frozen = options.frozen_detector
        if self.frozen:
            self.net.requires_grad_(requires_grad=False)
        if options.roi_head:
            self.decoding = "boxes_windows"
            self.output_names = ("boxes", "labels", "scores", "masks", "windows", "photo_score", "embedding")

    def train(self, mode: bool = True) -> "EfficientDet":  # noqa: FBT001, FBT002 - torch's own signature
        """Switches to training; a frozen detector stays as it is."""
        super().train(mode)
        if self.frozen:
            self.net.eval()
        return self

    def joined_inputs(self) -> Mapping[str, Sequence[str]]:
        """Weights whose inputs are several features side by side, and the weights whose rows give these, in order."""
        sixteen, top = "net.pixels.blocks.0.1.0.weight", "net.pixels.top.0.weight"
        joined: dict[str, Sequence[str]] = {"net.photo.layers.0.weight": (sixteen, sixteen, top, top)}
        if self.roi_head is not None:
            fpn = "net.box_net.conv_rep.0.conv_pw.weight"  # has a row for each channel of the BiFPN
            for place, decoded in enumerate(("net.pixels.blocks.1.1.0.weight", sixteen, top), start=1):
                joined[f"roi_head.readers.{place}.weight"] = (decoded, fpn)
        return joined | {
            f"net.pixels.{name}": [f"net.pixels.{part}" for part in parts]
            for name, parts in self.net.pixels.joined_inputs().items()
        }

    def losses(self, photos: Tensor, truth: Sequence[Targets]) -> dict[str, Tensor]:
        """Loss terms of photos (B, H, W, 3) uint8 RGB."""
        raw = self.net(photos)
        losses = {} if self.frozen else efficientdet_loss(raw, self.net.points, truth, self.terms)
        if self.roi_head is not None:
            given = boxes_to_teach(raw, truth)
            looks = self.roi_head(raw.features, raw.pixels, raw.shapes, given)
            losses |= roi_losses(looks, given, truth, self.terms)
        return losses

    def forward(self, photos: Tensor) -> tuple[Tensor, ...]:
        """Outputs for photos (B, H, W, 3) uint8 RGB, in the order of `output_names`.

        Boxes (B, A, 4), scores (B, A, C), masks (B, C, H/4, W/4), photo scores (B, 1), embeddings (B, E). With a RoI
        head, of one photo: boxes (N, 4), labels (N,), scores (N,), masks (N, 1, 28, 28), windows (N, 4), and the photo.
        """
        raw = self.net(photos)
        if self.roi_head is None:
            return raw.boxes, raw.logits.sigmoid(), raw.shapes.sigmoid(), raw.photo.sigmoid(), raw.embedding
        boxes, labels, logits = best_boxes(raw.boxes[0], raw.logits[0])
        given = Boxes(boxes, labels, logits, torch.zeros_like(labels))
        looks = self.roi_head(raw.features, raw.pixels, raw.shapes, given)
        masks = looks.masks.sigmoid()[:, None]
        return looks.boxes, labels, looks.logits.sigmoid(), masks, looks.windows, raw.photo.sigmoid(), raw.embedding
