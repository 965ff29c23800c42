"""What a run writes down while it goes, to all its sinks alike."""

import time
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from coachwork.training.tracking.report import report_text
from coachwork.training.tracking.sink import Ending, ExamplePicture, Noted, Record, Row, RunFacts, Sink, Status
from coachwork.training.watchdog.rule import Finding
from coachwork.training.watchdog.watchdog import WatchdogStop


class RunLog:
    """Writes curves, example pictures and findings to sinks, and at the end the report and how the run ended.

    Args:
        facts: of the run.
        sinks: that keep it; none in all processes of a run but one.
        report: asked for the run's figures at its end.
    """

    def __init__(self, facts: RunFacts, sinks: Sequence[Sink], report: Callable[[], Mapping[str, Any]]) -> None:
        self._facts, self._sinks, self._report = facts, sinks, report

    def __enter__(self) -> Self:
        """Opens the sinks."""
        for sink in self._sinks:
            sink.open(self._facts)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Writes the report and closes the sinks."""
        status = _status(error)
        report = {"status": status.value, **({"why": str(error)} if error else {}), **self._report()}
        ending = Ending(status=status, report=report, text=report_text(self._facts, report))
        for sink in self._sinks:
            sink.close(ending)

    def write(self, table: str, step: int, row: Mapping[str, float]) -> None:
        """Adds points to the curves of a table, `steps` or `validation`."""
        self._send(Row(table=table, step=step, time_s=time.time(), values=dict(row)))

    def picture(self, step: int, pixels: NDArray[np.uint8]) -> None:
        """Adds a picture (h, w, 3) uint8 RGB of examples."""
        self._send(ExamplePicture(step=step, pixels=pixels))

    def note(self, finding: Finding) -> None:
        """Adds a finding of the watchdog."""
        self._send(Noted(time_s=time.time(), finding=finding))

    def _send(self, record: Record) -> None:
        for sink in self._sinks:
            sink.write([record])


def _status(error: BaseException | None) -> Status:
    if error is None:
        return Status.FINISHED
    if isinstance(error, WatchdogStop):
        return Status.STOPPED
    return Status.INTERRUPTED if isinstance(error, KeyboardInterrupt) else Status.FAILED
