"""Photos of one case resemble each other: how many independent photos a sample is worth.

Kish, "Survey Sampling", 1965, 8.2: a sample of n photos in cases of m_i is worth n / (1 + (m - 1) r) independent ones,
with m = sum of m_i squared / n and r the correlation of two photos of one case.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def case_numbers(cases: Sequence[str]) -> NDArray[np.int64]:
    """(N,) number of each photo's case, from 0; photos without a case stand alone.

    >>> case_numbers(["a", "", "a", ""])
    array([0, 1, 0, 2])
    """
    numbers: dict[str, int] = {}
    found = [numbers.setdefault(name or f"\0{place}", len(numbers)) for place, name in enumerate(cases)]
    return np.array(found, dtype=np.int64)


def worth(cases: NDArray[np.int64], correlation: float) -> float:
    """How many independent photos a sample is worth; 0 for none.

    Args:
        cases: (N,) number of each photo's case.
        correlation: of two photos of one case, 0..1.

    >>> worth(np.array([0, 0, 1, 1]), 0.5), worth(np.array([0, 1, 2]), 0.5)
    (2.6666666666666665, 3.0)
    """
    if not cases.size:
        return 0.0
    sizes = np.bincount(cases)
    typical = float((sizes.astype(np.float64) ** 2).sum()) / cases.size
    return cases.size / (1 + (typical - 1) * correlation)


def correlation_within(values: NDArray[np.float64], cases: NDArray[np.int64], *, least_cases: int = 30) -> float | None:
    """Correlation of two photos of one case, 0..1; None where too few cases have two photos to tell.

    The analysis-of-variance estimate of the intraclass correlation for cases of unequal size (Donner, "A review of
    inference procedures for the intraclass correlation coefficient", 1986).

    Args:
        values: (N,) of one signal.
        cases: (N,) number of each photo's case.
        least_cases: with two photos or more that it takes.
    """
    _, cases = np.unique(cases, return_inverse=True)
    sizes = np.bincount(cases).astype(np.float64)
    groups, count = sizes.size, float(values.size)
    if int((sizes > 1).sum()) < least_cases:
        return None
    means = np.bincount(cases, weights=values) / sizes
    between = float((sizes * (means - values.mean()) ** 2).sum()) / (groups - 1)
    within = float(((values - means[cases]) ** 2).sum()) / (count - groups)
    typical = (count - float((sizes**2).sum()) / count) / (groups - 1)
    total = between + (typical - 1) * within
    return min(max((between - within) / total, 0.0), 1.0) if total > 0 else 0.0
