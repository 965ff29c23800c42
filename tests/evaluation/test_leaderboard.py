import csv
import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachwork.evaluation.bootstrap import wilson_interval
from coachwork.evaluation.leaderboard import Standing, columns_of, leaderboard, shown
from coachwork.evaluation.run import OperatingPoint, measure
from coachwork.taxonomy import DamageType

DENT = DamageType.DENT


def evaluation_of(made: Any, *, found: bool) -> dict[str, Any]:
    """One dent, found or not; one photo without damage."""
    box = (5, 5, 25, 25)
    pairs = [made.pair("a", [(DENT, box)], [(DENT, 0.9, box)] if found else []), made.pair("b", [], [])]
    plain: dict[str, Any] = measure(pairs, point=OperatingPoint(), about={}, resamples=20).to_json()
    return plain


def standing(made: Any, name: str, *, found: bool, seed: int | None = None, recipe: str = "") -> Standing:
    return Standing(
        name=name,
        architecture="unet (lite0)",
        digest=name * 4,
        seed=seed,
        recipe=recipe,
        evaluation=evaluation_of(made, found=found),
        costs={"parameters": 3.7e6, "training_s": 7260.0, "milliseconds": 93.4, "megabytes": 15.3},
    )


def test_an_empty_table_has_no_lines() -> None:
    board = leaderboard([])
    assert not board.lines
    assert not board.columns
    assert board.to_json()["lines"] == []
    assert board.to_csv() == "name,architecture,seeds,is_mean\n"


def test_the_best_stands_first(made: Any) -> None:
    board = leaderboard([standing(made, "blind", found=False), standing(made, "sees|all", found=True)])
    assert [line.name for line in board.lines] == ["sees|all", "blind"]
    texts = {c.key: shown(board.lines[0].cells[c.key], c) for c in board.columns}
    assert texts["mask_ap50"] == texts["pixel_dice dent"] == texts["auroc photos"] == "100.0"
    assert (texts["parameters"], texts["training_s"], texts["milliseconds"], texts["megabytes"]) == (
        "3.70 M",
        "2 h 01 min",
        "93",
        "15.3",
    )
    assert "miss_rate photos" not in texts, "a model that was never calibrated never says none"
    assert "auroc crops" not in texts, "what nobody measured has no column"


def test_runs_of_one_recipe_get_their_mean_above_them(made: Any) -> None:
    standings = [
        standing(made, "one", found=True, seed=1, recipe="x"),
        standing(made, "two", found=False, seed=2, recipe="x"),
        standing(made, "other", found=True, seed=1, recipe="y"),
    ]
    board = leaderboard(standings)
    assert [(line.name, line.seeds) for line in board.lines] == [
        ("other", (1,)),
        ("mean of 2 seeds", (1, 2)),
        ("one", (1,)),
        ("two", (2,)),
    ]
    mean = board.lines[1].cells["mask_ap50"]
    assert mean.value == 0.5
    assert mean.spread == pytest.approx(0.5**0.5)
    column = next(c for c in board.columns if c.key == "mask_ap50")
    assert shown(mean, column) == "50.0 \N{PLUS-MINUS SIGN} 70.7"


def test_the_share_called_none_has_an_interval_in_a_mean_over_seeds(made: Any) -> None:
    standings = [standing(made, name, found=True, seed=seed, recipe="x") for seed, name in enumerate("ab")]
    for one, missed in zip(standings, (0.0, 0.02), strict=True):
        verdict = one.evaluation["verdicts"]["photos"]
        verdict |= {"calibrated": True, "damaged": 270, "miss_rate": {"value": missed, "low": 0.0, "high": 0.0}}
    mean = leaderboard(standings).lines[0]
    cell = mean.cells["miss_rate photos"]
    low, high = wilson_interval(0.0, 270)[0], wilson_interval(0.02, 270)[1]
    assert (cell.value, cell.low, cell.high) == (0.01, low, high)
    column = next(one for one in columns_of(standings) if one.key == "miss_rate photos")
    assert shown(cell, column) == f"1.0 \N{PLUS-MINUS SIGN} 1.4 (0.0 to {100 * high:.1f})"
    assert mean.cells["mask_ap50"].low is None, "an interval of draws says nothing of seeds"


def test_markdown_csv_and_json_hold_the_same_table(made: Any) -> None:
    board = leaderboard([standing(made, "a|b", found=True), standing(made, "c", found=False)])
    lines = board.to_markdown().splitlines()
    assert len(lines) == 4
    assert {line.replace("\\|", "").count("|") for line in lines} == {len(board.columns) + 4}
    rows = list(csv.DictReader(io.StringIO(board.to_csv())))
    read = json.loads(json.dumps(board.to_json(), allow_nan=False))
    assert [row["name"] for row in rows] == [line["name"] for line in read["lines"]] == ["a|b", "c"]
    for row, line in zip(rows, read["lines"], strict=True):
        for key, figure in line["figures"].items():
            assert row[key] == ("" if figure["value"] is None else f"{figure['value']:.6g}")


@given(hits=st.integers(0, 400), more=st.integers(0, 400))
def test_wilson_holds_the_share_and_is_never_empty(hits: int, more: int) -> None:
    count = hits + more
    if count:
        low, high = wilson_interval(hits / count, count)
        assert 0 <= low <= hits / count + 1e-12
        assert hits / count - 1e-12 <= high <= 1
        assert high - low > 0
