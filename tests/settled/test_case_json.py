"""Settled cases are read line by line; what is wrong spoils its line only, and is told by place and reason."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from coachwork.assessments.verdict import Verdict
from coachwork.claims.claim_files import Cause
from coachwork.claims.settlement import Route
from coachwork.estimates.case_json import CarCase
from coachwork.estimates.rules import Operation
from coachwork.inspections.vehicle import Body, Paint
from coachwork.settled.case import SettledCaseError
from coachwork.settled.case_json import read_settled_cases, write_settled_cases
from coachwork.settled.planted import PlantedFacts
from coachwork.taxonomy import DamageType, Item
from tests.settled.cases import case, made_up, read

SETTLED: dict[str, Any] = case()["settled"]


def test_an_empty_file_holds_no_case(tmp_path: Path) -> None:
    found = read(tmp_path, "", "   ")
    assert (found.cases, found.problems, found.synthetic) == ((), (), 0)


def test_a_case_is_read_with_all_that_it_tells(tmp_path: Path) -> None:
    told = case(
        cluster="shop 7",
        loss={"on": "2026-06-01", "cause": "parking", "injured": False},
        settled=SETTLED | {"route": "auto offer", "payout": 0},
        notes={"anything": ["goes"]},
    )
    (one,) = read(tmp_path, told).cases
    assert (one.name, one.line, one.cluster, one.currency) == ("c1", 1, "shop 7", "USD")
    assert (one.vehicle.body, one.vehicle.paint, one.vehicle.market_value) == (
        Body.HATCHBACK,
        Paint.CLEAR_COAT,
        Decimal(9000),
    )
    assert one.loss is not None
    assert (str(one.loss.on), one.loss.cause, one.loss.injured, one.loss.drivable) == (
        "2026-06-01",
        Cause.PARKING,
        False,
        None,
    )
    assert isinstance(one.evidence, CarCase)
    assert [damage.type for damage in one.evidence.damages] == [DamageType.SCRATCH]
    assert (one.outcome.total, one.outcome.payout, one.outcome.route) == (
        Decimal("15.00"),
        Decimal(0),
        Route.AUTO_OFFER,
    )
    assert one.outcome.lines is not None
    (line,) = one.outcome.lines
    assert (line.item, line.operation, line.amount) == (Item.BONNET, Operation.POLISH, Decimal("15.00"))


def test_a_case_may_tell_little(tmp_path: Path) -> None:
    (one,) = read(tmp_path, case(vehicle=None, settled={"total": 120.5})).cases
    assert one.cluster == "c1"  # by itself
    assert (one.loss, one.outcome.lines, one.outcome.total) == (None, None, Decimal("120.5"))


def test_an_inspection_is_read_as_it_was_written(tmp_path: Path) -> None:
    inspection = {
        "schema": "coachwork.inspection/1",
        "verdict": "damaged",
        "damages": [{"type": "dent", "part": "bonnet", "severity": ["minor"], "probability": 0.9, "views": []}],
        "coverage": [{"part": "bonnet", "sight": "well"}],
    }
    (one,) = read(tmp_path, case(damages=None, inspection=inspection)).cases
    assert isinstance(one.evidence, CarCase)
    assert one.evidence.verdict is Verdict.DAMAGED
    assert one.evidence.damages[0].confidence == Decimal("0.9")
    assert len(one.evidence.coverage) == 1


def test_photos_are_looked_for_beside_the_file(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"")
    found = read(tmp_path, case(damages=None, photos=["a.jpg"]), case(id="c2", damages=None, photos=["b.jpg"]))
    assert found.cases[0].evidence == (tmp_path / "a.jpg",)
    assert "b.jpg, which is not there" in str(found.problems[0])


def line(**changes: Any) -> dict[str, Any]:
    return case(settled=SETTLED | {"lines": [SETTLED["lines"][0] | changes]})


@pytest.mark.parametrize(
    ("told", "where", "why"),
    [
        ("{", "", "is not JSON"),
        ("[]", "", "must be an object"),
        (case(schema="coachwork.settled-case/2"), "", "must be an object with"),
        (case(id=None), "id", "is missing"),
        (case(currency=None), "currency", "is missing"),
        (case(damages=None), "", "must have one of damages, inspection, photos, has none"),
        (case(photos=["a.jpg"]), "", "has damages and photos"),
        (case(damages=[{"type": "dnt"}]), "damages[0].type", "is 'dnt'"),
        (case(damages=[{"type": "dnt"}, {"part": 3}]), "damages[0].type", "(and 1 more)"),
        (case(coverage=[{"part": "bonnet", "sight": "x"}]), "coverage[0].sight", "must be one of"),
        (case(damages=None, inspection={"schema": "x"}), "inspection", "must be an object with"),
        (case(vehicle={"body": "coach"}), "vehicle.body", "is 'coach'"),
        (case(vehicle={"currency": "EUR"}), "vehicle.currency", "is EUR in a case in USD"),
        (case(loss={"on": "1.6.2026"}), "loss.on", "must be a day"),
        (case(loss={"cause": "rain"}), "loss.cause", "is 'rain'"),
        (case(loss={"when": "2026-06-01"}), "loss.when", "is not known here"),
        (case(settled=None), "settled", "is missing"),
        (case(settled={}), "settled", "says nothing"),
        (case(settled={"linse": []}), "settled.linse", "is not known here"),
        (case(settled={"total": "-3"}), "settled.total", "from 0 up"),
        (case(settled={"total": "about 3"}), "settled.total", "from 0 up"),
        (case(settled={"route": "deny"}), "settled.route", "is 'deny'"),
        (case(settled=SETTLED | {"total": "14.00"}), "settled.total", "less than its lines, which come to 15.00"),
        (line(item="hood"), "settled.lines[0].item", "is 'hood'"),
        (line(operation="weld"), "settled.lines[0].operation", "is 'weld'"),
        (line(hours="1.0"), "settled.lines[0].hours", "is not known here"),
        (case(extra=1), "extra", "is not known here"),
    ],
)
def test_what_is_wrong_is_told_by_line_and_place_and_spoils_that_line_only(
    told: dict[str, Any] | str, where: str, why: str, tmp_path: Path
) -> None:
    found = read(tmp_path, case(id="before"), told, case(id="after"))
    assert [one.name for one in found.cases] == ["before", "after"]
    (problem,) = found.problems
    assert (problem.line, problem.where) == (2, where)
    assert why in problem.why
    assert str(problem).startswith(f"{tmp_path}/cases.jsonl, line 2: ")


def test_an_id_stands_once(tmp_path: Path) -> None:
    found = read(tmp_path, case(), case(), case(id="c2"))
    assert [one.name for one in found.cases] == ["c1", "c2"]
    assert "is 'c1', as in line 1" in str(found.problems[0])


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettledCaseError, match="cannot be read"):
        read_settled_cases(tmp_path / "none.jsonl")


def test_what_is_made_up_can_be_written_and_read(tmp_path: Path) -> None:
    cases = made_up(30, PlantedFacts())
    path = tmp_path / "new" / "made-up.jsonl"
    assert write_settled_cases(path, cases) == 30
    found = read_settled_cases(path)
    assert (len(found.cases), found.synthetic, found.problems) == (30, 30, ())
    written = [json.loads(text) for text in path.read_text(encoding="utf-8").splitlines()]
    assert [one.name for one in found.cases] == [one["id"] for one in written]
    assert [f"{one.outcome.total:f}" for one in found.cases] == [one["settled"]["total"] for one in written]
