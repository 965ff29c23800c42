import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachwork.assessments.score_calibration import ScoreCalibration, ScoreMethod

STEPS = ScoreCalibration(method=ScoreMethod.ISOTONIC, knots=((0.2, 0.1), (0.5, 0.1), (0.8, 0.9)))
LINE = ScoreCalibration(method=ScoreMethod.LOGISTIC, slope=0.5, intercept=-1.0)


@given(first=st.floats(0, 1), second=st.floats(0, 1))
def test_a_better_score_is_never_less_probable(first: float, second: float) -> None:
    for rule in (STEPS, LINE):
        low, high = rule.probability(min(first, second)), rule.probability(max(first, second))
        assert 0 <= low <= high <= 1


def test_steps_run_through_their_knots() -> None:
    assert [STEPS.probability(score) for score in (0, 0.1, 0.2, 0.5, 0.65, 0.8, 1)] == pytest.approx(
        [0, 0.05, 0.1, 0.1, 0.5, 0.9, 0.9]
    )


def test_a_logistic_rule_of_slope_one_says_the_score() -> None:
    rule = ScoreCalibration(method=ScoreMethod.LOGISTIC)
    assert rule.probability(0.3) == pytest.approx(0.3)
    assert LINE.probability(0.5) == pytest.approx(1 / (1 + 2.718281828), abs=1e-6)


@pytest.mark.parametrize(
    ("method", "slope", "knots"),
    [
        (ScoreMethod.LOGISTIC, 0.0, ()),
        (ScoreMethod.LOGISTIC, 1.0, ((0.1, 0.1),)),
        (ScoreMethod.ISOTONIC, 1.0, ()),
        (ScoreMethod.ISOTONIC, 1.0, ((0.5, 0.4), (0.6, 0.3))),
        (ScoreMethod.ISOTONIC, 1.0, ((0.5, 0.4), (1.6, 0.5))),
    ],
)
def test_a_rule_that_breaks_order_is_refused(
    method: ScoreMethod, slope: float, knots: tuple[tuple[float, float], ...]
) -> None:
    with pytest.raises(ValueError, match=r"slope|knots"):
        ScoreCalibration(method=method, slope=slope, knots=knots)
