"""Records as a run of Weights & Biases; the extra `wandb` brings it."""

import uuid
from collections.abc import Sequence
from typing import Any

from coachwork.errors import MissingExtra
from coachwork.registry.tracking_place import recall, remember
from coachwork.training.tracking.sink import Ending, ExamplePicture, Record, Row, RunFacts, Status


class WandbSink:
    """One run of Weights & Biases for one training run.

    Args:
        project: the project's name.
        mode: `offline`, to send later by `wandb sync`, or `online`.

    Raises:
        MissingExtra: the package is not installed.
    """

    def __init__(self, project: str, mode: str) -> None:
        self.title = f"Weights & Biases ({mode})"
        self._project, self._mode = project, mode
        try:
            import wandb  # noqa: PLC0415 - an extra of its own
        except ModuleNotFoundError as missing:
            raise MissingExtra(extra="wandb", package=str(missing.name)) from missing
        self._wandb: Any = wandb
        self._run: Any = None

    def open(self, facts: RunFacts) -> None:
        """Begins a run, or goes on with the one noted in the folder."""
        known = recall(facts.folder).get("wandb", {}).get("id") if facts.step else None
        number = known or uuid.uuid4().hex[:8]
        self._run = self._wandb.init(
            project=self._project,
            name=facts.name,
            id=number,
            resume="allow",
            mode=self._mode,
            dir=str(facts.folder),
            config={**facts.parameters, **facts.tags},
            settings=self._wandb.Settings(silent=True, console="off", disable_git=True, save_code=False),
        )
        remember(facts.folder, "wandb", {"id": number, "project": self._project})

    def write(self, records: Sequence[Record]) -> None:
        """Logs records."""
        for record in records:
            if isinstance(record, Row):
                values = {f"{record.table}/{name}": value for name, value in record.values.items()}
                self._run.log(values, step=record.step)
            elif isinstance(record, ExamplePicture):
                picture = self._wandb.Image(record.pixels, file_type="jpg")
                self._run.log({"validation/examples": picture}, step=record.step)
            else:
                self._run.summary[f"watchdog/{record.finding.rule}"] = str(record.finding)

    def close(self, ending: Ending) -> None:
        """Puts the report into the summary and ends the run."""
        for name, value in ending.report.items():
            if isinstance(value, str | int | float):
                self._run.summary[f"report/{name}"] = value
        self._run.finish(exit_code=0 if ending.status is Status.FINISHED else 1)
        self._run = None
