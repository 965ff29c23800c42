"""`coachwork value`, as a user calls it."""

import json
from decimal import Decimal
from pathlib import Path

import pytest

from coachwork.cli.main import run
from coachwork.taxonomy import CarPart

DAMAGES = [
    {
        "name": "d1",
        "type": "dent",
        "part": "rear_left_door",
        "size_mm": [20, 90],
        "paint_broken": False,
        "confidence": 1,
    },
    {"name": "[b]2[/b]", "type": "scratch", "part": "front_bumper", "severity": "moderate", "confidence": 0.71},
    {"name": "d3", "type": "scratch", "part": "bonnet", "size_mm": 15, "paint_broken": False, "confidence": 1},
]
WELL = [{"part": part.value, "sight": "well", "photos": [0]} for part in CarPart]


@pytest.fixture
def vehicle(tmp_path: Path) -> Path:
    file = tmp_path / "vehicle.toml"
    file.write_text(
        '[vehicle]\nmake = "VW"\nregistered = 2025-06-01\nmileage_km = 20000\nmarket_value = 9500\ncurrency = "USD"\n',
        encoding="utf-8",
    )
    return file


def written(folder: Path, **values: object) -> Path:
    file = folder / "case.json"
    file.write_text(json.dumps({"schema": "coachwork.damages/1", "damages": DAMAGES} | values), encoding="utf-8")
    return file


def test_it_prints_grade_rules_lines_interval_and_what_is_open(
    tmp_path: Path, vehicle: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    case = written(tmp_path)
    assert run(["value", str(case), "--vehicle", str(vehicle), "--scheme", "nama", "--on", "2026-11-30"]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    for words in (
        "VW NAMA car grades 1 to 5 and U",
        "grade 3 (1 to 3), at best: the condition is not proven",
        "dent-above-30-mm: A dent larger than 30 mm goes beyond grade 1",
        "[b]2[/b]",
        "what the repair costs more for d3",
        "3 % of 9,500 for grade 3",
        "more may have to be taken off",
        "not proven: nobody tells which parts of the car were seen",
        "nama-uk.com",
    ):
        assert words in shown


def test_json_adds_up_and_names_every_rule(tmp_path: Path, vehicle: Path, capsys: pytest.CaptureFixture[str]) -> None:
    case = written(tmp_path, coverage=WELL)
    assert run(["value", str(case), "--vehicle", str(vehicle), "--scheme", "naaa", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["schema"] == "coachwork.valuation/1"
    assert found["proof"]["proven"]
    for reading in ("lower", "likely", "upper"):
        amounts = [Decimal(line[reading]["amount"]) for line in found["lines"]]
        assert sum(amounts) == Decimal(found["deduction"][reading])
        assert all(row["rule"] and row["words"] for row in found["grade"][reading]["damages"])
    assert found["estimate"]["schema"] == "coachwork.estimate/1"
    assert len(found["scheme"]["sha256"]) == 64


@pytest.mark.parametrize(
    ("coverage", "words"),
    [(WELL, "deduction: 0.00 USD"), ([], "the condition is not proven: no damage is known, and nobody tells")],
)
def test_none_takes_off_nothing_only_where_the_car_was_seen(
    tmp_path: Path, coverage: list[object], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    case = written(
        tmp_path, schema="coachwork.inspection/1", verdict="none", advice=[], damages=[], coverage=coverage, photos=[]
    )
    assert run(["value", str(case)]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert words in shown
    assert ("deduction: 0.00 USD" in shown) is bool(coverage)


def test_an_inspection_is_priced_as_well(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    dent = {"type": "dent", "part": "bonnet", "severity": ["minor"], "probability": 0.9, "views": [], "evidence": []}
    case = written(tmp_path, schema="coachwork.inspection/1", verdict="damaged", damages=[dent], coverage=WELL)
    assert run(["estimate", str(case)]) == 0
    assert "damage 1" in capsys.readouterr().out


def test_the_sample_policy_can_be_copied_and_used(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["value", "--sample-policy"]) == 0
    policy = tmp_path / "policy.toml"
    policy.write_text(capsys.readouterr().out.replace('channel = "retail"', 'channel = "trade"'), encoding="utf-8")
    assert run(["value", str(written(tmp_path)), "--policy", str(policy), "--diminished-value", "none"]) == 0
    assert "65 % for trade" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--scheme", "best"], "there is no grading scheme 'best'"),
        (["--scheme", "17c"], "the scheme 17c sorts damages and has no grades"),
        (["--policy", "missing.toml"], "missing.toml: cannot be read"),
        (["--vehicle", "missing.toml"], "missing.toml: cannot be read"),
    ],
)
def test_what_cannot_be_used_is_said_in_one_sentence(
    tmp_path: Path, arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["value", str(written(tmp_path)), *arguments]) == 1
    assert message in capsys.readouterr().err
