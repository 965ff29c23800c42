"""Vehicles read from TOML."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from coachwork.inspections.vehicle import Body, Paint, Vehicle
from coachwork.inspections.vin import tidy_vin, vin_fault
from coachwork.taxonomy import Item
from coachwork.toml_tables import TomlFileError, TomlTable, read_toml

_KEYS = (
    "make",
    "model",
    "year",
    "body",
    "vin",
    "plate",
    "registered",
    "mileage_km",
    "paint",
    "two_tone",
    "aluminium",
    "market_value",
    "new_price",
    "salvage_value",
    "currency",
    "wear",
)


_Choice = TypeVar("_Choice", bound=StrEnum)


class VehicleFileError(TomlFileError):
    """A vehicle's file is malformed."""


def read_vehicle(path: Path) -> Vehicle:
    """The vehicle of a file with a table ``[vehicle]``.

    Raises:
        VehicleFileError: one thing is wrong in it, told by line.
        ExceptionGroup: of several VehicleFileErrors.
    """
    document, _ = read_toml(path, VehicleFileError)
    document.root.only(("vehicle",))
    document.root.need(("vehicle",))
    if "vehicle" not in document.root:
        document.finish()
    made = _vehicle(document.root.table("vehicle"))
    document.finish()
    return made


def _vehicle(table: TomlTable) -> Vehicle:
    table.only(_KEYS)
    year = table.whole("year", low=1885, high=2100, default=2000) if "year" in table else None
    paint, body = _choice(table, "paint", Paint), _choice(table, "body", Body)
    return Vehicle(
        make=table.text("make", default=""),
        model=table.text("model", default=""),
        body=body,
        paint=paint,
        two_tone=table.flag("two_tone"),
        aluminium=frozenset(_items(table, "aluminium")),
        year=year,
        registered=_day(table, "registered"),
        mileage_km=table.number_or_none("mileage_km"),
        vin=_vin(table),
        plate=" ".join(table.text("plate", default="").upper().split()),
        market_value=table.number_or_none("market_value"),
        new_price=table.number_or_none("new_price"),
        salvage_value=table.number_or_none("salvage_value"),
        currency=table.text("currency", default="") or None,
        wear=dict(_wear(table.table("wear"))),
    )


def _vin(table: TomlTable) -> str:
    vin = tidy_vin(table.text("vin", default=""))
    fault = vin_fault(vin) if vin else None
    if fault is not None:
        table.wrong("vin", fault)
        return ""
    return vin


def _day(table: TomlTable, key: str) -> date | None:
    value = table.values.get(key)
    if value is not None and type(value) is not date:
        table.wrong(key, f"must be a day without quotes, such as 2021-03-15, is {value!r}")
        return None
    return value


def _choice(table: TomlTable, key: str, choices: type[_Choice]) -> _Choice | None:
    value = table.text(key, default="")
    if value and value not in list(choices):
        table.wrong(key, f"must be one of {', '.join(choices)}, is {value!r}")
        return None
    return choices(value) if value else None


def _items(table: TomlTable, key: str) -> Iterator[Item]:
    for name in table.list_of(key):
        if name in list(Item):
            yield Item(name)
        else:
            table.wrong(key, f"names the unknown item {name!r}: known are {', '.join(Item)}")


def _wear(table: TomlTable) -> Iterator[tuple[Item, Decimal]]:
    table.only(Item)
    for item in Item:
        if item in table:
            yield item, table.number(item, high=1)
