"""The contract of the model families, and how one is built."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, cast, runtime_checkable

from torch import Tensor, nn

from coachwork.geometry.size import Size
from coachwork.models.families import FAMILIES, family_options
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


def build_model(
    family: str, *, types: int, size: Size, backbone: str, pretrained: bool, options: Mapping[str, Any] | None = None
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
        CoachworkError: the family, the backbone or an option is not known, or an option cannot have its value.
    """
    own = family_options(family, backbone=backbone, options=options or {})
    model = FAMILIES[family].net(types=types, size=size, backbone=backbone, pretrained=pretrained, options=own)
    return cast("FamilyModule", model)
