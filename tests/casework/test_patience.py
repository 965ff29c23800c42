"""What steps wait for, and what they do not."""

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from coachwork.casework.patience import PATIENT, passing
from coachwork.storage.photo_register import PhotoRegister, RegisterError
from coachwork.storage.photo_store import PhotoLost, PhotoStoreError

_FULL = sqlite3.OperationalError("database or disk is full")


@pytest.mark.parametrize(
    ("problem", "waits"),
    [
        (OperationalError("insert", {}, _FULL), True),
        (OSError(28, "No space left on device"), True),
        (PhotoStoreError("the store does not answer"), True),
        (PhotoLost("the photo is gone for good"), False),
        (RegisterError("damaged"), False),
        (ValueError("a fault"), False),
    ],
)
def test_what_may_pass_is_waited_for(problem: Exception, waits: bool) -> None:  # noqa: FBT001
    assert passing(problem) is waits


def test_a_register_on_a_full_disk_is_waited_for(tmp_path: Path) -> None:
    with PhotoRegister(tmp_path, make=True) as register, pytest.raises(RegisterError) as told, register._told():
        raise _FULL
    assert passing(told.value)


def test_steps_wait_longer_than_a_database_takes_to_start_again() -> None:
    pauses = range(PATIENT["max_attempts"] - 1)
    assert 480 < sum(PATIENT["interval_seconds"] * PATIENT["backoff_rate"] ** number for number in pauses) < 600
