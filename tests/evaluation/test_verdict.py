import itertools
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coachwork.evaluation.pairs import EvaluationError, Pair
from coachwork.evaluation.verdict import (
    VerdictCase,
    among,
    auroc,
    fit_verdict,
    roc_curve,
    verdict_cases,
    verdict_figures,
)
from coachwork.taxonomy import DamageType, Kind

DENT, SCRATCH = DamageType.DENT, DamageType.SCRATCH
CARS = itertools.count()
HALF: dict[Kind, float] = {DENT: 0.5, SCRATCH: 0.5}
BOX = (0, 0, 20, 20)


def bad(made: Any, *scores: float) -> VerdictCase:
    return VerdictCase(
        detections=made.detections([(DENT, s, BOX) for s in scores]), damaged=True, cluster=str(next(CARS))
    )


def good(made: Any, *scores: float) -> VerdictCase:
    return VerdictCase(
        detections=made.detections([(DENT, s, BOX) for s in scores]), damaged=False, cluster=str(next(CARS))
    )


def overlapping(made: Any, count: int = 200) -> list[VerdictCase]:
    rng = np.random.default_rng(5)
    damaged = [bad(made, *rng.beta(3, 2, rng.integers(1, 4))) for _ in range(count)]
    sound = [good(made, *rng.beta(2, 4, rng.integers(0, 3))) for _ in range(count)]
    return damaged + sound


def test_a_fit_keeps_its_promises(made: Any) -> None:
    cases = overlapping(made)
    fitted = fit_verdict(cases, miss_rate=0.05, false_alarm_rate=0.1)
    likely = np.array([fitted.probability(c.detections) for c in cases])
    damaged = np.array([c.damaged for c in cases])
    assert (likely[damaged] < fitted.none_below).mean() <= 0.05
    assert (likely[~damaged] >= fitted.damaged_above).mean() <= 0.1
    assert (likely[damaged] < fitted.none_below).mean() > 0.03, "the promise is used, not undercut"
    assert fitted.promised_miss_rate == 0.05
    assert "200 damaged and 200 undamaged" in fitted.how


def test_the_promise_is_kept_in_every_group_that_is_large_enough(made: Any) -> None:
    rng = np.random.default_rng(3)
    clear = [replace(bad(made, score), group="clear") for score in rng.uniform(0.6, 0.95, 400)]
    faint = [replace(bad(made, score), group="faint") for score in rng.uniform(0.1, 0.5, 60)]
    few = [replace(bad(made), group="few") for _ in range(10)]
    sound = [good(made, score) for score in rng.uniform(0.02, 0.3, 200)]
    fitted = fit_verdict([*clear, *faint, *few, *sound])
    missed = np.mean([fitted.probability(case.detections) < fitted.none_below for case in faint])
    assert 0 < missed <= 0.05
    assert [group.name for group in fitted.groups] == ["clear", "faint"]
    assert "each kind of picture apart (clear, faint)" in fitted.how
    assert "clear (400 cars), faint (60 cars)" in fitted.promise


def test_no_kind_of_undamaged_picture_raises_more_alarms_than_stated(made: Any) -> None:
    rng = np.random.default_rng(4)
    quiet = [replace(good(made, score), group="photos") for score in rng.uniform(0.02, 0.2, 400)]
    loud = [replace(good(made, score), group="crops") for score in rng.uniform(0.3, 0.6, 40)]
    three = [replace(good(made, score), group="three") for score in (0.1, 0.2, 0.65)]
    damaged = [bad(made, score) for score in rng.uniform(0.2, 0.95, 300)]
    fitted = fit_verdict([*quiet, *loud, *damaged], false_alarm_rate=0.05)
    assert 0 < np.mean([fitted.probability(case.detections) >= fitted.damaged_above for case in loud]) <= 0.05
    stricter = fit_verdict([*quiet, *loud, *three, *damaged], false_alarm_rate=0.05)
    assert all(stricter.probability(case.detections) < stricter.damaged_above for case in three)


def test_another_miss_rate_moves_the_bound_as_a_fit_for_it_would(made: Any) -> None:
    cases = overlapping(made)
    fitted = fit_verdict(cases)
    for rate in (0.01, 0.1):
        anew = fit_verdict(cases, miss_rate=rate)
        assert fitted.at_miss_rate(rate).none_below == pytest.approx(anew.none_below, abs=1e-4)
        assert fitted.at_miss_rate(rate).promised_miss_rate == rate


def test_a_burst_of_one_car_counts_as_one_car(made: Any) -> None:
    burst = [replace(bad(made, 0.02), cluster="burst") for _ in range(60)]
    cars = [bad(made, score) for score in np.linspace(0.3, 0.9, 60)]
    sound = [good(made, score) for score in np.linspace(0.01, 0.2, 60)]
    fitted = fit_verdict([*burst, *cars, *sound])
    missed = [fitted.probability(case.detections) < fitted.none_below for case in (*burst, *cars)]
    assert sum(missed) >= 60, "photo by photo no more than 6 might be missed"
    assert fitted.groups[0].clusters == 61


def test_nothing_is_promised_on_fewer_pictures_than_can_show_it(made: Any) -> None:
    few = [bad(made, 0.9) for _ in range(18)] + [good(made, 0.1) for _ in range(18)]
    assert fit_verdict(few).none_below == 0
    assert fit_verdict(few).promise == ""
    assert fit_verdict([*few, bad(made, 0.9)]).none_below > 0
    assert fit_verdict([few[0]] * 100 + few[18:]).none_below == 0, "a hundred photos of one car are one car"


def test_probabilities_are_calibrated(made: Any) -> None:
    cases = overlapping(made, 1500)
    fitted = fit_verdict(cases)
    likely = np.array([fitted.probability(c.detections) for c in cases])
    damaged = np.array([c.damaged for c in cases])
    for low in (0.0, 0.25, 0.5, 0.75):
        inside = (likely >= low) & (likely < low + 0.25)
        assert inside.sum() > 50
        assert damaged[inside].mean() == pytest.approx(likely[inside].mean(), abs=0.08)


@given(first=st.floats(0.02, 0.98), more=st.floats(0.001, 0.02))
@settings(max_examples=50)
def test_a_better_score_never_makes_a_photo_look_sounder(made: Any, first: float, more: float) -> None:
    fitted = fit_verdict(overlapping(made, 60))
    assert all(weight >= 0 for name, weight in fitted.coefficients.items() if name != "intercept")
    low, high = (fitted.probability(bad(made, score).detections) for score in (first, first + more))
    assert high >= low


def test_pictures_that_do_not_overlap_need_no_uncertainty(made: Any) -> None:
    cases = [bad(made, 0.9) for _ in range(20)] + [good(made, 0.1)] * 20 + [good(made)] * 10
    fitted = fit_verdict(cases)
    assert fitted.none_below == fitted.damaged_above
    figures = verdict_figures(cases, fitted, HALF, np.ones((5, 50), dtype=np.int64))
    assert figures.auroc.value == 1
    assert figures.miss_rate.value == figures.false_alarm_rate.value == figures.uncertain_rate.value == 0
    assert figures.none_rate.value == 1


@pytest.mark.parametrize("kind", [bad, good])
def test_one_kind_alone_cannot_be_fitted(made: Any, kind: Callable[..., VerdictCase]) -> None:
    with pytest.raises(EvaluationError, match="add photos of the other kind"):
        fit_verdict([kind(made, 0.5)])


def test_a_model_without_calibration_never_claims_none(made: Any) -> None:
    cases = [bad(made, 0.8), bad(made, 0.2), good(made), good(made, 0.6)]
    figures = verdict_figures(cases, None, HALF, np.ones((2, 4), dtype=np.int64))
    assert figures.miss_rate.value == figures.none_rate.value == 0
    assert figures.false_alarm_rate.value == 0.5
    assert figures.auroc.value == 0.75
    assert not figures.calibrated


def test_without_undamaged_pictures_only_their_figures_are_missing(made: Any) -> None:
    figures = verdict_figures([bad(made, 0.8)], None, HALF, np.ones((2, 1), dtype=np.int64))
    assert figures.auroc.value is None
    assert figures.false_alarm_rate.value is None
    assert figures.miss_rate.value == 0


@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=2, max_size=30))
def test_auroc_is_the_area_under_the_curve(rows: list[tuple[int, bool]]) -> None:
    values = np.array([value for value, _ in rows], dtype=np.float64)
    damaged = np.array([kind for _, kind in rows])
    area = auroc(values, damaged, np.ones((1, len(rows)), dtype=np.int64))[0]
    if damaged.all() or not damaged.any():
        assert np.isnan(area)
    else:
        x, y = roc_curve(values, damaged)
        assert area == pytest.approx(np.trapezoid(y, x))


def test_counted_twice_is_the_same_as_there_twice() -> None:
    values, damaged = np.array([0.1, 0.5, 0.4, 0.9]), np.array([False, True, False, True])
    drawn = np.array([[2, 1, 0, 1]])
    copies = np.repeat(np.arange(4), drawn[0])
    expected = auroc(values[copies], damaged[copies], np.ones((1, 4), dtype=np.int64))
    assert auroc(values, damaged, drawn)[0] == expected[0]


def test_photos_that_annotate_part_of_the_types_are_no_negatives(made: Any) -> None:
    pairs = [
        made.pair("clean", [], []),
        made.pair("half known", [], [], annotated=[DENT]),
        made.pair("damaged", [(DENT, BOX)], [], annotated=[DENT]),
        Pair.of(made.sample("unstated", [made.rectangle(BOX, None)], annotated=[]), made.detections([])),
    ]
    assert [(c.cluster.split()[-1], c.damaged) for c in verdict_cases(pairs)] == [
        ("clean", False),
        ("damaged", True),
        ("unstated", True),
    ]


def test_only_wanted_types_are_kept(made: Any) -> None:
    found = made.detections([(DENT, 0.9, BOX), (SCRATCH, 0.8, BOX), (DENT, 0.7, BOX)])
    kept = among(found, {DENT})
    assert kept.scores.tolist() == pytest.approx([0.9, 0.7])
    assert len(among(found, set())) == 0
