"""Vehicles as JSON, within ``coachwork.inspection/1`` (docs/inspecting.md); amounts are texts, never floats."""

from datetime import date
from decimal import Decimal
from typing import Any

from coachwork.inspections.vehicle import Body, Paint, Vehicle
from coachwork.inspections.vin import tidy_vin
from coachwork.json_objects import JsonObject
from coachwork.taxonomy import Item


def vehicle_to_json(vehicle: Vehicle) -> dict[str, Any]:
    """The vehicle as plain JSON values; null and empty texts are "not known"."""
    return {
        "make": vehicle.make,
        "model": vehicle.model,
        "year": vehicle.year,
        "body": vehicle.body,
        "paint": vehicle.paint,
        "two_tone": vehicle.two_tone,
        "aluminium": [item.value for item in Item if item in vehicle.aluminium],
        "registered": None if vehicle.registered is None else vehicle.registered.isoformat(),
        "mileage_km": _amount(vehicle.mileage_km),
        "vin": vehicle.vin,
        "plate": vehicle.plate,
        "market_value": _amount(vehicle.market_value),
        "new_price": _amount(vehicle.new_price),
        "salvage_value": _amount(vehicle.salvage_value),
        "currency": vehicle.currency,
        "wear": {item.value: str(vehicle.wear[item]) for item in Item if item in vehicle.wear},
        "doubts": list(vehicle.doubts),
    }


def vehicle_from_json(values: JsonObject) -> Vehicle:
    """The vehicle of such an object.

    Raises:
        JsonFileError: a field is wrong.
    """
    try:
        return Vehicle(
            make=values.text("make", default=""),
            model=values.text("model", default=""),
            year=values.whole_or_none("year", low=1885, high=2100),
            body=values.choice_or_none("body", Body),
            paint=values.choice_or_none("paint", Paint),
            two_tone=values.flag("two_tone", default=False),
            aluminium=frozenset(values.choices("aluminium", Item)),
            registered=_day(values, "registered"),
            mileage_km=values.amount_or_none("mileage_km"),
            vin=tidy_vin(values.text("vin", default="")),
            plate=values.text("plate", default=""),
            market_value=values.amount_or_none("market_value"),
            new_price=values.amount_or_none("new_price"),
            salvage_value=values.amount_or_none("salvage_value"),
            currency=values.text("currency", default="") or None,
            wear=_wear(values),
        )
    except ValueError as refused:
        raise values.wrong(key="", why=f"cannot be: {refused}") from None


def _amount(amount: Decimal | None) -> str | None:
    return None if amount is None else f"{amount:f}"


def _day(values: JsonObject, key: str) -> date | None:
    text = values.text(key, default="")
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise values.wrong(key=key, why=f"must be a day such as 2021-03-15, is {text!r}") from None


def _wear(values: JsonObject) -> dict[Item, Decimal]:
    worn = values.object_or_none("wear")
    found: dict[Item, Decimal] = {}
    for name in () if worn is None else worn.values:
        if name not in list(Item):
            raise values.wrong(key="wear", why=f"names the unknown item {name!r}: known are {', '.join(Item)}")
        share = worn.amount_or_none(name) if worn is not None else None
        if share is None or share > 1:
            raise values.wrong(key=f"wear.{name}", why='must be a share from 0 to 1 in quotes, such as "0.5"')
        found[Item(name)] = share
    return found
