"""How sure a model is of a photo: of its verdict, of single damages, and of what the photo may hold."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from coachwork.detections import Detections
from coachwork.taxonomy import Kind

NEAR_ODDS = 4.0
"""A score is near a threshold while its odds are within this factor of the threshold's."""
_FEW = 3.0
"""Of doubtful detections three say nearly as much as ten: 1 - exp(-3 / 3) = 0.63."""
_LOWEST, _HIGHEST = 1e-4, 1 - 1e-4


@dataclass(frozen=True, slots=True, kw_only=True)
class NearThreshold:
    """A detection that a slightly other threshold would have reported, or left out.

    Attributes:
        type: what it may be.
        score: the model's, 0..1.
        threshold: from which its type is reported.
        nearness: 1 at the threshold, 0 where its odds are `NEAR_ODDS` times the threshold's, or a part of it.
    """

    type: Kind
    score: float
    threshold: float
    nearness: float


def verdict_doubt(probability: float, *, none_below: float, damaged_above: float) -> float:
    """How open the verdict is: 1 between its two bounds, falling in a line to 0 where the model is certain.

    Args:
        probability: of damage, 0..1.
        none_below: "none" is claimed below this.
        damaged_above: "damaged" is claimed from this on.

    >>> verdict_doubt(0.5, none_below=0.2, damaged_above=0.6), verdict_doubt(0.1, none_below=0.2, damaged_above=0.6)
    (1.0, 0.5)
    """
    if probability < none_below:
        return probability / none_below
    if probability > damaged_above:
        return (1 - probability) / (1 - damaged_above)
    return 1.0


def near_thresholds(found: Detections, thresholds: Mapping[Kind, float]) -> tuple[NearThreshold, ...]:
    """Detections whose scores lie near their type's threshold, the nearest first.

    Args:
        found: down to low scores; masks are not needed.
        thresholds: of each type; a type without one is passed over.
    """
    near = (
        NearThreshold(type=kind, score=score, threshold=threshold, nearness=nearness)
        for kind, score, threshold in _scored(found, thresholds)
        if (nearness := 1 - abs(_logit(score) - _logit(threshold)) / math.log(NEAR_ODDS)) > 0
    )
    return tuple(sorted(near, key=lambda one: (-one.nearness, one.type)))


def detection_doubt(near: tuple[NearThreshold, ...]) -> float:
    """How much of a photo's damages is in doubt, 0..1: 0 for none, the more near detections the nearer to 1."""
    return 1 - math.exp(-sum(one.nearness for one in near) / _FEW)


def expected_counts(found: Detections, thresholds: Mapping[Kind, float]) -> dict[Kind, float]:
    """How many damages of each type the photo may hold.

    A detection at its threshold counts one half, others by their odds against the threshold's; one of less than a
    third of the threshold's odds not at all, as there are many of them on every photo.
    """
    expected: dict[Kind, float] = {}
    for kind, score, threshold in _scored(found, thresholds):
        share = 1 / (1 + math.exp(_logit(threshold) - _logit(score)))
        if share >= 0.25:
            expected[kind] = expected.get(kind, 0.0) + share
    return expected


def _scored(found: Detections, thresholds: Mapping[Kind, float]) -> Iterator[tuple[Kind, float, float]]:
    for label, score in zip(found.labels, np.asarray(found.scores, dtype=np.float64), strict=True):
        kind = found.types[int(label)]
        if kind in thresholds:
            yield kind, float(score), thresholds[kind]


def _logit(score: float) -> float:
    held = min(max(score, _LOWEST), _HIGHEST)
    return math.log(held / (1 - held))
