"""EfficientDet as a model family: net, loss and exported outputs under the contract of `models/family.py`."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from torch import Tensor, nn

from coachwork.errors import CoachworkError
from coachwork.geometry.size import Size
from coachwork.models.efficientdet.loss import efficientdet_loss
from coachwork.models.efficientdet.net import EfficientDetNet
from coachwork.models.efficientdet.scaling import SCALES, scale_of
from coachwork.models.loss_terms import LossTerms
from coachwork.models.targets import Targets

_USUAL = replace(SCALES["lite0"], repeats=2)
"""What a plan without a scale gets: lite0 with one layer of BiFPN less, since a decoder lies below it."""


class EfficientDet(nn.Module):
    """Boxes, scores, per-type pixels and a score of the whole photo from one pass.

    Args:
        types: number of damage types C.
        size: input size.
        backbone: name of the backbone; with a scale, that scale's own.
        pretrained: whether the backbone starts from ImageNet.
        frozen_stages: how many of its first stages learn nothing.
        scale: step of compound scaling, see `scaling.py`; "" for the usual small detector on any backbone.
        channels: of BiFPN and heads; by default those of the scale, 64 without one.
        repeats: layers of BiFPN; by default those of the scale, 2 without one.
        head_repeats: convolutions of each head before its last; by default those of the scale, 3 without one.
        decoder: channels of the pixel decoder at strides 4, 8, 16 and 32.

    Raises:
        CoachworkError: there is no such scale, or it stands on another backbone.
    """

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
        scale: str = "",
        channels: int | None = None,
        repeats: int | None = None,
        head_repeats: int | None = None,
        decoder: Sequence[int] = (32, 64, 96, 128),
    ) -> None:
        super().__init__()
        self.terms = LossTerms()
        step = scale_of(scale) if scale else _USUAL
        if scale and backbone != step.backbone:
            message = f"scale {scale!r} stands on {step.backbone}, not on {backbone}: name it, or no backbone"
            raise CoachworkError(message)
        self.net = EfficientDetNet(
            types=types,
            height=size.height,
            width=size.width,
            backbone=backbone,
            pretrained=pretrained,
            frozen_stages=frozen_stages,
            channels=channels or step.channels,
            repeats=repeats or step.repeats,
            head_repeats=head_repeats or step.head_repeats,
            configuration=step.configuration,
            decoder=decoder,
        )

    def joined_inputs(self) -> Mapping[str, Sequence[str]]:
        """Weights whose inputs are several features side by side, and the weights whose rows give these, in order."""
        sixteen, top = "net.pixels.blocks.0.1.0.weight", "net.pixels.top.0.weight"
        pooled = {"net.photo.layers.0.weight": (sixteen, sixteen, top, top)}
        return pooled | {
            f"net.pixels.{name}": [f"net.pixels.{part}" for part in parts]
            for name, parts in self.net.pixels.joined_inputs().items()
        }

    def losses(self, photos: Tensor, truth: Sequence[Targets]) -> dict[str, Tensor]:
        """Loss terms of photos (B, H, W, 3) uint8 RGB."""
        return efficientdet_loss(self.net(photos), self.net.points, truth, self.terms)

    def forward(self, photos: Tensor) -> tuple[Tensor, ...]:
        """Boxes (B, A, 4), scores (B, A, C), masks (B, C, H/4, W/4), photo scores (B, 1), embeddings (B, E)."""
        raw = self.net(photos)
        return raw.boxes, raw.logits.sigmoid(), raw.shapes.sigmoid(), raw.photo.sigmoid(), raw.embedding
