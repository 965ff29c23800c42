"""TOML files read field by field, with every problem told by file, line and reason."""

import difflib
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from coachwork.errors import CoachworkError
from coachwork.span import Span

MOST = Decimal(10_000_000)
"""No amount, time or size of an estimate is larger."""
MOST_BYTES = 4_000_000
_HEADER = re.compile(r"^\s*\[{1,2}([^\]]+)\]{1,2}\s*(?:#.*)?$")
_KEY = re.compile(r"""^\s*((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*'))*)\s*=""")


class TomlFileError(CoachworkError):
    """Something is wrong in a TOML file.

    Attributes:
        file: as it was given.
        line: from 1; None where the file cannot be read at all.
        where: table and key, such as ``labour.body``; empty for the file itself.
        why: what is wrong, and what stands right.
    """

    def __init__(self, *, file: str, line: int | None, where: str, why: str) -> None:
        place = file if line is None else f"{file}, line {line}"
        super().__init__(f"{place}: {where} {why}" if where else f"{place}: {why}")
        self.file, self.line, self.where, self.why = file, line, where, why


def key_lines(text: str) -> dict[tuple[str, ...], int]:
    r"""The line of each table and key of a TOML text, from 1; entries of inline tables stand under their key.

    >>> key_lines("[a]\nb = 1\n")
    {('a',): 1, ('a', 'b'): 2}
    """
    found: dict[tuple[str, ...], int] = {}
    table: tuple[str, ...] = ()
    quoted = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if quoted:
            quoted = "" if line.count(quoted) % 2 else quoted
            continue
        if header := _HEADER.match(line):
            table = _path(header[1])
            for end in range(1, len(table) + 1):  # a table may begin with one below it
                found.setdefault(table[:end], number)
        elif key := _KEY.match(line):
            found.setdefault((*table, *_path(key[1])), number)
        quoted = next((mark for mark in ('"""', "'''") if line.count(mark) % 2), "")
    return found


def _path(dotted: str) -> tuple[str, ...]:
    parts = re.findall(r"""[A-Za-z0-9_-]+|"[^"]*"|'[^']*'""", dotted)
    return tuple(part.strip("\"'") for part in parts)


class TomlDocument:
    """One TOML file and the problems found in it so far."""

    def __init__(self, text: str, file: str, error: type[TomlFileError]) -> None:
        """Parses the text; numbers become Decimal, never float.

        Raises:
            TomlFileError: of the kind `error`: it is no TOML.
        """
        self.file, self.error = file, error
        self.problems: list[TomlFileError] = []
        try:
            values = tomllib.loads(text, parse_float=Decimal)
        except (tomllib.TOMLDecodeError, RecursionError) as broken:
            line = re.search(r"at line (\d+)", str(broken))
            where = int(line[1]) if line else text.count("\n") + 1
            raise error(file=file, line=where, where="", why=f"is not valid TOML: {broken}") from None
        self._lines = key_lines(text)
        self.root = TomlTable(self, values, ())

    def note(self, path: tuple[str, ...], why: str) -> None:
        """Remembers a problem of a table or key."""
        near = path
        while near and near not in self._lines:
            near = near[:-1]
        line = self._lines.get(near, 1)
        problem = self.error(file=self.file, line=line, where=".".join(path), why=why)
        if str(problem) not in map(str, self.problems):
            self.problems.append(problem)

    def finish(self) -> None:
        """Raises what was found.

        Raises:
            TomlFileError: one thing is wrong.
            ExceptionGroup: several are.
        """
        self.problems.sort(key=lambda problem: problem.line or 0)
        if len(self.problems) == 1:
            raise self.problems[0]
        if self.problems:
            message = f"{self.file} has {len(self.problems)} problems"
            raise ExceptionGroup(message, self.problems)


def read_toml(path: Path, error: type[TomlFileError]) -> tuple[TomlDocument, bytes]:
    """The document of a file, and its bytes.

    Raises:
        TomlFileError: of the kind `error`: it cannot be read or is no TOML in UTF-8.
    """
    try:
        content = path.read_bytes()
        if len(content) > MOST_BYTES:
            raise error(
                file=str(path), line=None, where="", why=f"is larger than {MOST_BYTES:,} bytes: name another file"
            )
        return TomlDocument(content.decode("utf-8-sig").replace("\r\n", "\n"), str(path), error), content
    except OSError as broken:
        raise error(file=str(path), line=None, where="", why=f"cannot be read: {broken.strerror}") from None
    except UnicodeDecodeError as broken:
        line = content[: broken.start].count(b"\n") + 1
        raise error(file=str(path), line=line, where="", why="is not UTF-8: save it as UTF-8 text") from None


class TomlTable:
    """One table; a wrong value is noted in the document, and a harmless one given back so that all are found."""

    def __init__(self, document: TomlDocument, values: Mapping[str, Any], path: tuple[str, ...]) -> None:
        self.document, self.values, self.path = document, values, path

    def __contains__(self, key: str) -> bool:
        return key in self.values

    def wrong(self, key: str | None, why: str) -> None:
        """Notes a problem of a key, or of the table."""
        self.document.note(self.path if key is None else (*self.path, key), why)

    def only(self, known: Iterable[str]) -> None:
        """Notes every key that is not among the known ones."""
        names = list(known)
        for key in self.values:
            if key not in names:
                near = difflib.get_close_matches(key, names, n=1)
                hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(names)}"
                self.wrong(key, f"is not known here: {hint}")

    def need(self, names: Iterable[str]) -> None:
        """Notes every one of these tables that is not there."""
        for name in names:
            if name not in self:
                self.wrong(name, f"is missing: add a table [{name}]")

    def table(self, key: str) -> "TomlTable":
        """The table of a key; an empty one where it is missing."""
        value = self.values.get(key, {})
        if not isinstance(value, Mapping):
            self.wrong(key, f"must be a table, [{'.'.join((*self.path, key))}]")
            value = {}
        return TomlTable(self.document, value, (*self.path, key))

    def tables(self, *, but: Iterable[str] = ()) -> Iterator[tuple[str, "TomlTable"]]:
        """All tables below this one, but for some keys."""
        left_out = set(but)
        for key in self.values:
            if key not in left_out:
                yield key, self.table(key)

    def text(self, key: str, *, default: str | None = None) -> str:
        """A text that is not blank; without a default it must be there."""
        value = self.values.get(key, default)
        if not isinstance(value, str) or (not value.strip() and value != default):
            self.wrong(key, "is missing: state it" if value is None else "must be a text that is not blank")
            return ""
        return value.strip()

    def flag(self, key: str, *, default: bool = False) -> bool:
        """True or false."""
        value = self.values.get(key, default)
        if not isinstance(value, bool):
            self.wrong(key, "must be true or false")
            return default
        return value

    def number(
        self, key: str, *, low: Decimal | int = 0, high: Decimal | int = MOST, default: Decimal | None = None
    ) -> Decimal:
        """A number within bounds; without a default it must be there."""
        if key not in self.values and default is not None:
            return default
        return self._number(key, self.values.get(key), low, high)

    def number_or_none(self, key: str, *, high: Decimal | int = MOST) -> Decimal | None:
        """A number from 0 up, or None where the key is missing."""
        return self.number(key, high=high) if key in self.values else None

    def whole(self, key: str, *, low: int, high: int, default: int) -> int:
        """A whole number within bounds."""
        found = self.number(key, low=low, high=high, default=Decimal(default))
        if found != int(found):
            self.wrong(key, f"must be a whole number, is {found}")
        return int(found)

    def span(self, key: str, *, high: Decimal | int = MOST, default: Span | None = None) -> Span:
        """A number, or two as [low, high]."""
        if key not in self.values and default is not None:
            return default
        return self.as_span(key, self.values.get(key), high=high)

    def as_span(self, key: str, value: Any, *, high: Decimal | int = MOST) -> Span:
        """A value found under a key as a span."""
        ends = value if isinstance(value, list) else [value, value]
        if len(ends) != 2:
            self.wrong(key, "must be a number or a pair [low, high]")
            return Span(low=Decimal(0), high=Decimal(0))
        low, top = (self._number(key, end, 0, high) for end in ends)
        if low > top:
            self.wrong(key, f"must be a pair [low, high], is [{low}, {top}]")
            top = low
        return Span(low=low, high=top)

    def list_of(self, key: str) -> list[Any]:
        """A list; an empty one where the key is missing."""
        value = self.values.get(key, [])
        if not isinstance(value, list):
            self.wrong(key, "must be a list, [ ... ]")
            return []
        return value

    def _number(self, key: str, value: Any, low: Decimal | int, high: Decimal | int) -> Decimal:
        if value is None:
            self.wrong(key, "is missing: state a number")
            return Decimal(low)
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            self.wrong(key, f"must be a number without quotes, is {value!r}")
            return Decimal(low)
        number = Decimal(value)
        if not number.is_finite() or not low <= number <= high:
            self.wrong(key, f"must lie between {low} and {high}, is {number}")
            return Decimal(low)
        if number.as_tuple().exponent < -6:  # type: ignore[operator]  # finite
            self.wrong(key, f"has more than six decimals: {number}")
        return number
