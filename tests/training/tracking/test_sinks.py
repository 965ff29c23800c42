"""One contract for all sinks, read back by each one's own reader."""

import csv
import json
import time
import warnings
from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from coachwork.registry.mlflow_client import mlflow_client
from coachwork.registry.tracking_place import artifacts_of, recall
from coachwork.training.tracking.folder_sink import FolderSink, read_findings
from coachwork.training.tracking.mlflow_sink import MlflowSink
from coachwork.training.tracking.sink import Ending, ExamplePicture, Noted, Row, RunFacts, Sink, Status
from coachwork.training.tracking.tensorboard_sink import TensorBoardSink
from coachwork.training.tracking.wandb_sink import WandbSink
from coachwork.training.watchdog.rule import Action, Finding

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
FINDING = Finding(rule="overfit", step=2, action=Action.WARN, what="it rose", advice="stop earlier")
ENDING = Ending(status=Status.FINISHED, report={"status": "finished", "steps": 4}, text="# run\n\nfinished\n")


def facts(folder: Path, *, step: int = 0) -> RunFacts:
    folder.mkdir(parents=True, exist_ok=True)
    parameters = {"model.family": "unet", "model.initial": "", "types": '["dent"]'}
    return RunFacts(
        name="run",
        folder=folder,
        step=step,
        parameters=parameters,
        datasets={"damage": "ab" * 32},
        tags={"dataset.damage": "ab" * 32},
    )


def row(step: int, loss: float, table: str = "steps", **others: float) -> Row:
    return Row(table=table, step=step, time_s=1e9 + step, values={"loss": loss, **others})


def picture(step: int) -> ExamplePicture:
    return ExamplePicture(step=step, pixels=np.full((20, 30, 3), 100, dtype=np.uint8))


class SinkContract(ABC):
    """What holds of every sink."""

    @abstractmethod
    def sink(self, folder: Path) -> Sink: ...

    @abstractmethod
    def curve(self, folder: Path, table: str, name: str) -> list[tuple[int, float]]: ...

    @abstractmethod
    def pictures(self, folder: Path) -> int: ...

    @abstractmethod
    def finding(self, folder: Path) -> str: ...

    @abstractmethod
    def report(self, folder: Path) -> str: ...

    def test_a_run_without_records_ends(self, tmp_path: Path) -> None:
        sink = self.sink(tmp_path / "run")
        sink.open(facts(tmp_path / "run"))
        sink.write([])
        sink.close(ENDING)
        assert self.curve(tmp_path / "run", "steps", "loss") == []

    def test_what_is_written_is_there(self, tmp_path: Path) -> None:
        folder = tmp_path / "run"
        sink = self.sink(folder)
        sink.open(facts(folder))
        noted = Noted(time_s=1e9, finding=FINDING)
        sink.write([row(1, 2.0), row(2, 1.5), row(2, 0.25, "validation", scratch=float("nan")), picture(2), noted])
        sink.close(ENDING)
        assert self.curve(folder, "steps", "loss") == [(1, 2.0), (2, 1.5)]
        assert self.curve(folder, "validation", "loss") == [(2, 0.25)]
        assert self.pictures(folder) == 1
        assert "it rose" in self.finding(folder)
        assert "finished" in self.report(folder)

    def test_a_run_that_goes_on_stays_one_run_and_gets_new_curves(self, tmp_path: Path) -> None:
        folder = tmp_path / "run"
        first = self.sink(folder)
        first.open(facts(folder))
        first.write([row(1, 2.0), row(2, 1.5)])
        first.close(Ending(status=Status.INTERRUPTED, report={"status": "interrupted"}, text="stopped"))
        second = self.sink(folder)
        second.open(facts(folder, step=2))
        second.write([row(3, 1.25, gradient=7.0), row(4, 1.0, gradient=6.0)])
        second.close(ENDING)
        assert self.curve(folder, "steps", "loss") == [(1, 2.0), (2, 1.5), (3, 1.25), (4, 1.0)]
        assert self.curve(folder, "steps", "gradient") == [(3, 7.0), (4, 6.0)]


class TestFolder(SinkContract):
    def sink(self, folder: Path) -> Sink:
        return FolderSink(folder)

    def curve(self, folder: Path, table: str, name: str) -> list[tuple[int, float]]:
        if not (folder / f"{table}.csv").exists():
            return []
        with (folder / f"{table}.csv").open(encoding="utf-8") as file:
            return [(int(line["step"]), float(line[name])) for line in csv.DictReader(file) if line[name]]

    def pictures(self, folder: Path) -> int:
        return len(list((folder / "examples").glob("*.jpg")))

    def finding(self, folder: Path) -> str:
        return read_findings(folder)[0].what

    def report(self, folder: Path) -> str:
        return str(json.loads((folder / "report.json").read_text(encoding="utf-8"))["status"])

    def test_steps_that_are_done_again_are_not_there_twice(self, tmp_path: Path) -> None:
        first = FolderSink(tmp_path)
        first.open(facts(tmp_path))
        first.write([row(step, 1.0) for step in range(1, 6)])
        again = FolderSink(tmp_path)  # the first one was killed after saving step 3
        again.open(facts(tmp_path, step=3))
        again.write([row(4, 0.5)])
        assert self.curve(tmp_path, "steps", "loss") == [(1, 1.0), (2, 1.0), (3, 1.0), (4, 0.5)]

    def test_broken_lines_of_findings_are_left_out(self, tmp_path: Path) -> None:
        sink = FolderSink(tmp_path)
        sink.open(facts(tmp_path))
        sink.write([Noted(time_s=1e9, finding=FINDING)])
        with (tmp_path / "watchdog.jsonl").open("a", encoding="utf-8") as file:
            file.write('{"rule": "over')
        assert read_findings(tmp_path) == [FINDING]
        assert read_findings(tmp_path / "none") == []


class TestTensorBoard(SinkContract):
    def sink(self, folder: Path) -> Sink:
        return TensorBoardSink(folder)

    def held(self, folder: Path) -> Any:
        from tensorboard.backend.event_processing.event_accumulator import EventAccumulator  # noqa: PLC0415

        return EventAccumulator(
            str(folder / "events"), size_guidance={"scalars": 0, "images": 0, "tensors": 0}
        ).Reload()

    def curve(self, folder: Path, table: str, name: str) -> list[tuple[int, float]]:
        held = self.held(folder)
        tag = f"{table}/{name}"
        return [(event.step, event.value) for event in held.Scalars(tag)] if tag in held.Tags()["scalars"] else []

    def pictures(self, folder: Path) -> int:
        return len(self.held(folder).Images("examples"))

    def text(self, folder: Path, tag: str) -> str:
        return str(self.held(folder).Tensors(f"{tag}/text_summary")[0].tensor_proto.string_val[0].decode("utf-8"))

    def finding(self, folder: Path) -> str:
        return self.text(folder, "watchdog")

    def report(self, folder: Path) -> str:
        return self.text(folder, "report")


class TestMlflow(SinkContract):
    def uri(self, folder: Path) -> str:
        return f"sqlite:///{folder.parent / 'mlflow.db'}"

    def sink(self, folder: Path) -> Sink:
        return MlflowSink(self.uri(folder), "coachwork")

    def curve(self, folder: Path, table: str, name: str) -> list[tuple[int, float]]:
        client, run = self.client_and_run(folder)
        return sorted((point.step, point.value) for point in client.get_metric_history(run, f"{table}/{name}"))

    def client_and_run(self, folder: Path) -> tuple[Any, str]:
        client = mlflow_client(self.uri(folder))
        experiment = client.get_experiment_by_name("coachwork")
        assert experiment is not None
        runs = client.search_runs([experiment.experiment_id])
        assert len(runs) == 1
        assert recall(folder)["mlflow"]["run_id"] == runs[0].info.run_id
        return client, runs[0].info.run_id

    def artifact(self, folder: Path, name: str) -> str:
        _, run = self.client_and_run(folder)
        return (folder.parent / "mlruns" / run / "artifacts" / name).read_text(encoding="utf-8")

    def pictures(self, folder: Path) -> int:
        _, run = self.client_and_run(folder)
        return len(list((folder.parent / "mlruns" / run / "artifacts" / "examples").glob("step-*.jpg")))

    def finding(self, folder: Path) -> str:
        client, run = self.client_and_run(folder)
        assert "it rose" in client.get_run(run).data.tags["watchdog.overfit"]
        return self.artifact(folder, "watchdog.jsonl")

    def report(self, folder: Path) -> str:
        client, run = self.client_and_run(folder)
        held = client.get_run(run)
        assert held.info.status == "FINISHED"
        assert held.data.params == {"model.family": "unet", "model.initial": "", "types": '["dent"]'}
        assert held.data.tags["dataset.damage"] == "ab" * 32
        assert [(used.dataset.name, used.dataset.digest) for used in held.inputs.dataset_inputs] == [
            ("damage", "ab" * 18)
        ]
        return self.artifact(folder, "report.md")

    def test_a_run_that_died_before_it_saved_is_closed_and_another_one_begun(self, tmp_path: Path) -> None:
        folder = tmp_path / "run"
        self.sink(folder).open(facts(folder))
        dead = recall(folder)["mlflow"]["run_id"]
        self.sink(folder).open(facts(folder))
        alive = recall(folder)["mlflow"]["run_id"]
        client = mlflow_client(self.uri(folder))
        assert alive != dead
        assert client.get_run(dead).info.status == "KILLED"
        assert client.get_run(alive).info.status == "RUNNING"

    def test_artifacts_of_a_local_store_lie_beside_it(self, tmp_path: Path) -> None:
        assert artifacts_of(self.uri(tmp_path / "run")) == (tmp_path / "mlruns").resolve().as_uri()
        assert artifacts_of("http://localhost:5000") is None


class TestWandb(SinkContract):
    @pytest.fixture(autouse=True)
    def _quiet(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
        pytest.importorskip("wandb")
        for name in ("WANDB_CACHE_DIR", "WANDB_CONFIG_DIR", "WANDB_DATA_DIR", "WANDB_ARTIFACT_DIR"):
            monkeypatch.setenv(name, str(tmp_path / name.lower()))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield

    def sink(self, folder: Path) -> Sink:
        if (folder / "wandb").exists():
            time.sleep(1.1)  # W&B names a run's file by the second; two in one second are written into one place
        return WandbSink("coachwork", "offline")

    def records(self, folder: Path) -> Iterator[Any]:
        from wandb.proto import wandb_internal_pb2  # noqa: PLC0415

        def read(path: Path) -> list[Any]:
            records = []
            for data in log_records(path.read_bytes()):
                records.append(wandb_internal_pb2.Record())  # type: ignore[attr-defined]
                records[-1].ParseFromString(data)
            return records

        until = time.monotonic() + 30  # W&B's own process may still be writing when `finish` returns
        for path in sorted((folder / "wandb").glob("offline-run-*/*.wandb")):  # named by their time
            records = read(path)
            while time.monotonic() < until and not any(one.WhichOneof("record_type") == "exit" for one in records):
                time.sleep(0.05)
                records = read(path)
            yield from records

    def rows(self, folder: Path) -> Iterator[dict[str, Any]]:
        for record in self.records(folder):
            if record.WhichOneof("record_type") == "history":
                yield {
                    "/".join(item.nested_key) or item.key: json.loads(item.value_json) for item in record.history.item
                }

    def curve(self, folder: Path, table: str, name: str) -> list[tuple[int, float]]:
        return [(line["_step"], line[f"{table}/{name}"]) for line in self.rows(folder) if f"{table}/{name}" in line]

    def pictures(self, folder: Path) -> int:
        return len(list((folder / "wandb").glob("offline-run-*/files/media/images/**/*.jpg")))

    def summary(self, folder: Path) -> str:
        kinds = ("summary", "run", "final", "exit")
        return "".join(str(record) for record in self.records(folder) if record.WhichOneof("record_type") in kinds)

    def finding(self, folder: Path) -> str:
        return self.summary(folder)

    def report(self, folder: Path) -> str:
        return self.summary(folder)


def log_records(content: bytes) -> Iterator[bytes]:
    """Records of a file in LevelDB's log format, with W&B's own seven bytes before the first.

    Blocks of 32 KiB; each part has four bytes of checksum, two of length and one that says whether it is whole (1), the
    first (2), a middle (3) or the last part (4) of a record.
    """
    at, block, parts = 7, 32768, b""
    while at + 7 <= len(content):
        if block - at % block < 7:
            at += block - at % block
            continue
        length, kind = int.from_bytes(content[at + 4 : at + 6], "little"), content[at + 6]
        parts += content[at + 7 : at + 7 + length]
        at += 7 + length
        if kind in {1, 4}:
            yield parts
            parts = b""
