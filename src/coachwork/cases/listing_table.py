"""Listings read from a table (CSV): one car a line, with what is known of it; every problem is told by its line."""

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from coachwork.inspections.vehicle import Vehicle
from coachwork.inspections.vehicle_json import vehicle_from_json
from coachwork.json_objects import JsonFileError, JsonObject

MOST_LINES = 5000
MOST_BYTES = 4 * 2**20
MOST_NAME = 200

COLUMNS = (
    "listing",
    "make",
    "model",
    "year",
    "body",
    "paint",
    "registered",
    "mileage_km",
    "vin",
    "plate",
    "market_value",
    "new_price",
    "currency",
)
"""What a table may tell; ``listing`` it must."""

_WHOLE = {"year"}
_AMOUNTS = {"mileage_km", "market_value", "new_price"}
_AMOUNT = re.compile(r"\d{1,15}(?:[.,]\d{1,15})?")
_GROUPED = re.compile(r"\d{1,3}(?:[ '.,\u00a0\u202f]\d{3})+")


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedCar:
    """A line of a table.

    Attributes:
        line: from 1, the heading among them.
        listing: by which the seller knows the car.
        vehicle: what is told of it.
    """

    line: int
    listing: str
    vehicle: Vehicle


@dataclass(frozen=True, slots=True, kw_only=True)
class TableProblem:
    """Something wrong in a line."""

    line: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingTable:
    """What a table tells.

    Attributes:
        cars: the lines that can be used.
        problems: of those that cannot.
    """

    cars: tuple[ListedCar, ...] = ()
    problems: tuple[TableProblem, ...] = ()


def read_listing_table(data: bytes) -> ListingTable:
    """Reads a table: UTF-8 or Windows-1252, separated by commas, semicolons or tabs, its first line the columns."""
    if len(data) > MOST_BYTES:
        return _refused(1, f"the table holds more than {MOST_BYTES >> 20} MB: send it in parts")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")
    head = text.partition("\n")[0]
    separator = max(",;\t", key=head.count)
    lines = csv.reader(io.StringIO(text.replace("\0", "")), delimiter=separator)
    try:
        rows = [(lines.line_num, row) for row in lines if any(cell.strip() for cell in row)]
    except csv.Error as fault:
        return _refused(lines.line_num, f"the line cannot be read ({fault}): is a quotation mark missing?")
    if not rows:
        return _refused(1, f"the table is empty: its first line names the columns, such as {','.join(COLUMNS[:4])}")
    names = [name.strip().lower().replace(" ", "_") for name in rows[0][1]]
    unknown = [name for name in names if name and name not in COLUMNS]
    if unknown or "listing" not in names or len(set(names)) != len(names):
        why = f"unknown columns {', '.join(unknown)}" if unknown else "a column listing is needed, and each column once"
        return _refused(1, f"{why}: known are {', '.join(COLUMNS)}")
    if len(rows) - 1 > MOST_LINES:
        return _refused(rows[MOST_LINES + 1][0], f"a table has at most {MOST_LINES} listings: send it in parts")
    found = list(_cars(names, rows[1:]))
    return ListingTable(
        cars=tuple(one for one in found if isinstance(one, ListedCar)),
        problems=tuple(one for one in found if isinstance(one, TableProblem)),
    )


def _cars(names: list[str], rows: list[tuple[int, list[str]]]) -> Iterator[ListedCar | TableProblem]:
    known: dict[str, int] = {}
    for line, row in rows:
        told = {name: cell.strip() for name, cell in zip(names, row, strict=False) if name and cell.strip()}
        listing = " ".join(told.pop("listing", "").split())
        if len(row) > len(names):
            yield TableProblem(line=line, why=f"has {len(row)} cells, the heading {len(names)}")
        elif not listing or len(listing) > MOST_NAME:
            yield TableProblem(line=line, why=f"the listing has no name of 1 to {MOST_NAME} characters")
        elif listing in known:
            yield TableProblem(line=line, why=f"the listing {listing!r} stands in line {known[listing]} already")
        else:
            known[listing] = line
            yield _car(line, listing, told)


def _car(line: int, listing: str, told: Mapping[str, str]) -> ListedCar | TableProblem:
    values: dict[str, Any] = dict(told)
    for name in _WHOLE & values.keys():
        if not re.fullmatch(r"\d{4}", values[name]):
            return TableProblem(line=line, why=f"{name} must be a year such as 2019, is {values[name]!r}")
        values[name] = int(values[name])
    for name in _AMOUNTS & values.keys():
        if _GROUPED.fullmatch(values[name]):
            return TableProblem(line=line, why=f"{name} must be written without separators, such as 12500")
        if not _AMOUNT.fullmatch(values[name]):
            return TableProblem(line=line, why=f"{name} must be a number from 0 up, such as 12500, is {values[name]!r}")
        values[name] = values[name].replace(",", ".")
    for name in {"body", "paint"} & values.keys():
        values[name] = values[name].lower()
    try:
        vehicle = vehicle_from_json(JsonObject(values, file="the table", where=""))
    except JsonFileError as fault:
        return TableProblem(line=line, why=f"{fault.where} {fault.why}".strip())
    return ListedCar(line=line, listing=listing, vehicle=vehicle)


def _refused(line: int, why: str) -> ListingTable:
    return ListingTable(problems=(TableProblem(line=line, why=why),))
