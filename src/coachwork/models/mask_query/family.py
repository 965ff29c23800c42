"""Mask queries as a model family: net, loss and exported outputs under the contract of `models/family.py`."""

from collections.abc import Sequence

from torch import Tensor, nn

from coachwork.errors import CoachworkError
from coachwork.geometry.size import Size
from coachwork.models.loss_terms import LossTerms
from coachwork.models.mask_query.loss import mask_query_loss
from coachwork.models.mask_query.net import HEADS, MaskQueryNet
from coachwork.models.targets import Targets


class MaskQuery(nn.Module):
    """Boxes, scores and masks of a fixed number of candidates, and a score of the whole photo, from one pass.

    Raises:
        CoachworkError: no query, no layer, or a hidden width that the heads of attention cannot share.
    """

    decoding = "boxes_maps"
    output_names = ("boxes", "scores", "masks", "photo_score", "embedding")

    def __init__(
        self,
        *,
        types: int,
        size: Size,
        backbone: str,
        pretrained: bool,
        frozen_stages: int = 2,
        queries: int = 50,
        layers: int = 3,
        hidden: int = 128,
        decoder: Sequence[int] = (32, 64, 96, 128),
    ) -> None:
        super().__init__()
        if queries < 1 or layers < 1 or hidden < 1 or hidden % HEADS:
            message = (
                f"mask_query takes queries and layers from 1 and a hidden width in multiples of {HEADS}, "
                f"got {queries}, {layers}, {hidden}; check [model.options]"
            )
            raise CoachworkError(message)
        self.terms = LossTerms()
        self.net = MaskQueryNet(
            types=types,
            size=size,
            backbone=backbone,
            pretrained=pretrained,
            frozen_stages=frozen_stages,
            queries=queries,
            layers=layers,
            hidden=hidden,
            decoder=decoder,
        )

    def losses(self, photos: Tensor, truth: Sequence[Targets]) -> dict[str, Tensor]:
        """Loss terms of photos (B, H, W, 3) uint8 RGB."""
        return mask_query_loss(self.net(photos), self.net.points, truth, self.terms)

    def forward(self, photos: Tensor) -> tuple[Tensor, ...]:
        """Boxes (B, Q, 4), scores (B, Q, C), masks (B, Q, H/4, W/4), photo scores (B, 1), embeddings (B, E)."""
        raw = self.net(photos)
        return raw.boxes[-1], raw.logits[-1].sigmoid(), raw.masks[-1].sigmoid(), raw.photo.sigmoid(), raw.embedding
