"""What the folder of a training run says of it, read without torch where that goes."""

import hashlib
import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coachwork.annotations.tf_example import BrokenRecordError, read_records
from coachwork.errors import CoachworkError

_WALL_TIME = 0x09
"""Tag of field 1 (a double) of TensorFlow's `Event`, which every record of TensorBoard begins with."""

_UNLEARNT = ("running_mean", "running_var", "num_batches_tracked")
"""Ends of the names of what batch normalisation measures and does not learn."""


class RunFolderError(CoachworkError):
    """A folder that does not hold a run, or only a broken one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishedRun:
    """A run that was trained.

    Attributes:
        folder: of the run.
        name: the plan's.
        family, backbone: of its model.
        seed: of weights, order and augmentation.
        recipe: digest of the plan without name and seed, equal for runs that differ in their seed alone.
        seconds: of training with its validations, without the time between its parts; None where not recorded.
        checkpoint: its best weights.
        bundle: the folder in which its bundle is looked for.
    """

    folder: Path
    name: str
    family: str
    backbone: str
    seed: int
    recipe: str
    seconds: float | None
    checkpoint: Path
    bundle: Path


def is_run(folder: Path) -> bool:
    """Whether a folder holds a run."""
    return (folder / "plan.json").is_file()


def read_run(folder: Path) -> FinishedRun:
    """Reads a run's folder.

    Raises:
        RunFolderError: it holds no plan, or no weights.
    """
    try:
        plan: Any = json.loads((folder / "plan.json").read_text(encoding="utf-8"))
        model = plan["model"]
        name, family, backbone, seed = plan["name"], model["family"], model["backbone"], int(plan["seed"])
    except (OSError, ValueError, KeyError, TypeError) as broken:
        message = f"{folder} holds no run that can be read ({broken}): give a folder that `coachwork train` wrote"
        raise RunFolderError(message) from broken
    checkpoint = folder / "best.pt"
    if not checkpoint.is_file():
        message = f"the run in {folder} has no best.pt: it was never validated; train it to its end"
        raise RunFolderError(message)
    return FinishedRun(
        folder=folder,
        name=str(name),
        family=str(family),
        backbone=str(backbone),
        seed=seed,
        recipe=_recipe(plan),
        seconds=training_seconds(folder),
        checkpoint=checkpoint,
        bundle=folder / "bundle",
    )


def training_seconds(folder: Path) -> float | None:
    """How long a run took by the clock, from its TensorBoard events: of each part the time from first to last record.

    None where there are none. A file that was cut short counts as far as it can be read.
    """
    spans = []
    for path in sorted((folder / "events").glob("**/*tfevents*")):
        first = last = None
        try:
            with path.open("rb") as file:
                for record in read_records(file):
                    if len(record) >= 9 and record[0] == _WALL_TIME:
                        last = struct.unpack_from("<d", record, 1)[0]
                        first = last if first is None else first
        except (BrokenRecordError, OSError):
            pass  # a killed run leaves its last record half
        if first is not None and last is not None:
            spans.append(max(0.0, last - first))
    return sum(spans) if spans else None


def parameters_of(run: FinishedRun) -> int:
    """Learnt numbers in a run's best weights.

    Raises:
        CheckpointError: they cannot be read.
    """
    from coachwork.training.checkpoint import read_checkpoint  # noqa: PLC0415 - needs torch, the rest does not

    weights = read_checkpoint(run.checkpoint).averaged
    return sum(int(value.numel()) for name, value in weights.items() if not name.endswith(_UNLEARNT))


def _recipe(plan: Mapping[str, Any]) -> str:
    same = {name: value for name, value in plan.items() if name not in {"name", "seed", "tracking", "watchdog"}}
    return hashlib.sha256(json.dumps(same, sort_keys=True).encode()).hexdigest()
