"""Where MLflow keeps a run, and how a run's folder remembers it."""

import json
import os
from pathlib import Path
from typing import Any

OFF = "off"
_NOTE = "tracking.json"
_SQLITE = "sqlite:///"


def tracking_uri(wanted: str, folder: Path) -> str | None:
    """The URI of the MLflow store or server of the runs in a folder; None for none.

    Args:
        wanted: a URI, `off`, or "" for MLFLOW_TRACKING_URI and, without it, `mlflow.db` in the folder.
        folder: that holds the runs' folders.
    """
    uri = wanted or os.environ.get("MLFLOW_TRACKING_URI", "")
    if uri == OFF:
        return None
    return uri or f"{_SQLITE}{(folder / 'mlflow.db').resolve()}"


def database_of(uri: str) -> Path | None:
    """The file of a SQLite store; None for servers and other databases."""
    return Path(uri.removeprefix(_SQLITE)) if uri.startswith(_SQLITE) else None


def artifacts_of(uri: str) -> str | None:
    """Where artifacts of a SQLite store go, `mlruns` beside it; None where the server decides."""
    database = database_of(uri)
    return None if database is None else (database.parent / "mlruns").resolve().as_uri()


def viewing_hint(uri: str) -> str:
    """How to look at the runs."""
    if uri.startswith(("http://", "https://")):
        return f"look at it on {uri}"
    return f"look at it with  MLFLOW_SERVER_ENABLE_JOB_EXECUTION=false mlflow ui --backend-store-uri {uri}"


def remember(folder: Path, sink: str, note: dict[str, str]) -> None:
    """Notes in a run's folder under which id a sink keeps it."""
    notes = recall(folder) | {sink: note}
    (folder / _NOTE).write_text(json.dumps(notes, indent=2) + "\n", encoding="utf-8")


def recall(folder: Path) -> dict[str, dict[str, str]]:
    """What sinks noted in a run's folder; empty where nothing readable is there."""
    try:
        notes: Any = json.loads((folder / _NOTE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(notes, dict):
        return {}
    return {str(sink): note for sink, note in notes.items() if isinstance(note, dict)}
