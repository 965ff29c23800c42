"""A run's state on disk: everything that resuming needs, written so that a killed process leaves the last one whole."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from coachwork.errors import CoachworkError

_SCHEMA = "coachwork.checkpoint/1"


class CheckpointError(CoachworkError):
    """A checkpoint that cannot be used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """State of a run between two steps.

    Attributes:
        plan: the plan as plain data.
        weights: the trained weights.
        averaged: the averaged weights, those to use.
        averaged_steps: updates that the average has seen.
        optimiser: the optimiser's state; empty in a checkpoint kept for export alone.
        epoch, step: epochs done; steps done within the epoch that follows.
        best: best headline figure so far.
        datasets: name, digest and sources of each dataset, for the bundle's card.
    """

    plan: dict[str, Any]
    weights: dict[str, Any]
    averaged: dict[str, Any]
    averaged_steps: int
    optimiser: dict[str, Any]
    epoch: int
    step: int
    best: float
    datasets: list[dict[str, Any]]


def write_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """Writes beside the target, flushes, then renames over it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    waiting = path.with_suffix(".writing")
    content = {"schema": _SCHEMA} | {name: getattr(checkpoint, name) for name in Checkpoint.__slots__}
    with waiting.open("wb") as file:
        torch.save(content, file)
        file.flush()
        os.fsync(file.fileno())
    waiting.replace(path)


def read_checkpoint(path: Path) -> Checkpoint:
    """Reads a checkpoint; only plain data and tensors are unpickled.

    Raises:
        CheckpointError: the file is missing, broken or of another kind.
    """
    try:
        content: Mapping[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError as missing:
        message = f"there is no checkpoint at {path}: give the .pt file that `coachwork train` wrote"
        raise CheckpointError(message) from missing
    except Exception as broken:  # torch.load raises what its parsers raise
        message = f"{path} is no checkpoint, or a broken one: give the .pt file that `coachwork train` wrote"
        raise CheckpointError(message) from broken
    if not isinstance(content, Mapping) or content.get("schema") != _SCHEMA:
        message = f"{path} is not a checkpoint of `coachwork train` ({_SCHEMA})"
        raise CheckpointError(message)
    fields = {name: content[name] for name in Checkpoint.__slots__}
    for kind in ("weights", "averaged"):
        fields[kind] = {_name(name): value for name, value in fields[kind].items()}
    return Checkpoint(**fields)


def _name(weight: str) -> str:
    """Layers of a backbone that run in full precision once had a name more."""
    return weight.replace(".layer.weight", ".weight") if "backbone." in weight else weight
