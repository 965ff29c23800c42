"""How a signal went over time: medians of equal parts of the window, as numbers and as a line of small blocks."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from coachwork.monitoring.photo_record import PhotoRecord

_BLOCKS = "▁▂▃▄▅▆▇█"


def course(records: Sequence[PhotoRecord], signal: str, *, parts: int = 12) -> NDArray[np.float64]:
    """(P,) float64: medians of a measure in at most so many parts of the photos, in the order of time.

    Args:
        records: in the order of time.
        signal: one of `MEASURES`; of others nothing is told.
        parts: at most; none holds fewer than five photos.
    """
    values = np.array([one.measures[signal] for one in records if signal in one.measures], dtype=np.float64)
    count = min(parts, values.size // 5)
    if count < 1:
        return np.zeros(0)
    return np.array([float(np.median(part)) for part in np.array_split(values, count)])


def blocks(values: NDArray[np.float64], *, low: float, high: float) -> str:
    """A line of small blocks between two levels; what lies beyond them is drawn as they are.

    >>> blocks(np.array([0.0, 0.5, 1.0, 2.0]), low=0.0, high=1.0)
    '▁▅██'
    """
    reach = max(high - low, 1e-12)
    places = np.clip((values - low) / reach * len(_BLOCKS), 0, len(_BLOCKS) - 1).astype(np.int64)
    return "".join(_BLOCKS[place] for place in places)


def usual_range(records: Sequence[PhotoRecord], signal: str) -> tuple[float, float] | None:
    """Between which values 9 of 10 photos lie; None where none has the signal."""
    values = [one.measures[signal] for one in records if signal in one.measures]
    if not values:
        return None
    low, high = np.quantile(np.array(values), [0.05, 0.95])
    return float(low), float(high)
