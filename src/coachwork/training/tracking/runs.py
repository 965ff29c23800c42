"""Tracked runs, read back from MLflow."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from coachwork.errors import CoachworkError
from coachwork.registry.mlflow_client import mlflow_client
from coachwork.registry.tracking_place import database_of

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

_HEADLINE = "validation/headline"
_DATASET = "dataset."


class TrackingError(CoachworkError):
    """Tracked runs cannot be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackedRun:
    """A run as MLflow holds it.

    Attributes:
        run_id: MLflow's.
        name: of the run's folder.
        status: `RUNNING`, `FINISHED`, `FAILED` (also when the watchdog stopped it) or `KILLED`.
        started: UTC.
        seconds: until its end, or until now.
        steps: steps done.
        best: best headline figure, 0..1; None before the first validation.
        parameters: the flattened plan.
        metrics: last value of every curve.
        tags: datasets, code revision, findings.
    """

    run_id: str
    name: str
    status: str
    started: datetime
    seconds: float
    steps: int
    best: float | None
    parameters: Mapping[str, str]
    metrics: Mapping[str, float]
    tags: Mapping[str, str]

    @property
    def datasets(self) -> dict[str, str]:
        """Digest of each dataset, by name."""
        return {
            name.removeprefix(_DATASET): value
            for name, value in self.tags.items()
            if name.startswith(_DATASET) and name != "dataset.sources"
        }

    @property
    def findings(self) -> dict[str, str]:
        """What the watchdog found last, by rule."""
        start = "watchdog."
        return {name.removeprefix(start): said for name, said in self.tags.items() if name.startswith(start)}

    def as_json(self) -> dict[str, Any]:
        """The run as plain data."""
        return {
            "run_id": self.run_id,
            "name": self.name,
            "status": self.status,
            "started": self.started.isoformat(timespec="seconds"),
            "seconds": round(self.seconds, 1),
            "steps": self.steps,
            "best_headline": self.best,
            "datasets": self.datasets,
            "findings": self.findings,
            "parameters": dict(self.parameters),
            "metrics": dict(self.metrics),
            "tags": dict(self.tags),
        }


class TrackedRuns:
    """The runs of an experiment.

    Args:
        uri: of MLflow's store or server.
        experiment: the experiment's name.

    Raises:
        TrackingError: nothing was tracked there, or it cannot be reached.
    """

    def __init__(self, uri: str, experiment: str) -> None:
        database = database_of(uri)
        if database is not None and not database.is_file():
            message = f"{database} is not there: name the folder of your runs with --in, or the place with --tracking"
            raise TrackingError(message)
        try:
            self._client: MlflowClient = mlflow_client(uri)
            found = self._client.get_experiment_by_name(experiment)
        except Exception as away:
            message = f"cannot read tracked runs at {uri}: {away}"
            raise TrackingError(message) from away
        if found is None:
            message = f"{uri} holds no experiment {experiment!r}: name yours with --experiment"
            raise TrackingError(message)
        self._number = found.experiment_id

    def latest(self, count: int) -> list[TrackedRun]:
        """So many runs, the latest first."""
        found = self._client.search_runs([self._number], max_results=count, order_by=["attributes.start_time DESC"])
        return [self._read(run) for run in found]

    def named(self, wanted: str) -> TrackedRun:
        """The run of that name, the latest of several, or whose id begins so.

        Raises:
            TrackingError: there is none.
        """
        every = self._client.search_runs([self._number], order_by=["attributes.start_time DESC"])
        for run in every:
            if run.info.run_name == wanted:
                return self._read(run)
        fitting = [run for run in every if run.info.run_id.startswith(wanted)]
        if len(fitting) == 1:
            return self._read(fitting[0])
        known = ", ".join(dict.fromkeys(str(run.info.run_name) for run in every[:8]))
        message = f"no run is named {wanted!r}, and no single id begins so; the latest are: {known or 'none'}"
        raise TrackingError(message)

    def _read(self, run: "Run") -> TrackedRun:
        begun, ended = run.info.start_time / 1000, run.info.end_time
        until = ended / 1000 if ended else datetime.now(UTC).timestamp()
        metrics = dict(run.data.metrics)
        last = self._client.get_metric_history(run.info.run_id, "steps/loss") if "steps/loss" in metrics else []
        scores = self._client.get_metric_history(run.info.run_id, _HEADLINE) if _HEADLINE in metrics else []
        return TrackedRun(
            run_id=run.info.run_id,
            name=str(run.info.run_name),
            status=str(run.info.status),
            started=datetime.fromtimestamp(begun, UTC),
            seconds=until - begun,
            steps=max((point.step for point in last), default=0),
            best=max((point.value for point in scores), default=None),
            parameters=dict(run.data.params),
            metrics=metrics,
            tags={name: value for name, value in run.data.tags.items() if name != "mlflow.note.content"},
        )


def differing(runs: Sequence[TrackedRun], *, ignore: Sequence[str] = ("name",)) -> dict[str, list[str | None]]:
    """Parameters that are not alike in all runs: name -> one value per run, None where it has none."""
    names = dict.fromkeys(name for run in runs for name in run.parameters)
    rows = {name: [run.parameters.get(name) for run in runs] for name in names if name not in ignore}
    return {name: values for name, values in rows.items() if len(set(values)) > 1}
