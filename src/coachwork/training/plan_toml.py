"""A plan written as TOML, so that what tuning found is a file that `coachwork train` reads and people can change."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from coachwork.training.plan import Plan

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


def plan_toml(plan: Plan, *, comment: str = "") -> str:
    """The plan as TOML that `read_plan` reads back.

    Args:
        plan: with absolute paths, so that the file may lie anywhere.
        comment: lines above it.
    """
    lines = [f"# {line}".rstrip() for line in comment.splitlines()]
    return "\n".join([*lines, *toml_lines(plan.as_json())]) + "\n"


def toml_lines(table: Mapping[str, Any], path: tuple[str, ...] = ()) -> list[str]:
    """A table as lines of TOML: its values, then its tables.

    Args:
        table: strings, numbers, booleans, lists of them, and tables; None is left out, as TOML has no word for it.
        path: of the table, empty for the whole file.

    Raises:
        TypeError: a value that TOML cannot hold.
    """
    lines = []
    for key, value in table.items():
        if value is not None and not isinstance(value, Mapping):
            lines.append(f"{_key(key)} = {_value(value)}")
    for key, value in table.items():
        if isinstance(value, Mapping) and value:
            inner = (*path, key)
            lines += ["", f"[{'.'.join(_key(part) for part in inner)}]", *toml_lines(value, inner)]
    return lines


def _key(name: str) -> str:
    return name if _BARE_KEY.fullmatch(name) else _text(name)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, Sequence):
        return f"[{', '.join(_value(one) for one in value)}]"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_key(key)} = {_value(one)}" for key, one in value.items()) + "}"
    message = f"TOML cannot hold {value!r}"
    raise TypeError(message)


def _text(value: str) -> str:
    """JSON's escapes are TOML's, but for DEL, which TOML wants escaped as well."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
