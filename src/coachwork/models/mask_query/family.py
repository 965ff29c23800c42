"""Mask queries as a model family: net, loss and exported outputs under the contract of `models/family.py`."""

from collections.abc import Sequence

from torch import Tensor, nn

from coachwork.geometry.size import Size
from coachwork.models.loss_terms import LossTerms
from coachwork.models.mask_query.loss import mask_query_loss
from coachwork.models.mask_query.net import MaskQueryNet
from coachwork.models.mask_query.options import MaskQueryOptions
from coachwork.models.targets import Targets


class MaskQuery(nn.Module):
    """Boxes, scores and masks of a fixed number of candidates, and a score of the whole photo, from one pass.

    Args:
        types: number of damage types.
        size: input size.
        backbone: name of the backbone.
        pretrained: whether the backbone starts from ImageNet.
        options: the family's own.
    """

    decoding = "boxes_maps"
    output_names = ("boxes", "scores", "masks", "photo_score", "embedding")

    def __init__(self, *, types: int, size: Size, backbone: str, pretrained: bool, options: MaskQueryOptions) -> None:
        super().__init__()
        self.terms = LossTerms()
        self.net = MaskQueryNet(
            types=types,
            size=size,
            backbone=backbone,
            pretrained=pretrained,
            frozen_stages=options.frozen_stages,
            queries=options.queries,
            layers=options.layers,
            hidden=options.hidden,
            decoder=options.decoder,
        )

    def losses(self, photos: Tensor, truth: Sequence[Targets]) -> dict[str, Tensor]:
        """Loss terms of photos (B, H, W, 3) uint8 RGB."""
        return mask_query_loss(self.net(photos), self.net.points, truth, self.terms)

    def forward(self, photos: Tensor) -> tuple[Tensor, ...]:
        """Boxes (B, Q, 4), scores (B, Q, C), masks (B, Q, H/4, W/4), photo scores (B, 1), embeddings (B, E)."""
        raw = self.net(photos)
        return raw.boxes[-1], raw.logits[-1].sigmoid(), raw.masks[-1].sigmoid(), raw.photo.sigmoid(), raw.embedding
