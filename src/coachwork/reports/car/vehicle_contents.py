"""The vehicle in the report's words."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from coachwork.reports.assessment_report import printable
from coachwork.reports.car.wording import day_words

_TITLE_CHARACTERS = 80
_MOST_CHARACTERS = 120
"""Of a value; a longer one is cut, so that no file can push the report off its page."""


def vehicle_title(vehicle: Mapping[str, Any]) -> str:
    """Make, model and year."""
    words = [_text(vehicle.get(key)) for key in ("make", "model", "year")]
    return _cut(" ".join(word for word in words if word), _TITLE_CHARACTERS) or "Vehicle not stated"


def vehicle_rows(vehicle: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Name and value of everything that is known of the car, in the order of a registration document."""
    rows = [(name, value) for name, value in _rows(vehicle) if value]
    return tuple(rows) or (("Vehicle", "not stated"),)


def _rows(vehicle: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield "Make and model", " ".join(word for word in (_text(vehicle.get("make")), _text(vehicle.get("model"))) if word)
    yield "Year", _text(vehicle.get("year"))
    yield "Number plate", _text(vehicle.get("plate"))
    yield "VIN", _text(vehicle.get("vin"))
    registered = vehicle.get("registered")
    yield "First registered", day_words(date.fromisoformat(registered)) if registered else ""
    yield "Mileage", f"{_amount(vehicle['mileage_km'])} km" if vehicle.get("mileage_km") else ""
    yield "Body", _text(vehicle.get("body"))
    yield "Paint", _paint(vehicle)
    currency = _text(vehicle.get("currency"))
    for key, name in (("market_value", "Market value"), ("salvage_value", "Salvage value"), ("new_price", "New price")):
        yield name, f"{_amount(vehicle[key])} {currency}".strip() if vehicle.get(key) else ""


def _paint(vehicle: Mapping[str, Any]) -> str:
    paint = _text(vehicle.get("paint")).replace("_", " ")
    return f"{paint}, two-tone".removeprefix(", ") if vehicle.get("two_tone") else paint


def _amount(value: str) -> str:
    whole, point, rest = value.partition(".")
    return f"{int(whole):,}{point}{rest}"


def _text(value: object) -> str:
    text = printable("" if value is None else str(value))
    return _cut(text, _MOST_CHARACTERS)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "\u2026"
