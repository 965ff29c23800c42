"""Damages read from JSON, by the schema ``coachwork.damages/1`` (docs/estimates.md)."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from coachwork.errors import CoachworkError
from coachwork.estimates.damage import Access, RepairDamage
from coachwork.span import Span
from coachwork.taxonomy import CarPart, DamageType, Severity

SCHEMA = "coachwork.damages/1"
MOST_BYTES = 50_000_000
_KEYS = [one.name for one in fields(RepairDamage)]
_Choice = TypeVar("_Choice", bound=StrEnum)


class DamagesFileError(CoachworkError):
    """A file of damages cannot be used.

    Attributes:
        file: as it was given.
        where: the place in it, such as ``damages[2].size_mm``; empty for the whole file.
        why: what is wrong, and what stands right.
    """

    def __init__(self, *, file: str, where: str, why: str) -> None:
        super().__init__(f"{file}: {where} {why}" if where else f"{file} {why}")
        self.file, self.where, self.why = file, where, why


def read_damages_file(path: Path) -> tuple[RepairDamage, ...]:
    """The damages of one car.

    Raises:
        DamagesFileError: the file cannot be read, or one thing is wrong in it.
        ExceptionGroup: of several DamagesFileErrors.
    """
    values = load_json(path)
    if not isinstance(values, Mapping) or values.get("schema") != SCHEMA or not isinstance(values.get("damages"), list):
        why = f'must be an object with "schema": "{SCHEMA}" and a list "damages"'
        raise DamagesFileError(file=str(path), where="", why=why)
    return damages_of(values["damages"], str(path))


def damages_of(values: Sequence[Any], file: str) -> tuple[RepairDamage, ...]:
    """The damages of a list of JSON values.

    Raises:
        DamagesFileError: one thing is wrong in it.
        ExceptionGroup: of several DamagesFileErrors.
    """
    problems: list[DamagesFileError] = []
    found: list[RepairDamage] = []
    for place, value in enumerate(values):
        try:
            found.append(_Fields(value, file, f"damages[{place}]").damage(place))
        except DamagesFileError as problem:
            problems.append(problem)
    if len(problems) == 1:
        raise problems[0]
    if problems:
        message = f"{file} has {len(problems)} problems"
        raise ExceptionGroup(message, problems)
    return tuple(found)


def load_json(path: Path) -> Any:
    """The values of a JSON file; numbers with a point become Decimal.

    Raises:
        DamagesFileError: it cannot be read or is no JSON.
    """
    why = ""
    try:
        content = path.read_bytes()
        if len(content) <= MOST_BYTES:
            return json.loads(content.decode("utf-8-sig"), parse_float=Decimal)
        why = f"is larger than {MOST_BYTES:,} bytes: name another file"
    except OSError as error:
        why = f"cannot be read: {error.strerror}"
    except json.JSONDecodeError as error:
        why = f"is not JSON: {error.msg} (line {error.lineno}, column {error.colno})"
    except (UnicodeDecodeError, RecursionError, ValueError) as error:
        why = f"is not usable JSON: {error}"
    raise DamagesFileError(file=str(path), where="", why=why)


class _Fields:
    """One damage, read field by field."""

    def __init__(self, value: Any, file: str, where: str) -> None:
        self.file, self.where = file, where
        if not isinstance(value, dict):
            raise self._wrong(key="", why="must be an object")
        self.values: dict[str, Any] = value
        for key in value:
            if key not in _KEYS:
                raise self._wrong(key=key, why=f"is not known: known are {', '.join(_KEYS)}")

    def damage(self, place: int) -> RepairDamage:
        kind = self._choice("type", DamageType)
        if kind is None:
            raise self._wrong(key="type", why=f"is missing: one of {', '.join(DamageType)}")
        count = self.values.get("count", 1)
        if isinstance(count, bool) or not isinstance(count, int):
            raise self._wrong(key="count", why="must be a whole number")
        try:
            return RepairDamage(
                name=self._text("name") or f"damage {place + 1}",
                type=kind,
                part=self._choice("part", CarPart),
                place=self._text("place"),
                count=count,
                size_mm=self._size(),
                severity=self._severity(),
                paint_broken=self._flag("paint_broken"),
                access=self._choice("access", Access),
                confidence=self._number("confidence", self.values.get("confidence")),
                prior=self._flag("prior") or False,
            )
        except ValueError as error:
            raise self._wrong(key="", why=f"cannot be: {error}") from None

    def _wrong(self, *, key: str, why: str) -> DamagesFileError:
        return DamagesFileError(file=self.file, where=f"{self.where}.{key}" if key else self.where, why=why)

    def _text(self, key: str) -> str:
        value = self.values.get(key) or ""
        if not isinstance(value, str) or len(value) > 200:
            raise self._wrong(key=key, why="must be a text of at most 200 characters")
        return " ".join(value.split())

    def _flag(self, key: str) -> bool | None:
        value = self.values.get(key)
        if value is not None and not isinstance(value, bool):
            raise self._wrong(key=key, why="must be true, false or null")
        return value

    def _choice(self, key: str, choices: type[_Choice]) -> _Choice | None:
        value = self.values.get(key)
        if value is None:
            return None
        if value not in list(choices):
            raise self._wrong(key=key, why=f"is {value!r}, which is none of {', '.join(choices)}")
        return choices(value)

    def _severity(self) -> tuple[Severity, ...]:
        value = self.values.get("severity")
        levels = [] if value is None else value if isinstance(value, list) else [value]
        if any(level not in list(Severity) for level in levels):
            raise self._wrong(key="severity", why=f"must be a level or a list of levels of {', '.join(Severity)}")
        return tuple(level for level in Severity if level.value in levels)

    def _number(self, key: str, value: Any) -> Decimal | None:
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | Decimal) or not Decimal(value).is_finite():
            raise self._wrong(key=key, why=f"must be a number, is {value!r}")
        number = Decimal(value)
        if abs(number) > 1_000_000:
            raise self._wrong(key=key, why=f"is too large: {number}")
        return round(number, 6).normalize()

    def _size(self) -> Span | None:
        value = self.values.get("size_mm")
        if value is None:
            return None
        ends: list[Any] = (value or [None]) if isinstance(value, list) else [value, value]
        low, high = self._number("size_mm", ends[0]), self._number("size_mm", ends[-1])
        if len(ends) != 2 or low is None or high is None or not 0 < low <= high:
            raise self._wrong(key="size_mm", why="must be a number of millimetres above 0 or a pair [low, high]")
        return Span(low=low, high=high)
