"""Changes to a plan as they are written on a command line."""

import tomllib
from collections.abc import Sequence
from typing import Any

from coachwork.training.plan import PlanError


def read_changes(changes: Sequence[str]) -> dict[str, Any]:
    """Fields and their new values, from `FIELD=VALUE` texts; a value that is no TOML is a text.

    >>> read_changes(["seed=8", "augmentation.scale=[0.8, 1.5]", "model.family=unet"])
    {'seed': 8, 'augmentation.scale': [0.8, 1.5], 'model.family': 'unet'}

    Raises:
        PlanError: a text without a field or an equals sign.
    """
    values: dict[str, Any] = {}
    for change in changes:
        field, equals, value = change.partition("=")
        if not (equals and field.strip()):
            message = f"{change!r} changes nothing: write FIELD=VALUE, such as schedule.epochs=2"
            raise PlanError(message)
        values[field.strip()] = _value(value.strip())
    return values


def _value(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text
