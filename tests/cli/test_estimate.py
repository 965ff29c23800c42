"""`coachwork estimate` and `coachwork rate-card`, as a user calls them."""

import json
from pathlib import Path

import pytest

from coachwork.cli.main import run

DAMAGES = [
    {
        "name": "d1",
        "type": "dent",
        "part": "rear_left_door",
        "size_mm": [60, 90],
        "paint_broken": False,
        "confidence": 0.93,
    },
    {"name": "[b]2[/b]", "type": "scratch", "part": "front_bumper", "severity": "moderate", "confidence": 0.71},
    {"name": "d3", "type": "deployed_airbag", "confidence": 1},
    {"name": "d4", "type": "rust", "part": "rear_right_wing", "size_mm": 40, "confidence": 0.88, "prior": True},
]


@pytest.fixture
def damages(tmp_path: Path) -> Path:
    file = tmp_path / "damages.json"
    file.write_text(json.dumps({"schema": "coachwork.damages/1", "damages": DAMAGES}), encoding="utf-8")
    return file


def test_it_prints_lines_totals_open_items_and_reasons(
    damages: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    vehicle = tmp_path / "vehicle.toml"
    vehicle.write_text('[vehicle]\nmake = "VW"\npaint = "metallic"\nmarket_value = 9500\n', encoding="utf-8")
    assert run(["estimate", str(damages), "--vehicle", str(vehicle)]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    for words in (
        "rear left door PDR",
        "[b]2[/b]",
        ", without what is open",
        "less prior damages",
        "total loss: no",
        "airbags: part",
    ):
        assert words in shown
    assert "its figures are no offer" in shown
    assert "autobodynews.com" in shown


def test_it_prints_reasons_below_where_the_terminal_is_narrow(
    damages: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("coachwork.cli.estimate_table._WIDTH", 100)
    assert run(["estimate", str(damages)]) == 0
    assert "rear left door, PDR: 1 up to oversized size" in capsys.readouterr().out


def test_it_prints_one_json_object(damages: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["estimate", str(damages), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["schema"] == "coachwork.estimate/1"
    assert found["open"]


def test_no_damage_costs_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "none.json"
    file.write_text('{"schema": "coachwork.damages/1", "damages": []}', encoding="utf-8")
    assert run(["estimate", str(file)]) == 0
    shown = capsys.readouterr().out
    assert "no damage" in shown
    assert "total: 0 USD" in shown


def test_the_sample_card_can_be_copied_checked_and_used(
    damages: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["rate-card", "sample"]) == 0
    card = tmp_path / "card.toml"
    card.write_text(capsys.readouterr().out, encoding="utf-8")
    assert run(["rate-card", "check", str(card)]) == 0
    shown = capsys.readouterr().out
    assert "missing, left open in estimates: 2" in shown
    assert "pdr: one dent: promastersautocc.com" in shown
    assert run(["rate-card", "check", str(card), "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["missing"]) == 2
    assert run(["estimate", str(damages), "--rate-card", str(card)]) == 0


def test_what_is_wrong_in_a_card_is_told_by_line_without_a_traceback(
    damages: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(["rate-card", "sample"])
    text = capsys.readouterr().out.replace("body = 50.00", "body = '50'").replace("tyre = 120.00", "tyre = -1")
    labour = text.splitlines().index("body = '50'") + 1
    card = tmp_path / "card.toml"
    card.write_text(text, encoding="utf-8")
    for command in (["rate-card", "check", str(card)], ["estimate", str(damages), "--rate-card", str(card)]):
        assert run(command) == 1
        told = capsys.readouterr().err.splitlines()
        assert [line.split(": ")[1].split(" ")[0] for line in told] == ["labour.body", "part_prices.tyre"]
        assert f"line {labour}: labour.body must be a number without quotes, is '50'" in told[0]


@pytest.mark.parametrize("command", ["estimate", "value", "settle"])
def test_the_vehicle_of_an_inspection_is_taken_where_no_other_is_named(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    golf = {"make": "VW", "model": "Golf", "market_value": "8000", "currency": "USD"}
    dent = {"type": "dent", "part": "bonnet", "probability": 0.9}
    found = {"schema": "coachwork.inspection/1", "verdict": "damaged", "vehicle": golf, "damages": [dent]}
    case, other = tmp_path / "inspection.json", tmp_path / "vehicle.toml"
    case.write_text(json.dumps(found), encoding="utf-8")
    other.write_text('[vehicle]\nmake = "Kia"\nmarket_value = 4000\ncurrency = "USD"\n', encoding="utf-8")
    assert run([command, str(case)]) == 0
    assert ("VW Golf" if command != "settle" else "75 % of 8000") in capsys.readouterr().out.replace("8,000", "8000")
    assert run([command, str(case), "--vehicle", str(other)]) == 0
    assert ("Kia" if command != "settle" else "75 % of 4000") in capsys.readouterr().out.replace("4,000", "4000")
