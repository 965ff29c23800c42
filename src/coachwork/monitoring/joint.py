"""What photos look like as a whole: one test on all numbers of the embedding together.

The statistic is the squared maximum mean discrepancy with a Gaussian kernel (Gretton et al., "A kernel two-sample
test", 2012) by random Fourier features (Rahimi and Recht, 2007); its p-value comes from exchanging whole cases between
reference and window. Below what the exchanges can resolve, a Pearson type III curve with their mean, variance and
skewness stands in.
"""

import math

import numpy as np
from numpy.typing import NDArray

from coachwork.monitoring.two_samples import NOTHING, Outcome, kolmogorov_distance, upper_gamma

_FEATURES = 64
_FEWEST_BEYOND = 20
_NULL_SQUARE = math.pi**2 / 12


def compare_embeddings(
    before: NDArray[np.float32],
    now: NDArray[np.float32],
    *,
    cases_before: NDArray[np.int64],
    cases_now: NDArray[np.int64],
    exchanges: int = 300,
    seed: int = 0,
) -> Outcome:
    """Compares two sets of embeddings; the effect is how well a straight line tells them apart.

    Args:
        before: (M, E) of the reference.
        now: (N, E) of the window.
        cases_before: (M,) number of each photo's case.
        cases_now: (N,) the same of the window.
        exchanges: of cases, for the p-value.
        seed: equal ones give equal results.
    """
    if len(before) < 2 or len(now) < 2:
        return NOTHING
    random = np.random.default_rng(seed)
    features = _fourier(np.concatenate([before, now]).astype(np.float64), random)
    _, blocks = np.unique(np.concatenate([cases_before, cases_now + cases_before.max() + 1]), return_inverse=True)
    order = np.argsort(blocks, kind="stable")
    sums = np.add.reduceat(features[order], np.searchsorted(blocks[order], np.arange(blocks.max() + 1)), axis=0)
    sizes = np.bincount(blocks).astype(np.float64)
    count = len(np.unique(cases_now))
    first = np.zeros(len(sizes))
    first[len(sizes) - count :] = 1
    exchanged = np.argpartition(random.random((exchanges, len(sizes))), count - 1, axis=1)[:, :count]
    picked = np.zeros((exchanges + 1, len(sizes)))
    picked[0] = first
    np.put_along_axis(picked[1:], exchanged, 1.0, axis=1)
    found = _discrepancies(picked, sums, sizes)
    effect = _told_apart(before, now, cases_before, cases_now)
    return Outcome(p_value=tail(float(found[0]), found[1:]), effect=effect)


def tail(value: float, others: NDArray[np.float64]) -> float:
    """Chance of a value at least so large among others: counted, or from a Pearson type III curve where few are."""
    beyond = int((others >= value).sum())
    counted = (1 + beyond) / (1 + others.size)
    spread = float(others.std())
    if beyond >= _FEWEST_BEYOND or spread <= 0:
        return counted
    z = (value - float(others.mean())) / spread
    skew = float((((others - others.mean()) / spread) ** 3).mean())
    if skew < 0.01:
        return min(counted, math.erfc(z / math.sqrt(2)) / 2) if z > 0 else counted
    shape = 4 / skew**2
    return min(counted, upper_gamma(shape, max(shape + z * math.sqrt(shape), 0.0)))


def _discrepancies(
    picked: NDArray[np.float64], sums: NDArray[np.float64], sizes: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(P,) squared distance of the mean features of picked blocks from those of the others."""
    total, whole = sums.sum(axis=0), sizes.sum()
    inside, weight = picked @ sums, (picked @ sizes)[:, None]
    gap = inside / weight - (total - inside) / np.maximum(whole - weight, 1.0)
    return np.asarray((gap**2).sum(axis=1))


def _fourier(values: NDArray[np.float64], random: np.random.Generator) -> NDArray[np.float64]:
    """(N, 2F) features whose dot products are a Gaussian kernel as wide as the median distance."""
    some = values[random.permutation(len(values))[:200]]
    lengths = (some**2).sum(axis=1)
    squares = np.maximum(lengths[:, None] + lengths[None] - 2 * some @ some.T, 0)
    middle = float(np.median(squares[np.triu_indices(len(some), 1)])) if len(some) > 1 else 1.0
    waves = values @ (random.standard_normal((values.shape[1], _FEATURES)) / math.sqrt(max(middle, 1e-12) / 2))
    return np.hstack([np.cos(waves), np.sin(waves)]) / math.sqrt(_FEATURES)


def _told_apart(
    before: NDArray[np.float32],
    now: NDArray[np.float32],
    cases_before: NDArray[np.int64],
    cases_now: NDArray[np.int64],
) -> float:
    """0..1 by Fisher's discriminant, made on the cases of one half and tried on those of the other, both ways."""
    found = []
    for half in (0, 1):
        made = [part[cases % 2 == half] for part, cases in ((before, cases_before), (now, cases_now))]
        tried = [part[cases % 2 != half] for part, cases in ((before, cases_before), (now, cases_now))]
        if min(len(part) for part in (*made, *tried)) < 2:
            return 0.0
        spread = sum(np.cov(part, rowvar=False) for part in made) / 2
        ridge = np.eye(before.shape[1]) * (float(np.trace(spread)) / before.shape[1] * 0.1 + 1e-9)
        line = np.linalg.solve(spread + ridge, made[1].mean(axis=0) - made[0].mean(axis=0))
        first, second = (np.asarray(part @ line, dtype=np.float64) for part in tried)
        by_chance = _NULL_SQUARE * (1 / first.size + 1 / second.size)
        found.append(math.sqrt(max(kolmogorov_distance(first, second) ** 2 - by_chance, 0.0)))
    return sum(found) / 2
