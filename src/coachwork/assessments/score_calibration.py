"""From a detection's score to the probability that the detection is right.

A score orders detections; it is no probability, and what the same score means differs from type to type. The rule of a
type turns it into one. It rises with the score, so that the order of a type's detections, and with it average
precision, stays what it was; thresholds remain thresholds on scores.
"""

import math
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from coachwork.taxonomy import Kind

_CLEAREST, _FAINTEST = 0.9999, 0.0001


class ScoreMethod(StrEnum):
    """How a type's scores become probabilities."""

    LOGISTIC = "logistic"
    ISOTONIC = "isotonic"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreReliability:
    """How far scores and probabilities lie from the share of right detections, on detections that were not fitted on.

    Attributes:
        detections: how many were judged.
        right: how many of them were right.
        error_before: expected calibration error of the scores, 0..1.
        error_after: of the probabilities, each found by a rule fitted on other photos.
        brier_before, brier_after: mean squared errors.
        error_by_chance: what `error_after` would be, in the mean, if every probability were true: so many detections
            show that much error by chance alone. None on cards of earlier versions.
    """

    detections: int
    right: int
    error_before: float
    error_after: float
    brier_before: float
    brier_after: float
    error_by_chance: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreCalibration:
    """The rule of one type.

    Attributes:
        method: of the two.
        slope, intercept: LOGISTIC: the logit of the probability is slope * logit(score) + intercept; the slope is one
            over what is called a temperature.
        knots: ISOTONIC: (score, probability), both rising; straight lines between them, and from (0, 0) to the first.
        reliability: what it was worth where it was fitted; None where that was not measured.
    """

    method: ScoreMethod
    slope: float = 1.0
    intercept: float = 0.0
    knots: tuple[tuple[float, float], ...] = ()
    reliability: ScoreReliability | None = None

    def __post_init__(self) -> None:
        if self.slope <= 0 or not math.isfinite(self.slope) or not math.isfinite(self.intercept):
            message = f"a slope is above 0, so that order stays, got {self.slope} and {self.intercept}"
            raise ValueError(message)
        steps = list(zip(self.knots, self.knots[1:], strict=False))
        if (self.method is ScoreMethod.ISOTONIC) != bool(self.knots) or any(
            one[0] >= two[0] or one[1] > two[1] for one, two in steps
        ):
            message = "isotonic rules have knots, and these rise"
            raise ValueError(message)
        if any(not (0 <= score <= 1 and 0 <= probability <= 1) for score, probability in self.knots):
            message = f"knots lie in 0..1, got {self.knots}"
            raise ValueError(message)

    def probability(self, score: float) -> float:
        """Probability 0..1 that a detection with this score is right (IoU at least 0.5 with a damage of its type)."""
        if self.method is ScoreMethod.LOGISTIC:
            held = min(max(score, _FAINTEST), _CLEAREST)
            return 1 / (1 + math.exp(-(self.slope * math.log(held / (1 - held)) + self.intercept)))
        place = bisect_right(self.knots, (score, 2.0))
        if place == len(self.knots):
            return self.knots[-1][1]
        low, high = ((0.0, 0.0) if place == 0 else self.knots[place - 1]), self.knots[place]
        share = (score - low[0]) / (high[0] - low[0]) if high[0] > low[0] else 1.0
        return low[1] + share * (high[1] - low[1])


ScoreCalibrations = Mapping[Kind, ScoreCalibration]
"""The rule of each type; a type without one has no probabilities."""
