"""A bundle, its figures and its evaluations, attached to the run that it comes from."""

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coachwork.inference.bundle import Bundle
from coachwork.registry.mlflow_client import mlflow_client
from coachwork.registry.tracking_place import recall

if TYPE_CHECKING:
    from mlflow import MlflowClient


class NotAttachedError(Exception):
    """The run could not be reached; the bundle is whole all the same."""


def attach_bundle(checkpoint: Path, bundle: Bundle) -> str | None:
    """Attaches a bundle and the figures of its card to the MLflow run of a checkpoint.

    Args:
        checkpoint: that the bundle was made of, in its run's folder.
        bundle: the bundle.

    Returns:
        The run's id; None where the run was not tracked by MLflow.

    Raises:
        NotAttachedError: MLflow could not be reached or refused.
    """
    note = recall(checkpoint.parent).get("mlflow", {})
    if not {"uri", "run_id"} <= set(note):
        return None
    run = note["run_id"]
    try:
        client = mlflow_client(note["uri"])
        client.log_artifacts(run, str(bundle.folder), "bundle")
        for name, value in figures_of(bundle.card.metrics):
            client.log_metric(run, f"bundle/{name}", value)
        client.set_tag(run, "bundle.digest", bundle.digest)
        client.set_tag(run, "bundle.name", bundle.card.name)
        client.set_tag(run, "bundle.checkpoint", checkpoint.name)
    except Exception as error:
        message = f"the bundle could not be attached to its run at {note['uri']}: {error}"
        raise NotAttachedError(message) from error
    return run


def attach_evaluation(folder: Path, evaluation: Mapping[str, Any]) -> str | None:
    """Attaches an evaluation to the MLflow run of a run's folder: the whole of it, and its figures as metrics.

    Args:
        folder: of the run.
        evaluation: as `Evaluation.to_json` gives it.

    Returns:
        The run's id; None where the folder holds no run that MLflow tracks.

    Raises:
        NotAttachedError: MLflow could not be reached or refused, or the run's bundle is another one.
    """
    note = recall(folder).get("mlflow", {})
    if not {"uri", "run_id"} <= set(note):
        return None
    run, digest = note["run_id"], evaluation["about"].get("model digest", "")
    try:
        client = mlflow_client(note["uri"])
        exported = client.get_run(run).data.tags.get("bundle.digest", digest)
        if exported == digest:
            _log_evaluation(client, run, evaluation)
    except Exception as error:
        message = f"the evaluation could not be attached to its run at {note['uri']}: {error}"
        raise NotAttachedError(message) from error
    if exported != digest:
        message = (
            f"{folder} exported the model {exported[:12]}, not {digest[:12]}: nothing was attached, name its own run"
        )
        raise NotAttachedError(message)
    return run


def _log_evaluation(client: "MlflowClient", run: str, evaluation: Mapping[str, Any]) -> None:
    about = evaluation["about"]
    words = " ".join(filter(None, (about.get("dataset", "photos"), about.get("source"), about.get("split"))))
    name = "".join(c if c.isalnum() or c in "_-. " else "_" for c in words)
    client.log_dict(run, dict(evaluation), f"evaluations/{name}.json")
    rows = {row: {key: one["value"] for key, one in figures.items()} for row, figures in evaluation["figures"].items()}
    for figure, value in figures_of(rows):
        client.log_metric(run, f"evaluation/{name}/{figure}", value)


def figures_of(metrics: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, float]]:
    """The numbers in nested figures, by a path that MLflow takes as a name.

    >>> list(figures_of({"claims val": {"photos": 270, "mask_ap50": None, "box_ap50_per_type": {"dent": 0.25}}}))
    [('claims val/photos', 270.0), ('claims val/box_ap50_per_type/dent', 0.25)]
    """
    for name, value in metrics.items():
        plain = "".join(c if c.isalnum() or c in "_-. " else "_" for c in f"{name}")
        if isinstance(value, Mapping):
            yield from figures_of(value, f"{prefix}{plain}/")
        elif isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
            yield f"{prefix}{plain}", float(value)
