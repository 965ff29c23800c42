"""Runs of the loop's pipelines: one for each input, so that the same input twice is worked on once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import RowMapping, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from coachwork.storage.columns import now
from coachwork.storage.database import Database
from coachwork.storage.loop_tables import pipeline_runs as runs

GIVEN_UP_AFTER = timedelta(minutes=15)
"""A run that gave no sign of life for so long is taken over: its process died."""


class RunState(StrEnum):
    """Where a run stands."""

    RUNNING = "running"
    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class PipelineRun:
    """One run of a pipeline.

    Attributes:
        number: counts all runs.
        pipeline: which.
        key: digest of its input.
        state: where it stands.
        why: it began, one sentence.
        begun, ended: UTC.
        result: what came of it, plain JSON.
    """

    number: int
    pipeline: str
    key: str
    state: RunState
    why: str
    begun: datetime
    ended: datetime | None
    result: Mapping[str, Any]

    def to_json(self) -> dict[str, Any]:
        """As plain values."""
        return {
            "number": self.number,
            "pipeline": self.pipeline,
            "key": self.key,
            "state": self.state.value,
            "why": self.why,
            "begun": self.begun.isoformat(),
            "ended": None if self.ended is None else self.ended.isoformat(),
            "result": dict(self.result),
        }


class PipelineRunStore:
    """Keeps the runs."""

    def __init__(self, database: Database) -> None:
        """Works on a database whose tables are up to date."""
        self._database = database

    def begin(self, pipeline: str, key: str, *, why: str) -> tuple[PipelineRun, bool]:
        """Begins the run of an input.

        A run that failed, or whose process died, is begun again under its number; one that is done, was refused or is
        running is not.

        Returns:
            The run, and whether it is for the caller to carry out.
        """
        own = (runs.c.pipeline == pipeline) & (runs.c.key == key)
        fresh = {"state": RunState.RUNNING.value, "why": why, "begun": now(), "alive": now(), "ended": None}
        try:
            with self._database.writing() as connection:
                row = connection.execute(select(runs).where(own)).mappings().one_or_none()
                if row is None:
                    values = fresh | {"pipeline": pipeline, "key": key, "result": {}}
                    made = connection.execute(insert(runs).values(values).returning(runs))
                    return _run(made.mappings().one()), True
                dead = row["state"] == RunState.RUNNING.value and row["alive"] < now() - GIVEN_UP_AFTER
                if row["state"] == RunState.FAILED.value or dead:
                    again = connection.execute(update(runs).where(own).values(fresh).returning(runs))
                    return _run(again.mappings().one()), True
                return _run(row), False
        except IntegrityError:  # another process began it in the same moment
            return self.run(pipeline, key), False

    def is_alive(self, run: PipelineRun) -> None:
        """Gives a sign of life, so that nobody takes the run over."""
        with self._database.writing() as connection:
            connection.execute(update(runs).where(runs.c.number == run.number).values(alive=now()))

    def end(self, run: PipelineRun, state: RunState, result: Mapping[str, Any]) -> PipelineRun:
        """Keeps how a run ended."""
        values = {"state": state.value, "ended": now(), "result": dict(result)}
        with self._database.writing() as connection:
            row = connection.execute(update(runs).where(runs.c.number == run.number).values(values).returning(runs))
            return _run(row.mappings().one())

    def run(self, pipeline: str, key: str) -> PipelineRun:
        """The run of an input; it must be there."""
        with self._database.reading() as connection:
            own = (runs.c.pipeline == pipeline) & (runs.c.key == key)
            return _run(connection.execute(select(runs).where(own)).mappings().one())

    def all(self, *, pipeline: str | None = None, limit: int = 200) -> Sequence[PipelineRun]:
        """The last runs, the latest first."""
        wanted = select(runs).order_by(runs.c.number.desc()).limit(limit)
        if pipeline is not None:
            wanted = wanted.where(runs.c.pipeline == pipeline)
        with self._database.reading() as connection:
            return [_run(row) for row in connection.execute(wanted).mappings()]

    def count(self, pipeline: str, *, since: datetime) -> int:
        """How many runs began since a moment."""
        wanted = select(func.count()).where(runs.c.pipeline == pipeline, runs.c.begun >= since)
        with self._database.reading() as connection:
            return int(connection.execute(wanted).scalar_one())


def _run(row: RowMapping) -> PipelineRun:
    names = ("number", "pipeline", "key", "why", "begun", "ended", "result")
    return PipelineRun(**{name: row[name] for name in names}, state=RunState(row["state"]))
