"""The verdict on cars that its calibration has not seen: fitted on four fifths of them, judged on the last."""

from collections.abc import Mapping, Sequence
from zlib import crc32

from coachwork.assessments.held_out import HeldOut
from coachwork.assessments.miss_rate import MissRateError
from coachwork.assessments.verdict import VerdictCalibration
from coachwork.evaluation.pairs import EvaluationError
from coachwork.evaluation.verdict import VerdictCase, anything_reported, fit_verdict
from coachwork.taxonomy import Kind

RATES = (0.02, 0.05, 0.1)
"""Miss rates that are tried."""

_FOLDS = 5


def held_out(
    cases: Sequence[VerdictCase], thresholds: Mapping[Kind, float], *, rates: Sequence[float] = RATES
) -> tuple[HeldOut, ...]:
    """How often the verdict is wrong on new cars, by miss rate and kind of picture.

    Args:
        cases: pictures that are known to be damaged or not.
        thresholds: the operating point; a picture with a reported damage is never called "none".
        rates: promised miss rates; one that four fifths of the cars cannot support is left out.

    Returns:
        An entry for each rate and kind; none where the pictures are too few for five fits.
    """
    folds = [crc32(case.cluster.encode()) % _FOLDS for case in cases]
    try:
        fits = [fit_verdict([c for c, own in zip(cases, folds, strict=True) if own != fold]) for fold in range(_FOLDS)]
    except EvaluationError:
        return ()
    found = []
    for rate in rates:
        try:
            moved = [fit.at_miss_rate(rate) for fit in fits]
        except MissRateError:
            continue
        judged = [(case, moved[fold]) for case, fold in zip(cases, folds, strict=True)]
        found += [
            _counted([one for one in judged if one[0].group == group], group, rate, thresholds)
            for group in sorted({case.group for case in cases})
        ]
    return tuple(found)


def _counted(
    judged: Sequence[tuple[VerdictCase, VerdictCalibration]], group: str, rate: float, thresholds: Mapping[Kind, float]
) -> HeldOut:
    counts = {"damaged": 0, "missed": 0, "undamaged": 0, "called_none": 0, "called_damaged": 0}
    for case, by in judged:
        reported = anything_reported(case.detections, thresholds)
        probability = by.probability(case.detections)
        none = not reported and probability < by.none_below
        counts["damaged" if case.damaged else "undamaged"] += 1
        counts["missed" if case.damaged else "called_none"] += none
        counts["called_damaged"] += not case.damaged and reported and probability >= by.damaged_above
    return HeldOut(miss_rate=rate, group=group, **counts)
