"""Finds what photos of cars look like to a model, and from which distance on a photo is strange to it."""

import math
from collections.abc import Sequence
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from coachwork.assessments.familiarity import Familiarity, packed, unpacked
from coachwork.evaluation.pairs import EvaluationError

_FOLDS = 5
_DOUBT_RATE = 0.05
"""Share of the photos of cars that may lie beyond the limit of doubt: few enough for a part model to look at them all.
Chosen on one half of the photos of docs/calibration.md and judged on the other."""
_FEWEST = 50
"""Fewer pictures say too little of what photos of cars look like."""


def fit_familiarity(
    embeddings: NDArray[np.floating],
    clusters: Sequence[str],
    *,
    false_alarm_rate: float = 0.01,
    rank: int = 24,
    how: str = "",
) -> Familiarity:
    """Fits on the embeddings of validation pictures, whole photos and crops.

    The limit is the conformal quantile of distances out of fold: each picture's from a fit without a fifth of the
    clusters, its own among them, so that a new photo of a car exceeds it with a chance of about the stated rate. The
    limit of doubt is the same for a rate of 5 %.

    Args:
        embeddings: (P, E) of photos of cars.
        clusters: of each; pictures of one photo or of one car share it.
        false_alarm_rate: share of photos of cars that may be called strange, above 0.
        rank: how many directions are kept.
        how: on which photos, as a sentence.

    Raises:
        EvaluationError: there are too few pictures.
    """
    count = len(embeddings)
    if count < max(_FEWEST, 1 / false_alarm_rate - 1):
        needed = math.ceil(max(_FEWEST, 1 / false_alarm_rate - 1))
        message = f"what photos of cars look like is learnt from at least {needed} pictures, got {count}: add photos"
        raise EvaluationError(message)
    values = np.asarray(embeddings, dtype=np.float64)
    folds = np.array([crc32(cluster.encode()) % _FOLDS for cluster in clusters])
    distances = np.zeros(count)
    for fold in sorted(set(folds.tolist())):
        held = folds == fold
        if held.all():
            message = "what photos of cars look like is learnt from photos of several cars: add photos"
            raise EvaluationError(message)
        without = _described(values[~held], rank)
        distances[held] = [without.distance(one) for one in values[held]]
    ordered = np.sort(distances)
    limit, doubt_limit = (
        round(float(ordered[min(math.ceil((1 - rate) * (count + 1)) - 1, count - 1)]), 4)
        for rate in (false_alarm_rate, max(false_alarm_rate, _DOUBT_RATE))
    )
    whole = _described(values, rank)
    return Familiarity(
        mean=whole.mean,
        axes=whole.axes,
        variances=whole.variances,
        rest=whole.rest,
        limit=limit,
        false_alarm_rate=false_alarm_rate,
        how=how,
        doubt_limit=doubt_limit,
    )


def _described(values: NDArray[np.float64], rank: int) -> Familiarity:
    """Mean and covariance of low rank of (P, E), as a card keeps them, rounded; the limit is 0."""
    mean = unpacked(packed(values.mean(axis=0)), length=values.shape[1])[0]
    _, spread, axes = np.linalg.svd(values - mean, full_matrices=False)
    kept = min(rank, len(values) // 4, values.shape[1] - 1)
    variances = np.maximum(spread**2 / len(values), 1e-12)
    rest = float(variances[kept:].sum() / max(values.shape[1] - kept, 1))
    return Familiarity(
        mean=mean,
        axes=unpacked(packed(axes[:kept]), length=values.shape[1]),
        variances=np.maximum(variances[:kept], rest).astype(np.float32),
        rest=rest,
        limit=0.0,
        false_alarm_rate=1.0,
    )
