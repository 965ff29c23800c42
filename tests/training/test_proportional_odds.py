import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.optimize import minimize

from coachwork.training.proportional_odds import fit_proportional_odds


def drawn(
    n: int, weights: list[float], cuts: list[float], seed: int = 0
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    random = np.random.default_rng(seed)
    values = random.normal(size=(n, len(weights)))
    latent = values @ np.array(weights) + random.logistic(size=n)
    return values, np.searchsorted(cuts, latent).astype(np.int64)


def test_it_finds_the_weights_that_made_the_levels() -> None:
    values, levels = drawn(20_000, [1.0, -0.5], [-1.0, 2.0])
    model = fit_proportional_odds(values, levels)
    assert model.weights == pytest.approx([1.0, -0.5], abs=0.06)
    assert model.cuts == pytest.approx([-1.0, 2.0], abs=0.08)


@pytest.mark.parametrize("ridge", [0.1, 1.0, 30.0])
@pytest.mark.parametrize("cuts", [[0.3], [-1.0, 2.0], [-1.0, 0.0, 1.5]])
def test_no_general_minimiser_finds_a_better_fit(ridge: float, cuts: list[float]) -> None:
    values, levels = drawn(150, [1.0, -0.5, 0.2], cuts, seed=3)
    k = len(cuts)

    def loss(parts: NDArray[np.float64]) -> float:
        scores = values @ parts[k:]
        edges = np.concatenate([[-np.inf], np.sort(parts[:k]), [np.inf]])
        with np.errstate(over="ignore"):
            probability = 1 / (1 + np.exp(scores - edges[levels + 1])) - 1 / (1 + np.exp(scores - edges[levels]))
        return float(-np.log(np.maximum(probability, 1e-300)).sum() + ridge / 2 * (parts[k:] ** 2).sum())

    model = fit_proportional_odds(values, levels, ridge=ridge)
    mine = loss(np.concatenate([model.cuts, model.weights]))
    theirs = minimize(loss, np.concatenate([np.linspace(-1, 1, k), np.zeros(3)]), method="BFGS")
    assert mine <= theirs.fun + 1e-4
    assert model.weights == pytest.approx(theirs.x[k:], abs=2e-3)


@given(st.integers(0, 10_000), st.integers(2, 4))
def test_cuts_rise_and_weights_stay_finite_where_a_value_separates_all(seed: int, count: int) -> None:
    levels = np.repeat(np.arange(count), 5)
    values = np.column_stack([levels - levels.mean(), np.random.default_rng(seed).normal(size=len(levels))])
    model = fit_proportional_odds(values, levels)
    assert np.isfinite(model.weights).all()
    assert (np.diff(model.cuts) > 0).all()
    assert model.scores(values).shape == (len(levels),)


@pytest.mark.parametrize("levels", [[], [0, 0], [0, 2, 2]])
def test_a_level_that_does_not_occur_is_refused(levels: list[int]) -> None:
    with pytest.raises(ValueError, match="must occur"):
        fit_proportional_odds(np.zeros((len(levels), 1)), np.array(levels, dtype=np.int64))
