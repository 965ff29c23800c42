"""Records as TensorBoard events."""

from collections.abc import Sequence
from pathlib import Path

from torch.utils.tensorboard import SummaryWriter

from coachwork.training.tracking.sink import Ending, ExamplePicture, Record, Row, RunFacts


class TensorBoardSink:
    """Writes curves, example pictures, findings and the plan to `events/` in the run's folder.

    Args:
        folder: the run's folder.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "events"
        self.title = f"TensorBoard events in {self._folder}"
        self._events: SummaryWriter | None = None

    def open(self, facts: RunFacts) -> None:
        """Events of steps that a run which goes on will do again are hidden by TensorBoard."""
        self._events = SummaryWriter(str(self._folder), purge_step=facts.step + 1 if facts.step else None)
        if not facts.step:
            rows = "\n".join(f"| {name} | {value} |" for name, value in {**facts.parameters, **facts.tags}.items())
            self._events.add_text("plan", f"| entry | value |\n|---|---|\n{rows}", 0)

    def write(self, records: Sequence[Record]) -> None:
        """Adds to the events."""
        if self._events is None:
            return
        for record in records:
            if isinstance(record, Row):
                for name, value in record.values.items():
                    self._events.add_scalar(f"{record.table}/{name}", value, record.step, walltime=record.time_s)
            elif isinstance(record, ExamplePicture):
                self._events.add_image("examples", record.pixels, record.step, dataformats="HWC")
            else:
                self._events.add_text("watchdog", str(record.finding), record.finding.step, walltime=record.time_s)

    def close(self, ending: Ending) -> None:
        """Adds the report and closes the file."""
        if self._events is not None:
            self._events.add_text("report", ending.text)
            self._events.close()
            self._events = None
