"""EfficientDet (Tan et al., CVPR 2020) with one place per cell and a mask branch.

Backbone, BiFPN and heads are EfficientDet's (the `effdet` package); each cell predicts one box as distances from its
centre. Between backbone and BiFPN lies a U-Net-like decoder that predicts, per damage type, which pixels are damaged:
its dense lessons shape the features that the heads read, so that few photos go further. A second set of maps is taught
inside the boxes of damages alone; an instance's mask is its type's map of these inside its box, since damages of one
type seldom overlap. A small head on pooled features says whether the photo shows any damage at all.
"""

import warnings
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

from coachwork.geometry.pyramid import LEVELS
from coachwork.models.backbone import Backbone, Normalise
from coachwork.models.pixel_pyramid import PhotoHead, PixelPyramid, pooled

with warnings.catch_warnings():
    warnings.filterwarnings("ignore", "`torch.jit.script` is deprecated", FutureWarning)  # effdet 0.4.1 uses it
    from effdet import get_efficientdet_config
    from effdet.efficientdet import BiFpn, HeadNet, _init_weight

_CELL = 3.0
"""Side of a cell's unit box, in strides: exp(0) predicts a box of six strides."""


class Raw(NamedTuple):
    """The net's answers for a batch.

    Attributes:
        logits: (B, A, C) float32.
        boxes: (B, A, 4) float32 xyxy, input pixels.
        pixels: (B, C, H/4, W/4) float32 logits, damage of a type anywhere in the photo.
        shapes: (B, C, H/4, W/4) float32 logits, damage of a type given that the place lies in such a damage's box.
        photo: (B, 1) float32 logits, any damage in the photo.
        embedding: (B, E) float32, what the photo looks like: features pooled over it.
        features: features (B, widths[i], H / s, W / s) at strides s = 4, 8, 16, 32: decoded ones, from 8 on beside
            those of BiFPN.
    """

    logits: Tensor
    boxes: Tensor
    pixels: Tensor
    shapes: Tensor
    photo: Tensor
    embedding: Tensor
    features: tuple[Tensor, ...]


class EfficientDetNet(nn.Module):
    """Photos in, scores, boxes and per-type pixels out.

    Args:
        types: number of damage types C.
        height, width: input size in pixels, multiples of 128.
        backbone: name of the backbone.
        pretrained: whether the backbone starts from ImageNet.
        channels: channels of BiFPN and heads.
        repeats: layers of BiFPN.
        head_repeats: convolutions of each head before its last one.
        configuration: effdet's name of the scale, which decides activation and how BiFPN weighs its inputs.
        decoder: channels of the pixel decoder at strides 4, 8, 16 and 32.
    """

    points: Tensor
    strides: Tensor

    def __init__(
        self,
        *,
        types: int,
        height: int,
        width: int,
        backbone: str = "efficientnet_lite0",
        pretrained: bool = True,
        frozen_stages: int = 2,
        channels: int = 64,
        repeats: int = 2,
        head_repeats: int = 3,
        configuration: str = "tf_efficientdet_lite0",
        decoder: Sequence[int] = (32, 64, 96, 128),
    ) -> None:
        super().__init__()
        self.backbone = Backbone(backbone, pretrained=pretrained, frozen_stages=frozen_stages)
        self.normalise = Normalise(self.backbone.mean, self.backbone.std)
        config = get_efficientdet_config(configuration)
        config.update(
            image_size=(height, width),
            num_classes=types,
            num_scales=1,
            aspect_ratios=[(1.0, 1.0)],
            fpn_channels=channels,
            fpn_cell_repeats=repeats,
            box_class_repeats=head_repeats,
            norm_kwargs={"eps": 1e-3, "momentum": 0.03},
        )
        self.pixels = PixelDecoder(self.backbone.channels, widths=decoder, types=types)
        levels = [{"num_chs": decoder[i], "reduction": 2 ** (i + 2)} for i in (1, 2, 3)]
        self.photo = PhotoHead(2 * (decoder[2] + decoder[3]))
        self.fpn = BiFpn(config, levels)
        self.class_net = HeadNet(config, num_outputs=types)
        self.box_net = HeadNet(config, num_outputs=4)
        for name, module in self.named_modules():
            if name.startswith(("fpn", "class_net", "box_net")):
                _init_weight(module, name)
        points, strides = pyramid_points(height, width)
        self.register_buffer("points", points, persistent=False)
        self.register_buffer("strides", strides, persistent=False)

    def forward(self, photos: Tensor) -> Raw:
        """Answers for photos (B, H, W, 3) uint8 RGB."""
        images = self.normalise(photos).contiguous(memory_format=torch.channels_last)
        features, pixels, shapes = self.pixels(self.backbone(images))
        embedding = pooled(features[2:])
        pyramid: list[Tensor] = self.fpn(features[1:])
        logits = _flatten(self.class_net(pyramid))
        distances = _flatten(self.box_net(pyramid)).float().clamp(-6, 6).exp() * (_CELL * self.strides[None, :, None])
        boxes = torch.cat((self.points - distances[..., :2], self.points + distances[..., 2:]), dim=2)
        photo = self.photo(embedding)
        near = (features[0], *(torch.cat(pair, dim=1) for pair in zip(features[1:], pyramid[:3], strict=True)))
        return Raw(logits.float(), boxes, pixels.float(), shapes.float(), photo.float(), embedding.float(), near)


class PixelDecoder(PixelPyramid):
    """A pyramid of pixels that also says, per damage type, which of them are damaged.

    Args:
        inputs: channels of the backbone at strides 4, 8, 16, 32.
        widths: channels of the decoder at the same strides.
        types: number of damage types C.
    """

    def __init__(self, inputs: Sequence[int], *, widths: Sequence[int], types: int) -> None:
        super().__init__(inputs, widths=widths)
        self.predict = nn.Conv2d(widths[0], types, 1)
        nn.init.constant_(self.predict.bias, -4.0)  # type: ignore[arg-type]
        self.shapes = nn.Conv2d(widths[0], types, 1)

    def forward(self, features: Sequence[Tensor]) -> tuple[list[Tensor], Tensor, Tensor]:
        """Decoded features at strides 4, 8, 16, 32, and logits of pixels and of shapes (B, C, H/4, W/4)."""
        decoded = self.decoded(features)
        return decoded, self.predict(decoded[0]), self.shapes(decoded[0])


def pyramid_points(height: int, width: int) -> tuple[Tensor, Tensor]:
    """Centres (A, 2) float32 x, y in input pixels and strides (A,) float32 of all cells, fine levels first."""
    points, strides = [], []
    for level in LEVELS:
        stride = 2**level
        rows, columns = -(-height // stride), -(-width // stride)
        y, x = torch.meshgrid(torch.arange(rows) + 0.5, torch.arange(columns) + 0.5, indexing="ij")
        points.append(torch.stack((x, y), dim=-1).reshape(-1, 2) * stride)
        strides.append(torch.full((rows * columns,), float(stride)))
    return torch.cat(points), torch.cat(strides)


def _flatten(levels: Sequence[Tensor]) -> Tensor:
    """(B, K, h, w) per level -> (B, A, K)."""
    return torch.cat([level.permute(0, 2, 3, 1).flatten(1, 2) for level in levels], dim=1)
