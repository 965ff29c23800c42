"""A run's state on disk: everything that resuming needs, written so that a killed process leaves the last one whole."""

import io
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from coachwork.errors import CoachworkError
from coachwork.inference.variant import WEIGHTS_FILE

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
        optimiser: the optimiser's state; empty in a checkpoint kept for export or fine-tuning alone.
        epoch, step: epochs done; steps done within the epoch that follows.
        best: best headline figure so far.
        datasets: name, digest and sources of each dataset that the weights learnt from, for the bundle's card.
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


def portable_weights(checkpoint: Checkpoint) -> bytes:
    """What a bundle carries to be trained on from: the averaged weights alone, without places on this machine.

    Matrices and kernels are rounded to 16-bit numbers, which halves the file; vectors, such as the statistics of batch
    normalisation, are not. `read_checkpoint` gives 32-bit numbers again.
    """
    plan = {name: value for name, value in checkpoint.plan.items() if name != "tracking"}
    plan["data"] = plan["data"] | {"datasets": [dataset["name"] for dataset in checkpoint.datasets] or ["none"]}
    plan["model"] = plan["model"] | {"initial": "", "fresh_backbone": False}
    content = {"schema": _SCHEMA} | {name: getattr(checkpoint, name) for name in Checkpoint.__slots__}
    content |= {
        "plan": plan,
        "weights": {},
        "averaged": {name: _halved(value) for name, value in checkpoint.averaged.items()},
        "optimiser": {},
    }
    file = io.BytesIO()
    torch.save(content, file)
    return file.getvalue()


def read_checkpoint(path: Path) -> Checkpoint:
    """Reads a checkpoint, or the weights that a bundle's folder carries; only plain data and tensors are unpickled.

    Raises:
        CheckpointError: the file is missing, broken or of another kind.
    """
    if path.is_dir():
        path = path / WEIGHTS_FILE
        if not path.exists():
            message = f"{path.parent} holds no {WEIGHTS_FILE} to train on from: export the bundle again, from its run"
            raise CheckpointError(message)
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
        fields[kind] = {_name(name): _full(value) for name, value in fields[kind].items()}
    return Checkpoint(**fields)


def _halved(weight: torch.Tensor) -> torch.Tensor:
    """The weight in 16-bit numbers, unless it is a vector or holds numbers that are too large."""
    if weight.dtype != torch.float32 or weight.ndim < 2 or weight.abs().max() > torch.finfo(torch.float16).max:
        return weight.clone()  # a view would bring along all that it is a view of
    return weight.half()


def _full(weight: torch.Tensor) -> torch.Tensor:
    return weight.float() if weight.dtype == torch.float16 else weight


def _name(weight: str) -> str:
    """Layers of a backbone that run in full precision once had a name more."""
    return weight.replace(".layer.weight", ".weight") if "backbone." in weight else weight
