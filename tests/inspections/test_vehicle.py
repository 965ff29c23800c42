"""Vehicles: their identification numbers, and their way through TOML and JSON."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachwork.inspections.vehicle import Body, Paint, Vehicle
from coachwork.inspections.vehicle_json import vehicle_from_json, vehicle_to_json
from coachwork.inspections.vehicle_toml import VehicleFileError, read_vehicle
from coachwork.inspections.vin import check_digit, tidy_vin, vin_doubt, vin_fault
from coachwork.json_objects import JsonFileError, JsonObject
from coachwork.taxonomy import Item

GOLF = """[vehicle]
make = "VW"
model = "Golf"
year = 2019
body = "hatchback"
paint = "pearl"
market_value = 9500
mileage_km = 84200
aluminium = ["bonnet"]
wear = {tyre = 0.5}
vin = "wvwzzz1kz AW000001"
plate = "b-cw  1"
"""
VIN_LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ0123456789"


def written(folder: Path, text: str) -> Path:
    file = folder / "vehicle.toml"
    file.write_text(text, encoding="utf-8")
    return file


def read_json(values: Any) -> Vehicle:
    return vehicle_from_json(JsonObject(json.loads(json.dumps(values)), file="i.json", where="vehicle"))


def test_a_vehicle_is_read(tmp_path: Path) -> None:
    car = read_vehicle(written(tmp_path, GOLF))
    assert (car.description, car.body, car.paint) == ("VW Golf 2019", Body.HATCHBACK, Paint.PEARL)
    assert (car.make, car.model, car.vin, car.plate) == ("VW", "Golf", "WVWZZZ1KZAW000001", "B-CW 1")
    assert (car.market_value, car.mileage_km) == (Decimal(9500), Decimal(84200))
    assert car.aluminium == {Item.BONNET}
    assert dict(car.wear) == {Item.TYRE: Decimal("0.5")}
    assert car.doubts == ()
    assert read_json(vehicle_to_json(car)) == car


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"line 1: vehicle is missing: add a table \[vehicle\]"),
        ('[vehicle]\npaint = "matte"\n', r"line 2: vehicle.paint must be one of single_stage, .*, is 'matte'"),
        ("[vehicle]\n\nwear = {tyre = 2}\n", r"line 3: vehicle.wear.tyre must lie between 0 and 1, is 2"),
        ('[vehicle]\nvin = "WVW"\n', r"line 2: vehicle.vin has 3 characters and must have 17"),
        ('[vehicle]\nvin = "WVWZZZ1KZAO000001"\n', r"line 2: vehicle.vin holds O, which no VIN holds"),
        ("[vehicle]\nwheels = 4\n", r"line 2: vehicle.wheels is not known here"),
    ],
)
def test_a_wrong_vehicle_is_told_by_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(VehicleFileError, match=message):
        read_vehicle(written(tmp_path, text))


@pytest.mark.parametrize("vin", ["1M8GDM9AXKP042788", "11111111111111111", "1HGCM82633A004352"])
def test_published_numbers_fit_their_check_digit(vin: str) -> None:
    assert vin_fault(vin) is None
    assert check_digit(vin) == vin[8]
    assert vin_doubt(vin) is None


@pytest.mark.parametrize("start", ["1", "5", "L"])
def test_where_a_check_digit_is_required_one_that_does_not_fit_is_doubted_but_not_refused(start: str) -> None:
    car = Vehicle(vin=start + "M8GDM9A0KP042788")
    (doubt,) = car.doubts
    assert "compare it with the papers" in doubt


def test_a_european_number_needs_no_check_digit() -> None:
    assert Vehicle(vin="WVWZZZ1KZAW000001").doubts == ()


@given(st.text(VIN_LETTERS, min_size=17, max_size=17), st.integers(0, 16), st.sampled_from(VIN_LETTERS))
def test_a_checked_number_with_one_letter_misread_is_doubted_unless_both_weigh_the_same(
    text: str, place: int, other: str
) -> None:
    vin = "1" + text[1:]
    vin = vin[:8] + check_digit(vin) + vin[9:]
    assert vin_doubt(vin) is None
    misread = vin[:place] + other + vin[place + 1 :]
    if place not in {0, 8}:
        assert (vin_doubt(misread) is None) == (check_digit(misread) == misread[8])


@given(st.text(max_size=20))
def test_any_text_has_a_fault_or_makes_a_vehicle(text: str) -> None:
    vin = tidy_vin(text)
    if vin_fault(vin) is None:
        assert Vehicle(vin=vin).vin == vin
    elif vin:
        with pytest.raises(ValueError, match="the VIN"):
            Vehicle(vin=vin)


@given(
    st.builds(
        Vehicle,
        make=st.text(max_size=5),
        body=st.none() | st.sampled_from(Body),
        paint=st.none() | st.sampled_from(Paint),
        two_tone=st.booleans(),
        aluminium=st.frozensets(st.sampled_from(Item)),
        year=st.none() | st.integers(1885, 2100),
        registered=st.none() | st.dates(date(1900, 1, 1)),
        market_value=st.none() | st.decimals(0, 10**6, places=2),
        currency=st.sampled_from([None, "EUR"]),
        wear=st.dictionaries(st.sampled_from(Item), st.decimals(0, 1, places=3)),
    )
)
def test_a_vehicle_comes_back_from_its_json(vehicle: Vehicle) -> None:
    assert read_json(vehicle_to_json(vehicle)) == vehicle


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([], r"i.json: vehicle must be an object"),
        ({"year": "2019"}, r"i.json: vehicle.year must be a whole number from 1885 to 2100, is '2019'"),
        ({"paint": "matte"}, r"vehicle.paint is 'matte', which is none of single_stage"),
        ({"registered": "15.3.2021"}, r"vehicle.registered must be a day such as 2021-03-15"),
        ({"market_value": 9500.5}, r"vehicle.market_value must be an amount from 0 up in quotes"),
        ({"wear": {"tyre": "2"}}, r"vehicle.wear.tyre must be a share from 0 to 1"),
        ({"wear": {"tire": "1"}}, r"vehicle.wear names the unknown item 'tire'"),
        ({"vin": "1"}, r"vehicle cannot be: the VIN '1' has 1 characters"),
    ],
)
def test_a_wrong_vehicle_in_json_is_told_by_its_place(values: Any, message: str) -> None:
    with pytest.raises(JsonFileError, match=message):
        read_json(values)
