"""What a run writes down while it goes: CSV files for people and notebooks, TensorBoard events for curves."""

import csv
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from torch.utils.tensorboard import SummaryWriter


class RunLog:
    """Appends to `steps.csv`, `validation.csv` and `events/` in a run's folder.

    Args:
        folder: the run's folder; None to write nothing, as in all processes of a run but one.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
            self._events = SummaryWriter(str(folder / "events"))

    def __enter__(self) -> Self:
        """Opens nothing more than the constructor did."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Flushes the events."""
        if self._folder is not None:
            self._events.close()

    def write(self, table: str, step: int, row: Mapping[str, float]) -> None:
        """Appends a row to a table (`steps` or `validation`) and to the curves."""
        if self._folder is None:
            return
        path = self._folder / f"{table}.csv"
        new = not path.exists()
        with path.open("a", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            if new:
                writer.writerow(["step", *row])
            writer.writerow([step, *(f"{value:.6g}" for value in row.values())])
        for name, value in row.items():
            self._events.add_scalar(f"{table}/{name}", value, step)
