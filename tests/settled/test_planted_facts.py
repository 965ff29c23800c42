"""The evaluation finds what was planted in made-up cases, and nothing that was not."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from coachwork.settled.figures import MEASURES, Unit
from coachwork.settled.planted import EXACT, PlantedFactError, PlantedFacts, planted_facts
from tests.settled.cases import evaluated, facts, made_up, value

COUNT = 40


def planted(cases: list[dict[str, Any]], name: str) -> int:
    return sum(int(case["synthetic"][name]) for case in cases)


def test_where_nothing_differs_every_estimate_is_right(tmp_path: Path) -> None:
    found = evaluated(tmp_path, made_up(COUNT, EXACT))
    for name in ("within_10", "coverage", "line_precision", "line_recall", "replace_f1", "repair_f1", "items_right"):
        assert value(found, name) == 1, name
    for name in ("bias", "median_signed_error", "median_relative_error", "median_absolute_error", "wrong_offers"):
        assert value(found, name) == 0, name
    assert found.synthetic == 0  # nobody told the evaluation


@pytest.mark.parametrize("seed", [1, 2])
def test_a_planted_bias_of_8_percent_is_recovered(tmp_path: Path, seed: int) -> None:
    """Bills that are lower by the factor 1.08 are estimates that are 8 % too high."""
    found = evaluated(tmp_path, made_up(COUNT, facts(f"price_level={1 / 1.08:.10f}"), seed))
    assert value(found, "bias") == pytest.approx(0.08, abs=0.0005)
    assert value(found, "median_signed_error") == pytest.approx(0.08, abs=0.001)
    assert value(found, "within_10") == 1
    assert value(found, "line_f1") == 1


def test_a_planted_bias_is_recovered_within_its_interval_through_noise(tmp_path: Path) -> None:
    noisy = facts(f"price_level={1 / 1.08:.10f}", "hour_noise=0.25", "part_noise=0.15", "shop_spread=0.05")
    figure = evaluated(tmp_path, made_up(100, noisy)).figures["bias"].figure
    assert figure.low is not None
    assert figure.high is not None
    assert figure.low < 0.08 < figure.high
    assert figure.low > -0.02  # and it is told from no bias at all, but for what noise can do


def test_planted_swaps_lower_the_decisions_by_the_planted_share(tmp_path: Path) -> None:
    cases = made_up(COUNT, facts("swaps=0.2"))
    items, swapped = planted(cases, "items"), planted(cases, "swapped")
    found = evaluated(tmp_path, cases)
    assert swapped > 10
    assert value(found, "items_right") == pytest.approx(1 - swapped / items)
    table = found.decisions
    to_replace, to_repair = int(table[0, 1:].sum()), int(table[1:3, 0].sum())
    assert to_replace + to_repair == swapped
    right = int(table[0, 0])
    assert value(found, "replace_f1") == pytest.approx(2 * right / (2 * right + swapped))
    right = int(table[1:3, 1:3].sum())
    assert value(found, "repair_f1") == pytest.approx(2 * right / (2 * right + swapped))


def test_more_swaps_lower_the_f1_more(tmp_path: Path) -> None:
    f1 = [
        value(evaluated(tmp_path, made_up(COUNT, facts(f"swaps={share}"))), "repair_replace_f1")
        for share in (0, 0.1, 0.5)
    ]
    assert f1[0] == 1 > f1[1] > f1[2]


def test_hidden_damages_are_missed_lines_and_bills_above(tmp_path: Path) -> None:
    cases = made_up(COUNT, facts("hidden=0.5"))
    found = evaluated(tmp_path, cases)
    hidden = planted(cases, "hidden")
    assert hidden > 5
    assert int(found.decisions[0, 3]) == hidden  # replaced, and nothing said of it
    assert value(found, "items_right") == pytest.approx(1 - hidden / planted(cases, "items"))
    assert value(found, "bias") < 0
    assert value(found, "above") > 0
    assert value(found, "below") == 0


def test_false_alarms_are_lines_that_nobody_billed(tmp_path: Path) -> None:
    cases = made_up(COUNT, facts("false_alarms=0.4"))
    found = evaluated(tmp_path, cases)
    assert planted(cases, "false_alarms") > 5
    assert value(found, "line_precision") < 1
    assert int(found.decisions[3].sum()) > 0
    assert value(found, "bias") > 0


def test_sizes_outside_the_doubt_put_bills_outside_the_interval(tmp_path: Path) -> None:
    inside, outside = (
        value(evaluated(tmp_path, made_up(COUNT, facts(f"outside={share}"))), "coverage") for share in ("0.0", "1.0")
    )
    assert inside == 1
    assert outside < 0.95


def test_other_routes_lower_what_is_taken_alike(tmp_path: Path) -> None:
    alike = [
        value(evaluated(tmp_path, made_up(COUNT, facts(f"other_routes={share}"))), "routes_right") for share in (0, 1)
    ]
    assert alike[0] > alike[1]


def test_the_intervals_are_told_how_much_too_narrow_they_are(tmp_path: Path) -> None:
    exact = evaluated(tmp_path, made_up(COUNT, EXACT))
    assert exact.widening is not None
    assert exact.widening <= 0
    cases = made_up(COUNT, facts("price_level=2"))
    found = evaluated(tmp_path, cases)
    assert found.widening is not None
    assert value(found, "coverage") < 0.1
    counts = found.counts
    moved = found.widening * counts.likely
    inside = (counts.settled <= counts.upper + moved) & (counts.settled >= counts.lower - moved)
    assert inside.mean() >= found.promised
    nearly = (counts.settled <= counts.upper + 0.999 * moved) & (counts.settled >= counts.lower - 0.999 * moved)
    assert nearly.mean() < found.promised
    assert evaluated(tmp_path, cases[:5]).widening is None  # five cases cannot promise 90 %


def test_equal_seeds_make_equal_cases_and_one_fact_leaves_the_others_alone() -> None:
    assert made_up(5, PlantedFacts()) == made_up(5, PlantedFacts())
    assert made_up(5, PlantedFacts()) != made_up(5, PlantedFacts(), seed=2)
    dear, cheap = (made_up(5, facts(f"price_level={level}")) for level in (1, 2))
    assert [case["damages"] for case in dear] == [case["damages"] for case in cheap]


def test_confidences_tell_truly_how_many_damages_are_there() -> None:
    cases = made_up(150, facts("false_alarms=0.3"))
    confidences = [damage["confidence"] for case in cases for damage in case["damages"]]
    wrong = planted(cases, "false_alarms")
    spread = np.sqrt(sum(one * (1 - one) for one in confidences))
    assert wrong == pytest.approx(sum(1 - one for one in confidences), abs=4 * spread)


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ("prices=1", "cannot be planted"),
        ("swaps=x", "must be a number"),
        ("swaps=2", "between 0 and 1"),
        ("swaps", "number"),
    ],
)
def test_a_fact_that_cannot_be_planted_is_told(told: str, why: str) -> None:
    with pytest.raises(PlantedFactError, match=why):
        planted_facts([told], PlantedFacts())


def test_only_shares_of_counted_things_get_an_interval_at_their_ends(tmp_path: Path) -> None:
    found = evaluated(tmp_path, made_up(COUNT, EXACT))
    within, bias = found.figures["within_10"].figure, found.figures["bias"].figure
    assert within.low is not None
    assert within.low < 1
    assert (bias.low, bias.high) == (0, 0)
    assert MEASURES["bias"].unit is Unit.RELATIVE
