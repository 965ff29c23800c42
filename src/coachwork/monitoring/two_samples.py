"""Tests of whether two samples come from one source, for samples whose photos depend on each other within cases.

Written here, as the base install has no SciPy; SciPy is the oracle of the tests. Every test takes the number of
independent photos that a sample is worth (`coachwork.monitoring.blocks`) beside the values themselves.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_NULL_SQUARE = math.pi**2 / 12
"""Mean of the squared Kolmogorov distance times the size, where nothing differs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a test says.

    Attributes:
        p_value: of a difference at least as large by chance alone.
        effect: 0..1, share of the photos that moved, what chance brings taken off.
    """

    p_value: float
    effect: float


NOTHING = Outcome(p_value=1.0, effect=0.0)
"""What is said where there is nothing to compare."""


def compare_numbers(
    before: NDArray[np.float64], now: NDArray[np.float64], *, worth_before: float, worth_now: float
) -> Outcome:
    """Kolmogorov-Smirnov and Mann-Whitney together.

    The first sees any change of shape, the second sees values that all move a little with a third fewer photos; the
    smaller p-value counts twice. The effect is the Kolmogorov distance, the largest difference of the two shares below
    any one value.

    Args:
        before: (M,) finite values of the reference.
        now: (N,) finite values of the window.
        worth_before: independent photos that the reference is worth, above 0.
        worth_now: the same of the window.
    """
    if not before.size or not now.size:
        return NOTHING
    distance = kolmogorov_distance(before, now)
    p_shape = kolmogorov_p(distance, worth_before, worth_now)
    p_place = mann_whitney_p(before, now, worth_before, worth_now)
    by_chance = _NULL_SQUARE * (1 / worth_before + 1 / worth_now)
    return Outcome(p_value=min(1.0, 2 * min(p_shape, p_place)), effect=math.sqrt(max(distance**2 - by_chance, 0.0)))


def kolmogorov_distance(before: NDArray[np.float64], now: NDArray[np.float64]) -> float:
    """Largest difference of the shares of two samples that lie at or below a value.

    >>> kolmogorov_distance(np.array([1.0, 2.0]), np.array([3.0, 4.0]))
    1.0
    """
    values = np.concatenate([before, now])
    first = np.searchsorted(np.sort(before), values, side="right") / before.size
    second = np.searchsorted(np.sort(now), values, side="right") / now.size
    return float(np.abs(first - second).max())


def kolmogorov_p(distance: float, first: float, second: float) -> float:
    """Chance of a Kolmogorov distance at least so large between samples of one continuous source.

    Source: the series of Kolmogorov, 1933, with the correction for small samples of Stephens, "Use of the
    Kolmogorov-Smirnov, Cramér-von Mises and related statistics without extensive tables", 1970. Values that occur more
    than once make the true chance smaller.
    """
    size = math.sqrt(first * second / (first + second))
    x = (size + 0.12 + 0.11 / size) * distance
    if x < 0.2:
        return 1.0
    terms = (2 * (-1) ** (k - 1) * math.exp(-2 * k * k * x * x) for k in range(1, 101))
    return min(max(math.fsum(terms), 0.0), 1.0)


def mann_whitney_p(before: NDArray[np.float64], now: NDArray[np.float64], first: float, second: float) -> float:
    """Two-sided p-value of the Mann-Whitney test by its normal approximation with ties, without continuity correction.

    Source: Mann and Whitney, "On a test of whether one of two random variables is stochastically larger than the
    other", 1947; for ties Lehmann, "Nonparametrics", 1975, 1.4.
    """
    values = np.concatenate([before, now])
    ranks, tied = _ranks(values)
    count = values.size
    over = (ranks[before.size :].sum() - now.size * (now.size + 1) / 2) / (before.size * now.size)
    ties = float((tied**3 - tied).sum()) / (count * (count * count - 1)) if count > 1 else 1.0
    spread = math.sqrt((first + second + 1) / (12 * first * second) * max(1 - ties, 0.0))
    return math.erfc(abs(float(over) - 0.5) / spread / math.sqrt(2)) if spread > 0 else 1.0


def compare_shares(yes_before: int, before: int, yes_now: int, now: int, *, worth: tuple[float, float]) -> Outcome:
    """Fisher's exact test of a yes-or-no signal; the effect is the difference of the shares.

    Args:
        yes_before: photos of the reference with yes.
        before: photos of the reference.
        yes_now: photos of the window with yes.
        now: photos of the window.
        worth: independent photos that both are worth.
    """
    if not before or not now:
        return NOTHING
    shares = yes_before / before, yes_now / now
    sizes = [max(round(one), 1) for one in worth]
    yes = [min(round(share * size), size) for share, size in zip(shares, sizes, strict=True)]
    pooled = (yes_before + yes_now) / (before + now)
    by_chance = pooled * (1 - pooled) * (1 / worth[0] + 1 / worth[1])
    effect = math.sqrt(max((shares[0] - shares[1]) ** 2 - by_chance, 0.0))
    return Outcome(p_value=fisher_p(yes[0], sizes[0], yes[1], sizes[1]), effect=effect)


def fisher_p(yes_before: int, before: int, yes_now: int, now: int) -> float:
    """Two-sided p-value of Fisher's exact test: all tables with these margins that are no likelier than this one.

    Source: Fisher, "On the interpretation of chi-squared from contingency tables, and the calculation of P", 1922.
    """
    yes = yes_before + yes_now
    low, high = max(0, yes - before), min(yes, now)
    tables = np.array([_log_choose(now, k) + _log_choose(before, yes - k) for k in range(low, high + 1)])
    chances = np.exp(tables - tables.max())
    chances /= chances.sum()
    return float(min(chances[chances <= chances[yes_now - low] * (1 + 1e-7)].sum(), 1.0))


def compare_categories(
    before: Sequence[int], now: Sequence[int], *, worth: tuple[float, float], least_expected: float = 5.0
) -> Outcome:
    """Pearson's chi-squared test of counts by category; the effect is half the sum of the shares' differences.

    Dependence within cases is taken off by scaling the counts (Rao and Scott, "On chi-squared tests for multiway
    contingency tables with cell proportions estimated from survey data", 1984). Categories that would hold fewer than
    five of the smaller sample are counted together. Where even these would, the chi-squared distribution promises too
    much (up to fifty false alarms for one): each category is then tried against all others by Fisher's exact test, and
    the smallest p-value counts as often as there are categories.

    Args:
        before: counts of each category in the reference.
        now: the same of the window, in the same order.
        worth: independent photos that both are worth.
        least_expected: see above.
    """
    table = np.array([before, now], dtype=np.float64)
    totals = table.sum(axis=1)
    if (totals <= 0).any():
        return NOTHING
    scaled = table * (np.array(worth) / totals)[:, None]
    expected_small = scaled.sum(axis=0) * min(worth) / sum(worth)
    rare = expected_small < least_expected
    merged = np.column_stack([scaled[:, ~rare], scaled[:, rare].sum(axis=1)]) if rare.any() else scaled
    merged = merged[:, merged.sum(axis=0) > 0]
    shares = merged / merged.sum(axis=1, keepdims=True)
    if merged.shape[1] < 2:
        return NOTHING
    pooled = merged.sum(axis=0) / merged.sum()
    expected = merged.sum(axis=1, keepdims=True) * pooled
    statistic = float(((merged - expected) ** 2 / expected).sum())
    chance = np.sqrt(2 / np.pi * pooled * (1 - pooled) * (1 / worth[0] + 1 / worth[1])).sum() / 2
    moved = float(np.abs(shares[0] - shares[1]).sum()) / 2
    few = bool((expected < least_expected).any())
    return Outcome(
        p_value=_fisher_of_each(merged) if few else upper_gamma((merged.shape[1] - 1) / 2, statistic / 2),
        effect=math.sqrt(max(moved**2 - float(chance) ** 2, 0.0)),
    )


def _fisher_of_each(table: NDArray[np.float64]) -> float:
    """Chance of a table (2, K) by its most surprising category; of two, either says it all."""
    sizes = [max(round(float(one)), 1) for one in table.sum(axis=1)]
    found = []
    for column in table.T:
        yes = [min(round(float(one)), size) for one, size in zip(column, sizes, strict=True)]
        found.append(fisher_p(yes[0], sizes[0], yes[1], sizes[1]))
    return min(1.0, min(found) * (len(found) if len(found) > 2 else 1))


def upper_gamma(shape: float, x: float) -> float:
    """Regularised upper incomplete gamma function Q(shape, x), by its series below shape + 1, else continued fraction.

    Source: Press et al., "Numerical Recipes", 3rd edition, 6.2.

    >>> round(upper_gamma(0.5, 3.841458820694124 / 2), 6)
    0.05
    """
    if x <= 0:
        return 1.0
    front = math.exp(-x + shape * math.log(x) - math.lgamma(shape))
    if x < shape + 1:
        term = total = 1 / shape
        at = shape
        while abs(term) > abs(total) * 1e-15:
            at += 1
            term *= x / at
            total += term
        return min(max(1 - front * total, 0.0), 1.0)
    return min(front * _fraction(shape, x), 1.0)


def _fraction(shape: float, x: float) -> float:
    """The continued fraction of the upper incomplete gamma function, by Lentz's method."""
    tiny = 1e-300
    b = x + 1 - shape
    c, d = 1 / tiny, 1 / b
    found = d
    for i in range(1, 10_000):
        a = -i * (i - shape)
        b += 2
        d = 1 / (a * d + b or tiny)
        c = b + a / c or tiny
        step = c * d
        found *= step
        if abs(step - 1) < 1e-15:
            break
    return found


def _ranks(values: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Ranks from 1, equal values sharing their mean rank, and how many share each."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return (last - (counts - 1) / 2)[place], counts.astype(np.float64)


def _log_choose(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
