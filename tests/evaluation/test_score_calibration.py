import math
from typing import Any

import numpy as np
import pytest

from coachwork.assessments.score_calibration import ScoreMethod
from coachwork.evaluation.pairs import EvaluationError, Pair
from coachwork.evaluation.score_calibration import (
    calibration_error,
    equal_bins,
    error_by_chance,
    fit_scores,
    judged_detections,
)
from coachwork.taxonomy import DamageType

DENT, SCRATCH = DamageType.DENT, DamageType.SCRATCH
BOX, AWAY = (0, 0, 20, 20), (30, 30, 44, 44)


def photos(made: Any, count: int, truth: Any, seed: int = 0) -> list[Pair]:
    """Photos with one detection each, right with a chance that `truth` gives by its score."""
    rng = np.random.default_rng(seed)
    pairs = []
    for number in range(count):
        score = rng.uniform(0.02, 0.98)
        shape = BOX if rng.uniform() < truth(score) else AWAY
        pairs.append(made.pair(str(number), [(DENT, shape)], [(DENT, score, BOX)]))
    return pairs


def line(score: float) -> float:
    """Scores that promise too much: logit(p) = logit(score) - 1.5."""
    return 1 / (1 + (1 - score) / score * math.exp(1.5))


def test_scores_that_promise_too_much_are_put_right(made: Any) -> None:
    rule = fit_scores(photos(made, 500, line), {DENT: 0.1, SCRATCH: 0.1})[DENT]
    for score in (0.2, 0.5, 0.8):
        assert rule.probability(score) == pytest.approx(line(score), abs=0.12)
    assert rule.reliability is not None
    assert rule.reliability.error_after < 0.6 * rule.reliability.error_before
    assert rule.reliability.brier_after < rule.reliability.brier_before
    assert rule.reliability.error_by_chance is not None
    assert 0.3 < rule.reliability.error_after / rule.reliability.error_by_chance < 2


def test_chance_alone_makes_an_error_that_falls_with_the_number_of_detections() -> None:
    """A bin of n detections at one half is off by sqrt(2 / pi) of its deviation, 1 / (2 sqrt(n)), in the mean."""
    for count in (100, 1600):
        likely = np.full(count, 0.5) + np.linspace(-1e-6, 1e-6, count)
        expected = math.sqrt(2 / math.pi) * 0.5 / math.sqrt(count / 10)
        assert error_by_chance(likely) == pytest.approx(expected, rel=0.05)


def test_a_curve_that_no_line_follows_is_isotonic(made: Any) -> None:
    def step(score: float) -> float:
        return 0.9 if score > 0.3 else 0.4

    rule = fit_scores(photos(made, 900, step), {DENT: 0.02, SCRATCH: 0.02})[DENT]
    assert rule.method is ScoreMethod.ISOTONIC
    assert rule.probability(0.15) == pytest.approx(0.4, abs=0.12)
    assert rule.probability(0.7) == pytest.approx(0.9, abs=0.06)


def test_a_type_without_detections_takes_the_rule_of_all(made: Any) -> None:
    rules = fit_scores(photos(made, 200, line), {DENT: 0.1, SCRATCH: 0.1})
    assert rules[SCRATCH].reliability is None
    assert rules[SCRATCH].probability(0.5) == pytest.approx(rules[DENT].probability(0.5), abs=0.1)


def test_average_precision_stays_what_it_was(made: Any) -> None:
    rule = fit_scores(photos(made, 300, line), {DENT: 0.1, SCRATCH: 0.1})[DENT]
    likely = [rule.probability(score) for score in np.linspace(0, 1, 200)]
    assert np.all(np.diff(likely) >= 0)


def test_nothing_is_learnt_where_nothing_is_right_or_nothing_wrong(made: Any) -> None:
    assert fit_scores(photos(made, 30, lambda _: 0.0), {DENT: 0.1, SCRATCH: 0.1}) == {}
    assert fit_scores([made.pair("empty", [], [])], {DENT: 0.1, SCRATCH: 0.1}) == {}
    with pytest.raises(EvaluationError, match="no photo"):
        fit_scores([], {})


def test_photos_of_one_car_lie_in_one_fold(made: Any) -> None:
    judged = judged_detections(photos(made, 40, line), DENT)
    assert len(judged) == 40
    assert set(judged.folds.tolist()) == {0, 1, 2, 3, 4}
    again = judged_detections(photos(made, 40, line)[::-1], DENT)
    assert sorted(zip(judged.scores, judged.folds, strict=True)) == sorted(zip(again.scores, again.folds, strict=True))


def test_the_error_is_the_gap_in_bins_of_equal_counts() -> None:
    likely = np.repeat([0.1, 0.9], 50)
    true = np.tile([True, False], 50)
    assert calibration_error(likely, true) == pytest.approx(0.4)
    assert [len(rows) for rows in equal_bins(likely)] == [50, 50], "equal values stay together"
    assert [len(rows) for rows in equal_bins(np.linspace(0, 1, 100))] == [10] * 10
    assert len(equal_bins(np.zeros(0))) == 0
    assert np.isnan(calibration_error(np.zeros(0), np.zeros(0, dtype=np.bool_)))
