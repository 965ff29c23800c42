"""The vehicle in the report's words."""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from coachwork.reasons import ENGLISH, Wording
from coachwork.reports.assessment_report import printable

_TITLE_CHARACTERS = 80
_MOST_CHARACTERS = 120
"""Of a value; a longer one is cut, so that no file can push the report off its page."""


def vehicle_title(vehicle: Mapping[str, Any], w: Wording = ENGLISH) -> str:
    """Make, model and year."""
    words = [_text(vehicle.get(key)) for key in ("make", "model", "year")]
    return _cut(" ".join(word for word in words if word), _TITLE_CHARACTERS) or w.say("report.no_vehicle")


def vehicle_rows(vehicle: Mapping[str, Any], w: Wording = ENGLISH) -> tuple[tuple[str, str], ...]:
    """Name and value of everything that is known of the car, in the order of a registration document."""
    rows = [(w.say(f"car.{name}"), value) for name, value in _rows(vehicle, w) if value]
    return tuple(rows) or ((w.say("car.vehicle"), w.say("car.not_stated")),)


def _rows(vehicle: Mapping[str, Any], w: Wording) -> Iterator[tuple[str, str]]:
    yield "make_and_model", " ".join(word for word in (_text(vehicle.get("make")), _text(vehicle.get("model"))) if word)
    yield "year", _text(vehicle.get("year"))
    yield "plate", _text(vehicle.get("plate"))
    yield "vin", _text(vehicle.get("vin"))
    registered = vehicle.get("registered")
    yield "registered", w.date(date.fromisoformat(registered)) if registered else ""
    yield "mileage", f"{_amount(vehicle['mileage_km'], w)} km" if vehicle.get("mileage_km") else ""
    yield "body", w.term("body", _text(vehicle.get("body")))
    yield "paint", _paint(vehicle, w)
    currency = _text(vehicle.get("currency"))
    for key in ("market_value", "salvage_value", "new_price"):
        yield key, f"{_amount(vehicle[key], w)} {currency}".strip() if vehicle.get(key) else ""


def _paint(vehicle: Mapping[str, Any], w: Wording) -> str:
    paint = w.term("paint", _text(vehicle.get("paint")))
    return f"{paint}, {w.term('coat', 'two-tone')}".removeprefix(", ") if vehicle.get("two_tone") else paint


def _amount(value: str, w: Wording) -> str:
    return w.number(Decimal(value))


def _text(value: object) -> str:
    text = printable("" if value is None else str(value))
    return _cut(text, _MOST_CHARACTERS)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "\u2026"
