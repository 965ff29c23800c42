"""`coachwork evaluate-estimates` and `coachwork settled`, as a user calls them."""

import json
from pathlib import Path

import pytest

from coachwork.cli.main import run


@pytest.fixture
def cases(tmp_path: Path) -> Path:
    file = tmp_path / "made-up.jsonl"
    assert run(["settled", "sample", "--cases", "15", "--seed", "4", "--out", str(file)]) == 0
    return file


def test_made_up_cases_are_measured_and_said_to_be_made_up(cases: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["evaluate-estimates", str(cases), "--resamples", "50"]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    for words in (
        "15 settled cases",
        "15 of the cases are made up: their figures say nothing on real accuracy",
        "bias of all totals together",
        "promised are 90 %",
        "Items by what was decided",
        "Claims by route",
        "likely total",
    ):
        assert words in shown, words


def test_they_are_printed_as_json_lines_and_planted(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["settled", "sample", "--cases", "3", "--exact", "--plant", "price_level=2"]) == 0
    made = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [one["schema"] for one in made] == ["coachwork.settled-case/1"] * 3
    assert {float(one["synthetic"]["price_level"]) for one in made} == {2.0}


def test_figures_are_written_as_json_and_html(cases: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with cases.open("a", encoding="utf-8") as file:
        file.write('{"schema": "coachwork.settled-case/1", "id": "<b>x</b>", "currency": "USD", "damages": []}\n')
    page = tmp_path / "new" / "figures.html"
    capsys.readouterr()
    assert run(["evaluate-estimates", str(cases), "--resamples", "50", "--json", "--html", str(page)]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["schema"] == "coachwork.estimate-evaluation/1"
    assert (found["cases"], found["synthetic"], found["problems"][0]["line"]) == (15, 15, 16)
    assert set(found["figures"]["bias"]) == {"value", "low", "high", "rests_on"}
    html = page.read_text(encoding="utf-8")
    assert "settled is missing" in html
    assert "say nothing on real accuracy" in html


def test_strict_ends_where_a_case_cannot_be_used(cases: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cases.write_text(cases.read_text(encoding="utf-8") + "{}\n", encoding="utf-8")
    assert run(["evaluate-estimates", str(cases), "--strict"]) == 1
    assert "line 16" in capsys.readouterr().err


def test_nothing_that_can_be_used_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    empty = tmp_path / "empty.jsonl"
    empty.write_text("", encoding="utf-8")
    assert run(["evaluate-estimates", str(empty)]) == 1
    assert "holds no case that can be used" in capsys.readouterr().err
    empty.write_text('{"schema": "coachwork.settled-case/1"}\n', encoding="utf-8")
    assert run(["evaluate-estimates", str(empty)]) == 1
    assert "the first problem:" in (told := capsys.readouterr().err)
    assert "line 1" in told
    assert run(["evaluate-estimates", str(tmp_path / "none.jsonl")]) == 1
    assert "cannot be read" in capsys.readouterr().err


def test_a_page_that_cannot_be_written_is_told(cases: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = cases / "figures.html"  # below a file
    assert run(["evaluate-estimates", str(cases), "--resamples", "20", "--html", str(place)]) == 1
    assert "name another place" in capsys.readouterr().err


def test_how_many_cases_it_takes(cases: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["settled", "needed", "--json"]) == 0
    planned = json.loads(capsys.readouterr().out)
    assert planned["cases"]["a share of 50 %"]["0.05"] == 381
    assert run(["settled", "needed", str(cases)]) == 0
    assert "by the intervals of 15 cases" in " ".join(capsys.readouterr().out.split())


def test_a_fact_that_cannot_be_planted_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["settled", "sample", "--plant", "luck=1"]) == 1
    assert "cannot be planted: known are price_level" in capsys.readouterr().err


def test_two_files_of_the_same_cases_are_held_against_each_other(
    cases: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert run(["settled", "agreement", str(cases), str(cases), "--json", "--resamples", "20"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert {found["figures"][name]["value"] for name in ("line_f1", "items_right", "items_kappa", "routes_right")} == {
        1.0
    }
    assert run(["settled", "agreement", str(cases), str(cases), "--resamples", "20"]) == 0
    assert "taken for proposed" in capsys.readouterr().out
