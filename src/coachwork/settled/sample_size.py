"""How many settled cases it takes to know a figure so exactly, by arithmetic and by what a first batch shows."""

import math
from collections.abc import Mapping

from coachwork.evaluation.bootstrap import wilson_interval
from coachwork.settled.evaluation import EstimateEvaluation
from coachwork.settled.figures import MEASURES, Unit

HALF_WIDTHS = (0.10, 0.05, 0.03, 0.02)
"""Half of a 95 % interval, as shares: 0.05 is "plus or minus 5 points"."""
SHARES = (0.50, 0.80, 0.90, 0.95)
"""Shares for which a plan is made before there is any case."""
_MOST = 10_000_000
_Z = 1.959964  # of a 95 % interval


def cases_for_share(share: float, half_width: float) -> int:
    """Independent cases from which on a share's 95 % interval (Wilson, 1927) is no wider.

    Args:
        share: that is expected, 0 to 1.
        half_width: of the interval, above 0.

    >>> cases_for_share(0.5, 0.05), cases_for_share(0.9, 0.05)
    (381, 141)
    """
    low, high = 1, _MOST
    while low < high:
        middle = (low + high) // 2
        ends = wilson_interval(share, middle)
        low, high = (low, middle) if (ends[1] - ends[0]) / 2 <= half_width else (middle + 1, high)
    return low


def cases_without_a_miss(most: float) -> int:
    """Cases that must all be right, so that with 95 % confidence no more than a share `most` is wrong.

    The exact one-sided binomial bound (Clopper and Pearson, 1934); about 3 / most, the "rule of three".

    >>> cases_without_a_miss(0.05), cases_without_a_miss(0.01)
    (59, 299)
    """
    return math.ceil(math.log(0.05) / math.log(1 - most))


def cases_for_mean(spread: float, half_width: float) -> int:
    """Independent cases from which on the 95 % interval of a mean is no wider.

    Args:
        spread: standard deviation of one case, such as that of relative errors of totals.
        half_width: of the interval, in the same unit, above 0.

    >>> cases_for_mean(0.35, 0.05)
    189
    """
    return math.ceil((_Z * spread / half_width) ** 2)


def design_effect(cases_a_cluster: float, correlation: float) -> float:
    """The factor on the number of cases where those of one body shop resemble each other (Kish, 1965).

    Args:
        cases_a_cluster: on average.
        correlation: of two cases of one cluster, 0 to 1.

    >>> design_effect(12, 0.05)
    1.55
    """
    return round(1 + (cases_a_cluster - 1) * correlation, 9)


def cases_needed(evaluation: EstimateEvaluation) -> Mapping[str, Mapping[float, int]]:
    """Figure -> half width -> cases, from the intervals of a first batch.

    An interval narrows with the square root of the cases; drawn by clusters, it holds their likeness already. Figures
    without an interval, and amounts of money, are left out.
    """
    found: dict[str, Mapping[float, int]] = {}
    for name, one in evaluation.figures.items():
        low, high = one.figure.low, one.figure.high
        if low is None or high is None or low == high or MEASURES[name].unit is Unit.MONEY:
            continue
        half = (high - low) / 2
        found[name] = {width: math.ceil(evaluation.cases * (half / width) ** 2) for width in HALF_WIDTHS}
    return found
