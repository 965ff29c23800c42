"""How severe a damage is: one level where that can be told, a range of levels where it cannot.

The rule is a proportional-odds model (McCullagh, "Regression models for ordinal data", 1980): one score s, a weighted
sum of measures, and rising cuts between the levels, with P(at most level k) = 1 / (1 + exp(s - cut k)). What is
claimed is a conformal prediction set: a level is left out where the score lies outside the bounds that keep the stated
share of the damages of that type and level. Such bounds know nothing of how frequent the levels are, so that a level
that remains fairly probable is kept as well.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from coachwork.assessments.severity_features import LENGTH, MEASURES
from coachwork.taxonomy import DamageType, Severity

KEPT_FROM = 0.3
"""No level of this probability or more is ruled out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DamageSeverity:
    """What is said of how severe a damage is.

    Attributes:
        levels: those that cannot be ruled out, mildest first, without gaps; one of them is a statement, several are an
            abstention, none says that nothing is known.
        probabilities: of every level that the rule knows, summing to 1; empty where nothing is known.
        guess: the single level to take where one must be taken; None where nothing is known.
        reason: why nothing is known, one sentence without capital and full stop; empty otherwise.
    """

    levels: tuple[Severity, ...] = ()
    probabilities: Mapping[Severity, float] = field(default_factory=dict)
    guess: Severity | None = None
    reason: str = ""

    @property
    def level(self) -> Severity | None:
        """The level, where one is stated."""
        return self.levels[0] if len(self.levels) == 1 else None

    @property
    def words(self) -> str:
        """As people read it.

        >>> DamageSeverity(levels=(Severity.MINOR,)).words
        'minor'
        >>> DamageSeverity(levels=(Severity.MINOR, Severity.MODERATE)).words
        'minor to moderate'
        >>> DamageSeverity(reason="no examples").words
        'severity unknown'
        """
        if not self.levels:
            return "severity unknown"
        ends = dict.fromkeys((self.levels[0].value, self.levels[-1].value))
        return " to ".join(ends)


@dataclass(frozen=True, slots=True, kw_only=True)
class SeverityTerm:
    """One term of the score: weight * (value - mean) / scale.

    Attributes:
        weight: of the standardised value.
        mean, scale: of the value where the rule was fitted; the scale is above 0.
    """

    weight: float
    mean: float
    scale: float

    def __post_init__(self) -> None:
        if self.scale <= 0 or not all(map(math.isfinite, (self.weight, self.mean, self.scale))):
            message = f"a term needs finite numbers and a scale above 0, got {self}"
            raise ValueError(message)


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelEvidence:
    """What a level's place in the prediction sets of a type of damage rests on.

    Attributes:
        examples: damages of this type and level that the rule was fitted on.
        clusters: of how many groups of like photos (a burst of one car).
        least, greatest: the level is left out for scores outside; None for no bound.
        covered: whether the stated coverage is promised for this level. Where there are too few clusters for that, the
            level is left out when its probability lies below one minus the coverage, and it is never stated alone; from
            `least` on it is kept all the same, for damages beyond what was seen of the level below it.
    """

    examples: int
    clusters: int
    least: float | None = None
    greatest: float | None = None
    covered: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SeverityRule:
    """A fitted rule.

    Attributes:
        levels: that it knows, mildest first, at least two.
        evidence: for each type of damage that it was fitted on, that of each level.
        cuts: between the levels, rising, on the scale of the score.
        guess_cuts: the same, where a single level must be taken: they give rare levels their share.
        terms: of the score, by the names that `values_of` gives.
        coverage: share 0..1 of the damages of a level whose set is to hold that level.
        name: what it is called.
        digest: SHA-256 of its file, hex; empty for a rule that lies in no file.
        limits: sentences that say what it cannot tell.
    """

    levels: tuple[Severity, ...]
    evidence: Mapping[DamageType, Mapping[Severity, LevelEvidence]]
    cuts: tuple[float, ...]
    guess_cuts: tuple[float, ...]
    terms: Mapping[str, SeverityTerm]
    coverage: float
    name: str = "severity"
    digest: str = ""
    limits: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for cuts in (self.cuts, self.guess_cuts):
            if len(cuts) != len(self.levels) - 1 or not cuts or list(cuts) != sorted(set(cuts)):
                message = f"{len(self.levels)} levels need one rising cut less, at least one, got {cuts}"
                raise ValueError(message)
        if self.levels != tuple(level for level in Severity if level in self.levels):
            message = f"levels go from the mildest to the worst, got {', '.join(self.levels)}"
            raise ValueError(message)
        if not self.kinds or any(set(known) != set(self.levels) for known in self.evidence.values()):
            message = "evidence is needed of each level of each type, and of one type at least"
            raise ValueError(message)
        known = set(term_names(self.kinds))
        if set(self.terms) != known:
            message = f"the terms must be {', '.join(sorted(known))}; odd: {', '.join(sorted(known ^ set(self.terms)))}"
            raise ValueError(message)
        if not 0 < self.coverage < 1:
            message = f"coverage lies between 0 and 1, got {self.coverage}"
            raise ValueError(message)

    @property
    def kinds(self) -> tuple[DamageType, ...]:
        """Types of damage that the rule was fitted on; of others it says nothing."""
        return tuple(self.evidence)

    def severity(self, kind: DamageType, measures: Mapping[str, float]) -> DamageSeverity:
        """The severity of a damage of a type with these measures (see `measures_of`)."""
        if kind not in self.kinds:
            known = ", ".join(known.words for known in self.kinds)
            return DamageSeverity(reason=f"the severity rule was fitted on {known} alone")
        score = self.score(kind, measures)
        levels = self.levels_at(kind, score)
        guess = sum(score >= cut for cut in self.guess_cuts)
        return DamageSeverity(
            levels=levels,
            probabilities=self.probabilities(score),
            guess=min(levels, key=lambda level: abs(self.levels.index(level) - guess)),
        )

    def score(self, kind: DamageType, measures: Mapping[str, float]) -> float:
        """The score of a damage; higher is worse.

        Raises:
            KeyError: a measure is missing.
        """
        values = values_of(kind, measures, self.kinds)
        return sum(term.weight * (values[name] - term.mean) / term.scale for name, term in self.terms.items())

    def probabilities(self, score: float) -> dict[Severity, float]:
        """Probability of each level at a score."""
        at_most = [0.0, *(_logistic(cut - score) for cut in self.cuts), 1.0]
        return {level: at_most[place + 1] - at_most[place] for place, level in enumerate(self.levels)}

    def levels_at(self, kind: DamageType, score: float) -> tuple[Severity, ...]:
        """Levels that cannot be ruled out of a type at a score: a run without gaps, at least one."""
        shares = list(self.probabilities(score).values())
        order = range(len(self.levels))
        known = [self.evidence[kind][level] for level in self.levels]
        left = [place for place in order if self._allows(known[place], score, shares[place])]
        if not left:  # the bounds of two levels leave a gap between them: neither is far
            left = sorted(order, key=lambda place: -shares[place])[:2]
        if len(left) == 1 and not known[left[0]].covered:  # too few examples to state it alone
            beside = [place for place in (left[0] - 1, left[0] + 1) if place in order]
            left.append(max(beside, key=lambda place: shares[place]))
        return self.levels[min(left) : max(left) + 1]

    def _allows(self, evidence: LevelEvidence, score: float, probability: float) -> bool:
        if not evidence.covered:
            unseen = evidence.least is not None and score >= evidence.least
            return unseen or probability >= 1 - self.coverage
        above = evidence.least is None or score >= evidence.least
        within = above and (evidence.greatest is None or score <= evidence.greatest)
        return within or probability >= KEPT_FROM


def term_names(kinds: tuple[DamageType, ...]) -> tuple[str, ...]:
    """Names of the terms of a rule for these types, in order."""
    return (*MEASURES, *(f"is {kind.value}" for kind in kinds), *(f"{LENGTH} if {kind.value}" for kind in kinds[1:]))


def values_of(kind: DamageType, measures: Mapping[str, float], kinds: tuple[DamageType, ...]) -> dict[str, float]:
    """The value of each term of a rule for these types: measures, which type it is, and length by type.

    Raises:
        KeyError: a measure is missing.
    """
    values = {name: measures[name] for name in MEASURES}
    values |= {f"is {one.value}": float(one is kind) for one in kinds}
    return values | {f"{LENGTH} if {one.value}": measures[LENGTH] * (one is kind) for one in kinds[1:]}


def _logistic(value: float) -> float:
    """1 / (1 + exp(-value)) without overflow."""
    return 1 / (1 + math.exp(-value)) if value >= 0 else math.exp(value) / (1 + math.exp(value))
