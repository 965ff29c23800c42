"""Mask R-CNN (He et al., ICCV 2017) from torchvision's parts, as a model family.

Proposals, boxes and masks are torchvision's. Two things differ, because sets are annotated in part: background is
learnt only from photos that annotate at least half of the types (the softmax over types knows no "maybe"), and the mask
branch only from shapes with pixels.
"""

from collections import OrderedDict
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.faster_rcnn import FastRCNNPredictor, TwoMLPHead
from torchvision.models.detection.image_list import ImageList
from torchvision.models.detection.mask_rcnn import MaskRCNNHeads, MaskRCNNPredictor
from torchvision.models.detection.roi_heads import RoIHeads, fastrcnn_loss, maskrcnn_loss
from torchvision.models.detection.rpn import RegionProposalNetwork, RPNHead
from torchvision.ops import FeaturePyramidNetwork, MultiScaleRoIAlign
from torchvision.ops.feature_pyramid_network import LastLevelMaxPool

from coachwork.geometry.size import Size
from coachwork.models.backbone import Backbone, Normalise
from coachwork.models.loss_terms import LossTerms
from coachwork.models.mask_rcnn.coco import drop_batch_epsilon, layout_of, load_coco
from coachwork.models.mask_rcnn.options import MaskRcnnOptions
from coachwork.models.targets import MASK_STRIDE, Targets

_LEVELS = ("0", "1", "2", "3")


class MaskRcnn(nn.Module):
    """Boxes, labels, scores and 28 x 28 masks from two passes: proposals, then heads.

    Args:
        types: number of damage types.
        size: input size.
        backbone: name of the backbone; `timm/resnet50` with COCO weights.
        pretrained: whether to start from the weights named by `options.weights`.
        options: the family's own.

    Raises:
        CoachworkError: weights cannot be had.
    """

    decoding = "boxes_masks"
    output_names = ("boxes", "labels", "scores", "masks")

    def __init__(self, *, types: int, size: Size, backbone: str, pretrained: bool, options: MaskRcnnOptions) -> None:
        super().__init__()
        layout = layout_of(options)
        channels = layout.channels
        self.terms = LossTerms()  # torchvision's own losses have no such terms
        self.size = size
        from_coco = options.weights == "coco"
        self.backbone = Backbone(backbone, pretrained=pretrained and not from_coco, frozen_stages=options.frozen_stages)
        self.normalise = Normalise(self.backbone.mean, self.backbone.std)
        self.fpn = FeaturePyramidNetwork(list(self.backbone.channels), channels, extra_blocks=LastLevelMaxPool())
        anchors = AnchorGenerator(
            tuple((side,) for side in layout.anchors), (layout.aspect_ratios,) * len(layout.anchors)
        )
        self.rpn = PartialRpn(
            anchors,
            RPNHead(channels, anchors.num_anchors_per_location()[0]),
            fg_iou_thresh=0.6,
            bg_iou_thresh=0.3,
            batch_size_per_image=128,
            positive_fraction=0.5,
            pre_nms_top_n={"training": 600, "testing": 300},
            post_nms_top_n={"training": 300, "testing": 150},
            nms_thresh=0.7,
        )
        self.heads = PartialHeads(
            MultiScaleRoIAlign(list(_LEVELS), 7, 2),
            TwoMLPHead(channels * 49, layout.hidden),
            FastRCNNPredictor(layout.hidden, types + 1),
            fg_iou_thresh=0.5,
            bg_iou_thresh=0.5,
            batch_size_per_image=64,
            positive_fraction=0.25,
            bbox_reg_weights=None,
            score_thresh=0.01,
            nms_thresh=0.5,
            detections_per_img=100,
            mask_roi_pool=MultiScaleRoIAlign(list(_LEVELS), 14, 2),
            mask_head=MaskRCNNHeads(channels, (channels,) * layout.mask_layers, 1),
            mask_predictor=MaskRCNNPredictor(channels, channels, types + 1),
        )

        if from_coco:
            drop_batch_epsilon(self.backbone)
            if pretrained:
                load_coco(self)

    def losses(self, photos: Tensor, truth: Sequence[Targets]) -> dict[str, Tensor]:
        """Loss terms of photos (B, H, W, 3) uint8 RGB."""
        targets = [
            {
                "boxes": photo.boxes,
                "labels": photo.labels + 1,
                "masks": photo.masks,
                "has_mask": photo.has_mask,
                "complete": photo.annotated.float().mean() >= 0.5,
            }
            for photo in truth
        ]
        images, features = self._features(photos)
        proposals, proposal_losses = self.rpn(images, features, targets)
        _, head_losses = self.heads(features, proposals, images.image_sizes, targets)
        return {**proposal_losses, **head_losses}

    def forward(self, photos: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Boxes (N, 4) float32, labels (N,) int64 from 0, scores (N,) and masks (N, 1, 28, 28) of one photo."""
        images, features = self._features(photos)
        proposals, _ = self.rpn(images, features)
        found, _ = self.heads(features, proposals, images.image_sizes)
        return found[0]["boxes"], found[0]["labels"] - 1, found[0]["scores"], found[0]["masks"]

    def _features(self, photos: Tensor) -> tuple[ImageList, dict[str, Tensor]]:
        images = self.normalise(photos).contiguous(memory_format=torch.channels_last)
        pyramid = self.fpn(OrderedDict(zip(_LEVELS, self.backbone(images), strict=True)))
        sizes = [(self.size.height, self.size.width)] * len(photos)
        return ImageList(images, sizes), {name: level.float() for name, level in pyramid.items()}


class PartialRpn(RegionProposalNetwork):  # type: ignore[misc]
    """Proposals that learn no background from photos annotated in part."""

    def assign_targets_to_anchors(
        self, anchors: list[Tensor], targets: list[dict[str, Tensor]]
    ) -> tuple[list[Tensor], list[Tensor]]:
        """Labels per anchor: 1 damage, 0 background, -1 left out; and the matched boxes."""
        labels, boxes = super().assign_targets_to_anchors(anchors, targets)
        for row, target in zip(labels, targets, strict=True):
            if not target["complete"]:
                row[row == 0] = -1
        return labels, boxes


class PartialHeads(RoIHeads):  # type: ignore[misc]
    """Box and mask heads that learn from what the annotation knows."""

    def forward(
        self,
        features: dict[str, Tensor],
        proposals: list[Tensor],
        image_shapes: list[tuple[int, int]],
        targets: list[dict[str, Tensor]] | None = None,
    ) -> tuple[list[dict[str, Tensor]], dict[str, Tensor]]:
        """Detections when no targets are given, else losses."""
        if targets is None:
            found, losses = super().forward(features, proposals, image_shapes)
            return found, losses
        proposals, matched, labels, regression = self.select_training_samples(proposals, targets)
        keep = [(rows > 0) | target["complete"] for rows, target in zip(labels, targets, strict=True)]
        proposals, matched, labels, regression = (
            [values[kept] for values, kept in zip(group, keep, strict=True)]
            for group in (proposals, matched, labels, regression)
        )
        box_features = self.box_head(self.box_roi_pool(features, proposals, image_shapes))
        logits, offsets = self.box_predictor(box_features)
        classes, boxes = fastrcnn_loss(logits.float(), offsets.float(), labels, regression)
        losses = {"class": classes, "box": boxes}
        return [], losses | {"mask": self._mask_loss(features, proposals, matched, labels, image_shapes, targets)}

    def _mask_loss(  # noqa: PLR0917 - the order is that of `forward`
        self,
        features: dict[str, Tensor],
        proposals: list[Tensor],
        matched: list[Tensor],
        labels: list[Tensor],
        image_shapes: list[tuple[int, int]],
        targets: list[dict[str, Tensor]],
    ) -> Tensor:
        learns = [
            (rows > 0) & target["has_mask"][match] if len(target["has_mask"]) else rows > 0
            for rows, match, target in zip(labels, matched, targets, strict=True)
        ]
        chosen = [boxes[rows] for boxes, rows in zip(proposals, learns, strict=True)]
        if not sum(map(len, chosen)):
            return features["0"].sum() * 0
        mask_features = self.mask_head(self.mask_roi_pool(features, chosen, image_shapes))
        logits = self.mask_predictor(mask_features).float()
        scaled = [boxes / MASK_STRIDE for boxes in chosen]  # masks are taught at a quarter of the side
        kept = [match[rows] for match, rows in zip(matched, learns, strict=True)]
        truth = [target["masks"] for target in targets]
        return torch.as_tensor(maskrcnn_loss(logits, scaled, truth, [target["labels"] for target in targets], kept))
