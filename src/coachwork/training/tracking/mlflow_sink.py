"""Records as a run of MLflow: parameters, tags, metrics, pictures, the report."""

import json
import math
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from coachwork.registry.mlflow_client import is_refusal, mlflow_client
from coachwork.registry.tracking_place import artifacts_of, database_of, recall, remember
from coachwork.reports.pictures import jpeg_of
from coachwork.training.tracking.folder_sink import FINDINGS
from coachwork.training.tracking.sink import Ending, ExamplePicture, Noted, Record, RefusedError, Row, RunFacts, Status

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import DatasetInput, Metric

_BATCH = 900
"""MLflow takes 1000 metrics and 100 parameters at once."""
_PARAMETERS = 100
_LONGEST_VALUE = 6000
_LONGEST_DIGEST = 36
_KIND = "mlflow.experimentKind"
"""Without it MLflow's pages take an experiment for one about language models."""
_SOURCE = {"mlflow.source.name": "coachwork train", "mlflow.source.type": "LOCAL"}
_ENDINGS = {
    Status.FINISHED: "FINISHED",
    Status.STOPPED: "FAILED",
    Status.INTERRUPTED: "KILLED",
    Status.FAILED: "FAILED",
}


class MlflowSink:
    """One MLflow run for one training run, however often that was interrupted.

    Args:
        uri: of the store or server.
        experiment: the experiment's name.
    """

    def __init__(self, uri: str, experiment: str) -> None:
        self.title = f"MLflow at {uri}"
        self._uri, self._experiment = uri, experiment
        self._client: MlflowClient | None = None
        self._run = ""
        self._facts: RunFacts | None = None
        self._done: dict[str, int] = {}
        self._findings: list[str] = []
        self._begun_ms = int(time.time() * 1000)  # the store may take the run much later

    def open(self, facts: RunFacts) -> None:
        """Creates the run, or takes up the one noted in the folder."""
        database = database_of(self._uri)
        if database is not None:
            database.parent.mkdir(parents=True, exist_ok=True)
        self._client, self._facts = mlflow_client(self._uri), facts
        self._run = self._known_run(facts) or self._new_run(facts)
        remember(facts.folder, "mlflow", {"uri": self._uri, "run_id": self._run, "experiment": self._experiment})
        held = self._client.get_run(self._run)
        self._done = {table: self._last_step(table, held.data.metrics) for table in ("steps", "validation")}
        self._log_parameters({n: v for n, v in facts.parameters.items() if n not in held.data.params})
        for name, value in facts.tags.items():
            self._client.set_tag(self._run, name, value[:_LONGEST_VALUE])
        if facts.step and (facts.folder / FINDINGS).exists():
            self._findings = (facts.folder / FINDINGS).read_text(encoding="utf-8").splitlines()
        if held.info.status != "RUNNING":
            self._client.update_run(self._run, status="RUNNING")

    def write(self, records: Sequence[Record]) -> None:
        """Sends records; points of steps that an earlier part of the run has sent are left out."""
        client = self._opened()
        try:
            metrics = [metric for record in records if isinstance(record, Row) for metric in self._metrics(record)]
            for start in range(0, len(metrics), _BATCH):
                client.log_batch(self._run, metrics=metrics[start : start + _BATCH])
            for record in records:
                if isinstance(record, ExamplePicture):
                    self._picture(record)
                elif isinstance(record, Noted):
                    self._note(record)
        except Exception as error:
            if is_refusal(error):
                raise RefusedError(str(error)) from error
            raise

    def close(self, ending: Ending) -> None:
        """Attaches the report and sets how the run ended."""
        client = self._opened()
        client.log_dict(self._run, dict(ending.report), "report.json")
        client.log_text(self._run, ending.text, "report.md")
        client.set_tag(self._run, "mlflow.note.content", ending.text)
        client.set_tag(self._run, "coachwork.ended", ending.status.value)
        client.set_terminated(self._run, status=_ENDINGS[ending.status])

    def _opened(self) -> "MlflowClient":
        if self._client is None:
            message = "the sink is not open"
            raise RefusedError(message)
        return self._client

    def _known_run(self, facts: RunFacts) -> str | None:
        from mlflow.exceptions import MlflowException  # noqa: PLC0415

        note = recall(facts.folder).get("mlflow", {})
        if note.get("uri") != self._uri:
            return None
        try:
            run = self._opened().get_run(note.get("run_id", ""))
        except MlflowException as error:
            if is_refusal(error):  # it was deleted for good, or the database is a new one
                return None
            raise
        if not facts.step and run.info.status == "RUNNING":  # killed before it saved anything: this is another run
            self._opened().set_terminated(run.info.run_id, status="KILLED")
        return str(run.info.run_id) if facts.step and run.info.lifecycle_stage == "active" else None

    def _new_run(self, facts: RunFacts) -> str:
        client = self._opened()
        held = client.get_experiment_by_name(self._experiment)
        if held is not None:
            number = held.experiment_id
        else:
            number = client.create_experiment(
                self._experiment, artifact_location=artifacts_of(self._uri), tags={_KIND: "custom_model_development"}
            )
        run = str(client.create_run(number, start_time=self._begun_ms, run_name=facts.name, tags=_SOURCE).info.run_id)
        client.log_inputs(run, datasets=_inputs(facts))
        return run

    def _log_parameters(self, parameters: Mapping[str, str]) -> None:
        from mlflow.entities import Param  # noqa: PLC0415

        rows = [Param(name, value[:_LONGEST_VALUE]) for name, value in parameters.items()]
        for start in range(0, len(rows), _PARAMETERS):
            self._opened().log_batch(self._run, params=rows[start : start + _PARAMETERS])

    def _last_step(self, table: str, metrics: Mapping[str, float]) -> int:
        """The last step of a table that MLflow holds; 0 for none."""
        name = next((name for name in metrics if name.startswith(f"{table}/")), None)
        if name is None:
            return 0
        return max((point.step for point in self._opened().get_metric_history(self._run, name)), default=0)

    def _metrics(self, row: Row) -> "Iterator[Metric]":
        from mlflow.entities import Metric  # noqa: PLC0415

        if row.step <= self._done.get(row.table, 0):
            return
        for name, value in row.values.items():
            if math.isfinite(value):
                yield Metric(f"{row.table}/{name}", value, int(row.time_s * 1000), row.step)

    def _picture(self, record: ExamplePicture) -> None:
        """Stores a JPEG of some 0.1 MB; MLflow's own way of storing pictures is a PNG of 1 MB."""
        with tempfile.TemporaryDirectory() as place:
            path = Path(place) / f"step-{record.step:06d}.jpg"
            path.write_bytes(jpeg_of(record.pixels, quality=82))
            self._opened().log_artifact(self._run, str(path), "examples")

    def _note(self, noted: Noted) -> None:
        finding = noted.finding
        line = json.dumps(noted.as_json(), ensure_ascii=False)
        if line not in self._findings:
            self._findings.append(line)
        client = self._opened()
        client.log_text(self._run, "\n".join(self._findings) + "\n", FINDINGS)
        client.set_tag(self._run, f"watchdog.{finding.rule}", f"step {finding.step}: {finding.what}"[:_LONGEST_VALUE])


def _inputs(facts: RunFacts) -> "list[DatasetInput]":
    """The datasets of a run as MLflow shows them; it takes the beginning of a digest, the tags hold all of it."""
    from mlflow.entities import Dataset, DatasetInput  # noqa: PLC0415

    return [
        DatasetInput(Dataset(name, digest[:_LONGEST_DIGEST], "coachwork", json.dumps({"name": name, "digest": digest})))
        for name, digest in facts.datasets.items()
    ]
