"""Fits the rule that tells how severe a damage is, and measures it on photos that it was not fitted on.

Every figure and every bound comes from scores that were found by cross-fitting: the damages are dealt into folds by
clusters of like photos, and each fold is scored by a model that was fitted on the others.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from coachwork.assessments.severity import LevelEvidence, SeverityRule, SeverityTerm, term_names, values_of
from coachwork.errors import CoachworkError
from coachwork.evaluation.severity import SeverityCase, SeverityFigures, kappa, severity_figures
from coachwork.evaluation.severity_examples import SeverityExample
from coachwork.taxonomy import DamageType, Severity
from coachwork.training.proportional_odds import ProportionalOdds, fit_proportional_odds

FOLDS = 10
RIDGE = 1.0
_DIGITS = 6
_Numbers = NDArray[np.float64]


class SeverityError(CoachworkError):
    """No severity rule can be fitted, or a file holds none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FittedSeverity:
    """A rule and what it was worth.

    Attributes:
        rule: fitted on all examples.
        figures: by cross-fitting, bounds of the sets from the other folds as well.
        by_kind: the same for each type.
    """

    rule: SeverityRule
    figures: SeverityFigures
    by_kind: dict[DamageType, SeverityFigures]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Table:
    """Examples as arrays; N of them, D terms."""

    kinds: tuple[DamageType, ...]
    present: tuple[Severity, ...]
    values: _Numbers
    levels: NDArray[np.int64]
    clusters: NDArray[np.str_]


def fit_severity(
    examples: Sequence[SeverityExample], *, coverage: float = 0.9, ridge: float = RIDGE, seed: int = 0
) -> FittedSeverity:
    """Fits the rule.

    Args:
        examples: damages whose severity people have stated.
        coverage: share of the damages of a level whose set is to hold that level.
        ridge: penalty of the weights, see `fit_proportional_odds`.
        seed: of the folds.

    Raises:
        SeverityError: there are fewer than two levels that occur in two clusters each.
        ValueError: coverage lies outside 0..1.
    """
    known = _usable(examples)
    table = _table(known)
    folds = _folds(table, seed)
    scores = _cross_fitted(table, folds, ridge)
    rule = _rule(table, scores, np.ones(len(known), dtype=np.bool_), coverage, ridge)
    cases = []
    for fold in np.unique(folds):
        apart = folds != fold
        judge = _rule(table, scores, apart, coverage, ridge)
        cases += [
            SeverityCase(
                kind=known[n].kind,
                truth=known[n].level,
                said=judge.severity(known[n].kind, known[n].measures),
                cluster=known[n].cluster,
            )
            for n in np.flatnonzero(~apart)
        ]
    by_kind = {kind: severity_figures([case for case in cases if case.kind is kind]) for kind in table.kinds}
    return FittedSeverity(rule=rule, figures=severity_figures(cases), by_kind=by_kind)


def _usable(examples: Sequence[SeverityExample]) -> list[SeverityExample]:
    """Examples of the levels that occur in two clusters at least, so that no fold takes a level away."""
    clusters = {level: {one.cluster for one in examples if one.level is level} for level in Severity}
    usable = [level for level in Severity if len(clusters[level]) >= 2]
    if len(usable) < 2:
        there = ", ".join(f"{level} in {len(found)}" for level, found in clusters.items())
        message = f"a severity rule needs two levels in two groups of like photos each; there is {there}"
        raise SeverityError(message)
    return [one for one in examples if one.level in usable]


def _table(examples: Sequence[SeverityExample]) -> _Table:
    kinds = tuple(kind for kind in DamageType if kind in {one.kind for one in examples})
    present = tuple(level for level in Severity if level in {one.level for one in examples})
    names = term_names(kinds)
    rows = [values_of(one.kind, one.measures, kinds) for one in examples]
    return _Table(
        kinds=kinds,
        present=present,
        values=np.array([[row[name] for name in names] for row in rows]),
        levels=np.array([present.index(one.level) for one in examples]),
        clusters=np.array([one.cluster for one in examples]),
    )


def _folds(table: _Table, seed: int) -> NDArray[np.int64]:
    """The fold of each example; clusters are dealt by their worst level, so that each fold has its share of it."""
    worst = {str(cluster): int(table.levels[table.clusters == cluster].max()) for cluster in np.unique(table.clusters)}
    shuffled = np.random.default_rng(seed).permutation(sorted(worst))
    dealt = sorted(map(str, shuffled), key=lambda cluster: -worst[cluster])
    fold = {cluster: place % min(FOLDS, len(dealt)) for place, cluster in enumerate(dealt)}
    return np.array([fold[str(cluster)] for cluster in table.clusters])


def _scaling(values: _Numbers) -> tuple[_Numbers, _Numbers]:
    """Mean and scale of each term; one that never changes keeps a scale of 1, and so a weight of 0."""
    spread = values.std(axis=0)
    return values.mean(axis=0), np.where(spread > 1e-9, spread, 1.0)


def _fitted(table: _Table, chosen: NDArray[np.bool_], ridge: float) -> tuple[ProportionalOdds, _Numbers, _Numbers]:
    mean, scale = _scaling(table.values[chosen])
    model = fit_proportional_odds((table.values[chosen] - mean) / scale, table.levels[chosen], ridge=ridge)
    return model, mean, scale


def _cross_fitted(table: _Table, folds: NDArray[np.int64], ridge: float) -> _Numbers:
    """Scores (N,) by models of other folds, each less its model's first cut, which makes them alike."""
    scores = np.zeros(len(folds))
    for fold in np.unique(folds):
        model, mean, scale = _fitted(table, folds != fold, ridge)
        left = folds == fold
        scores[left] = model.scores((table.values[left] - mean) / scale) - model.cuts[0]
    return scores


def _rule(
    table: _Table, cross_fitted: _Numbers, chosen: NDArray[np.bool_], coverage: float, ridge: float
) -> SeverityRule:
    """The rule of some examples; its bounds and guesses rest on their cross-fitted scores."""
    model, mean, scale = _fitted(table, chosen, ridge)
    part = replace(table, values=table.values[chosen], levels=table.levels[chosen], clusters=table.clusters[chosen])
    scores = cross_fitted[chosen] + model.cuts[0]
    numbers = zip(term_names(table.kinds), model.weights, mean, scale, strict=True)
    return SeverityRule(
        levels=table.present,
        evidence={kind: _evidence(part, kind, scores, coverage) for kind in table.kinds},
        cuts=tuple(_rounded(cut) for cut in model.cuts),
        guess_cuts=_guess_cuts(model, scores, part, coverage),
        terms={
            name: SeverityTerm(weight=_rounded(weight), mean=_rounded(middle), scale=_rounded(spread))
            for name, weight, middle, spread in numbers
        },
        coverage=coverage,
    )


def _evidence(table: _Table, kind: DamageType, scores: _Numbers, coverage: float) -> dict[Severity, LevelEvidence]:
    """Of each level of a type; bounded against neighbours that have the clusters for bounds of their own."""
    is_kind = table.values[:, term_names(table.kinds).index(f"is {kind.value}")] > 0
    mine = [is_kind & (table.levels == place) for place in range(len(table.present))]
    enough = [len(set(table.clusters[rows])) >= clusters_needed(coverage) for rows in mine]
    evidence: dict[Severity, LevelEvidence] = {}
    beyond: float | None = None  # from here on, damages lie beyond what was seen of the last level with a promise
    for place, level in enumerate(table.present):
        at, groups = scores[mine[place]], table.clusters[mine[place]]
        if enough[place]:
            ends = (any(enough[:place]), any(enough[place + 1 :]))
            evidence[level] = level_evidence(at, groups, ends=ends, coverage=coverage)
            beyond = level_evidence(at, groups, ends=(False, True), coverage=coverage).greatest
        else:
            evidence[level] = LevelEvidence(examples=len(at), clusters=len(set(groups)), least=beyond)
    return evidence


def clusters_needed(coverage: float) -> int:
    """Groups of like photos without which a coverage cannot be promised.

    >>> clusters_needed(0.9)
    9
    """
    return int(np.ceil(1 / (1 - coverage) - 1 - 1e-9))


def level_evidence(
    scores: _Numbers, clusters: NDArray[np.str_], *, ends: tuple[bool, bool], coverage: float
) -> LevelEvidence:
    """The bounds outside which a level with clusters enough is left out.

    Clusters of like photos, not damages, are what is drawn alike. A cluster's loss is the share of its damages of the
    level that lie outside; with n clusters, (sum of losses + 1) / (n + 1) <= 1 - coverage keeps the expected loss of
    the next one (Angelopoulos et al., "Conformal Risk Control", 2022), divided between the ends where there are two.

    Args:
        scores: (N,) of the level's examples, by cross-fitting; at least one.
        clusters: (N,) the group of like photos of each.
        ends: whether there is a bound below, and one above.
        coverage: 0..1.
    """
    sizes = Counter(map(str, clusters))
    allowed = (1 - coverage) / max(sum(ends), 1) * (len(sizes) + 1) - 1
    losses = np.array([1 / sizes[str(cluster)] for cluster in clusters])
    return LevelEvidence(
        examples=len(scores),
        clusters=len(sizes),
        least=_rounded(_bound(scores, losses, allowed) - 10**-_DIGITS) if ends[0] else None,
        greatest=_rounded(10**-_DIGITS - _bound(-scores, losses, allowed)) if ends[1] else None,
        covered=True,
    )


def _bound(scores: _Numbers, losses: _Numbers, allowed: float) -> float:
    """The largest bound below which no more than the allowed loss lies."""
    order = np.argsort(scores, kind="stable")
    lost = np.cumsum(losses[order])
    return float(scores[order][np.searchsorted(lost, max(allowed, 0.0) + 1e-9, side="right")])


def _guess_cuts(model: ProportionalOdds, scores: _Numbers, table: _Table, coverage: float) -> tuple[float, ...]:
    """Cuts with the best kappa, where both sides have clusters enough for a promise; else those of the model."""
    cuts: list[float] = []
    for place, cut in enumerate(model.cuts):
        best, worse = float(cut), table.levels > place
        if all(len(set(table.clusters[side])) >= clusters_needed(coverage) for side in (worse, ~worse)):
            tried = np.quantile(scores, np.linspace(0.02, 0.98, 97))
            best = float(max(tried, key=lambda at: _binary_kappa(worse, scores >= at)))
        cuts.append(_rounded(max(best, cuts[-1] + 10**-_DIGITS) if cuts else best))
    return tuple(cuts)


def _rounded(value: float) -> float:
    return round(float(value), _DIGITS)


def _binary_kappa(truth: NDArray[np.bool_], guess: NDArray[np.bool_]) -> float:
    counts = np.array(
        [[np.sum((truth == row) & (guess == column)) for column in (False, True)] for row in (False, True)]
    )
    agreed = kappa(counts.astype(np.float64), quadratic=False)
    return 0.0 if agreed is None else agreed
