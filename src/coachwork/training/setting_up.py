"""What a run starts from: the model with its first weights, and the groups in which the optimiser moves them."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from coachwork.models.family import FamilyModule, build_model
from coachwork.training.checkpoint import CheckpointError, read_checkpoint
from coachwork.training.plan import Plan

if TYPE_CHECKING:
    from torch import Tensor


def initial_model(plan: Plan) -> FamilyModule:
    """The plan's model with the weights that it starts from.

    Raises:
        CheckpointError: the checkpoint to start from cannot be read, or holds another model.
    """
    model = build_model(
        plan.model.family,
        types=len(plan.types),
        size=plan.model.size,
        backbone=plan.model.backbone,
        pretrained=plan.model.pretrained and (plan.model.fresh_backbone or not plan.model.initial),
        options=plan.model.options,
    )
    if plan.model.initial:
        _start_from(model, Path(plan.model.initial), but="backbone." if plan.model.fresh_backbone else None)
    return model


def _start_from(model: FamilyModule, path: Path, *, but: str | None) -> None:
    """Takes over a checkpoint's weights `but` those of one part; what the checkpoint does not know starts fresh."""
    own = model.state_dict()
    weights = {name: value for name, value in read_checkpoint(path).averaged.items() if not but or but not in name}
    strange = [name for name, value in weights.items() if name not in own or own[name].shape != value.shape]
    if strange:
        message = f"{path} holds another model than the plan's: {', '.join(strange[:3])} do not fit; check [model]"
        raise CheckpointError(message)
    model.load_state_dict(weights, strict=False)


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
