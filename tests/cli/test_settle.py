"""`coachwork settle`, as a user calls it."""

import json
from decimal import Decimal
from pathlib import Path

import pytest

from coachwork.cli.main import run

DAMAGES = [
    {"name": "[b]d1[/b]", "type": "scratch", "part": "bonnet", "size_mm": 300, "paint_broken": True, "confidence": 0.9},
    {"name": "d2", "type": "rust", "part": "roof", "size_mm": 10, "confidence": 0.9},
]


@pytest.fixture
def case(tmp_path: Path) -> Path:
    file = tmp_path / "damages.json"
    file.write_text(json.dumps({"schema": "coachwork.damages/1", "damages": DAMAGES}), encoding="utf-8")
    return file


def test_it_prints_route_rules_and_payout(case: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["settle", str(case)]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    for words in (
        "review",
        "not known cause: The policy covers the cause of the loss",
        "excluded: d2",
        "no seen: The photos show every part",
        "deductible -250.00",
        "payout, if covered:",
    ):
        assert words in shown


def test_json_adds_up(case: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    loss = tmp_path / "loss.toml"
    loss.write_text('[loss]\ncause = "fire"\n', encoding="utf-8")
    assert run(["settle", str(case), "--loss", str(loss), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["route"] == "not covered, for a person to decide"
    for reading in ("lower", "likely", "upper"):
        assert sum(Decimal(line[reading]) for line in found["lines"]) == Decimal(found["payout"][reading])
    assert {one["rule"]: one["holds"] for one in found["rules"]}["cause"] is False


def test_the_sample_policy_can_be_copied_and_used(
    case: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["settle", "--sample-policy"]) == 0
    policy = tmp_path / "cover.toml"
    policy.write_text(capsys.readouterr().out.replace('"USD"', '"EUR"'), encoding="utf-8")
    assert run(["settle", str(case), "--policy", str(policy)]) == 1
    assert "the policy is in EUR and the rate card in USD" in capsys.readouterr().err
