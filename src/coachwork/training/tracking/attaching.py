"""A bundle and its figures, attached to the run that it comes from."""

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from coachwork.inference.bundle import Bundle
from coachwork.training.tracking.mlflow_client import mlflow_client
from coachwork.training.tracking.place import recall


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
