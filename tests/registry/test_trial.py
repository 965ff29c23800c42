"""The rule that takes a challenger back: how often it does so for nothing, and how soon for a reason."""

import math
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachwork.registry.release import Limits
from coachwork.registry.trial import Evidence, log_evidence, passed_limits


def test_nothing_seen_passes_nothing() -> None:
    assert passed_limits(Evidence(), Limits(min_photos=1)) == ()
    assert log_evidence(0, 0, 0.1) == 0


def test_nothing_is_judged_before_the_least_number_of_photos() -> None:
    broken = Evidence(photos=9, failures=9)
    assert passed_limits(broken, Limits(min_photos=10)) == ()
    assert "failed on 9 of 9 photos" in passed_limits(broken, Limits(min_photos=9))[0]


@given(st.integers(0, 40), st.sampled_from([0.02, 0.1, 0.5, 0.9]))
def test_the_evidence_has_mean_one_or_less_at_the_limit(photos: int, limit: float) -> None:
    """What the whole promise rests on, summed over all outcomes exactly."""
    mean = sum(
        math.comb(photos, happened) * limit**happened * (1 - limit) ** (photos - happened)
        * math.exp(log_evidence(happened, photos, limit))
        for happened in range(photos + 1)
    )  # fmt: skip
    assert mean <= 1 + 1e-9


@given(st.integers(1, 200), st.data())
def test_more_of_it_is_more_evidence(photos: int, data: st.DataObject) -> None:
    happened = data.draw(st.integers(0, photos - 1))
    assert log_evidence(happened + 1, photos, 0.1) > log_evidence(happened, photos, 0.1)


def test_a_limit_of_nothing_is_passed_by_the_first_and_one_of_all_never() -> None:
    assert log_evidence(0, 10**6, 0.0) == 0
    assert log_evidence(1, 10**6, 0.0) == math.inf
    assert log_evidence(50, 50, 1.0) == 0


def _alarm_after(rng: np.random.Generator, rate: float, limits: Limits, photos: int) -> int | None:
    """After which photo a challenger that fails at a rate is taken back; None within so many."""
    failures = np.cumsum(rng.random(photos) < rate)
    for count in range(limits.min_photos, photos + 1):
        if passed_limits(Evidence(photos=count, failures=int(failures[count - 1])), limits):
            return count
    return None


def test_a_challenger_at_the_limit_is_seldom_taken_back_however_often_one_looks() -> None:
    """A false-alarm rate of 30 %, of which the error rate has a third: 10 % of trials at most, exact by Ville."""
    rng, limits = np.random.default_rng(7), Limits(false_alarm=0.3, error_rate=0.05)
    alarms = sum(_alarm_after(rng, 0.05, limits, 400) is not None for _ in range(150))
    assert alarms <= 150 * Fraction(1, 10) + 3 * math.sqrt(150 * 0.1 * 0.9)


@pytest.mark.parametrize(("rate", "median"), [(1.0, 30), (0.3, 40), (0.1, 150), (0.05, 500)])
def test_a_challenger_beyond_the_limit_is_taken_back_soon(rate: float, median: int) -> None:
    """Photos until it happens, by the usual limits: 1 % errors, 1 % false alarms."""
    rng = np.random.default_rng(7)
    after = [_alarm_after(rng, rate, Limits(), 2 * median) or 10**9 for _ in range(30)]
    assert np.median(after) <= median


def test_each_limit_is_told_by_itself() -> None:
    limits = Limits(min_photos=1)
    good = Evidence(photos=100, slower=10, disagreements=10)
    assert passed_limits(good, limits) == ()
    assert "2 times as long" in passed_limits(replace(good, slower=80), limits)[0]
    assert "differs from the champion's on 60 of 100" in passed_limits(replace(good, disagreements=60), limits)[0]
    assert len(passed_limits(Evidence(photos=200, failures=100, slower=90, disagreements=90), limits)) == 3
