"""The mean of several runs' weights ("model soups", Wortsman et al., ICML 2022).

Runs that went on from one start end near each other, where the mean of their weights is a model, too, and often a
better one than each: what chance led astray in one run cancels out. It costs nothing when the model answers.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import torch

from coachwork.errors import CoachworkError
from coachwork.training.checkpoint import Checkpoint
from coachwork.training.exporting import trained_model
from coachwork.training.plan import plan_from_json


class SoupError(CoachworkError):
    """Weights of which no mean can be taken."""


def mean_of(checkpoints: Sequence[Checkpoint]) -> Checkpoint:
    """The last checkpoint with the mean of all checkpoints' averaged weights, without an optimiser's state.

    Counters and other integers are those of the last. One that is named twice counts twice. The sets that any of them
    learnt from are named once each.

    Raises:
        SoupError: fewer than two checkpoints, or they hold different models.
    """
    if len(checkpoints) < 2:
        message = "name at least two checkpoints: the mean of one is that one"
        raise SoupError(message)
    last = checkpoints[-1]
    for place, other in enumerate(checkpoints[:-1], start=1):
        _check_alike(other, last, place)
    weights = {
        name: torch.stack([one.averaged[name].double() for one in checkpoints]).mean(dim=0).to(value.dtype)
        if value.is_floating_point()
        else value
        for name, value in last.averaged.items()
    }
    datasets = {dataset["digest"]: dataset for one in checkpoints for dataset in one.datasets}
    mean = replace(
        last, weights=weights, averaged=weights, averaged_steps=0, optimiser={}, datasets=list(datasets.values())
    )
    trained_model(mean, plan_from_json(mean.plan))  # proves that the weights are the plan's model
    return mean


def _check_alike(one: Checkpoint, last: Checkpoint, place: int) -> None:
    """Same model, same types in the same order, same weights in the same shapes.

    Raises:
        SoupError: they differ.
    """
    held, wanted = _described(one), _described(last)
    for field, value in wanted.items():
        if held[field] != value:
            message = f"checkpoint {place} and the last one differ in {field}: {held[field]!r} and {value!r}"
            raise SoupError(message)
    strange = [
        name
        for name in one.averaged.keys() | last.averaged.keys()
        if name not in one.averaged
        or name not in last.averaged
        or one.averaged[name].shape != last.averaged[name].shape
    ]
    if strange:
        message = f"checkpoint {place} and the last one differ in {len(strange)} weights, as in {min(strange)}"
        raise SoupError(message)


def _described(checkpoint: Checkpoint) -> dict[str, Any]:
    model = checkpoint.plan["model"]
    return {"types": checkpoint.plan["types"], "family": model["family"], "backbone": model["backbone"]}
