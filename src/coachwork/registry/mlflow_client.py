"""MLflow's client, quiet, quick to give up, and telling nobody."""

import logging
import os
import warnings
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mlflow import MlflowClient

_DEFAULTS = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "20",
    "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
}
"""Set where the user has not: who calls retries by itself, and a run must not wait minutes for a dead server."""


def mlflow_client(uri: str) -> "MlflowClient":
    """A client of the store or server at a URI; importing MLflow and making a new database take seconds."""
    for name, value in _DEFAULTS.items():
        os.environ.setdefault(name, value)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of SQLAlchemy, by MLflow's own tables
        from mlflow import MlflowClient  # noqa: PLC0415 - seconds, and only where it is used

        for name in ("mlflow", "alembic"):
            logging.getLogger(name).setLevel(logging.WARNING)
        return MlflowClient(tracking_uri=uri)


def is_refusal(error: Exception) -> bool:
    """Whether MLflow understood the request and will never take it."""
    code: Any = getattr(error, "error_code", None)
    return code in {"INVALID_PARAMETER_VALUE", "BAD_REQUEST", "RESOURCE_DOES_NOT_EXIST", "INVALID_STATE"}
