"""Fits the proportional-odds model by Fisher scoring, with a ridge penalty on the weights.

P(level <= k) = 1 / (1 + exp(s - cut k)) with s = values @ weights (McCullagh, 1980). The penalty keeps weights finite
where a measure separates the levels of few examples; the cuts are not penalised.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_ROUNDS, _CLOSE = 100, 1e-8
_TINY = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ProportionalOdds:
    """A fitted model.

    Attributes:
        cuts: (K - 1,) float64, rising.
        weights: (D,) float64.
    """

    cuts: NDArray[np.float64]
    weights: NDArray[np.float64]

    def scores(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Scores (N,) of values (N, D)."""
        return np.asarray(values @ self.weights)


def fit_proportional_odds(
    values: NDArray[np.float64], levels: NDArray[np.int64], *, ridge: float = 1.0
) -> ProportionalOdds:
    """Fits the model.

    Args:
        values: (N, D), standardised, so that one penalty suits all.
        levels: (N,) in 0..K-1, each of which occurs; K is at least 2.
        ridge: the penalty is ridge / 2 times the weights' sum of squares.

    Raises:
        ValueError: a level does not occur, or there are not two.
    """
    counts = np.bincount(levels)
    if len(counts) < 2 or not counts.all():
        message = f"every level from 0 on must occur, and two at least; got {counts.tolist()} examples"
        raise ValueError(message)
    shares = np.cumsum(counts)[:-1] / len(levels)
    parts = np.concatenate([np.log(shares / (1 - shares)), np.zeros(values.shape[1])])
    k = len(shares)
    penalty = np.concatenate([np.zeros(k), np.full(values.shape[1], ridge)])
    loss = _loss(parts, values, levels, penalty, k)
    for _ in range(_ROUNDS):
        gradient, information = _derivatives(parts, values, levels, k)
        step = np.linalg.solve(information + np.diag(penalty + _TINY), gradient - penalty * parts)
        size = 1.0
        while size > 1e-6:
            tried = parts + size * step
            reached = _loss(tried, values, levels, penalty, k)
            if reached <= loss:
                break
            size /= 2
        else:
            break
        gained, parts, loss = loss - reached, tried, reached
        if gained < _CLOSE * max(abs(loss), 1.0):
            break
    return ProportionalOdds(cuts=parts[:k], weights=parts[k:])


def _loss(
    parts: NDArray[np.float64],
    values: NDArray[np.float64],
    levels: NDArray[np.int64],
    penalty: NDArray[np.float64],
    k: int,
) -> float:
    """Penalised negative log likelihood; infinite where the cuts do not rise."""
    if np.any(np.diff(parts[:k]) <= 0):
        return float("inf")
    at_most = _at_most(parts[:k], values @ parts[k:])
    places = np.arange(len(levels))
    probability = at_most[places, levels + 1] - at_most[places, levels]
    return float(-np.log(np.maximum(probability, _TINY)).sum() + 0.5 * (penalty * parts**2).sum())


def _derivatives(
    parts: NDArray[np.float64], values: NDArray[np.float64], levels: NDArray[np.int64], k: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Gradient (P,) of the log likelihood, and its expected information (P, P), penalty left out."""
    at_most = _at_most(parts[:k], values @ parts[k:])
    slopes = at_most * (1 - at_most)  # (N, K + 1), 0 at both ends
    probability = np.maximum(np.diff(at_most, axis=1), _TINY)  # (N, K)
    moved = np.zeros((len(levels), k + 1, k + 1))  # change of each level's probability by each cut, and by the score
    for cut in range(k):
        moved[:, cut, cut] = slopes[:, cut + 1]
        moved[:, cut + 1, cut] = -slopes[:, cut + 1]
    moved[:, :, k] = -np.diff(slopes, axis=1)
    design = np.zeros((len(levels), k + 1, len(parts)))
    design[:, np.arange(k), np.arange(k)] = 1
    design[:, k, k:] = values
    changes = moved @ design  # (N, K, P)
    places = np.arange(len(levels))
    gradient = (changes[places, levels] / probability[places, levels, None]).sum(axis=0)
    information = np.einsum("nkp,nkq,nk->pq", changes, changes, 1 / probability, optimize=True)
    return gradient, information


def _at_most(cuts: NDArray[np.float64], scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """P(level <= k) with 0 before and 1 behind, (N, K + 1)."""
    inner = 1 / (1 + np.exp(np.clip(scores[:, None] - cuts[None, :], -500, 500)))
    edges = np.ones((len(scores), 1))
    return np.concatenate([0 * edges, inner, edges], axis=1)
