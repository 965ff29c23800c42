"""The tests of samples against SciPy, and what they promise of themselves."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special, stats

from coachwork.monitoring.adjusting import holm
from coachwork.monitoring.two_samples import (
    NOTHING,
    compare_categories,
    compare_numbers,
    compare_shares,
    fisher_p,
    kolmogorov_distance,
    kolmogorov_p,
    mann_whitney_p,
    upper_gamma,
)

SAMPLES = st.lists(st.integers(-5, 5).map(float), min_size=3, max_size=60)


def test_nothing_is_said_of_nothing() -> None:
    some = np.array([1.0, 2.0])
    assert compare_numbers(np.zeros(0), some, worth_before=1, worth_now=2) is NOTHING
    assert compare_shares(0, 0, 1, 2, worth=(1, 2)) is NOTHING
    assert compare_categories([0, 0], [1, 2], worth=(1, 3)) is NOTHING
    assert compare_categories([4, 0], [9, 0], worth=(4, 9)) is NOTHING
    assert holm([]) == []


@given(SAMPLES, SAMPLES)
def test_the_kolmogorov_distance_is_scipys(first: list[float], second: list[float]) -> None:
    expected = stats.ks_2samp(first, second, method="asymp").statistic
    assert kolmogorov_distance(np.array(first), np.array(second)) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(("first", "second"), [(40, 60), (200, 500), (1000, 1000)])
@pytest.mark.parametrize("distance", [0.05, 0.1, 0.2, 0.35])
def test_kolmogorovs_chance_is_near_the_exact_one(first: int, second: int, distance: float) -> None:
    steps = math.lcm(first, second)
    reachable = round(distance * steps) / steps
    expected = stats.distributions.kstwo.sf(reachable, round(first * second / (first + second)))
    assert kolmogorov_p(reachable, first, second) == pytest.approx(expected, rel=0.2, abs=0.005)


@given(SAMPLES, SAMPLES)
def test_mann_whitney_is_scipys(first: list[float], second: list[float]) -> None:
    found = mann_whitney_p(np.array(first), np.array(second), len(first), len(second))
    if len({*first, *second}) == 1:
        assert found == 1
        return
    expected = stats.mannwhitneyu(second, first, method="asymptotic", use_continuity=False).pvalue
    assert found == pytest.approx(expected, abs=1e-9)


@given(st.integers(0, 40), st.integers(1, 40), st.integers(0, 40), st.integers(1, 40))
def test_fishers_test_is_scipys(yes_before: int, no_before: int, yes_now: int, no_now: int) -> None:
    expected = stats.fisher_exact([[yes_before, no_before], [yes_now, no_now]]).pvalue
    found = fisher_p(yes_before, yes_before + no_before, yes_now, yes_now + no_now)
    assert found == pytest.approx(expected, rel=1e-6)


def test_the_chi_squared_test_is_scipys() -> None:
    before, now = [120, 80, 40], [40, 60, 50]
    expected = stats.chi2_contingency([before, now], correction=False).pvalue
    assert compare_categories(before, now, worth=(240, 150)).p_value == pytest.approx(expected, rel=1e-9)


def test_rare_categories_are_counted_together() -> None:
    before, now = [100, 90, 4, 6, 4], [55, 40, 5, 3, 5]
    expected = stats.chi2_contingency([[100, 90, 14], [55, 40, 13]], correction=False).pvalue
    assert compare_categories(before, now, worth=(204, 108)).p_value == pytest.approx(expected, rel=1e-9)


def test_where_even_these_are_few_each_category_is_tried_exactly() -> None:
    before, now = [100, 90, 1, 2, 1], [55, 40, 3, 1, 1]
    each = [
        stats.fisher_exact([[one, 194 - one], [two, 100 - two]]).pvalue for one, two in ((100, 55), (90, 40), (4, 5))
    ]
    expected = 3 * min(each)
    assert compare_categories(before, now, worth=(194, 100)).p_value == pytest.approx(min(expected, 1), rel=1e-9)


@pytest.mark.parametrize("share", [0.005, 0.02, 0.05])
def test_a_rare_verdict_raises_no_more_false_alarms_than_promised(share: float) -> None:
    """All tables that 1,000 photos of the reference and 60 of the window can give, weighed by their chance."""
    level, found = 1e-4, 0.0
    for known in range(120):
        for fresh in range(20):
            chance = stats.binom.pmf(known, 1000, share) * stats.binom.pmf(fresh, 60, share)
            if chance > 1e-9:
                table = ([1000 - known, known], [60 - fresh, fresh])
                found += chance * (compare_categories(*table, worth=(1000, 60)).p_value <= level)
    assert found <= level


@given(st.floats(0.1, 50), st.floats(0, 200))
def test_the_gamma_function_is_scipys(shape: float, x: float) -> None:
    assert upper_gamma(shape, x) == pytest.approx(special.gammaincc(shape, x), rel=1e-8, abs=1e-300)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_holms_correction_is_scipys_or_kinder_than_bonferronis(p_values: list[float]) -> None:
    found = holm(p_values)
    order = np.argsort(p_values, kind="stable")
    assert all(adjusted >= raw for adjusted, raw in zip(found, p_values, strict=True))
    assert all(adjusted <= min(1, raw * len(p_values)) + 1e-12 for adjusted, raw in zip(found, p_values, strict=True))
    assert np.all(np.diff(np.array(found)[order]) >= 0)


def test_dependent_photos_prove_less() -> None:
    random = np.random.default_rng(0)
    first, second = random.normal(0, 1, 400), random.normal(0.4, 1, 300)
    alone = compare_numbers(first, second, worth_before=400, worth_now=300)
    in_cases = compare_numbers(first, second, worth_before=200, worth_now=100)
    assert alone.p_value < in_cases.p_value
    assert alone.effect > in_cases.effect


def test_an_undisturbed_sample_moves_nothing_on_average() -> None:
    random = np.random.default_rng(1)
    effects = []
    for _ in range(200):
        first, second = random.normal(size=400), random.normal(size=120)
        effects.append(compare_numbers(first, second, worth_before=400, worth_now=120).effect)
    assert np.median(effects) < 0.05


def test_false_alarms_are_as_rare_as_stated() -> None:
    random = np.random.default_rng(2)
    told = 0
    for _ in range(1000):
        first, second = random.normal(size=300), random.normal(size=100)
        told += compare_numbers(first, second, worth_before=300, worth_now=100).p_value <= 0.05
    assert told <= 65  # 50 are expected at most; 65 lies 2 standard deviations above


def test_the_effect_of_a_full_shift_is_one() -> None:
    first, second = np.arange(500.0), np.arange(500.0) + 1000
    assert compare_numbers(first, second, worth_before=500, worth_now=500).effect == pytest.approx(1, abs=0.01)
    assert compare_shares(0, 1000, 1000, 1000, worth=(1000, 1000)).effect == pytest.approx(1, abs=0.01)
