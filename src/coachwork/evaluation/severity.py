"""How good stated severities are: agreement beyond chance, abstention, coverage and calibration."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coachwork.assessments.severity import DamageSeverity
from coachwork.evaluation.bootstrap import Figure, cluster_weights
from coachwork.taxonomy import DamageType, Severity

_LEVELS = tuple(Severity)
_BINS, _IN_BIN = 10, 25
_Counts = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class SeverityCase:
    """One damage whose severity people have stated, and what the rule says of it.

    Attributes:
        kind: its type.
        truth: what people say.
        said: what the rule says; it is none of unknown severity.
        cluster: group of like photos that its photo belongs to.
    """

    kind: DamageType
    truth: Severity
    said: DamageSeverity
    cluster: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SeverityFigures:
    """What was measured on some damages; every share lies in 0..1.

    Attributes:
        examples: how many damages of each level.
        quadratic_kappa, plain_kappa: kappa of the guessed level of every damage, with quadratic weights (Cohen,
            1968) and without.
        stated_quadratic_kappa, stated_plain_kappa: of the damages of which one level is stated.
        abstained: share of damages of which a range is given.
        right: share of right levels among those that are stated.
        coverage: share of damages whose levels hold the true one, of all and by level.
        calibration_error, brier: of the probability that a damage is more than minor; expected calibration error over
            bins of equal numbers.
        confusion: (3, 3) rows the truth, columns the guessed level, from minor to severe.
    """

    examples: Mapping[Severity, int]
    quadratic_kappa: Figure
    plain_kappa: Figure
    stated_quadratic_kappa: Figure
    stated_plain_kappa: Figure
    abstained: Figure
    right: Figure
    coverage: Figure
    level_coverage: Mapping[Severity, Figure]
    calibration_error: float
    brier: float
    confusion: tuple[tuple[int, ...], ...]

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        figures = {
            name: getattr(self, name).to_json()
            for name in (
                "quadratic_kappa",
                "plain_kappa",
                "stated_quadratic_kappa",
                "stated_plain_kappa",
                "abstained",
                "right",
                "coverage",
            )
        }
        return {
            "examples": {level.value: count for level, count in self.examples.items()},
            **figures,
            "level_coverage": {level.value: figure.to_json() for level, figure in self.level_coverage.items()},
            "calibration_error": round(self.calibration_error, 6),
            "brier": round(self.brier, 6),
            "confusion": [list(row) for row in self.confusion],
        }


def severity_figures(cases: Sequence[SeverityCase], *, resamples: int = 1000, seed: int = 0) -> SeverityFigures:
    """Measures stated severities, with 95 % intervals by drawing clusters.

    Raises:
        ValueError: there is no case, or one whose severity the rule does not know.
    """
    if not cases or any(case.said.guess is None for case in cases):
        message = "severities are measured on damages of which the rule says something, one at least"
        raise ValueError(message)
    truths = np.array([_LEVELS.index(case.truth) for case in cases])
    guesses = np.array([_LEVELS.index(case.said.guess or case.truth) for case in cases])
    stated = np.array([case.said.level is not None for case in cases])
    held = np.array([case.truth in case.said.levels for case in cases])
    said = np.array([_LEVELS.index(case.said.level or case.truth) for case in cases])
    drawn = _Drawn([case.cluster for case in cases], resamples, seed)
    tables = _tables(truths, guesses)
    stated_tables = _tables(truths, said) * stated[:, None, None]
    more = np.array([1 - case.said.probabilities.get(Severity.MINOR, 0.0) for case in cases])
    present = [level for level in Severity if level in {case.truth for case in cases}]
    return SeverityFigures(
        examples={level: int((truths == _LEVELS.index(level)).sum()) for level in Severity},
        quadratic_kappa=drawn.figure(tables, lambda table: kappa(table, quadratic=True)),
        plain_kappa=drawn.figure(tables, lambda table: kappa(table, quadratic=False)),
        stated_quadratic_kappa=drawn.figure(stated_tables, lambda table: kappa(table, quadratic=True)),
        stated_plain_kappa=drawn.figure(stated_tables, lambda table: kappa(table, quadratic=False)),
        abstained=drawn.share(~stated, np.ones_like(stated)),
        right=drawn.share(stated & held, stated),
        coverage=drawn.share(held, np.ones_like(held)),
        level_coverage={
            level: drawn.share(held & (truths == _LEVELS.index(level)), truths == _LEVELS.index(level))
            for level in present
        },
        calibration_error=calibration_error(more, truths > 0),
        brier=float(np.mean((more - (truths > 0)) ** 2)),
        confusion=tuple(tuple(int(count) for count in row) for row in tables.sum(axis=0)),
    )


def kappa(confusion: _Counts, *, quadratic: bool) -> float | None:
    """Cohen's kappa of a confusion (K, K); None where chance explains everything.

    >>> kappa(np.array([[20, 5], [10, 15]]), quadratic=False)
    0.4
    """
    total = confusion.sum()
    if not total:
        return None
    places = np.arange(len(confusion))
    weights = (places[:, None] - places[None, :]) ** 2 if quadratic else (places[:, None] != places[None, :])
    expected = np.outer(confusion.sum(axis=1), confusion.sum(axis=0)) / total
    by_chance = float((weights * expected).sum())
    return None if by_chance <= 0 else round(1 - float((weights * confusion).sum()) / by_chance, 12)


def calibration_error(probabilities: NDArray[np.float64], happened: NDArray[np.bool_]) -> float:
    """Expected calibration error 0..1 over up to ten bins that hold equal numbers of cases, 25 at least."""
    count = min(max(len(probabilities) // _IN_BIN, 1), _BINS)
    bins = np.array_split(np.argsort(probabilities, kind="stable"), count)
    gaps = [abs(probabilities[part].mean() - happened[part].mean()) * len(part) for part in bins]
    return float(sum(gaps) / len(probabilities))


def _tables(truths: NDArray[np.int64], said: NDArray[np.int64]) -> _Counts:
    """One confusion (3, 3) per case."""
    tables = np.zeros((len(truths), len(_LEVELS), len(_LEVELS)))
    tables[np.arange(len(truths)), truths, said] = 1
    return tables


class _Drawn:
    """Figures of sums over cases, with intervals by drawing clusters."""

    def __init__(self, clusters: Sequence[str], resamples: int, seed: int) -> None:
        self._weights = cluster_weights(clusters, resamples=resamples, seed=seed)

    def figure(self, parts: _Counts, measure: Callable[[_Counts], float | None]) -> Figure:
        """A measure of the sum of parts (N, ...)."""
        value = measure(parts.sum(axis=0))
        draws = np.tensordot(self._weights, parts, axes=(1, 0))
        measured = [one for one in map(measure, draws) if one is not None]
        if value is None or not measured:
            return Figure(value=value)
        low, high = np.percentile(measured, (2.5, 97.5))
        return Figure(value=value, low=float(low), high=float(high))

    def share(self, hits: NDArray[np.bool_], among: NDArray[np.bool_]) -> Figure:
        """The share of hits among some cases, both (N,)."""
        both = np.stack([hits, among], axis=1).astype(np.float64)
        return self.figure(both, lambda sums: float(sums[0] / sums[1]) if sums[1] else None)
