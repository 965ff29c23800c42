"""The contract of everything that keeps a run's records: CSV tables, TensorBoard, MLflow, Weights & Biases."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from coachwork.training.watchdog.rule import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFacts:
    """What is known of a run before its first step.

    Attributes:
        name: of the run.
        folder: where its checkpoints lie.
        step: steps done before, more than 0 in a run that goes on.
        parameters: the flattened plan, `model.family` and the like.
        datasets: digest of each dataset, by name.
        tags: datasets with their digests, code revision, version.
    """

    name: str
    folder: Path
    step: int
    parameters: Mapping[str, str]
    datasets: Mapping[str, str]
    tags: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Points of the curves of a table.

    Attributes:
        table: `steps` or `validation`.
        step: steps done.
        time_s: seconds since 1970.
        values: by the curve's name.
    """

    table: str
    step: int
    time_s: float
    values: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ExamplePicture:
    """Truth and predictions on a few fixed validation photos.

    Attributes:
        step: steps done.
        pixels: (h, w, 3) uint8 RGB.
    """

    step: int
    pixels: NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """A finding of the watchdog.

    Attributes:
        time_s: seconds since 1970.
        finding: what it is.
    """

    time_s: float
    finding: Finding

    def as_json(self) -> dict[str, Any]:
        """The line of `watchdog.jsonl`."""
        return {"time": round(self.time_s, 3), **self.finding.as_json()}


Record = Row | ExamplePicture | Noted


class Status(StrEnum):
    """How a run ended."""

    FINISHED = "finished"
    STOPPED = "stopped"
    INTERRUPTED = "interrupted"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """The end of a run.

    Attributes:
        status: how it ended.
        report: figures, findings and times, as plain data.
        text: the same for people, Markdown.
    """

    status: Status
    report: Mapping[str, Any]
    text: str


class Sink(Protocol):
    """Keeps a run's records. Any call may raise; who calls decides what becomes of it.

    Attributes:
        title: what people call it, with its place.
    """

    title: str

    def open(self, facts: RunFacts) -> None:
        """Begins a run, or goes on with the one that the same folder began earlier."""
        ...

    def write(self, records: Sequence[Record]) -> None:
        """Keeps records; writing the same ones again changes nothing that matters."""
        ...

    def close(self, ending: Ending) -> None:
        """Ends the run and flushes."""
        ...


class RefusedError(Exception):
    """A sink will never take these records, however often it is asked."""
