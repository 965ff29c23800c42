"""Intervals for every figure, by drawing whole clusters of photos again and again.

Photos of one car resemble each other; drawing single photos would make the intervals too narrow. The clusters are drawn
with replacement, as many as there are (the cluster bootstrap, Davison and Hinkley, "Bootstrap Methods and their
Application", 1997, section 3.8), and the interval is read off the percentiles.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_Z = 1.959964  # of a 95 % interval

Numbers = NDArray[np.floating] | NDArray[np.integer]
"""Any array of numbers."""

Weights = NDArray[np.int64]
"""(B, P) int64: how often each of P photos was drawn in each of B resamples."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One measured figure.

    Attributes:
        value: the figure; None where the photos do not allow to measure it.
        low, high: the interval's ends; None where there is none.
    """

    value: float | None
    low: float | None = None
    high: float | None = None

    def __str__(self) -> str:
        """The figure in percent with its interval, as people read it.

        >>> str(Figure(value=0.456, low=0.41, high=0.5))
        '45.6 (41.0 to 50.0)'
        """
        if self.value is None:
            return "not measured"
        if self.low is None or self.high is None:
            return f"{100 * self.value:.1f}"
        return f"{100 * self.value:.1f} ({100 * self.low:.1f} to {100 * self.high:.1f})"

    def to_json(self) -> dict[str, float | None]:
        """The figure with six digits after the point."""
        parts: Mapping[str, float | None] = {"value": self.value, "low": self.low, "high": self.high}
        return {name: None if part is None else round(part, 6) for name, part in parts.items()}


def cluster_weights(
    clusters: Sequence[str], *, resamples: int, seed: int, strata: Sequence[object] | None = None
) -> Weights:
    """Draws clusters with replacement.

    Args:
        clusters: the cluster id of each of P photos.
        resamples: how many times to draw, B.
        seed: equal seeds give equal draws.
        strata: a group of each photo; each group keeps its own number of clusters. By default all are one group.

    Returns:
        (B, P) int64, how often each photo was drawn. The draw of a cluster does not hang on the photos' order.
    """
    weights = np.zeros((resamples, len(clusters)), dtype=np.int64)
    groups = [str(group) for group in strata] if strata is not None else [""] * len(clusters)
    for number, group in enumerate(sorted(set(groups))):
        inside = np.flatnonzero(np.array(groups) == group)
        _, index = np.unique([clusters[int(i)] for i in inside], return_inverse=True)
        count = int(index.max()) + 1
        draws = np.random.default_rng([seed, number]).multinomial(count, np.full(count, 1 / count), size=resamples)
        weights[:, inside] = draws[:, index]
    return weights


def figure(value: float | None, resampled: NDArray[np.float64] | None, *, confidence: float = 0.95) -> Figure:
    """A figure with its percentile interval.

    Args:
        value: the figure on the photos themselves; None or NaN where it cannot be measured.
        resampled: (B,) the figure on each resample, NaN where it could not be measured there.
        confidence: share of the resamples inside the interval.
    """
    if value is None or not np.isfinite(value):
        return Figure(value=None)
    if resampled is None or not np.isfinite(resampled).any():
        return Figure(value=float(value))
    tail = 50 * (1 - confidence)
    low, high = np.nanpercentile(resampled, [tail, 100 - tail])
    return Figure(value=float(value), low=float(low), high=float(high))


def wilson_interval(share: float, count: int) -> tuple[float, float]:
    """The 95 % interval of a share of so many cases (Wilson, 1927); not empty where none or all are counted.

    >>> [round(end, 3) for end in wilson_interval(0.0, 270)]
    [0.0, 0.014]
    """
    centre = (share + _Z**2 / (2 * count)) / (1 + _Z**2 / count)
    half = _Z / (1 + _Z**2 / count) * math.sqrt(share * (1 - share) / count + _Z**2 / (4 * count**2))
    return max(0.0, centre - half), min(1.0, centre + half)


def ratio(numerator: Numbers, denominator: Numbers) -> NDArray[np.float64]:
    """Quotient of two arrays of one shape, NaN where the denominator is 0."""
    top, bottom = np.asarray(numerator, dtype=np.float64), np.asarray(denominator, dtype=np.float64)
    return np.asarray(np.divide(top, bottom, out=np.full(top.shape, np.nan), where=bottom != 0))


def mean_where_measured(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean over the last axis, NaNs left out; NaN where all are.

    >>> mean_where_measured(np.array([[0.5, np.nan], [np.nan, np.nan]])).tolist()
    [0.5, nan]
    """
    measured = np.isfinite(values)
    return ratio(np.where(measured, values, 0.0).sum(axis=-1), measured.sum(axis=-1))
