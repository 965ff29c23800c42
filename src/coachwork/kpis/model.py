"""KPIs of the models: what they find at a fixed number of false alarms, and whether photos are what they were."""

from collections.abc import Sequence

import numpy as np

from coachwork.kpis.definition import KpiFigure, Missing, Period
from coachwork.kpis.record import CaseRecord, JudgedDamages
from coachwork.kpis.sums import counted_share, none_of

FALSE_ALARMS = 0.1
"""Damages that are none, on average for each photo."""


def recall(records: Sequence[CaseRecord], _period: Period) -> KpiFigure:
    """Damages found at the probability from which on there are `FALSE_ALARMS` on a photo; counts damages."""
    judged = [one.judged for one in records if one.judged is not None]
    truths = sum(sum(real for _, real in one.found) + one.missed for one in judged)
    if not truths:
        return none_of()
    level = threshold(judged)
    found = sum(real and probability >= level for one in judged for probability, real in one.found)
    return counted_share(found, truths)


def threshold(judged: Sequence[JudgedDamages]) -> float:
    """The lowest probability from which on there are no more than `FALSE_ALARMS` for each photo.

    >>> threshold([JudgedDamages(photos=10, found=((0.9, True), (0.8, False), (0.7, False), (0.6, True)), missed=0)])
    0.7000000000000001
    """
    wrong = sorted((probability for one in judged for probability, real in one.found if not real), reverse=True)
    allowed = int(FALSE_ALARMS * sum(one.photos for one in judged) + 1e-9)
    if len(wrong) <= allowed:
        return 0.0
    return float(np.nextafter(wrong[allowed], 2.0))  # just above the first one too many


def drift(_records: Sequence[CaseRecord], period: Period) -> KpiFigure:
    """The worst level that monitoring raised."""
    if period.drift is None:
        return none_of(missing=Missing.NO_SIGNALS)
    return KpiFigure(value=float(period.drift), count=period.watched)
