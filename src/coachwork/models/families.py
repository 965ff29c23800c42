"""The model families by name, and whether a plan's model can be one of them; no net is loaded before it is built."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from coachwork.errors import CoachworkError
from coachwork.models.backbone_names import backbone_fault, frozen_stages_fault
from coachwork.models.efficientdet.options import EfficientDetOptions
from coachwork.models.family_options import FamilyOptions
from coachwork.models.field_values import field_value
from coachwork.models.mask_query.options import MaskQueryOptions
from coachwork.models.mask_rcnn.options import MaskRcnnOptions
from coachwork.models.unet.options import UnetOptions

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownFamily:
    """A family that plans may name.

    Attributes:
        options: what `[model.options]` may hold.
        net: builds it from `types`, `size`, `backbone`, `pretrained` and `options`.
    """

    options: type[FamilyOptions]
    net: Callable[..., "nn.Module"]


def _efficientdet(**given: Any) -> "nn.Module":
    from coachwork.models.efficientdet.family import EfficientDet  # noqa: PLC0415 - each family loads its own library

    return EfficientDet(**given)


def _mask_rcnn(**given: Any) -> "nn.Module":
    from coachwork.models.mask_rcnn.family import MaskRcnn  # noqa: PLC0415

    return MaskRcnn(**given)


def _mask_query(**given: Any) -> "nn.Module":
    from coachwork.models.mask_query.family import MaskQuery  # noqa: PLC0415

    return MaskQuery(**given)


def _unet(**given: Any) -> "nn.Module":
    from coachwork.models.unet.family import Unet  # noqa: PLC0415

    return Unet(**given)


FAMILIES: dict[str, KnownFamily] = {
    "efficientdet": KnownFamily(options=EfficientDetOptions, net=_efficientdet),
    "mask_query": KnownFamily(options=MaskQueryOptions, net=_mask_query),
    "mask_rcnn": KnownFamily(options=MaskRcnnOptions, net=_mask_rcnn),
    "unet": KnownFamily(options=UnetOptions, net=_unet),
}


def family_options(family: str, *, backbone: str, options: Mapping[str, Any]) -> FamilyOptions:
    """The options of a family, each with its default where it is not named.

    Args:
        family: name of the family.
        backbone: name of the backbone.
        options: as a plan holds them.

    Raises:
        CoachworkError: family, backbone or an option is not known, or a value cannot be; names all of them.
    """
    faults = model_faults(family, backbone=backbone, options=options)
    if faults:
        raise CoachworkError("; ".join(faults))
    kind = FAMILIES[family].options
    return kind(**{name: _option(kind, name, value) for name, value in options.items()})


def model_faults(family: str, *, backbone: str, options: Mapping[str, Any]) -> list[str]:
    """What is wrong in names and values by which a plan describes its model; nothing is built."""
    unknown = backbone_fault(backbone)
    faults = [unknown] if unknown else []
    if family not in FAMILIES:
        return [f"model family {family!r} is not known; choose one of {', '.join(FAMILIES)}", *faults]
    kind = FAMILIES[family].options
    given: dict[str, Any] = {}
    for name, value in options.items():
        try:
            given[name] = _option(kind, name, value)
        except CoachworkError as wrong:
            faults.append(str(wrong))
    if faults:
        return faults
    made = kind(**given)
    stages = frozen_stages_fault(backbone, made.frozen_stages)
    return [f"model.options.{fault}" for fault in (*([stages] if stages else []), *made.faults(backbone))]


def _option(kind: type[FamilyOptions], name: str, value: Any) -> Any:
    known = {entry.name: entry.type for entry in fields(kind)}
    if name not in known:
        message = f"model.options.{name} = {value!r}: there is no such option; known: {', '.join(known)}"
        raise CoachworkError(message)
    return field_value(known[name], value, f"model.options.{name}", CoachworkError)
