"""Values of a plan's fields, held against the types that their dataclasses declare; free of torch."""

import math
from types import NoneType, UnionType
from typing import Any, get_args, get_origin

from coachwork.errors import CoachworkError

_WORDS: dict[Any, tuple[str, str]] = {
    int: ("a whole number", "whole numbers"),
    float: ("a number", "numbers"),
    bool: ("true or false", "true or false"),
    str: ("a text", "texts"),
}
"""What one and what several values of a kind are called."""


def field_value(kind: Any, value: Any, where: str, error: type[CoachworkError]) -> Any:
    """A value as plain data, turned into what a field of this type holds.

    >>> field_value(tuple[float, float], [1, 2.5], "scale", CoachworkError)
    (1.0, 2.5)

    Args:
        kind: the field's type: int, float, bool, str, dict, a tuple of such, or one of them or None.
        value: as TOML or JSON give it.
        where: what an error calls the field.
        error: what is raised.

    Raises:
        CoachworkError: of the kind `error`: the field cannot hold such a value, or a list of that length.
    """
    if get_origin(kind) is UnionType:
        if value is None and NoneType in get_args(kind):
            return None
        (kind,) = set(get_args(kind)) - {NoneType}
    if get_origin(kind) is tuple and isinstance(value, list | tuple) and _right_length(kind, value):
        inner = get_args(kind)[0]
        return tuple(field_value(inner, entry, where, error) for entry in value)
    if get_origin(kind) is dict and isinstance(value, dict):
        return value
    if kind is float and isinstance(value, int | float) and not isinstance(value, bool) and not math.isnan(value):
        return float(value)
    if kind in {int, bool, str} and isinstance(value, kind) and not (kind is int and isinstance(value, bool)):
        return value
    message = f"{where}: expected {_described(kind)}, got {value!r}"
    raise error(message)


def _right_length(kind: Any, value: list[Any] | tuple[Any, ...]) -> bool:
    return ... in get_args(kind) or len(value) == len(get_args(kind))


def _described(kind: Any) -> str:
    if get_origin(kind) is dict:
        return "a table"
    if get_origin(kind) is tuple:
        count = "" if ... in get_args(kind) else f"{len(get_args(kind))} "
        return f"a list of {count}{_WORDS[get_args(kind)[0]][1]}"
    return _WORDS[kind][0]
