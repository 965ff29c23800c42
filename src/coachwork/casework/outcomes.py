"""Files of real amounts, as body shops' bills and sales come: CSV, a line each, to the cases that they belong to."""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path

from coachwork.cases.outcome import CaseOutcome, OutcomeKind
from coachwork.cases.problems import CaseError
from coachwork.errors import CoachworkError
from coachwork.storage.outcome_store import OutcomeStore

COLUMNS = ("case", "kind", "amount", "currency", "on", "paid", "note")
"""`case` is its id or reference; `paid` and `note` may be missing or empty."""

_OPTIONAL = {"paid", "note"}
_MOST_BYTES = 64 * 2**20


class OutcomeFileError(CoachworkError):
    """A file of real amounts cannot be used.

    Attributes:
        file: as it was given.
        line: from 1; None for the whole file.
        why: what is wrong, and what stands right.
    """

    def __init__(self, *, file: str, line: int | None, why: str) -> None:
        super().__init__(f"{file}: {why}" if line is None else f"{file}, line {line}: {why}")
        self.file, self.line, self.why = file, line, why


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What came of a file.

    Attributes:
        kept: amounts that are new.
        known: that were told before, in the same words.
        problems: of lines that were passed over.
    """

    kept: int
    known: int
    problems: tuple[OutcomeFileError, ...] = ()


def import_outcomes(path: Path, store: OutcomeStore, tenant: str, *, by: str, lenient: bool = False) -> Imported:
    """Keeps the amounts of a file; importing it again keeps nothing twice.

    Args:
        path: of a CSV file with the columns `COLUMNS`, separated by comma or semicolon.
        store: where they are kept.
        tenant: whose cases.
        by: who imports.
        lenient: passes over lines with a problem, and reports them; else nothing is kept where any line has one.

    Raises:
        OutcomeFileError: the file cannot be read, or one line has a problem.
        ExceptionGroup: of the problems of several lines.
    """
    wanted: list[tuple[str, CaseOutcome]] = []
    problems: list[OutcomeFileError] = []
    for line, row in _lines(path):
        try:
            outcome = _outcome(row)
            wanted.append((store.case_named(tenant, row["case"]), outcome))
        except (CaseError, _Wrong) as wrong:
            problems.append(OutcomeFileError(file=str(path), line=line, why=str(wrong)))
    if problems and not lenient:
        if len(problems) == 1:
            raise problems[0]
        message = f"{path} has {len(problems)} problems, and nothing of it was kept"
        raise ExceptionGroup(message, problems)
    kept = sum(store.keep(tenant, case, outcome, by=by)[1] for case, outcome in wanted)
    return Imported(kept=kept, known=len(wanted) - kept, problems=tuple(problems))


class _Wrong(Exception):
    """A cell of a line says nothing that can be understood."""


def _lines(path: Path) -> Iterator[tuple[int, Mapping[str, str]]]:
    """Number and cells of each line that is not empty."""
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise OutcomeFileError(file=str(path), line=None, why=f"is larger than {_MOST_BYTES:,} bytes: split it")
        text = path.read_text(encoding="utf-8-sig")
    except OSError as refused:
        raise OutcomeFileError(file=str(path), line=None, why=f"cannot be read: {refused.strerror}") from None
    except UnicodeDecodeError:
        raise OutcomeFileError(file=str(path), line=None, why="is not UTF-8: save it as UTF-8 text") from None
    head = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text), delimiter=";" if head.count(";") > head.count(",") else ",")
    try:
        names = [name.strip().lower() for name in next(reader, [])]
        missing = [name for name in COLUMNS if name not in names and name not in _OPTIONAL]
        unknown = [name for name in names if name not in COLUMNS]
        if missing or unknown or len(set(names)) < len(names):
            told = f"its first line must name the columns {', '.join(COLUMNS)} (paid and note may be left out)"
            raise OutcomeFileError(file=str(path), line=1, why=told)
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield reader.line_num, dict(zip(names, (cell.strip() for cell in cells), strict=False))
    except csv.Error as broken:
        raise OutcomeFileError(file=str(path), line=reader.line_num, why=f"is no CSV: {broken}") from None


def _outcome(row: Mapping[str, str]) -> CaseOutcome:
    if any(name not in row for name in COLUMNS if name not in _OPTIONAL):
        message = "has fewer cells than the first line: add what is missing"
        raise _Wrong(message)
    if row["kind"] not in list(OutcomeKind):
        message = f"kind must be {' or '.join(OutcomeKind)}, is {row['kind'][:20]!r}"
        raise _Wrong(message)
    try:
        day = date.fromisoformat(row["on"])
    except ValueError:
        message = f"on must be a day such as 2026-03-15, is {row['on'][:20]!r}"
        raise _Wrong(message) from None
    return CaseOutcome(
        kind=OutcomeKind(row["kind"]),
        amount=_amount(row["amount"], "amount"),
        currency=row["currency"],
        on=day,
        paid=_amount(row["paid"], "paid") if row.get("paid") else None,
        note=row.get("note", ""),
    )


def _amount(text: str, name: str) -> Decimal:
    """An amount with a point before the cents; one with a comma is read differently by country, and refused."""
    try:
        return Decimal(text)
    except InvalidOperation:
        message = f"{name} must be an amount such as 1234.50, is {text[:20]!r}"
        raise _Wrong(message) from None
