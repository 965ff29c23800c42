"""Evaluations come to the tracked run of the model that was evaluated, and to no other."""

import json
from pathlib import Path
from typing import Any

import pytest

from coachwork.registry.mlflow_client import mlflow_client
from coachwork.registry.tracking_place import artifacts_of, remember
from coachwork.training.tracking.attaching import NotAttachedError, attach_evaluation

EVALUATION: dict[str, Any] = {
    "schema": "coachwork.evaluation/1",
    "about": {"model digest": "ab" * 32, "dataset": "cars: mine", "split": "val"},
    "figures": {"headline": {"mask_ap50": {"value": 0.25, "low": 0.2, "high": 0.3}, "f1": {"value": None}}},
}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> str:
    """URI of a store of its own; making one takes MLflow seconds."""
    uri = f"sqlite:///{tmp_path_factory.mktemp('tracked') / 'mlflow.db'}"
    mlflow_client(uri).create_experiment("tests", artifact_location=artifacts_of(uri))
    return uri


@pytest.fixture
def tracked(store: str, tmp_path: Path) -> tuple[Path, str, str]:
    """Folder of a run, the URI of its store, and its id there."""
    uri, client = store, mlflow_client(store)
    experiment = client.get_experiment_by_name("tests")
    assert experiment is not None
    run = client.create_run(experiment.experiment_id).info.run_id
    folder = tmp_path / "run"
    folder.mkdir()
    remember(folder, "mlflow", {"uri": uri, "run_id": run})
    return folder, uri, run


def test_a_folder_without_a_tracked_run_gets_nothing(tmp_path: Path) -> None:
    assert attach_evaluation(tmp_path, EVALUATION) is None


def test_figures_become_metrics_and_the_whole_an_artifact(tracked: tuple[Path, str, str]) -> None:
    folder, uri, run = tracked
    client = mlflow_client(uri)
    client.set_tag(run, "bundle.digest", "ab" * 32)
    assert attach_evaluation(folder, EVALUATION) == run
    assert client.get_run(run).data.metrics == {"evaluation/cars_ mine val/headline/mask_ap50": 0.25}
    (artifact,) = client.list_artifacts(run, "evaluations")
    assert artifact.path == "evaluations/cars_ mine val.json"
    written = Path(client.download_artifacts(run, artifact.path, str(folder)))
    assert json.loads(written.read_text(encoding="utf-8")) == EVALUATION


def test_the_evaluation_of_another_model_is_refused(tracked: tuple[Path, str, str]) -> None:
    folder, uri, run = tracked
    mlflow_client(uri).set_tag(run, "bundle.digest", "cd" * 32)
    with pytest.raises(NotAttachedError, match="exported the model cdcdcdcdcdcd, not abababababab"):
        attach_evaluation(folder, EVALUATION)
    assert mlflow_client(uri).get_run(run).data.metrics == {}


def test_a_run_that_is_gone_is_told(tracked: tuple[Path, str, str]) -> None:
    folder, uri, _ = tracked
    remember(folder, "mlflow", {"uri": uri, "run_id": "0" * 32})
    with pytest.raises(NotAttachedError, match="could not be attached"):
        attach_evaluation(folder, EVALUATION)
