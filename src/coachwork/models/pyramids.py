"""Pyramids of features from any timm model that has them, named `timm/NAME`."""

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import timm
import torch
from torch import Tensor, nn

from coachwork.errors import CoachworkError
from coachwork.models.backbone_names import TIMM
from coachwork.models.hub_weights import cannot_be_had, timm_overlay

STRIDES = (4, 8, 16, 32)
_PROBE = (128, 256)
_MOST_FROZEN = 0.9

Statistics = tuple[float, float, float]
"""One number for each of the channels R, G, B, on a 0..255 scale."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pyramid:
    """A timm model that gives features at strides 4, 8, 16 and 32.

    Attributes:
        net: images (B, 3, H, W) to features at all its strides, fine ones first.
        levels: which of these features have the strides 4, 8, 16 and 32.
        channels: channels of these four.
        mean, std: what its weights expect of their input.
    """

    net: nn.Module
    levels: tuple[int, ...]
    channels: tuple[int, ...]
    mean: Statistics
    std: Statistics


def open_pyramid(name: str, *, pretrained: bool) -> Pyramid:
    """Builds the pyramid of a timm model.

    Args:
        name: `timm/` and timm's name of the model, with or without the tag of its weights (`timm/resnet18.a1_in1k`).
        pretrained: whether to fetch its ImageNet weights, which come from the Hugging Face hub or its cache.

    Raises:
        CoachworkError: the model has no such pyramid, or its weights cannot be had.
    """
    plain = name.removeprefix(TIMM)
    net = _created(name, plain, pretrained=pretrained)
    reductions: list[int] = list(net.feature_info.reduction())
    if not set(STRIDES) <= set(reductions):
        message = (
            f"backbone {name!r} gives features at strides {', '.join(map(str, sorted(set(reductions))))}, and a "
            "pyramid needs 4, 8, 16 and 32: choose one such as timm/resnet18 or timm/convnext_atto"
        )
        raise CoachworkError(message)
    levels = tuple(len(reductions) - 1 - reductions[::-1].index(stride) for stride in STRIDES)
    channels = [int(count) for count in net.feature_info.channels()]
    pyramid = Pyramid(
        net=net,
        levels=levels,
        channels=tuple(channels[level] for level in levels),
        mean=_scaled(net.pretrained_cfg["mean"]),
        std=_scaled(net.pretrained_cfg["std"]),
    )
    _check_shapes(name, pyramid)
    return pyramid


def freeze_pyramid(name: str, pyramid: Pyramid, stages: int) -> None:
    """Lets the first stages learn nothing: all that the features up to stride 2 ** stages are computed from.

    Raises:
        CoachworkError: nearly the whole model lies below that stride.
    """
    parameters = list(pyramid.net.parameters())
    kept = _below(pyramid, parameters, 2**stages) if stages else []
    share = sum(one.numel() for one in kept) / max(1, sum(one.numel() for one in parameters))
    if stages < len(STRIDES) and share > _MOST_FROZEN:
        message = (
            f"in {name} even the features at stride 4 come out of nearly all stages: set options.frozen_stages = 0"
        )
        raise CoachworkError(message)
    for one in kept:
        one.requires_grad = False


def _below(pyramid: Pyramid, parameters: Sequence[nn.Parameter], stride: int) -> list[nn.Parameter]:
    """The parameters that features up to a stride depend on, by following the gradient of an empty image."""
    net = _weightless(pyramid.net)
    with torch.enable_grad():
        features: list[Tensor] = net(_probe())
        chosen = [features[level].sum() for level, own in zip(pyramid.levels, STRIDES, strict=True) if own <= stride]
        gradients = torch.autograd.grad(torch.stack(chosen).sum(), list(net.parameters()), allow_unused=True)
    return [one for one, gradient in zip(parameters, gradients, strict=True) if gradient is not None]


def _created(name: str, plain: str, *, pretrained: bool) -> Any:
    overlay = timm_overlay(name, plain) if pretrained else {}
    try:
        return timm.create_model(plain, features_only=True, pretrained=pretrained, pretrained_cfg_overlay=overlay)
    except Exception as failed:
        said = str(failed).strip().partition("\n")[0] or type(failed).__name__
        if pretrained:
            raise cannot_be_had(name, said) from failed
        message = f"backbone {name!r} gives no pyramid of features ({said}): choose one such as timm/resnet18"
        raise CoachworkError(message) from failed


def _check_shapes(name: str, pyramid: Pyramid) -> None:
    """Raises CoachworkError unless the model takes a picture that is not square, and gives what it promised."""
    try:
        with torch.no_grad():
            features = _weightless(pyramid.net)(_probe())
        given = [tuple(features[level].shape[1:]) for level in pyramid.levels]
    except Exception as failed:
        message = f"backbone {name!r} does not take pictures of any size ({failed}): choose one such as timm/resnet18"
        raise CoachworkError(message) from failed
    wanted = [
        (count, _PROBE[0] // stride, _PROBE[1] // stride)
        for count, stride in zip(pyramid.channels, STRIDES, strict=True)
    ]
    if given != wanted:
        message = f"backbone {name!r} gives features of shapes {given}, not {wanted}: choose one such as timm/resnet18"
        raise CoachworkError(message)


def _weightless(net: nn.Module) -> nn.Module:
    """A copy that computes shapes and dependencies alone, at no cost."""
    return copy.deepcopy(net).to("meta").eval().requires_grad_(requires_grad=True)


def _probe() -> Tensor:
    return torch.zeros(1, 3, *_PROBE, device="meta")


def _scaled(shares: Sequence[float]) -> Statistics:
    red, green, blue = (round(255 * float(share), 4) for share in shares)
    return red, green, blue
