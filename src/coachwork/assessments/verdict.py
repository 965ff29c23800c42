"""Damaged, none or uncertain: what may be said of a photo as a whole.

"None" is a claim: it is made only of a usable photo whose damage probability lies below a bound that was calibrated for
a promised miss rate. Everything else that is not clearly damaged is uncertain, with words for the photo that would
settle it.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import StrEnum

import numpy as np

from coachwork.assessments.held_out import HeldOut
from coachwork.assessments.miss_rate import DamagedGroup, promised_bound
from coachwork.detections import Detections
from coachwork.photos.quality import Quality
from coachwork.reasons import Reason, said

VERDICT_FLOOR = 0.01
"""The verdict looks at detections from this score on, whatever scores are reported."""

_CLEAREST, _FAINTEST = 0.999, 0.001


class Verdict(StrEnum):
    """What is claimed of a photo."""

    DAMAGED = "damaged"
    NONE = "none"
    UNCERTAIN = "uncertain"


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictCalibration:
    """How a model's detections become a damage probability, and where the claims begin.

    Attributes:
        coefficients: feature (see `verdict_features`) -> weight of a logistic regression; missing ones weigh 0.
        none_below: "none" is claimed of usable photos with a damage probability below this.
        damaged_above: "damaged" is claimed from this damage probability on.
        promised_miss_rate: share of damaged photos that "none" may miss, 0..1.
        how: on which photos and how the numbers were found.
        groups: the damaged calibration pictures by kind, by which the bound moves; none in earlier cards.
        held_out: what such calibrations were worth on cars that they had not seen; none in earlier cards.
    """

    coefficients: Mapping[str, float]
    none_below: float
    damaged_above: float
    promised_miss_rate: float
    how: str = ""
    groups: tuple[DamagedGroup, ...] = ()
    held_out: tuple[HeldOut, ...] = ()

    def __post_init__(self) -> None:
        unknown = set(self.coefficients) - set(VERDICT_FEATURES)
        if unknown or not all(map(math.isfinite, self.coefficients.values())):
            message = f"coefficients are finite weights of {', '.join(VERDICT_FEATURES)}, got {dict(self.coefficients)}"
            raise ValueError(message)
        if not 0 <= self.none_below <= self.damaged_above <= 1:
            message = f"need 0 <= none_below <= damaged_above <= 1, got {self.none_below} and {self.damaged_above}"
            raise ValueError(message)
        if not 0 <= self.promised_miss_rate <= 1:
            message = f"a miss rate lies in 0..1, got {self.promised_miss_rate}"
            raise ValueError(message)

    def at_miss_rate(self, miss_rate: float) -> "VerdictCalibration":
        """The same calibration with the bound of "none" at another miss rate.

        Raises:
            MissRateError: the calibration pictures are too few to promise it.
        """
        bound = min(promised_bound(self.groups, miss_rate), self.damaged_above)
        return replace(self, none_below=bound, promised_miss_rate=miss_rate)

    @property
    def promise(self) -> str:
        """What "none" promises, of which photos, in a sentence without its full stop; empty in earlier cards."""
        if not self.groups or not self.none_below:
            return ""
        kept = [g for g in self.groups if g.supports(self.promised_miss_rate)]
        short = [g for g in self.groups if not g.supports(self.promised_miss_rate)]
        promise = said("verdict.promise", share=_share(self.promised_miss_rate), groups=_counted(kept))
        return said("verdict.promise_but", promise=promise, groups=_counted(short)) if short else promise

    def probability(self, ranking: Detections) -> float:
        """Probability 0..1 that the photo shows damage, from all detections of at least `VERDICT_FLOOR`."""
        features = verdict_features(ranking)
        logit = sum(weight * features[name] for name, weight in self.coefficients.items())
        return 1 / (1 + math.exp(-max(min(logit, 60.0), -60.0)))


def _share(rate: float) -> Decimal:
    """With no more digits of a per cent than it takes."""
    return Decimal(f"{100 * rate:.4g}") / 100


def _counted(groups: Sequence[DamagedGroup]) -> list[Reason]:
    return [said("verdict.group", name=group.name, cars=group.clusters) for group in groups]


VERDICT_FEATURES = ("intercept", "best_score", "photo_score", "total_score")
"""Names of the features, in the order in which a calibration lists its coefficients."""


def verdict_features(ranking: Detections) -> dict[str, float]:
    """What a photo's detections say of the photo as a whole.

    `intercept` is 1; `best_score` is the logit of the best detection's score, held within 0.001 and 0.999. A photo
    without detections of at least `VERDICT_FLOOR` has the best score 0. `photo_score` is the logit of the model's score
    of the whole photo, held likewise; 0 where the model gives none. `total_score` is the logarithm of the sum of all
    scores of at least `VERDICT_FLOOR`, and of that floor: many faint signs say more than one.
    """
    scores = ranking.scores[ranking.scores >= VERDICT_FLOOR].astype(np.float64)
    return {
        "intercept": 1.0,
        "best_score": _logit(float(scores.max(initial=0.0))),
        "photo_score": 0.0 if ranking.photo_score is None else _logit(ranking.photo_score),
        "total_score": math.log(VERDICT_FLOOR + float(scores.sum())),
    }


def _logit(score: float) -> float:
    held = min(max(score, _FAINTEST), _CLEAREST)
    return math.log(held / (1 - held))


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """The verdict of one photo.

    Attributes:
        verdict: what is claimed.
        damage_probability: 0..1.
        advice: sentences that say which photo is needed; empty where nothing is.
    """

    verdict: Verdict
    damage_probability: float
    advice: tuple[str, ...] = field(default=())


def judge(
    ranking: Detections,
    quality: Quality,
    *,
    calibration: VerdictCalibration | None,
    thresholds: Sequence[float],
    objection: Reason | None = None,
) -> Judgement:
    """The verdict of a photo.

    Args:
        ranking: all detections down to `VERDICT_FLOOR`; masks are not needed.
        quality: of the photo.
        calibration: of the model; None where it was not calibrated, which rules out the verdict "none".
        thresholds: (C,) score from which a detection of each type is reported, the model's operating point.
        objection: why nothing may be claimed of the photo, see `CarEvidence.objection`; None where something may.
    """
    found = ranking.above(np.asarray(thresholds, dtype=np.float64))
    if calibration is None:
        probability = float(ranking.scores[0]) if len(ranking) else 0.0
        damaged, none = len(found) > 0, False
    else:
        probability = calibration.probability(ranking)
        damaged = probability >= calibration.damaged_above and len(found) > 0
        none = probability < calibration.none_below and len(found) == 0
    again = _photo_again(quality)
    if objection is not None:
        return Judgement(verdict=Verdict.UNCERTAIN, damage_probability=probability, advice=(*again, objection))
    if damaged:
        return Judgement(verdict=Verdict.DAMAGED, damage_probability=probability, advice=again)
    if none and quality.usable:
        return Judgement(verdict=Verdict.NONE, damage_probability=probability)
    advice = again or _closer_photo(ranking, calibrated=calibration is not None)
    return Judgement(verdict=Verdict.UNCERTAIN, damage_probability=probability, advice=advice)


def _photo_again(quality: Quality) -> tuple[str, ...]:
    if quality.usable:
        return ()
    reasons = list(quality.reasons) or [said("quality.low")]
    return (said("verdict.again", reasons=reasons),)


def _closer_photo(ranking: Detections, *, calibrated: bool) -> tuple[str, ...]:
    """Which photo would settle a usable photo's doubt."""
    if len(ranking) == 0:
        return (said("verdict.not_ruled_out" if calibrated else "verdict.not_calibrated"),)
    kind = ranking.types[int(ranking.labels[0])]
    x_min, y_min, x_max, y_max = (float(edge) for edge in ranking.boxes[0])
    where = _place((x_min + x_max) / 2 / ranking.size.width, (y_min + y_max) / 2 / ranking.size.height)
    return (said("verdict.closer", where=where, type=kind, score=Decimal(f"{ranking.scores[0]:.2f}")),)


def _place(x: float, y: float) -> str:
    """Words for a place in the picture; x and y in 0..1.

    >>> _place(0.1, 0.9), _place(0.5, 0.5), _place(0.5, 0.1)
    ('lower left', 'centre', 'upper middle')
    """
    row = "upper" if y < 1 / 3 else "lower" if y > 2 / 3 else ""
    column = "left" if x < 1 / 3 else "right" if x > 2 / 3 else ""
    if not row and not column:
        return "centre"
    return f"{row} {column or 'middle'}" if row else f"{column} side"
