"""Damaged or not: how well the verdict on a whole photo holds, and the calibration it is given by.

The calibration is a logistic regression on a few features of a photo's detections (`assessments.verdict`), none of
which may weigh less than nothing: a better score or one damage more never makes a photo look sounder. A handful of
parameters stays honest on the few hundred photos of a validation set, where isotonic steps would follow single photos.
Damaged and undamaged pictures weigh the same in the fit, so the probability is that of a car of which nothing is known
beforehand.
"""

import itertools
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from coachwork.assessments.miss_rate import DEFAULT_MISS_RATE, DamagedGroup
from coachwork.assessments.verdict import VERDICT_FEATURES, VerdictCalibration, verdict_features
from coachwork.detections import Detections
from coachwork.evaluation.bootstrap import Figure, Weights, figure, ratio, wilson_interval
from coachwork.evaluation.matching import DEFAULT_THRESHOLD
from coachwork.evaluation.pairs import EvaluationError, Pair
from coachwork.taxonomy import DamageType, Kind


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class VerdictCase:
    """One picture on which a verdict is tried.

    Attributes:
        detections: what the model found in it, down to low scores; masks are not needed.
        damaged: whether it shows damage.
        cluster: photos that resemble each other share it.
        group: kind of picture, such as "claims photos": the promised miss rate is kept in each group that is large
            enough to show it, not in the mean over all.
    """

    detections: Detections
    damaged: bool
    cluster: str
    group: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class VerdictFigures:
    """What the verdict is worth on damaged against undamaged pictures, all of usable quality.

    Attributes:
        damaged, undamaged: how many pictures of each.
        calibrated: whether the model claims "none" at all.
        auroc: chance that a damaged picture has the higher damage probability.
        miss_rate: share of the damaged pictures that are called "none".
        false_alarm_rate: share of the undamaged that are called "damaged".
        none_rate: share of the undamaged that are called "none".
        uncertain_rate: share of all that are called neither.
        brier: mean squared error of the probability, damaged and undamaged weighing the same.
        probabilities: (P,) float64, of each picture.
        is_damaged: (P,) bool, the truth of each.
    """

    damaged: int
    undamaged: int
    calibrated: bool
    auroc: Figure
    miss_rate: Figure
    false_alarm_rate: Figure
    none_rate: Figure
    uncertain_rate: Figure
    brier: Figure
    probabilities: NDArray[np.float64]
    is_damaged: NDArray[np.bool_]

    def to_json(self) -> dict[str, object]:
        """Figures and counts, without the single photos."""
        names = ("auroc", "miss_rate", "false_alarm_rate", "none_rate", "uncertain_rate", "brier")
        counts = {"damaged": self.damaged, "undamaged": self.undamaged, "calibrated": self.calibrated}
        return counts | {name: getattr(self, name).to_json() for name in names}


def verdict_cases(pairs: Sequence[Pair]) -> list[VerdictCase]:
    """The photos that are known to be damaged or not.

    A photo with any marked damage is damaged; one without is undamaged only where its annotation covers every type of
    the model, else it says nothing and is left out. Of a model that sees no damages, nothing of the kind is known.
    """
    cases = []
    for pair in pairs:
        types = set(pair.detections.types)
        damaged = bool(pair.sample.damages)
        if types & set(DamageType) and (damaged or pair.sample.annotated >= types):
            cluster = f"{pair.sample.source} {pair.sample.cluster}"
            group = f"{pair.sample.source} photos"
            cases.append(VerdictCase(detections=pair.detections, damaged=damaged, cluster=cluster, group=group))
    return cases


def among(detections: Detections, kinds: Collection[Kind]) -> Detections:
    """The detections of the given types, without masks."""
    keep = np.array([detections.types[label] in kinds for label in detections.labels], dtype=np.bool_)
    return Detections(
        boxes=detections.boxes[keep],
        labels=detections.labels[keep],
        scores=detections.scores[keep],
        masks=None,
        size=detections.size,
        types=detections.types,
        photo_score=detections.photo_score,
    )


def fit_verdict(
    cases: Sequence[VerdictCase],
    *,
    miss_rate: float = DEFAULT_MISS_RATE,
    false_alarm_rate: float = 0.05,
    features: Sequence[str] = VERDICT_FEATURES,
) -> VerdictCalibration:
    """Fits the calibration on validation pictures.

    Args:
        cases: damaged and undamaged pictures.
        miss_rate: at most this share of the damaged pictures of a new car falls below `none_below`, in the mean over
            cars, whatever the kind of picture (`assessments.miss_rate`); the bound is 0 where there are too few cars.
        false_alarm_rate: at most this share of the undamaged ones reaches `damaged_above`, of each kind of picture
            apart.
        features: those of `assessments.verdict` that may be used.

    Raises:
        EvaluationError: there is no damaged or no undamaged picture.
    """
    damaged = np.array([case.damaged for case in cases], dtype=np.bool_)
    bad_count, good_count = int(damaged.sum()), int((~damaged).sum())
    if not bad_count or not good_count:
        message = (
            f"a verdict is fitted on damaged and undamaged pictures, got {bad_count} damaged and {good_count} "
            "undamaged: add photos of the other kind"
        )
        raise EvaluationError(message)
    draft = VerdictCalibration(
        coefficients=_logistic(cases, damaged, features),
        none_below=0.0,
        damaged_above=1.0,
        promised_miss_rate=miss_rate,
    )
    probabilities = np.array([draft.probability(case.detections) for case in cases])
    groups = damaged_groups(cases, probabilities)
    bound = min(group.bound(miss_rate) for group in groups) if any(g.supports(miss_rate) for g in groups) else 0.0
    damaged_above = max(
        _alarm_bound(probabilities[rows], false_alarm_rate) for rows in _rows_by_kind(cases, damaged=False).values()
    )
    if damaged_above < bound:  # both rates hold anywhere between: no picture has to stay uncertain
        bound = damaged_above = (bound + damaged_above) / 2
    how = (
        f"logistic regression on {bad_count} damaged and {good_count} undamaged pictures, weighing the same; "
        f"none_below by conformal risk control over groups of like photos, for each kind of picture apart "
        f"({', '.join(group.name for group in groups)}); at most {false_alarm_rate:.0%} of the undamaged ones of each "
        "kind reach damaged_above"
    )
    return replace(draft, none_below=bound, damaged_above=damaged_above, groups=groups, how=how)


def damaged_groups(cases: Sequence[VerdictCase], probabilities: NDArray[np.float64]) -> tuple[DamagedGroup, ...]:
    """The damaged pictures by kind, as a card keeps them.

    A kind with too few cars to show `DEFAULT_MISS_RATE` is left out; where all are too small, all are one kind.

    Args:
        cases: P pictures, at least one of them damaged.
        probabilities: (P,) of each.
    """
    rows = _rows_by_kind(cases, damaged=True)
    summed = [_group(name, [cases[i] for i in chosen], probabilities[chosen]) for name, chosen in sorted(rows.items())]
    enough = tuple(group for group in summed if group.supports(DEFAULT_MISS_RATE))
    if enough:
        return enough
    every = sorted(itertools.chain.from_iterable(rows.values()))
    return (_group("pictures of all kinds", [cases[i] for i in every], probabilities[every]),)


def _rows_by_kind(cases: Sequence[VerdictCase], *, damaged: bool) -> dict[str, list[int]]:
    rows: dict[str, list[int]] = {}
    for row, case in enumerate(cases):
        if case.damaged is damaged:
            rows.setdefault(case.group or "pictures", []).append(row)
    return rows


def _alarm_bound(probabilities: NDArray[np.float64], rate: float) -> float:
    """The lowest bound that at most this share of undamaged pictures reaches, of few pictures none."""
    ordered = np.sort(probabilities)
    return float(np.nextafter(ordered[len(ordered) - 1 - min(math.floor(rate * len(ordered)), len(ordered) - 1)], 1))


def _group(name: str, cases: Sequence[VerdictCase], probabilities: NDArray[np.float64]) -> DamagedGroup:
    return DamagedGroup.of(name, probabilities.tolist(), [case.cluster for case in cases])


def verdict_figures(
    cases: Sequence[VerdictCase],
    calibration: VerdictCalibration | None,
    thresholds: Mapping[Kind, float],
    weights: Weights,
) -> VerdictFigures:
    """Measures verdicts, given by the rule of `assessments.verdict.judge` for usable photos.

    Args:
        cases: P pictures.
        calibration: what the verdicts are given by; without one the best score stands for the probability.
        thresholds: the operating point.
        weights: (B, P) resamples for the intervals.
    """
    damaged = np.array([case.damaged for case in cases], dtype=np.bool_)
    probabilities = np.array([_probability(case.detections, calibration) for case in cases], dtype=np.float64)
    found = np.array([anything_reported(case.detections, thresholds) for case in cases], dtype=np.bool_)
    alarm = found & (probabilities >= (0.0 if calibration is None else calibration.damaged_above))
    none = ~found & (probabilities < (0.0 if calibration is None else calibration.none_below))
    every = np.vstack([np.ones((1, len(cases)), dtype=np.int64), weights])  # first the pictures as they are
    bad, good = every * damaged, every * ~damaged
    error = (probabilities - damaged) ** 2

    def measured(values: NDArray[np.float64]) -> Figure:
        return figure(float(values[0]), values[1:])

    def rate(values: NDArray[np.float64], count: int) -> Figure:
        """A share of so many pictures; of none or all of them, resamples know no doubt, and Wilson's interval does."""
        share = measured(values)
        if share.value not in {0.0, 1.0} or not count:
            return share
        low, high = wilson_interval(share.value, count)
        return Figure(value=share.value, low=low, high=high)

    return VerdictFigures(
        damaged=int(damaged.sum()),
        undamaged=int((~damaged).sum()),
        calibrated=calibration is not None,
        auroc=measured(auroc(probabilities, damaged, every)),
        miss_rate=rate(_share(none, bad), int(damaged.sum())),
        false_alarm_rate=rate(_share(alarm, good), int((~damaged).sum())),
        none_rate=rate(_share(none, good), int((~damaged).sum())),
        uncertain_rate=measured(_share(~none & ~alarm, every)),
        brier=measured((_share(error, bad) + _share(error, good)) / 2),
        probabilities=probabilities,
        is_damaged=damaged,
    )


def auroc(values: NDArray[np.float64], damaged: NDArray[np.bool_], weights: Weights) -> NDArray[np.float64]:
    """Area under the ROC curve (B,), the Mann-Whitney statistic with ties counted half; NaN without both kinds.

    >>> auroc(np.array([1.0, 2.0, 3.0]), np.array([False, True, True]), np.ones((1, 3), dtype=np.int64)).tolist()
    [1.0]
    """
    bad, good = values[damaged], values[~damaged]
    wins = (bad[:, None] > good[None, :]) + 0.5 * (bad[:, None] == good[None, :])
    first, second = weights[:, damaged].astype(np.float64), weights[:, ~damaged].astype(np.float64)
    return ratio(((first @ wins) * second).sum(axis=1), first.sum(axis=1) * second.sum(axis=1))


def roc_curve(
    values: NDArray[np.float64], damaged: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """False and true positive rates, from (0, 0) to (1, 1), one point for each distinct value."""
    cuts = np.unique(values)[::-1]
    false, true = ((values[None, side] >= cuts[:, None]).mean(axis=1) for side in (~damaged, damaged))
    return np.concatenate([[0.0], false]), np.concatenate([[0.0], true])


def _probability(detections: Detections, calibration: VerdictCalibration | None) -> float:
    if calibration is not None:
        return calibration.probability(detections)
    return float(detections.scores[0]) if len(detections) else 0.0


def anything_reported(detections: Detections, thresholds: Mapping[Kind, float]) -> bool:
    """Whether any detection lies above its type's threshold."""
    wanted = np.array([thresholds.get(kind, DEFAULT_THRESHOLD) for kind in detections.types])
    return len(detections.above(wanted)) > 0


def _share(chosen: NDArray[np.bool_] | NDArray[np.float64], weights: Weights) -> NDArray[np.float64]:
    return ratio(weights @ np.asarray(chosen, dtype=np.float64), weights.sum(axis=1))


def _logistic(cases: Sequence[VerdictCase], damaged: NDArray[np.bool_], features: Sequence[str]) -> dict[str, float]:
    """Weights by feature. Features that come out negative are left out one by one, the most negative first."""
    table = [verdict_features(case.detections) for case in cases]
    names = [name for name in VERDICT_FEATURES if name in features and name != "intercept"]
    while True:
        columns = np.array([[row[name] for name in names] for row in table]).reshape(len(table), len(names))
        solution = _newton(columns, damaged)
        if not names or solution[:-1].min() >= 0:
            return dict(zip((*names, "intercept"), solution.tolist(), strict=True))
        names.pop(int(np.argmin(solution[:-1])))


def _newton(columns: NDArray[np.float64], damaged: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Weights of columns (P, F) and, last, the intercept, by Newton's method on standardised columns."""
    centre, spread = columns.mean(axis=0), columns.std(axis=0)
    spread = np.where(spread > 0, spread, 1.0)
    features = np.column_stack([(columns - centre) / spread, np.ones(len(columns))])
    counted = np.where(damaged, 0.5 / damaged.sum(), 0.5 / (~damaged).sum())
    penalty = np.full(features.shape[1], 1 / len(columns))  # a unit normal prior, so that no weight runs away
    penalty[-1] = 1e-9
    solution = np.zeros(features.shape[1])
    for _ in range(200):
        likely = 1 / (1 + np.exp(-np.clip(features @ solution, -30, 30)))
        gradient = features.T @ (counted * (likely - damaged)) + penalty * solution
        curvature = (features * (counted * likely * (1 - likely))[:, None]).T @ features + np.diag(penalty)
        step = np.linalg.solve(curvature, gradient)
        solution = solution - step / max(1.0, float(np.abs(step).max()))
        if np.abs(step).max() < 1e-10:
            break
    slopes = solution[:-1] / spread
    return np.append(slopes, solution[-1] - float(slopes @ centre))
