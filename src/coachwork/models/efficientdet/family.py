"""EfficientDet as a model family: net, loss and exported outputs under the contract of `models/family.py`."""

from collections.abc import Sequence

from torch import Tensor, nn

from coachwork.geometry.size import Size
from coachwork.models.efficientdet.loss import efficientdet_loss
from coachwork.models.efficientdet.net import EfficientDetNet
from coachwork.models.loss_terms import LossTerms
from coachwork.models.targets import Targets


class EfficientDet(nn.Module):
    """Boxes, scores, per-type pixels and a score of the whole photo from one pass."""

    decoding = "boxes_semantic"
    output_names = ("boxes", "scores", "masks", "photo_score", "embedding")

    def __init__(
        self,
        *,
        types: int,
        size: Size,
        backbone: str,
        pretrained: bool,
        frozen_stages: int = 2,
        channels: int = 64,
        repeats: int = 2,
        decoder: Sequence[int] = (32, 64, 96, 128),
    ) -> None:
        super().__init__()
        self.terms = LossTerms()
        self.net = EfficientDetNet(
            types=types,
            height=size.height,
            width=size.width,
            backbone=backbone,
            pretrained=pretrained,
            frozen_stages=frozen_stages,
            channels=channels,
            repeats=repeats,
            decoder=decoder,
        )

    def losses(self, photos: Tensor, truth: Sequence[Targets]) -> dict[str, Tensor]:
        """Loss terms of photos (B, H, W, 3) uint8 RGB."""
        return efficientdet_loss(self.net(photos), self.net.points, truth, self.terms)

    def forward(self, photos: Tensor) -> tuple[Tensor, ...]:
        """Boxes (B, A, 4), scores (B, A, C), masks (B, C, H/4, W/4), photo scores (B, 1), embeddings (B, E)."""
        raw = self.net(photos)
        return raw.boxes, raw.logits.sigmoid(), raw.shapes.sigmoid(), raw.photo.sigmoid(), raw.embedding
