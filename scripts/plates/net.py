"""A small fully convolutional network that says of every fourth pixel how surely it belongs to a number plate."""

from typing import Any

import timm
import torch
from torch import Tensor, nn
from torch.nn import functional

from coachwork.models.backbone import Normalise, load_imagenet

STRIDE = 4
_BACKBONE = "efficientnet_lite0"
_WIDTH = 48
_STAGES = 5
"""Of the backbone, up to stride 16."""


class PlateNet(nn.Module):
    """EfficientNet-lite0 up to stride 16, and a light pyramid back to stride 4."""

    def __init__(self, *, pretrained: bool = True) -> None:
        super().__init__()
        self.normalise = Normalise()
        backbone: Any = timm.create_model(f"tf_{_BACKBONE}", features_only=True, out_indices=(1, 2, 3))
        if pretrained:
            load_imagenet(backbone, _BACKBONE)
        backbone.blocks = backbone.blocks[:_STAGES]  # what follows has no say in the features
        for part in (backbone.conv_stem, backbone.bn1, backbone.blocks[0]):
            part.requires_grad_(requires_grad=False)
        self.backbone = backbone
        channels: list[int] = backbone.feature_info.channels()
        self.lateral = nn.ModuleList(nn.Conv2d(depth, _WIDTH, 1) for depth in channels)
        self.smooth = nn.ModuleList(_separable(_WIDTH) for _ in channels)
        self.head = nn.Sequential(_separable(_WIDTH), nn.Conv2d(_WIDTH, 1, 1))
        nn.init.constant_(self.head[1].bias, -4.0)  # type: ignore[arg-type] # plates are rare

    def train(self, mode: bool = True) -> "PlateNet":  # noqa: FBT001, FBT002 - torch's own signature
        """Switches to training; the backbone keeps ImageNet's statistics, since batches are small."""
        super().train(mode)
        for module in self.backbone.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.eval()
        return self

    def forward(self, image: Tensor) -> Tensor:
        """Logits (B, H / 4, W / 4) of photos (B, H, W, 3) uint8 RGB."""
        features = self.backbone(self.normalise(image).contiguous(memory_format=torch.channels_last))
        levels = [lateral(feature) for lateral, feature in zip(self.lateral, features, strict=True)]
        merged = self.smooth[-1](levels[-1])
        for place in range(len(levels) - 2, -1, -1):
            merged = functional.interpolate(merged, scale_factor=2.0, mode="nearest")
            merged = self.smooth[place](merged + levels[place])
        return torch.as_tensor(self.head(merged)[:, 0])


class Shipped(nn.Module):
    """The network as it is exported: probabilities instead of logits."""

    def __init__(self, net: PlateNet) -> None:
        super().__init__()
        self.net = net

    def forward(self, image: Tensor) -> Tensor:
        """Probabilities (B, H / 4, W / 4)."""
        return torch.sigmoid(self.net(image))


def _separable(width: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(width, width, 3, padding=1, groups=width, bias=False),
        nn.Conv2d(width, width, 1, bias=False),
        nn.BatchNorm2d(width),
        nn.ReLU6(inplace=True),
    )
