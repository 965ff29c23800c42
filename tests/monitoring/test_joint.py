import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from coachwork.monitoring.joint import compare_embeddings, tail
from coachwork.monitoring.two_samples import NOTHING


def looks(count: int, seed: int, shift: float = 0.0) -> NDArray[np.float32]:
    values = np.random.default_rng(seed).standard_normal((count, 32)).astype(np.float32)
    values[:, 0] += shift
    return values


def test_nothing_is_said_of_nothing() -> None:
    none = np.zeros((0, 32), dtype=np.float32)
    assert compare_embeddings(none, looks(9, 0), cases_before=np.zeros(0, int), cases_now=np.arange(9)) is NOTHING


def test_other_looks_are_seen_and_equal_ones_are_not() -> None:
    cases = np.arange(300)
    same = compare_embeddings(looks(300, 1), looks(300, 2), cases_before=cases, cases_now=cases)
    other = compare_embeddings(looks(300, 1), looks(300, 2, 1.5), cases_before=cases, cases_now=cases)
    assert same.p_value > 0.01
    assert same.effect < 0.1
    assert other.p_value < 1e-4
    assert other.effect > 0.4


def test_one_case_of_many_photos_proves_little() -> None:
    burst = np.asarray(looks(1, 3, 2.0) + 0.01 * looks(40, 4), dtype=np.float32)
    alone = compare_embeddings(looks(200, 5), burst, cases_before=np.arange(200), cases_now=np.arange(40))
    together = compare_embeddings(looks(200, 5), burst, cases_before=np.arange(200), cases_now=np.zeros(40, int))
    assert alone.p_value < 1e-3 < together.p_value


def test_the_p_value_is_evenly_spread_where_nothing_differs() -> None:
    found = []
    for seed in range(200):
        both = looks(120, seed)
        found.append(
            compare_embeddings(
                both[:80], both[80:], cases_before=np.arange(80), cases_now=np.arange(40), exchanges=100, seed=seed
            ).p_value
        )
    assert sum(one <= 0.05 for one in found) <= 18  # 10 are expected
    assert stats.kstest(found, "uniform").pvalue > 0.001


def test_the_tail_is_counted_where_it_can_be() -> None:
    others = np.arange(1000.0)
    assert tail(900.0, others) == pytest.approx(101 / 1001)


def test_the_tail_goes_on_beyond_what_was_drawn() -> None:
    others = np.random.default_rng(0).gamma(5, 1, 1000)
    expected = stats.gamma.sf(25, 5)
    assert tail(25.0, others) == pytest.approx(expected, rel=3)
    assert tail(25.0, others) < 1 / 1001
