"""What a run starts from: the model with its first weights, and the groups in which the optimiser moves them."""

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coachwork.models.family import FamilyModule, build_model
from coachwork.training.checkpoint import Checkpoint, CheckpointError, read_checkpoint
from coachwork.training.plan import Plan
from coachwork.training.widening import widened

if TYPE_CHECKING:
    from torch import Tensor


def initial_model(plan: Plan) -> FamilyModule:
    """The plan's model with the weights that it starts from.

    Raises:
        CheckpointError: the checkpoint to start from cannot be read, or holds another model.
    """
    model = _built(plan, types=len(plan.types), pretrained=_takes_imagenet(plan))
    if plan.model.initial:
        _start_from(model, plan, read_checkpoint(Path(plan.model.initial)))
    return model


def _takes_imagenet(plan: Plan) -> bool:
    return plan.model.pretrained and (plan.model.fresh_backbone or not plan.model.initial)


def _built(plan: Plan, *, types: int, pretrained: bool) -> FamilyModule:
    return build_model(
        plan.model.family,
        types=types,
        size=plan.model.size,
        backbone=plan.model.backbone,
        pretrained=pretrained,
        options=plan.model.options,
    )


def _start_from(model: FamilyModule, plan: Plan, checkpoint: Checkpoint) -> None:
    """Takes over a checkpoint's weights, perhaps without the backbone's; what it does not know starts fresh."""
    own = model.state_dict()
    known = checkpoint.averaged
    weights = {name: known[name] for name in known if not (plan.model.fresh_backbone and "backbone." in name)}
    learnt = checkpoint.plan["types"]
    if list(plan.types) != learnt:
        for name in _of_types(plan, own) & weights.keys():
            weights[name] = _by_type(weights[name], own[name], learnt, plan)
    small, weights = weights, widened(weights, own, model)
    strange = [name for name, value in weights.items() if name not in own or own[name].shape != value.shape]
    if strange:
        held = checkpoint.plan["model"]
        described = ", ".join(f"{field} = {held[field]!r}" for field in ("family", "backbone", "options"))
        message = (
            f"{plan.model.initial} holds another model than the plan's: {', '.join(strange[:3])} do not fit; "
            f"it was trained with {described}: write these into [model]"
        )
        raise CheckpointError(message)
    if any(weights[name] is not value for name, value in small.items()):
        _check_layers(own.keys() - known.keys(), plan)
    model.load_state_dict(weights, strict=False)


def _check_layers(new: Collection[str], plan: Plan) -> None:
    """A wider model says at first what the small one says, unless it has layers that the small one lacks.

    Raises:
        CheckpointError: there are such layers.
    """
    if new:
        message = (
            f"{plan.model.initial} lacks layers of the plan's model ({', '.join(sorted(new)[:3])}): what trains on may "
            "be wider, not deeper. Leave options.repeats and options.head_repeats as they were; and where "
            "options.channels is among the numbers of options.decoder, it has to be so at the same place in both"
        )
        raise CheckpointError(message)


def _of_types(plan: Plan, own: dict[str, "Tensor"]) -> set[str]:
    """Names of the weights that have rows for each type: those that grow when there is one type more."""
    larger = _built(plan, types=len(plan.types) + 1, pretrained=False).state_dict()
    return {name for name, value in own.items() if larger[name].shape != value.shape}


def _by_type(value: "Tensor", fresh: "Tensor", learnt: Sequence[str], plan: Plan) -> "Tensor":
    """Rows of the types that were learnt, in the order of the plan, and fresh ones of those that were not.

    Raises:
        CheckpointError: the rows are not one for each type, as Mask R-CNN's, which knows a background, too.
    """
    if len(value) != len(learnt) or len(fresh) != len(plan.types):
        message = (
            f"{plan.model.initial} learnt {', '.join(learnt)}: a {plan.model.family} starts from the same types only"
        )
        raise CheckpointError(message)
    rows = fresh[(slice(None), *map(slice, value.shape[1:]))].clone()  # the plan's model may be wider
    for place, kind in enumerate(plan.types):
        if kind in learnt:
            rows[place] = value[learnt.index(kind)]
    return rows


def parameter_groups(model: FamilyModule, plan: Plan) -> list[dict[str, Any]]:
    """Parameter groups: backbone and heads, each with weights (decayed) and biases or scales (not decayed)."""
    groups: dict[tuple[bool, bool], list[Tensor]] = {}
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            groups.setdefault(("backbone" in name, parameter.ndim > 1), []).append(parameter)
    schedule = plan.schedule
    return [
        {
            "params": parameters,
            "factor": schedule.backbone_rate if in_backbone else 1.0,
            "weight_decay": schedule.weight_decay if is_matrix else 0.0,
        }
        for (in_backbone, is_matrix), parameters in groups.items()
    ]
