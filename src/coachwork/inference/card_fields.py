"""Reading the fields of a card's JSON with messages that name the field."""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import StrEnum
from typing import Any, TypeVar

from coachwork.errors import CoachworkError

_Made = TypeVar("_Made")
_Choice = TypeVar("_Choice", bound=StrEnum)


class CardFieldError(CoachworkError):
    """A field of a card is missing or wrong.

    Attributes:
        where: the field's path, such as ``input.height``.
        why: what is wrong with it.
    """

    def __init__(self, *, where: str, why: str) -> None:
        super().__init__(f"{where or 'the card'} {why}")
        self.where = where
        self.why = why


class CardFields:
    """One JSON object of a card, read field by field."""

    def __init__(self, value: Any, where: str = "") -> None:
        if not isinstance(value, dict):
            raise CardFieldError(where=where, why="must be a JSON object")
        self.values: dict[str, Any] = value
        self._where = where

    def inside(self, name: str) -> "CardFields":
        """The object in a field."""
        return CardFields(self._value(name), self._path(name))

    def inside_or_none(self, name: str) -> "CardFields | None":
        """The object in a field, None where the field is null or missing."""
        return None if self.values.get(name) is None else self.inside(name)

    def each_inside(self, name: str) -> Iterator["CardFields"]:
        """The objects in a field that holds a list of them."""
        for place, value in enumerate(self._list(name)):
            yield CardFields(value, f"{self._path(name)}[{place}]")

    def text(self, name: str) -> str:
        """A string."""
        value = self._value(name)
        if not isinstance(value, str):
            raise self._wrong(name, "must be a string", value)
        return value

    def texts(self, name: str) -> list[str]:
        """A list of strings."""
        values = self._list(name)
        if not all(isinstance(value, str) for value in values):
            raise self._wrong(name, "must be a list of strings", values)
        return values

    def number(self, name: str) -> float:
        """A finite number."""
        value = self._value(name)
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise self._wrong(name, "must be a number", value)
        return float(value)

    def whole(self, name: str) -> int:
        """A whole number."""
        value = self._value(name)
        if isinstance(value, bool) or not isinstance(value, int):
            raise self._wrong(name, "must be a whole number", value)
        return value

    def flag(self, name: str) -> bool:
        """True or false."""
        value = self._value(name)
        if not isinstance(value, bool):
            raise self._wrong(name, "must be true or false", value)
        return value

    def three_numbers(self, name: str) -> tuple[float, float, float]:
        """Three finite numbers, one per channel."""
        values = self._list(name)
        if len(values) != 3:
            raise self._wrong(name, "must hold three numbers", values)
        channels = CardFields(dict(zip(("red", "green", "blue"), values, strict=True)), self._path(name))
        return channels.number("red"), channels.number("green"), channels.number("blue")

    def numbers(self, name: str) -> list[float]:
        """A list of finite numbers."""
        places = CardFields({str(place): value for place, value in enumerate(self._list(name))}, self._path(name))
        return [places.number(place) for place in places.values]

    def pairs(self, name: str) -> list[tuple[float, float]]:
        """A list of pairs of finite numbers."""
        pairs = []
        for place, value in enumerate(self._list(name)):
            if not isinstance(value, list) or len(value) != 2:
                raise self._wrong(name, "must hold pairs of numbers", value)
            pair = CardFields(dict(zip(("first", "second"), value, strict=True)), f"{self._path(name)}[{place}]")
            pairs.append((pair.number("first"), pair.number("second")))
        return pairs

    def one_of(self, name: str, choices: Sequence[str]) -> str:
        """One of some strings."""
        value = self._value(name)
        if value not in choices:
            raise self._wrong(name, f"must be one of {', '.join(choices)}", value)
        return str(value)

    def each_of(self, name: str, choices: Iterable[_Choice]) -> list[_Choice]:
        """A list of some of the choices."""
        known = {choice.value: choice for choice in choices}
        values = self._list(name)
        for value in values:
            if value not in known:
                raise self._wrong(name, f"must list some of {', '.join(known)}", value)
        return [known[value] for value in values]

    def made(self, factory: Callable[..., _Made], /, **parts: Any) -> _Made:
        """A value type made of parts; what it refuses is an error of this object."""
        try:
            return factory(**parts)
        except ValueError as refused:
            raise CardFieldError(where=self._where, why=f"is wrong: {refused}") from refused

    def _value(self, name: str) -> Any:
        if name not in self.values:
            raise CardFieldError(where=self._path(name), why="is missing")
        return self.values[name]

    def _list(self, name: str) -> list[Any]:
        value = self._value(name)
        if not isinstance(value, list):
            raise self._wrong(name, "must be a list", value)
        return value

    def _path(self, name: str) -> str:
        return f"{self._where}.{name}" if self._where else str(name)

    def _wrong(self, name: str, why: str, value: Any) -> CardFieldError:
        shown = repr(value)
        return CardFieldError(
            where=self._path(name), why=f"{why}, got {shown if len(shown) <= 60 else shown[:57] + '...'}"
        )
