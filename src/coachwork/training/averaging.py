"""Exponentially averaged weights, which are what is validated and exported."""

import copy

import torch

from coachwork.models.family import FamilyModule


class AveragedModel:
    """A copy of a model whose weights trail the trained ones.

    Args:
        model: the model that is trained.
        decay: share of the old average that each step keeps; it rises to this value over the first steps.
    """

    def __init__(self, model: FamilyModule, decay: float) -> None:
        self.model = copy.deepcopy(model).eval().requires_grad_(requires_grad=False)
        self.decay = decay
        self.steps = 0

    @torch.no_grad()
    def update(self, model: FamilyModule) -> None:
        """Moves the average one step towards the trained weights; counters and other integers are copied."""
        self.steps += 1
        keep = min(self.decay, (1 + self.steps) / (10 + self.steps))
        for mine, theirs in zip(self.model.state_dict().values(), model.state_dict().values(), strict=True):
            if mine.dtype.is_floating_point:
                mine.lerp_(theirs.detach(), 1 - keep)
            else:
                mine.copy_(theirs)
