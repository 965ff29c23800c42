"""Whether the photos of a step are enough for a model to learn from."""

import copy

import numpy as np
import torch
from torch import Tensor, nn

from coachwork.models.family import FamilyModule
from coachwork.training.batches import as_targets
from coachwork.training.plan import Plan, PlanError
from coachwork.training.processes import process_count
from coachwork.training.watchdog.rule import counted


class _NothingToNormaliseBy(Exception):
    """A layer that learns batch statistics was given a single value of a channel."""


def check_step_photos(model: FamilyModule, plan: Plan, photos: int) -> None:
    """Makes sure that each process gets photos in every step, and more than one where the model cannot learn from one.

    Args:
        model: the plan's.
        plan: what is trained.
        photos: that an epoch shows.

    Raises:
        PlanError: there are too few of them, or the plan's batch is too small.
    """
    processes = process_count()
    of_a_step = min(plan.schedule.batch, photos) // processes
    if of_a_step > 1:
        return
    least = 1 if _learns_from_one(model, plan) else 2
    if of_a_step >= least:
        return
    needed = f"{plan.model.family} at {plan.model.width} x {plan.model.height} px needs at least {least * processes}"
    needed += " in a step" if processes == 1 else f" in a step of {processes} processes"
    if plan.schedule.batch < least * processes:
        message = f"schedule.batch = {plan.schedule.batch} is too small: {needed}; raise it, or model.height and width"
    else:
        message = (
            f"the plan selects {counted(photos, 'photo')} to learn from, and {needed}: raise data.share, "
            "add photos, or show them more often (data.repeats)"
        )
    raise PlanError(message)


def _learns_from_one(model: FamilyModule, plan: Plan) -> bool:
    """Whether no layer of a copy of the model is left with a single value of a channel by an empty photo."""
    copied = copy.deepcopy(model).cpu().train()
    for layer in copied.modules():
        if isinstance(layer, nn.modules.batchnorm._BatchNorm):  # noqa: SLF001 - torch has no other name for all of them
            layer.register_forward_pre_hook(_refuse_single)
    photo = torch.zeros(1, plan.model.height, plan.model.width, 3, dtype=torch.uint8)
    truth = as_targets([], np.ones(len(plan.types), dtype=np.bool_), plan.model.size, damaged=0)
    with torch.no_grad(), torch.random.fork_rng():
        try:
            copied.losses(photo, [truth])
        except _NothingToNormaliseBy:
            return False
    return True


def _refuse_single(layer: nn.Module, given: tuple[Tensor, ...]) -> None:
    if layer.training and given[0].numel() == given[0].shape[1]:
        raise _NothingToNormaliseBy
