import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachwork.evaluation.bootstrap import Figure
from coachwork.registry.deciding import not_worse, photos_needed, smallest_seen, turned, within_promise
from coachwork.registry.gate import Outcome


def figure(value: float, half: float) -> Figure:
    return Figure(value=value, low=value - half, high=value + half)


def test_nothing_measured_is_undecided() -> None:
    outcome, sentence = not_worse(Figure(value=None), margin=0.05, photos=0)
    assert outcome is Outcome.UNDECIDED
    assert "no photo" in sentence


@pytest.mark.parametrize(
    ("value", "half", "outcome"),
    [
        (0.00, 0.01, Outcome.PASSED),
        (-0.02, 0.02, Outcome.PASSED),  # worse for sure, but by less than is allowed
        (0.10, 0.12, Outcome.PASSED),
        (-0.08, 0.02, Outcome.FAILED),
        (-0.06, 0.03, Outcome.FAILED),  # worse for sure, by more than allowed in the estimate
        (-0.04, 0.03, Outcome.UNDECIDED),
        (-0.08, 0.20, Outcome.UNDECIDED),  # perhaps no worse at all
        (0.00, 0.10, Outcome.UNDECIDED),
    ],
)
def test_a_difference_is_judged_by_its_interval(value: float, half: float, outcome: Outcome) -> None:
    assert not_worse(figure(value, half), margin=0.05, photos=100)[0] is outcome


def test_few_photos_decide_nothing() -> None:
    assert not_worse(figure(0.0, 0.0), margin=0.05, photos=9)[0] is Outcome.UNDECIDED


def test_an_undecided_one_says_what_it_takes() -> None:
    _, sentence = not_worse(figure(0.0, 0.10), margin=0.05, photos=100)
    assert "100 photos show a drop from 14.3 points on" in sentence
    assert "takes about 818" in sentence
    assert "no number of photos" in not_worse(figure(0.0, 0.10), margin=0.0, photos=100)[1]


@given(st.floats(0.001, 0.5), st.floats(0.001, 0.5), st.integers(10, 10_000))
def test_the_photos_needed_would_be_enough(half: float, margin: float, photos: int) -> None:
    needed = photos_needed(figure(0.0, half), margin=margin, photos=photos)
    if needed is None:
        return
    scaled = figure(0.0, half * math.sqrt(photos / needed))
    seen = smallest_seen(scaled)
    assert seen is not None
    assert seen <= margin * 1.001
    assert not_worse(scaled, margin=margin, photos=max(needed, 10))[0] is Outcome.PASSED


@given(st.floats(-1, 1), st.floats(0, 1), st.floats(0, 1), st.floats(0, 0.5))
def test_a_larger_margin_never_turns_a_pass_into_a_failure(
    value: float, half: float, margin: float, more: float
) -> None:
    strict = not_worse(figure(value, half), margin=margin, photos=50)[0]
    loose = not_worse(figure(value, half), margin=margin + more, photos=50)[0]
    assert (strict, loose) not in {
        (Outcome.PASSED, Outcome.FAILED),
        (Outcome.PASSED, Outcome.UNDECIDED),
        (Outcome.UNDECIDED, Outcome.FAILED),
    }


def test_more_is_better_after_turning() -> None:
    missed = Figure(value=0.02, low=-0.01, high=0.05)
    assert turned(missed, higher_is_better=True) == missed
    assert turned(turned(missed, higher_is_better=False), higher_is_better=False) == missed
    assert turned(Figure(value=0.1), higher_is_better=False) == Figure(value=-0.1)


@pytest.mark.parametrize(
    ("missed", "pictures", "outcome"),
    [(0, 0, Outcome.UNDECIDED), (0, 30, Outcome.UNDECIDED), (0, 100, Outcome.PASSED), (4, 386, Outcome.PASSED),
     (19, 386, Outcome.UNDECIDED), (60, 386, Outcome.FAILED)],
)  # fmt: skip
def test_a_promise_is_judged_by_the_interval_of_the_miss_rate(missed: int, pictures: int, outcome: Outcome) -> None:
    assert within_promise(missed, pictures, pictures, promise=0.05)[0] is outcome


def test_photos_of_few_cars_count_as_few() -> None:
    assert within_promise(0, 100, 100, promise=0.05)[0] is Outcome.PASSED
    outcome, sentence = within_promise(0, 100, 20, promise=0.05)
    assert outcome is Outcome.UNDECIDED
    assert "20 cars" in sentence
