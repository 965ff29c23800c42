"""Figures of many values: shares with their intervals, quantiles, quotients of sums."""

from collections.abc import Sequence

import numpy as np

from coachwork.evaluation.bootstrap import cluster_weights, figure, wilson_interval
from coachwork.kpis.definition import KpiFigure, Missing

_RESAMPLES = 400


def none_of(count: int = 0, missing: Missing = Missing.TOO_FEW, *, currency: str = "") -> KpiFigure:
    """A figure that cannot be stated."""
    return KpiFigure(value=None, count=count, missing=missing, currency=currency)


def share(flags: Sequence[bool]) -> KpiFigure:
    """The share of what holds, with its Wilson interval.

    >>> share([])
    KpiFigure(value=None, count=0, low=None, high=None, missing=<Missing.TOO_FEW: 'too_few'>, currency='')
    """
    if not flags:
        return none_of()
    return counted_share(sum(flags), len(flags))


def counted_share(held: int, count: int) -> KpiFigure:
    """The share of what holds among so many, at least one, with its Wilson interval."""
    value = held / count
    low, high = wilson_interval(value, count)
    return KpiFigure(value=value, low=min(low, value), high=max(high, value), count=count)


def quantile(values: Sequence[float], level: float) -> KpiFigure:
    """A quantile, linear between neighbours, with a 95 % interval from drawing the values again."""
    if not values:
        return none_of()
    numbers = np.array(values, dtype=np.float64)
    drawn = None
    if len(numbers) > 1:
        places = np.random.default_rng(7).integers(0, len(numbers), size=(_RESAMPLES, len(numbers)))
        drawn = np.quantile(numbers[places], level, axis=1)
    found = figure(float(np.quantile(numbers, level)), drawn)
    return KpiFigure(value=found.value, low=found.low, high=found.high, count=len(numbers))


def quotient(tops: Sequence[float], bottoms: Sequence[float]) -> KpiFigure:
    """The sum of the first over the sum of the second, with an interval from drawing the pairs again."""
    if not tops or not sum(bottoms):
        return none_of(len(tops))
    top, bottom = np.array(tops, dtype=np.float64), np.array(bottoms, dtype=np.float64)
    drawn = None
    if len(top) > 1:
        weights = cluster_weights([str(place) for place in range(len(top))], resamples=_RESAMPLES, seed=7)
        below = weights @ bottom
        drawn = np.divide(weights @ top, below, out=np.full(len(below), np.nan), where=below > 0)
    found = figure(float(top.sum() / bottom.sum()), drawn)
    return KpiFigure(value=found.value, low=found.low, high=found.high, count=len(top))
