"""What work waits for: stores and databases that do not answer at the moment, or whose disk is full."""

import sqlite3
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from coachwork.storage.photo_register import RegisterError
from coachwork.storage.photo_store import PhotoLost, PhotoStoreError

PATIENT: dict[str, Any] = {"retries_allowed": True, "interval_seconds": 1.0, "backoff_rate": 2.0, "max_attempts": 10}
"""Ten attempts of a step within eight and a half minutes, each after twice the pause."""


def passing(problem: BaseException) -> bool:
    """Whether what made a step fail may be gone in a moment."""
    if isinstance(problem, RegisterError):
        return isinstance(problem.__cause__, sqlite3.OperationalError | OSError)
    return isinstance(problem, SQLAlchemyError | PhotoStoreError | OSError) and not isinstance(problem, PhotoLost)
