import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from coachwork.assessments.familiarity import packed, unpacked
from coachwork.evaluation.familiarity import fit_familiarity
from coachwork.evaluation.pairs import EvaluationError

RNG = np.random.default_rng(0)
SPREAD = np.concatenate([[1.0, 0.5, 0.3], np.full(29, 0.05)])
CARS = RNG.normal(size=(600, 32)) * SPREAD + 2
NAMES = [str(row // 2) for row in range(600)]


def test_cars_are_rarely_strange_and_other_things_are() -> None:
    known = fit_familiarity(CARS, NAMES, rank=3)
    fresh = RNG.normal(size=(2000, 32)) * SPREAD + 2
    assert np.mean([known.is_strange(one) for one in fresh]) < 0.03
    other = RNG.normal(size=(200, 32)) * SPREAD[::-1] + 2
    assert np.mean([known.is_strange(one) for one in other]) > 0.9
    assert known.false_alarm_rate == 0.01


def test_the_limit_follows_the_false_alarm_rate() -> None:
    assert fit_familiarity(CARS, NAMES, false_alarm_rate=0.1).limit < fit_familiarity(CARS, NAMES).limit


def test_one_in_twenty_cars_is_doubted() -> None:
    known = fit_familiarity(CARS, NAMES, rank=3)
    assert known.doubt_limit is not None
    assert known.doubt_limit < known.limit
    fresh = RNG.normal(size=(2000, 32)) * SPREAD + 2
    assert 0.02 < np.mean([known.distance(one) > known.doubt_limit for one in fresh]) < 0.09


def test_no_fewer_cars_are_doubted_than_are_strange() -> None:
    known = fit_familiarity(CARS, NAMES, false_alarm_rate=0.1)
    assert known.doubt_limit == known.limit


def test_distance_is_mahalanobis() -> None:
    known = fit_familiarity(CARS, NAMES, rank=3)
    covariance = (known.axes.T * (known.variances - known.rest)) @ known.axes + known.rest * np.eye(32)
    offset = CARS[0] - known.mean
    wanted = np.sqrt(offset @ np.linalg.solve(covariance, offset) / 32)
    assert known.distance(CARS[0]) == pytest.approx(wanted, rel=0.01)


def test_an_embedding_of_another_model_is_refused() -> None:
    with pytest.raises(ValueError, match="shape"):
        fit_familiarity(CARS, NAMES).distance(np.zeros(31))


@pytest.mark.parametrize("count", [0, 98])
def test_too_few_pictures_say_nothing(count: int) -> None:
    with pytest.raises(EvaluationError, match="at least 99 pictures"):
        fit_familiarity(CARS[:count], NAMES[:count])


def test_one_car_says_nothing() -> None:
    with pytest.raises(EvaluationError, match="several cars"):
        fit_familiarity(CARS, ["one"] * len(CARS))


@given(hnp.arrays(np.float32, (3, 7), elements=st.floats(-1e3, 1e3, width=32)))
def test_packed_numbers_come_back_to_half_a_step(values: np.ndarray) -> None:
    again = unpacked(packed(values), length=7)
    step = np.maximum(np.abs(values).max(axis=1, keepdims=True), 1e-12) / 127
    assert (np.abs(again - values) <= 0.5001 * step + 1e-9).all()
