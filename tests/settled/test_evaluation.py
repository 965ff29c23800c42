"""Every figure against a count by hand or a plain computation, and the file's own borders."""

import statistics
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachwork.claims.settlement import Route
from coachwork.errors import CoachworkError
from coachwork.estimates.case_json import CarCase
from coachwork.evaluation.severity import kappa
from coachwork.settled.agreement import pair_cases
from coachwork.settled.counting import OPERATIONS, Decision, count_cases
from coachwork.settled.evaluation import NothingSettled, evaluate_estimates
from coachwork.settled.evaluation_json import evaluation_to_json
from coachwork.settled.figures import weighted_median
from coachwork.settled.judging import judge_cases
from coachwork.settled.planted import PlantedFacts
from coachwork.settled.sample_size import cases_for_share, cases_needed, design_effect
from coachwork.settled.slices import LEAST
from tests.estimates.cards import card_with, sample_card
from tests.settled.cases import case, evaluated, facts, judged, made_up, read, sample_policy, value

DOOR_DENT = {"type": "dent", "part": "front_left_door", "size_mm": 120, "paint_broken": True, "confidence": 1}
"""Repaired: repair, R&I, refinish."""
LOSS = {"on": "2026-06-01", "cause": "parking", "injured": False, "drivable": True}


def settled(lines: list[tuple[str, str]], total: str = "500") -> dict[str, Any]:
    return {"lines": [{"item": item, "operation": operation} for item, operation in lines], "total": total}


def test_no_case_cannot_be_measured() -> None:
    with pytest.raises(NothingSettled, match=r"settled-cases\.md"):
        evaluate_estimates([], file="cases.jsonl", about={})


def test_lines_are_matched_by_item_and_operation_each_once(tmp_path: Path) -> None:
    lines = [
        ("front_left_door", "repair"),
        ("front_left_door", "refinish"),
        ("front_left_door", "PDR"),
        ("roof", "repair"),
    ]
    found = count_cases(judged(tmp_path, [case(damages=[DOOR_DENT], settled=settled(lines))]))
    by_name = {
        operation.value: (
            int(found.matched[0, place]),
            int(found.only_ours[0, place]),
            int(found.only_theirs[0, place]),
        )
        for place, operation in enumerate(OPERATIONS)
    }
    assert {name: counts for name, counts in by_name.items() if any(counts)} == {
        "PDR": (0, 0, 1),
        "repair": (1, 0, 1),
        "R&I": (0, 1, 0),
        "refinish": (1, 0, 0),
    }


def test_figures_of_lines_and_decisions_by_hand(tmp_path: Path) -> None:
    lines = [("front_left_door", "replace"), ("front_left_door", "refinish"), ("roof", "polish")]
    found = evaluated(tmp_path, [case(damages=[DOOR_DENT], settled=settled(lines))])
    assert value(found, "line_precision") == pytest.approx(1 / 3)  # of repair, R&I, refinish
    assert value(found, "line_recall") == pytest.approx(1 / 3)
    assert value(found, "replace_f1") == 0
    assert value(found, "items_right") == 0
    names = list(Decision)
    assert found.decisions[names.index(Decision.REPLACE), names.index(Decision.REPAIR)] == 1
    assert found.decisions[names.index(Decision.KEEP), names.index(Decision.NOTHING)] == 1
    assert found.decisions.sum() == 2
    assert set(found.operations) == {"polish", "repair", "R&I", "replace", "refinish"}


def test_figures_of_money_agree_with_plain_arithmetic(tmp_path: Path) -> None:
    made = judged(tmp_path, made_up(25, PlantedFacts()))
    ours = [float(one.proposal.likely or 0) for one in made]
    theirs = [float(one.case.outcome.total or 0) for one in made]
    found = evaluate_estimates(made, file="", about={}, resamples=20)
    errors = [our / their - 1 for our, their in zip(ours, theirs, strict=True) if their]
    assert value(found, "bias") == pytest.approx(sum(ours) / sum(theirs) - 1)
    assert value(found, "median_signed_error") == pytest.approx(statistics.median(errors))
    assert value(found, "median_relative_error") == pytest.approx(statistics.median(map(abs, errors)))
    absolute = [abs(our - their) for our, their in zip(ours, theirs, strict=True)]
    assert value(found, "median_absolute_error") == pytest.approx(statistics.median(absolute))
    assert value(found, "within_20") == pytest.approx(sum(abs(one) <= 0.2 for one in errors) / len(errors))
    inside = [
        float(one.proposal.lower or 0) <= their <= float(one.proposal.upper or 0)
        for one, their in zip(made, theirs, strict=True)
    ]
    assert value(found, "coverage") == pytest.approx(sum(inside) / len(inside))
    assert value(found, "coverage") + value(found, "above") + value(found, "below") == pytest.approx(1)


@given(
    st.lists(st.tuples(st.integers(-50, 50), st.integers(0, 3)), min_size=1, max_size=12),
)
def test_a_weighted_median_is_the_median_of_what_was_drawn(drawn: list[tuple[int, int]]) -> None:
    values = np.array([one for one, _ in drawn], dtype=np.float64)
    weights = np.array([[count for _, count in drawn]])
    repeated = [one for one, count in drawn for _ in range(count)]
    (found,) = weighted_median(values, weights)
    if repeated:
        assert found == statistics.median(repeated)
    else:
        assert np.isnan(found)


def test_routes_are_counted_by_the_person_and_by_us(tmp_path: Path) -> None:
    seen = [{"part": part, "sight": "well"} for part in ("bonnet",)]
    claims = [
        case(id="person", loss=LOSS, settled={"route": "auto offer"}),  # nobody tells what was seen: to a person
        case(id="cover", loss=LOSS | {"cause": "fire"}, coverage=seen, settled={"route": Route.NOT_COVERED.value}),
        case(id="no claim", settled={"route": "review"}),
    ]
    found = evaluated(tmp_path, claims)
    order = list(Route)
    assert found.routes.sum() == 2
    assert found.routes[order.index(Route.AUTO_OFFER), order.index(Route.REVIEW)] == 1
    assert found.routes[order.index(Route.NOT_COVERED), order.index(Route.NOT_COVERED)] == 1
    assert value(found, "missed_offers") == 1
    assert found.figures["wrong_offers"].figure.value is None  # we offered on nothing
    assert found.figures["bias"].figure.value is None  # no bill is told


def test_sample_figures_do_not_send_every_case_to_a_person(tmp_path: Path) -> None:
    assert sample_card().sample
    assert any(one.proposal.route is Route.AUTO_OFFER for one in judged(tmp_path, made_up(25, PlantedFacts())))


def test_intervals_come_from_clusters_and_one_cluster_has_none(tmp_path: Path) -> None:
    cases = made_up(12, PlantedFacts())
    alone = evaluated(tmp_path, [one | {"cluster": "one shop"} for one in cases])
    many = evaluated(tmp_path, cases)
    assert (alone.clusters, alone.figures["bias"].figure.low) == (1, None)
    assert many.clusters > 1
    assert many.figures["bias"].figure.low is not None
    assert value(alone, "bias") == value(many, "bias")


def test_the_order_of_cases_does_not_matter(tmp_path: Path) -> None:
    cases = made_up(12, PlantedFacts())
    one, other = (evaluation_to_json(evaluated(tmp_path, some)) for some in (cases, cases[::-1]))
    assert one["figures"] == other["figures"]
    assert one["slices"] == other["slices"]


def test_every_case_stands_once_in_each_kind_of_slice(tmp_path: Path) -> None:
    found = evaluated(tmp_path, made_up(LEAST + 10, PlantedFacts()))
    by: dict[str, list[int]] = {}
    for one in found.slices:
        assert one.slice.places
        by.setdefault(one.slice.by, []).extend(one.slice.places)
    assert list(by) == ["damages", "likely total", "open", "body", "make"]
    assert all(sorted(places) == list(range(found.cases)) for places in by.values())


def test_cases_in_another_currency_or_with_two_damages_of_one_name_are_told_by_line(tmp_path: Path) -> None:
    twice = [{"type": "dent", "name": "d"}, {"type": "dent", "name": "d"}]
    found = read(tmp_path, case(), case(id="e", currency="EUR", vehicle=None), case(id="t", damages=twice))
    made, problems = judge_cases(found.cases, file=found.file, card=sample_card(), policy=sample_policy())
    assert [one.case.name for one in made] == ["c1"]
    assert [problem.line for problem in problems] == [2, 3]
    assert "rate card in USD" in str(problems[0])
    assert "named 'd'" in str(problems[1])


def test_photos_are_given_to_the_inspector_and_its_errors_are_told_by_line(tmp_path: Path) -> None:
    for name in ("good.jpg", "bad.jpg"):
        (tmp_path / name).write_bytes(b"")
    found = read(tmp_path, *(case(id=name, damages=None, photos=[name]) for name in ("good.jpg", "bad.jpg")))

    def look(photos: Any, vehicle: Any) -> CarCase:
        assert vehicle.make == "Volkswagen"
        if photos[0].name == "bad.jpg":
            message = "bad.jpg is no photo"
            raise CoachworkError(message)
        return CarCase(damages=())

    made, problems = judge_cases(
        found.cases, file=found.file, card=sample_card(), policy=sample_policy(), inspected=look
    )
    assert [one.case.name for one in made] == ["good.jpg"]
    assert "bad.jpg is no photo" in str(problems[0])
    _, without = judge_cases(found.cases, file=found.file, card=sample_card(), policy=sample_policy())
    assert all("nothing here looks at photos" in str(problem) for problem in without)


def test_what_is_open_is_a_slice_of_its_own(tmp_path: Path) -> None:
    lamp = [{"type": "broken_lamp", "part": "left_headlamp", "confidence": 1}]
    prices = {item: price for item, price in sample_card().part_prices.items() if item.value != "left_headlamp"}
    found = read(tmp_path, case(), case(id="c2", damages=lamp))
    made, _ = judge_cases(found.cases, file="", card=card_with(part_prices=prices), policy=sample_policy())
    evaluation = evaluate_estimates(made, file="", about={}, resamples=20)
    assert evaluation.open == 1
    names = [one.slice.name for one in evaluation.slices]
    assert {"nothing open", "something open"} <= set(names)


@pytest.mark.parametrize("share", [0.5, 0.8, 0.95])
def test_planned_cases_give_the_planned_width_when_drawn(share: float) -> None:
    """An oracle without the formula: binomial draws of so many cases vary as planned."""
    count = cases_for_share(share, 0.05)
    drawn = np.random.default_rng(0).binomial(count, share, size=20_000) / count
    low, high = np.quantile(drawn, [0.025, 0.975])
    assert (high - low) / 2 == pytest.approx(0.05, abs=0.008)
    assert cases_for_share(share, 0.02) > count


def test_cases_of_one_shop_count_for_less() -> None:
    assert design_effect(1, 0.5) == 1
    assert design_effect(20, 1.0) == 20


def test_a_first_batch_says_how_many_more_it_takes(tmp_path: Path) -> None:
    found = evaluated(tmp_path, made_up(40, PlantedFacts()), resamples=300)
    needed = cases_needed(found)
    within = found.figures["within_10"].figure
    assert within.low is not None
    assert within.high is not None
    half = (within.high - within.low) / 2
    assert needed["within_10"][0.05] == int(np.ceil(40 * (half / 0.05) ** 2))
    assert needed["within_10"][0.02] > needed["within_10"][0.10]
    assert "median_absolute_error" not in needed


def test_kappa_is_agreement_beyond_chance(tmp_path: Path) -> None:
    """Against the reference in evaluation.severity, on decisions that were partly swapped."""
    found = evaluated(tmp_path, made_up(30, facts("swaps=0.3")))
    assert value(found, "items_kappa") == pytest.approx(kappa(found.decisions.astype(np.float64), quadratic=False) or 0)
    assert value(found, "items_kappa") < value(found, "items_right") < 1


def test_two_people_are_held_against_each_other_by_id(tmp_path: Path) -> None:
    lines = [("bonnet", "repair"), ("bonnet", "refinish")]
    anna = read(tmp_path, case(), case(id="c2"), case(id="c3"), case(id="c4"))
    ben = read(
        tmp_path,
        case(id="c2", settled=settled(lines, "30.00")),
        case(currency="USD"),
        case(id="c4", currency="EUR", vehicle=None),
    )
    paired, alone = pair_cases(anna.cases, ben.cases, file="anna.jsonl")
    assert [one.case.name for one in paired] == ["c1", "c2"]
    assert [(one.line, one.why) for one in alone] == [
        (3, "c3 is not in the second file"),
        (4, "c4 is in two currencies"),
    ]
    found = evaluate_estimates(paired, file="anna.jsonl", about={}, resamples=20)
    assert value(found, "bias") == pytest.approx((15 + 30) / (15 + 15) - 1)
    assert value(found, "line_recall") == pytest.approx(1 / 2)
    assert value(found, "items_right") == pytest.approx(1 / 2)
    assert found.figures["routes_right"].figure.value is None
