"""JSON files read field by field; the first thing that is wrong is told by file, place in the file and reason."""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from coachwork.errors import CoachworkError

MOST_BYTES = 100_000_000
_LARGEST = 1e300
_Choice = TypeVar("_Choice", bound=StrEnum)


class JsonFileError(CoachworkError):
    """A JSON file cannot be used.

    Attributes:
        file: as it was given.
        where: the place in it, such as ``photos[2].damages[0].box``; empty for the whole file.
        why: what is wrong, and what stands right.
    """

    def __init__(self, *, file: str, where: str, why: str) -> None:
        super().__init__(f"{file}: {where} {why}" if where else f"{file} {why}")
        self.file, self.where, self.why = file, where, why


def read_json_object(path: Path, schema: str, error: type[JsonFileError]) -> "JsonObject":
    """The object of a file that says which schema it follows.

    Raises:
        JsonFileError: of the kind `error`: it cannot be read, is no JSON, or follows another schema.
    """
    found = JsonObject(_load(path, error), file=str(path), where="", error=error)
    told = found.values.get("schema")
    if told != schema:
        raise found.wrong(key="schema", why=f"must be {schema!r}, is {told!r}: name a file of that schema")
    return found


def _load(path: Path, error: type[JsonFileError]) -> Any:
    try:
        content = path.read_bytes()
        if len(content) <= MOST_BYTES:
            return json.loads(content.decode("utf-8-sig"), parse_constant=_refused)
        why = f"is larger than {MOST_BYTES:,} bytes: name another file"
    except OSError as broken:
        why = f"cannot be read: {broken.strerror}"
    except json.JSONDecodeError as broken:
        why = f"is not JSON: {broken.msg} (line {broken.lineno}, column {broken.colno})"
    except (UnicodeDecodeError, RecursionError, ValueError) as broken:
        why = f"is not usable JSON: {broken}"
    raise error(file=str(path), where="", why=why)


def _refused(name: str) -> float:
    message = f"{name} is no number of JSON"
    raise ValueError(message)


class JsonObject:
    """One object of a JSON file. Keys that nobody asks for are passed over: a later writer may add some."""

    def __init__(self, values: Any, *, file: str, where: str, error: type[JsonFileError] = JsonFileError) -> None:
        """Takes a value that must be an object.

        Raises:
            JsonFileError: of the kind `error`: it is none.
        """
        self.file, self.where, self.error = file, where, error
        if not isinstance(values, Mapping):
            raise error(file=file, where=where, why="must be an object, { ... }")
        self.values: Mapping[str, Any] = values

    def wrong(self, *, key: str, why: str) -> JsonFileError:
        """The error for a key, or for the object where the key is empty; to be raised by the caller."""
        return self.error(file=self.file, where=self.at(key) if key else self.where, why=why)

    def at(self, key: str) -> str:
        """The place of a key in the file."""
        return f"{self.where}.{key}" if self.where else key

    def __contains__(self, key: str) -> bool:
        return self.values.get(key) is not None

    def object(self, key: str) -> "JsonObject":
        """The object of a key."""
        return JsonObject(self._needed(key), file=self.file, where=self.at(key), error=self.error)

    def object_or_none(self, key: str) -> "JsonObject | None":
        """The object of a key, or None where it is null or missing."""
        return self.object(key) if key in self else None

    def objects(self, key: str) -> Iterator["JsonObject"]:
        """The objects of a list, in their order; none where it is null or missing."""
        for place, value in enumerate(self.list_of(key)):
            yield JsonObject(value, file=self.file, where=f"{self.at(key)}[{place}]", error=self.error)

    def list_of(self, key: str) -> Sequence[Any]:
        """A list; an empty one where it is null or missing."""
        value = self.values.get(key)
        if value is not None and not isinstance(value, list):
            raise self.wrong(key=key, why="must be a list, [ ... ]")
        return value or []

    def text(self, key: str, *, default: str | None = None) -> str:
        """A text; without a default it must be there."""
        value = self.values.get(key)
        if value is None and default is not None:
            return default
        if not isinstance(value, str):
            raise self.wrong(key=key, why="is missing: it must be a text" if value is None else "must be a text")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """The texts of a list; none where it is null or missing."""
        values = self.list_of(key)
        if not all(isinstance(value, str) for value in values):
            raise self.wrong(key=key, why="must be a list of texts")
        return tuple(values)

    def flag(self, key: str, *, default: bool | None = None) -> bool:
        """True or false; without a default it must be there."""
        value = self.values.get(key)
        value = default if value is None else value
        if not isinstance(value, bool):
            raise self.wrong(key=key, why="must be true or false")
        return value

    def flag_or_none(self, key: str) -> bool | None:
        """True, false, or None where it is null or missing."""
        return self.flag(key) if key in self else None

    def number(self, key: str, *, low: float = -math.inf, high: float = math.inf) -> float:
        """A number within bounds."""
        return self._number(key, self._needed(key), low, high)

    def number_or_none(self, key: str, *, low: float = -math.inf, high: float = math.inf) -> float | None:
        """A number within bounds, or None where it is null or missing."""
        return self.number(key, low=low, high=high) if key in self else None

    def numbers(self, key: str, count: int) -> tuple[float, ...]:
        """A list of so many numbers."""
        values = self.list_of(key)
        if len(values) != count:
            raise self.wrong(key=key, why=f"must be a list of {count} numbers")
        return tuple(self._number(key, value, -math.inf, math.inf) for value in values)

    def whole(self, key: str, *, low: int = 0, high: int = 10**9) -> int:
        """A whole number within bounds."""
        value = self._needed(key)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise self.wrong(key=key, why=f"must be a whole number from {low} to {high}, is {value!r}")
        return value

    def whole_or_none(self, key: str, *, low: int = 0, high: int = 10**9) -> int | None:
        """A whole number within bounds, or None where it is null or missing."""
        return self.whole(key, low=low, high=high) if key in self else None

    def amount_or_none(self, key: str) -> Decimal | None:
        """A decimal that is written as a text or as a whole number, from 0 up; None where it is null or missing."""
        if key not in self:
            return None
        value = self.values[key]
        try:
            amount = Decimal(value) if isinstance(value, str | int) and not isinstance(value, bool) else None
        except InvalidOperation:
            amount = None
        if amount is None or not amount.is_finite() or amount < 0:
            raise self.wrong(key=key, why=f'must be an amount from 0 up in quotes, such as "9500.00", is {value!r}')
        return amount

    def choice(self, key: str, choices: type[_Choice]) -> _Choice:
        """One value of an enumeration."""
        value = self._needed(key)
        if value not in list(choices):
            raise self.wrong(key=key, why=f"is {value!r}, which is none of {', '.join(choices)}")
        return choices(value)

    def choice_or_none(self, key: str, choices: type[_Choice]) -> _Choice | None:
        """One value of an enumeration, or None where it is null or missing."""
        return self.choice(key, choices) if key in self else None

    def choices(self, key: str, choices: type[_Choice]) -> tuple[_Choice, ...]:
        """A list of values of an enumeration; none where it is null or missing."""
        for value in (values := self.list_of(key)):
            if value not in list(choices):
                raise self.wrong(key=key, why=f"holds {value!r}, which is none of {', '.join(choices)}")
        return tuple(choices(value) for value in values)

    def _needed(self, key: str) -> Any:
        value = self.values.get(key)
        if value is None:
            raise self.wrong(key=key, why="is missing")
        return value

    def _number(self, key: str, value: Any, low: float, high: float) -> float:
        fits = not isinstance(value, bool) and isinstance(value, int | float) and low <= value <= high
        if not fits or abs(value) > _LARGEST:
            bounds = "" if math.isinf(low) and math.isinf(high) else f" from {low:g} to {high:g}"
            raise self.wrong(key=key, why=f"must be a number{bounds}, is {value!r}")
        return float(value)
