"""The loss on fixed photos, none of them varied: the same figure for training and validation photos."""

from collections.abc import Sequence
from dataclasses import fields, replace

import torch
from torch import Tensor

from coachwork.datasets.sample import Entry
from coachwork.models.family import FamilyModule
from coachwork.models.targets import Targets
from coachwork.training.batches import TrainingPhotos, collate
from coachwork.training.plan import AugmentationPlan, Plan

_SEED = 11
"""Mask R-CNN draws the proposals that it learns from; here always the same ones."""


class FixedLoss:
    """Measures a model's loss on some of the entries; their photos are read once and kept.

    Args:
        entries: to choose from, evenly.
        plan: the run's.
        count: photos at most.
    """

    def __init__(self, entries: Sequence[Entry], plan: Plan, count: int) -> None:
        count = min(count, len(entries))
        self._entries = [entries[i * len(entries) // count] for i in range(count)]
        self._plan = replace(plan, augmentation=unvaried())
        self._batches: list[tuple[Tensor, list[Targets]]] = []

    def __len__(self) -> int:
        """Number of photos."""
        return len(self._entries)

    @torch.no_grad()
    def measure(self, model: FamilyModule) -> float | None:
        """Mean loss a photo batch, in evaluation mode; None without photos. Randomness of the run stays untouched."""
        if not self._entries:
            return None
        device = next(model.parameters()).device
        bf16 = self._plan.schedule.precision == "bf16"
        was_training, total = model.training, 0.0
        model.eval()
        with torch.random.fork_rng(), torch.autocast(device.type, dtype=torch.bfloat16, enabled=bf16):
            torch.manual_seed(_SEED)
            for photos, truth in self._kept():
                terms = model.losses(photos.to(device), [one.to(device) for one in truth])
                total += len(photos) * float(torch.stack(list(terms.values())).sum())
        model.train(was_training)
        return total / len(self._entries)

    def _kept(self) -> list[tuple[Tensor, list[Targets]]]:
        if not self._batches:
            photos, size = TrainingPhotos(self._entries, self._plan), self._plan.schedule.batch
            places = [range(start, min(start + size, len(photos))) for start in range(0, len(photos), size)]
            self._batches = [collate([photos[i] for i in part]) for part in places]
        return self._batches


def unvaried() -> AugmentationPlan:
    """Augmentation that changes nothing: every probability and strength is 0, the scale 1."""
    still = {entry.name: 0.0 for entry in fields(AugmentationPlan) if entry.type is float}
    return AugmentationPlan(scale=(1.0, 1.0), **still)
