"""Records as plain files in the run's folder: CSV tables, pictures, findings, the report."""

import csv
import json
from collections.abc import Sequence
from pathlib import Path

from coachwork.reports.pictures import jpeg_of
from coachwork.training.tracking.sink import Ending, ExamplePicture, Record, Row, RunFacts
from coachwork.training.watchdog.rule import Action, Finding

FINDINGS = "watchdog.jsonl"
_TABLES = ("steps", "validation")


class FolderSink:
    """Appends to `steps.csv`, `validation.csv`, `watchdog.jsonl` and `examples/`; writes `report.json` at the end.

    Args:
        folder: the run's folder.
    """

    def __init__(self, folder: Path) -> None:
        self.title = f"files in {folder}"
        self._folder = folder
        self._columns: dict[str, list[str]] = {}

    def open(self, facts: RunFacts) -> None:
        """Leaves out rows of steps that a run which goes on will do again, and all that a dead one left behind."""
        self._folder.mkdir(parents=True, exist_ok=True)
        if not facts.step:
            (self._folder / FINDINGS).unlink(missing_ok=True)
        for table in _TABLES:
            columns, rows = self._read(table)
            if columns:
                kept = [row for row in rows if row[0].isdigit() and int(row[0]) <= facts.step]
                self._columns[table] = columns
                if len(kept) < len(rows):
                    self._rewrite(table, kept)

    def write(self, records: Sequence[Record]) -> None:
        """Appends; a table that gets a new column is written anew with it."""
        for record in records:
            if isinstance(record, Row):
                self._append(record)
            elif isinstance(record, ExamplePicture):
                target = self._folder / "examples" / f"step-{record.step:06d}.jpg"
                target.parent.mkdir(exist_ok=True)
                target.write_bytes(jpeg_of(record.pixels, quality=82))
            else:
                with (self._folder / FINDINGS).open("a", encoding="utf-8") as file:
                    file.write(json.dumps(record.as_json(), ensure_ascii=False) + "\n")

    def close(self, ending: Ending) -> None:
        """Writes the report."""
        text = json.dumps(ending.report, indent=2, ensure_ascii=False)
        (self._folder / "report.json").write_text(text + "\n", encoding="utf-8")

    def _append(self, row: Row) -> None:
        known = self._columns.get(row.table, [])
        columns = [*known, *(name for name in row.values if name not in known)]
        if columns != known:
            self._columns[row.table] = columns
            self._rewrite(row.table, self._read(row.table)[1])
        cells = [f"{row.values[name]:.6g}" if name in row.values else "" for name in columns]
        with self._path(row.table).open("a", newline="", encoding="utf-8") as file:
            csv.writer(file).writerow([row.step, *cells])

    def _read(self, table: str) -> tuple[list[str], list[list[str]]]:
        """Columns after `step`, and rows with it."""
        if not self._path(table).exists():
            return [], []
        with self._path(table).open(newline="", encoding="utf-8") as file:
            head, *rows = [row for row in csv.reader(file) if row] or [["step"]]
        return head[1:], rows

    def _rewrite(self, table: str, rows: Sequence[Sequence[str]]) -> None:
        width = len(self._columns[table]) + 1
        waiting = self._path(table).with_suffix(".writing")
        with waiting.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(["step", *self._columns[table]])
            writer.writerows([*row, *[""] * (width - len(row))] for row in rows)
        waiting.replace(self._path(table))

    def _path(self, table: str) -> Path:
        return self._folder / f"{table}.csv"


def read_findings(folder: Path) -> list[Finding]:
    """The findings of the watchdog in a run's folder, oldest first; broken lines are left out."""
    try:
        lines = (folder / FINDINGS).read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
    findings = []
    for line in lines:
        try:
            held = json.loads(line)
            findings.append(
                Finding(
                    rule=str(held["rule"]),
                    step=int(held["step"]),
                    action=Action(held["action"]),
                    what=str(held["what"]),
                    advice=str(held["advice"]),
                )
            )
        except (ValueError, KeyError, TypeError):
            continue
    return findings
