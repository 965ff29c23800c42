import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachwork.monitoring.blocks import case_numbers, correlation_within, worth


def test_no_photo_is_worth_nothing() -> None:
    assert worth(case_numbers([]), 0.5) == 0


@given(st.lists(st.integers(0, 6), min_size=1, max_size=60), st.floats(0, 1))
def test_photos_are_worth_between_one_case_each_and_all(cases: list[int], correlation: float) -> None:
    numbers = np.array(cases)
    found = worth(numbers, correlation)
    assert found <= len(cases) + 1e-9
    assert found >= worth(numbers, 1.0) - 1e-9
    assert worth(numbers, 0.0) == pytest.approx(len(cases))


def test_copies_within_cases_are_worth_their_cases() -> None:
    assert worth(np.repeat(np.arange(50), 4), 1.0) == pytest.approx(50)


@pytest.mark.parametrize("correlation", [0.0, 0.3, 0.8])
def test_the_correlation_within_cases_is_found(correlation: float) -> None:
    random = np.random.default_rng(0)
    cases = np.repeat(np.arange(800), 4)
    values = np.sqrt(correlation) * random.normal(size=800)[cases]
    values += np.sqrt(1 - correlation) * random.normal(size=cases.size)
    assert correlation_within(values, cases) == pytest.approx(correlation, abs=0.06)


def test_too_few_cases_tell_no_correlation() -> None:
    assert correlation_within(np.arange(20.0), np.repeat(np.arange(10), 2)) is None
    assert correlation_within(np.arange(100.0), np.arange(100)) is None


def test_equal_values_have_no_correlation() -> None:
    assert correlation_within(np.ones(100), np.repeat(np.arange(50), 2)) == 0
