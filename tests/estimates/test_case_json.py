"""Either file that tells of a car, read into one case."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from coachwork.assessments.verdict import Verdict
from coachwork.estimates.case_json import CarCase, read_case
from coachwork.estimates.damage import RepairDamage
from coachwork.estimates.damages_json import DamagesFileError
from coachwork.estimates.inspected import repair_damages
from coachwork.inspections.coverage import PartCoverage, Sight
from coachwork.inspections.inspection import inspect_car
from coachwork.inspections.inspection_json import inspection_to_json
from coachwork.inspections.vehicle import Paint, Vehicle
from coachwork.inspections.vehicle_json import vehicle_to_json
from coachwork.taxonomy import CarPart, DamageType, Severity
from tests.assessments.test_views import DOOR, HERE, damage
from tests.estimates.cards import D
from tests.inspections.test_inspection import seen


def written(folder: Path, value: object) -> Path:
    file = folder / "case.json"
    file.write_text(json.dumps(value), encoding="utf-8")
    return file


def inspection(**changes: Any) -> dict[str, Any]:
    return {"schema": "coachwork.inspection/1", "verdict": "none", "damages": [], "coverage": []} | changes


def test_no_damage_and_nothing_seen(tmp_path: Path) -> None:
    assert read_case(written(tmp_path, {"schema": "coachwork.damages/1", "damages": []})) == CarCase(damages=())
    assert read_case(written(tmp_path, inspection())) == CarCase(damages=(), verdict=Verdict.NONE)


def test_what_an_inspection_tells_is_read(tmp_path: Path) -> None:
    told = {
        "type": "dent",
        "part": None,
        "severity": ["minor", "moderate"],
        "probability": 0.61,
        "views": [],
        "evidence": [],
    }
    seen = [{"part": "bonnet", "sight": "well", "photos": [1]}, {"part": "roof", "sight": "not", "photos": []}]
    case = read_case(written(tmp_path, inspection(verdict="damaged", damages=[told], coverage=seen)))
    levels = (Severity.MINOR, Severity.MODERATE)
    assert case.damages == (RepairDamage(name="damage 1", type=DamageType.DENT, severity=levels, confidence=D("0.61")),)
    assert case.coverage == (
        PartCoverage(part=CarPart.BONNET, sight=Sight.WELL, photos=(1,)),
        PartCoverage(part=CarPart.ROOF, sight=Sight.NOT),
    )
    assert case.verdict is Verdict.DAMAGED


def test_the_vehicle_of_an_inspection_comes_along(tmp_path: Path) -> None:
    golf = Vehicle(make="VW", model="Golf", market_value=D("9500"), currency="EUR", paint=Paint.METALLIC)
    case = read_case(written(tmp_path, inspection(vehicle=vehicle_to_json(golf))))
    assert case.vehicle == golf
    assert read_case(written(tmp_path, inspection(vehicle=None))).vehicle is None


def test_a_wrong_vehicle_of_an_inspection_is_told_by_its_place(tmp_path: Path) -> None:
    file = written(tmp_path, inspection(vehicle={"market_value": "-3"}))
    with pytest.raises(DamagesFileError, match=r"vehicle\.market_value must be an amount from 0 up"):
        read_case(file)


def test_a_written_inspection_is_read_back_as_the_one_that_was_made(tmp_path: Path) -> None:
    one = seen(Verdict.DAMAGED)
    shown = replace(one, assessment=replace(one.assessment, damages=(damage(HERE, part=DOOR),)))
    made = inspect_car([shown], {}, known_parts=tuple(CarPart))
    case = read_case(written(tmp_path, inspection_to_json(made)))
    assert case.damages == repair_damages(made)
    assert case.coverage == made.coverage
    assert case.verdict is made.verdict


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([], 'must be an object with "schema": "coachwork.damages/1" or "coachwork.inspection/1"'),
        (inspection(damages=None), 'and a list "damages"'),
        (inspection(damages=[7]), r"damages\[0\] must be an object"),
        (inspection(verdict="fine"), "verdict must be one of damaged, none, uncertain, is 'fine'"),
        (inspection(coverage={}), "coverage must be a list"),
        (inspection(coverage=[{"part": "door"}]), r"coverage\[0\] must name a part of front_bumper"),
        (inspection(coverage=[{"part": "roof", "sight": []}]), r"coverage\[0\].sight must be one of well, poorly, not"),
        (
            inspection(coverage=[{"part": "roof", "sight": "well"}] * 2),
            r"coverage\[1\] tells of the roof a second time",
        ),
    ],
)
def test_what_is_wrong_is_told_by_its_place(tmp_path: Path, value: object, message: str) -> None:
    with pytest.raises(DamagesFileError, match=message):
        read_case(written(tmp_path, value))
