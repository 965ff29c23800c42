"""Settled cases as JSON Lines, by the schema ``coachwork.settled-case/1`` (docs/settled-cases.md)."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from coachwork.claims.claim_files import Cause, Loss
from coachwork.claims.settlement import Route
from coachwork.estimates import damages_json
from coachwork.estimates.case_json import CarCase, case_of
from coachwork.estimates.damages_json import DamagesFileError
from coachwork.estimates.rules import Operation
from coachwork.inspections.vehicle import Vehicle
from coachwork.inspections.vehicle_json import vehicle_from_json
from coachwork.json_objects import JsonFileError, JsonObject
from coachwork.settled.case import Outcome, SettledCase, SettledCaseError, SettledLine
from coachwork.taxonomy import Item

SCHEMA = "coachwork.settled-case/1"
MOST_LINE = 20_000_000
"""Bytes of one case."""
_EVIDENCE = ("damages", "inspection", "photos")
_KEYS = (
    "schema",
    "id",
    "cluster",
    "currency",
    "vehicle",
    "loss",
    *_EVIDENCE,
    "coverage",
    "settled",
    "synthetic",
    "notes",
)
_OF_SETTLED = ("lines", "total", "payout", "route")
_OF_LINE = ("item", "place", "operation", "amount")


@dataclass(frozen=True, slots=True, kw_only=True)
class SettledFile:
    """What a file of settled cases holds.

    Attributes:
        file: as it was given.
        cases: those that can be used, in their order, with names of their own.
        problems: one for each line that cannot.
        synthetic: how many of the cases say that they were made up.
    """

    file: str
    cases: tuple[SettledCase, ...]
    problems: tuple[SettledCaseError, ...]
    synthetic: int = 0


def read_settled_cases(path: Path) -> SettledFile:
    """Reads a file of one case a line; empty lines are passed over, and what is wrong in a line spoils that line only.

    Photos and inspections are looked for beside the file.

    Raises:
        SettledCaseError: the file cannot be read.
    """
    cases: list[SettledCase] = []
    problems: list[SettledCaseError] = []
    lines: dict[str, int] = {}
    synthetic = 0
    for number, text in _lines(path):
        try:
            case, made_up = _Case(text, path, number).read()
        except SettledCaseError as problem:
            problems.append(problem)
            continue
        if case.name in lines:
            why = f"is {case.name!r}, as in line {lines[case.name]}: give each case an id of its own"
            problems.append(SettledCaseError(file=str(path), line=number, where="id", why=why))
            continue
        lines[case.name] = number
        cases.append(case)
        synthetic += made_up
    return SettledFile(file=str(path), cases=tuple(cases), problems=tuple(problems), synthetic=synthetic)


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                if line.strip():
                    yield number, line
    except OSError as error:
        why = f"cannot be read: {error.strerror}"
        raise SettledCaseError(file=str(path), line=None, where="", why=why) from None


class _Case:
    """One line, read field by field."""

    def __init__(self, text: bytes, path: Path, number: int) -> None:
        self.path, self.number = path, number
        self.exact = self._load(text, Decimal)  # for damages, which take numbers
        self.values = JsonObject(self._load(text, str), file="", where="", error=JsonFileError)  # amounts stay texts

    def read(self) -> tuple[SettledCase, bool]:
        try:
            self._known(self.values, _KEYS)
            return self._case(), "synthetic" in self.values
        except (JsonFileError, DamagesFileError) as error:
            raise self._wrong(where=error.where, why=error.why) from None
        except ExceptionGroup as errors:  # of damages
            first = errors.exceptions[0]
            why = f"{getattr(first, 'why', first)} (and {len(errors.exceptions) - 1} more)"
            raise self._wrong(where=getattr(first, "where", ""), why=why) from None

    def _load(self, text: bytes, number: type) -> Any:
        if len(text) > MOST_LINE:
            raise self._wrong(where="", why=f"is longer than {MOST_LINE:,} bytes: name photos instead of holding them")
        try:
            found = json.loads(text.decode("utf-8-sig"), parse_float=number)
        except json.JSONDecodeError as error:
            raise self._wrong(
                where="", why=f"is not JSON: {error.msg} (column {error.colno}); one case stands on a line"
            ) from None
        except (UnicodeDecodeError, RecursionError, ValueError) as error:
            raise self._wrong(where="", why=f"is not usable JSON: {error}") from None
        if not isinstance(found, Mapping) or found.get("schema") != SCHEMA:
            raise self._wrong(where="", why=f'must be an object with "schema": "{SCHEMA}"')
        return found

    def _wrong(self, *, where: str, why: str) -> SettledCaseError:
        return SettledCaseError(file=str(self.path), line=self.number, where=where, why=why)

    def _known(self, values: JsonObject, keys: Iterable[str]) -> None:
        """A key that is passed over would be a line or an amount that is missing from the figures."""
        names = list(keys)
        for key in values.values:
            if key not in names:
                raise values.wrong(key=key, why=f"is not known here: known are {', '.join(names)}")

    def _case(self) -> SettledCase:
        name = self.values.text("id")
        vehicle = self.values.object_or_none("vehicle")
        currency = self.values.text("currency")
        made = vehicle_from_json(vehicle) if vehicle is not None else Vehicle()
        if made.currency not in {None, currency}:
            raise self.values.wrong(
                key="vehicle.currency", why=f"is {made.currency} in a case in {currency}: state one"
            )
        return SettledCase(
            name=name,
            line=self.number,
            cluster=self.values.text("cluster", default=name),
            currency=currency,
            vehicle=made,
            loss=self._loss(),
            evidence=self._evidence(),
            outcome=self._outcome(self.values.object("settled")),
        )

    def _evidence(self) -> CarCase | tuple[Path, ...]:
        told = [key for key in _EVIDENCE if key in self.values]
        if len(told) != 1:
            raise self.values.wrong(
                key="", why=f"must have one of {', '.join(_EVIDENCE)}, has {' and '.join(told) or 'none'}"
            )
        if told == ["photos"]:
            return self._photos()
        if told == ["inspection"]:
            try:
                return case_of(self.exact["inspection"], "")
            except DamagesFileError as error:
                raise self._wrong(where=f"inspection.{error.where}".rstrip("."), why=error.why) from None
        listed = {key: self.exact.get(key) for key in ("damages", "coverage")}
        return case_of({"schema": damages_json.SCHEMA, **listed}, "")

    def _photos(self) -> tuple[Path, ...]:
        found = tuple(self.path.parent / photo for photo in self.values.texts("photos"))
        for photo in found:
            if not photo.is_file():
                raise self.values.wrong(
                    key="photos", why=f"names {photo}, which is not there: paths start beside this file"
                )
        return found

    def _loss(self) -> Loss | None:
        told = self.values.object_or_none("loss")
        if told is None:
            return None
        self._known(told, ("on", "cause", "injured", "drivable"))
        day = told.text("on", default="")
        try:
            on = date.fromisoformat(day) if day else None
        except ValueError:
            raise told.wrong(key="on", why=f"must be a day such as 2026-03-15, is {day!r}") from None
        return Loss(
            on=on,
            cause=told.choice_or_none("cause", Cause),
            injured=told.flag_or_none("injured"),
            drivable=told.flag_or_none("drivable"),
        )

    def _outcome(self, told: JsonObject) -> Outcome:
        self._known(told, _OF_SETTLED)
        made = Outcome(
            lines=tuple(self._line(one) for one in told.objects("lines")) if "lines" in told else None,
            total=told.amount_or_none("total"),
            payout=told.amount_or_none("payout"),
            route=told.choice_or_none("route", Route),
        )
        if made == Outcome():
            raise told.wrong(key="", why=f"says nothing: state some of {', '.join(_OF_SETTLED)}")
        _check_sum(made, told)
        return made

    def _line(self, line: JsonObject) -> SettledLine:
        self._known(line, _OF_LINE)
        return SettledLine(
            item=line.choice("item", Item),
            place=line.text("place", default=""),
            operation=line.choice("operation", Operation),
            amount=line.amount_or_none("amount"),
        )


def _check_sum(outcome: Outcome, told: JsonObject) -> None:
    """Lines that all have an amount must not come to more than the total; the rest of a bill may have no line."""
    amounts = [line.amount for line in outcome.lines or ()]
    if outcome.total is None or not amounts or None in amounts:
        return
    sum_ = sum((amount for amount in amounts if amount is not None), Decimal(0))
    if sum_ > outcome.total + Decimal("0.05"):
        raise told.wrong(key="total", why=f"is {outcome.total:f}, less than its lines, which come to {sum_:f}")


def write_settled_cases(path: Path, cases: Iterable[Mapping[str, Any]]) -> int:
    """Writes cases, each as its JSON values, and says how many.

    Raises:
        SettledCaseError: the file cannot be written.
    """
    count = 0
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", encoding="utf-8") as file:
            for case in cases:
                file.write(json.dumps(case, ensure_ascii=False, allow_nan=False) + "\n")
                count += 1
    except OSError as error:
        why = f"cannot be written: {error.strerror}"
        raise SettledCaseError(file=str(path), line=None, where="", why=why) from None
    return count
