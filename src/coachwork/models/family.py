"""The contract of the model families, and where they are chosen by name."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, runtime_checkable

from torch import Tensor, nn

from coachwork.errors import CoachworkError
from coachwork.geometry.size import Size
from coachwork.models.loss_terms import LossTerms
from coachwork.models.targets import Targets


class Family(Protocol):
    """What training, validation and export ask of a model.

    Attributes:
        terms: weights of the loss terms, for the families that have such terms; may be set before training.
        decoding: the rule by which `coachwork.inference.decoding` reads the outputs.
        output_names: names of the outputs of `__call__`, in order, as they stand in the ONNX graph.
    """

    terms: LossTerms
    decoding: str
    output_names: tuple[str, ...]

    def losses(self, photos: Tensor, truth: Sequence[Targets]) -> dict[str, Tensor]:
        """Weighted loss terms (scalars) of photos (B, H, W, 3) uint8 RGB; their sum is minimised."""
        ...

    def __call__(self, photos: Tensor) -> tuple[Tensor, ...]:
        """The outputs for photos (B, H, W, 3) uint8 RGB."""
        ...


class FamilyModule(nn.Module, Family):
    """A family that is a torch module, as all are; for annotations only."""


@runtime_checkable
class WideningFamily(Protocol):
    """A family whose models may begin as smaller ones, see `training/widening.py`."""

    def joined_inputs(self) -> Mapping[str, Sequence[str]]:
        """Weights whose inputs are several features side by side, and the weights whose rows give these, in order."""
        ...


def _efficientdet(**options: object) -> nn.Module:
    from coachwork.models.efficientdet.family import EfficientDet  # noqa: PLC0415 - each family loads its own library

    return EfficientDet(**options)  # type: ignore[arg-type]


def _mask_rcnn(**options: object) -> nn.Module:
    from coachwork.models.mask_rcnn.family import MaskRcnn  # noqa: PLC0415

    return MaskRcnn(**options)  # type: ignore[arg-type]


def _mask_query(**options: object) -> nn.Module:
    from coachwork.models.mask_query.family import MaskQuery  # noqa: PLC0415

    return MaskQuery(**options)  # type: ignore[arg-type]


def _unet(**options: object) -> nn.Module:
    from coachwork.models.unet.family import Unet  # noqa: PLC0415

    return Unet(**options)  # type: ignore[arg-type]


FAMILIES: dict[str, Callable[..., nn.Module]] = {
    "efficientdet": _efficientdet,
    "mask_query": _mask_query,
    "mask_rcnn": _mask_rcnn,
    "unet": _unet,
}


def build_model(
    family: str, *, types: int, size: Size, backbone: str, pretrained: bool, options: dict[str, object] | None = None
) -> FamilyModule:
    """Builds a model of a family.

    Args:
        family: `efficientdet`, `mask_query`, `mask_rcnn` or `unet`.
        types: number of damage types.
        size: input size.
        backbone: backbone name, see `models/backbone.py`.
        pretrained: whether the backbone starts from ImageNet weights.
        options: the family's own options from the plan.

    Raises:
        CoachworkError: the family or one of its options is not known.
    """
    if family not in FAMILIES:
        message = f"model family {family!r} is not known; choose one of {', '.join(FAMILIES)}"
        raise CoachworkError(message)
    try:
        model = FAMILIES[family](types=types, size=size, backbone=backbone, pretrained=pretrained, **(options or {}))
    except TypeError as wrong:
        strange = re.search(r"unexpected keyword argument '(\w+)'", str(wrong))
        if strange is None or strange[1] not in (options or {}):
            raise
        message = f"model family {family!r} has no option {strange[1]!r}: docs/families.md lists those it has"
        raise CoachworkError(message) from wrong
    return model  # type: ignore[return-value]
