"""U-Net (Ronneberger et al., 2015) as a model family: per-type pixels, whose connected components become instances."""

from collections.abc import Sequence

import torch
from segmentation_models_pytorch.decoders.unet.decoder import UnetDecoder
from torch import Tensor, nn

from coachwork.geometry.size import Size
from coachwork.models.backbone import Backbone, Normalise
from coachwork.models.loss_terms import LossTerms
from coachwork.models.losses import pixel_loss
from coachwork.models.targets import Targets
from coachwork.models.unet.options import UnetOptions


class Unet(nn.Module):
    """Per-type pixels from one pass, at stride 4.

    Args:
        types: number of damage types.
        size: input size; any will do, as the net is fully convolutional.
        backbone: name of the backbone.
        pretrained: whether the backbone starts from ImageNet.
        options: the family's own.
    """

    decoding = "semantic"
    output_names = ("masks",)

    def __init__(self, *, types: int, size: Size, backbone: str, pretrained: bool, options: UnetOptions) -> None:
        super().__init__()
        self.terms = LossTerms()
        del size
        channels = options.channels
        self.backbone = Backbone(backbone, pretrained=pretrained, frozen_stages=options.frozen_stages)
        self.normalise = Normalise(self.backbone.mean, self.backbone.std)
        features = [3, *self.backbone.channels]
        self.decoder = UnetDecoder(
            encoder_channels=features,
            decoder_channels=(4 * channels, 2 * channels, channels),
            n_blocks=3,
        )
        self.predict = nn.Conv2d(channels, types, 1)
        nn.init.constant_(self.predict.bias, -4.0)  # type: ignore[arg-type]

    def logits(self, photos: Tensor) -> Tensor:
        """Per-type logits (B, C, H/4, W/4) of photos (B, H, W, 3) uint8 RGB."""
        images = self.normalise(photos).contiguous(memory_format=torch.channels_last)
        return torch.as_tensor(self.predict(self.decoder([images, *self.backbone(images)]))).float()

    def losses(self, photos: Tensor, truth: Sequence[Targets]) -> dict[str, Tensor]:
        """Loss terms of photos (B, H, W, 3) uint8 RGB."""
        return {"pixel": pixel_loss(self.logits(photos), torch.stack([photo.pixels for photo in truth]), self.terms)}

    def forward(self, photos: Tensor) -> tuple[Tensor]:
        """Probabilities (B, C, H/4, W/4)."""
        return (self.logits(photos).sigmoid(),)
