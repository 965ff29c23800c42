"""Reasons: sentences and clauses for people that remember what they say, as a code with parameters.

A room says why with `said`. What comes back is the English sentence, and passes for plain text where that is enough.
With it go the code, which never changes its meaning, and the parameters as plain JSON values, so that pages and reports
say the same in another language (see `coachwork.web.wording`). The English sentences lie in ``reasons.toml``; nothing
here knows of any other language.

A field of a sentence says of what kind its value is: ``{total:number}``, ``{share:percent}``, ``{on:day}``. The kinds
``clauses``, ``sentences`` and ``clause`` join reasons by semicolons, as sentences, and as sentences without the last
full stop; any other one names the vocabulary that a word of the trade is from, such as ``{part:part}``. A list is read
with commas.
"""

import tomllib
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any, Self

_FILE = Path(__file__).with_name("reasons.toml")

Plain = str | int | float | bool | None | list[Any] | dict[str, Any]
"""What a parameter is in JSON."""


class Reason(str):
    """A sentence, or a clause of one.

    Attributes:
        code: what it says, whatever the language.
        parameters: what it says it of, by name, as plain JSON values; a reason within it is an object with its own
            ``code`` and ``parameters``, an amount or a share is a text, a day is ISO 8601.
    """

    __slots__ = ("code", "parameters")

    code: str
    parameters: Mapping[str, Plain]

    def __new__(cls, text: str, code: str, parameters: Mapping[str, Plain]) -> Self:
        """A text that was made of a code with its parameters."""
        made = super().__new__(cls, text)
        made.code, made.parameters = code, parameters
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        return Reason, (str(self), self.code, self.parameters)


def said(code: str, /, **parameters: Any) -> Reason:
    """The reason of a code.

    Args:
        code: a key of ``reasons.toml``.
        **parameters: by the names of the sentence's fields: texts, numbers, `Decimal`, `date`, members of
            vocabularies, reasons, and lists of these.

    Raises:
        KeyError: there is no such code.
        ValueError: the parameters are not those of its sentence.

    >>> said("payout.limit", limit=Decimal("20000.00"))
    'no more than the limit of 20,000.00'
    """
    plain = {name: _plain(value) for name, value in parameters.items()}
    if fields_of(templates()[code]).keys() != plain.keys():
        message = f"{code} says {', '.join(fields_of(templates()[code]))}, and got {', '.join(plain)}"
        raise ValueError(message)
    return Reason(ENGLISH.told(code, plain), code, plain)


def clauses(*parts: str) -> str:
    """Clauses as one, with semicolons; empty ones are left out.

    >>> clauses("", ""), clauses("a", "", "b")
    ('', 'a; b')
    """
    there = [part for part in parts if part]
    if len(there) < 2:
        return there[0] if there else ""
    return said("joined.clauses", parts=there)


@cache
def templates() -> Mapping[str, str]:
    """The English sentence of every code."""
    rooms = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    return {f"{room}.{name}": str(text) for room, told in rooms.items() for name, text in told.items()}


@cache
def fields_of(template: str) -> Mapping[str, str]:
    """Name of each field of a sentence -> of what kind its value is.

    >>> dict(fields_of("{count} of {all}, on {part:part}"))
    {'count': '', 'all': '', 'part': 'part'}
    """
    return {name: kind or "" for _, name, kind, _ in Formatter().parse(template) if name is not None}


class Wording:
    """How a language puts codes, numbers, days and words of the trade; English here, others derive from it."""

    def template(self, code: str) -> str:
        """The sentence of a code, with fields.

        Raises:
            KeyError: there is none.
        """
        return templates()[code]

    def number(self, value: Decimal) -> str:
        """A number with its decimals as they are."""
        return f"{value:,f}"

    def percent(self, share: Decimal) -> str:
        """A share as people read it."""
        return f"{(share * 100).normalize():f} %"

    def day(self, day: date) -> str:
        """A day."""
        return day.isoformat()

    def date(self, day: date) -> str:
        """A day that nobody reads as another, for print."""
        return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"

    def amount(self, amount: Decimal | str, decimals: int) -> str:
        """A number with so many decimals."""
        return self.number(Decimal(f"{Decimal(amount):.{decimals}f}"))

    def term(self, _kind: str, value: str) -> str:
        """A word of a vocabulary; what is not in it stays as it is."""
        return value.replace("_", " ")

    def words(self, sentence: str) -> str:
        """A reason in this language; a sentence without a code stays as it is."""
        return str(sentence)

    def say(self, code: str, /, **parameters: Any) -> str:
        """What a code says with its parameters; see `said`."""
        return self.words(said(code, **parameters))

    def told(self, code: str, parameters: Mapping[str, Plain]) -> str:
        """The sentence of a code with its parameters.

        Raises:
            KeyError: there is none of that code, or a parameter is missing.
        """
        pieces = []
        for text, name, kind, _ in Formatter().parse(self.template(code)):
            pieces.append(text)
            if name is not None:
                pieces.append(self._joined(kind or "", parameters[name]))
        return "".join(pieces)

    def _joined(self, kind: str, value: Plain) -> str:
        if not isinstance(value, list):
            return self._value(kind, value)
        words = [self._value("" if kind in _JOINS else kind, one) for one in value]
        text = _JOINS.get(kind, ", ").join(words)
        return text.removesuffix(".") if kind == "clause" else text

    def _value(self, kind: str, value: Plain) -> str:
        if isinstance(value, dict):
            return self.told(value["code"], value["parameters"])
        if not kind or value is None:
            return str(value)
        if kind in {"number", "percent"}:
            amount = Decimal(str(value))
            return self.number(amount) if kind == "number" else self.percent(amount)
        return self.day(date.fromisoformat(str(value))) if kind == "day" else self.term(kind, str(value))


_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
_JOINS = {"clauses": "; ", "sentences": " ", "clause": " "}
ENGLISH = Wording()


def with_reasons(document: dict[str, Any]) -> dict[str, Any]:
    """A document of JSON values with what its reasons say, as ``reasons``: sentence, code and parameters of each once.

    Reasons of documents within it that tell their own are left to these.
    """
    told = _listed(document)
    return document | ({"reasons": told} if told else {})


def pruned(document: Mapping[str, Any]) -> dict[str, Any]:
    """A document of which something was taken away or changed, with the reasons alone that it still says.

    Whoever is not told a sentence must not find it, or what it speaks of, in the list beside it.
    """
    rest = {key: value for key, value in document.items() if key != "reasons"}
    said_still = set(_texts_in(rest))
    kept = [one for one in document.get("reasons", ()) if one.get("sentence") in said_still]
    told = kept + _listed(rest)
    return rest | ({"reasons": told} if told else {})


def reasons_of(document: Mapping[str, Any]) -> dict[str, Reason]:
    """Sentence -> reason, as a document's own ``reasons`` tell; what is not written as reasons are is passed over."""
    listed, found = document.get("reasons"), {}
    for one in listed if isinstance(listed, list) else ():
        told = one if isinstance(one, Mapping) else {}
        sentence, code, parameters = told.get("sentence"), told.get("code"), told.get("parameters")
        if isinstance(sentence, str) and isinstance(code, str) and isinstance(parameters, Mapping):
            found[sentence] = Reason(sentence, code, parameters)
    return found


def restored(value: Any, known: Mapping[str, Reason] | None = None) -> Any:
    """The same JSON values, in which the sentences that ``reasons`` of a document tell of are reasons again.

    Sentences that none of them tells of, as in documents that were kept before reasons had codes, stay plain texts.
    """
    reasons = known or {}
    if isinstance(value, str):
        return reasons.get(value, value)
    if isinstance(value, Mapping):
        own = "reasons" if _tells_its_own(value) else None
        reasons = {**reasons, **reasons_of(value)}
        return {key: one if key == own else restored(one, reasons) for key, one in value.items()}
    if isinstance(value, list | tuple) and not (value and isinstance(value[0], int | float)):
        return [restored(one, reasons) for one in value]
    return value


def _tells_its_own(document: Mapping[str, Any]) -> bool:
    """Whether it lists its reasons; those of a photo's quality are sentences and no such list."""
    listed = document.get("reasons")
    return isinstance(listed, list) and any(isinstance(one, Mapping) for one in listed)


def _listed(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What the reasons in a document say, each once."""
    found = {str(one): one for value in document.values() for one in _reasons_in(value)}
    return [{"sentence": text, "code": one.code, "parameters": dict(one.parameters)} for text, one in found.items()]


def _texts_in(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield str(value)
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _texts_in(one)
    elif isinstance(value, list | tuple) and not (value and isinstance(value[0], int | float)):
        for one in value:
            yield from _texts_in(one)


def _reasons_in(value: Any) -> Iterator[Reason]:
    if isinstance(value, Reason):
        yield value
    elif isinstance(value, Mapping) and not _tells_its_own(value):
        for one in value.values():
            yield from _reasons_in(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _reasons_in(one)


def _plain(value: Any) -> Plain:
    if isinstance(value, Reason):
        return {"code": value.code, "parameters": dict(value.parameters)}
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str):
        return str(value.value) if hasattr(value, "value") else str(value)
    if value is None or isinstance(value, int | float):
        return value
    return [_plain(one) for one in value]
