import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachwork.assessments.severity import (
    DamageSeverity,
    LevelEvidence,
    SeverityRule,
    SeverityTerm,
    term_names,
    values_of,
)
from coachwork.assessments.severity_features import LENGTH, MEASURES
from coachwork.taxonomy import DamageType, Severity

KINDS = (DamageType.DENT, DamageType.SCRATCH)
MINOR, MODERATE, SEVERE = Severity


def rule(**changed: object) -> SeverityRule:
    """A rule whose score is the logarithm of the length alone."""
    terms = {name: SeverityTerm(weight=float(name == LENGTH), mean=0.0, scale=1.0) for name in term_names(KINDS)}
    known = {
        MINOR: LevelEvidence(examples=90, clusters=50, greatest=1.0, covered=True),
        MODERATE: LevelEvidence(examples=40, clusters=30, least=-1.0, covered=True),
        SEVERE: LevelEvidence(examples=1, clusters=1, least=5.0),
    }
    fields: dict[str, object] = {
        "levels": tuple(Severity),
        "evidence": dict.fromkeys(KINDS, known),
        "cuts": (0.5, 8.0),
        "guess_cuts": (0.0, 8.0),
        "terms": terms,
        "coverage": 0.9,
    }
    return SeverityRule(**(fields | changed))  # type: ignore[arg-type]


def measures(length: float = 0.0) -> dict[str, float]:
    return dict.fromkeys(MEASURES, 0.0) | {LENGTH: length}


@pytest.mark.parametrize(
    ("score", "levels", "guess"),
    [
        (-3.0, (MINOR,), MINOR),
        (-0.5, (MINOR, MODERATE), MINOR),
        (0.5, (MINOR, MODERATE), MODERATE),
        (3.0, (MODERATE,), MODERATE),
        (5.5, (MODERATE, SEVERE), MODERATE),  # beyond what was seen of moderate ones
        (30.0, (MODERATE, SEVERE), SEVERE),  # one example allows no statement
    ],
)
def test_one_level_is_stated_or_a_range(score: float, levels: tuple[Severity, ...], guess: Severity) -> None:
    said = rule().severity(DamageType.DENT, measures(score))
    assert (said.levels, said.guess) == (levels, guess)
    assert said.level == (levels[0] if len(levels) == 1 else None)
    assert said.reason == ""


def test_a_type_without_examples_has_no_severity_and_says_why() -> None:
    said = rule().severity(DamageType.BROKEN_GLASS, {})
    assert (said.levels, said.level, said.guess, said.probabilities) == ((), None, None, {})
    assert said.words == "severity unknown"
    assert said.reason == "the severity rule was fitted on dent, scratch alone"


def test_bounds_that_leave_a_gap_give_the_levels_on_both_sides() -> None:
    known = {
        MINOR: LevelEvidence(examples=90, clusters=50, greatest=-1.0, covered=True),
        MODERATE: LevelEvidence(examples=40, clusters=30, least=1.0, covered=True),
        SEVERE: LevelEvidence(examples=0, clusters=0),
    }
    assert rule(evidence={KINDS[0]: known, KINDS[1]: known}).levels_at(DamageType.DENT, 0.0) == (MINOR, MODERATE)


@given(st.floats(-1e4, 1e4), st.sampled_from(KINDS))
def test_probabilities_sum_to_one_and_levels_have_no_gap(score: float, kind: DamageType) -> None:
    said = rule().severity(kind, measures(score))
    assert sum(said.probabilities.values()) == pytest.approx(1)
    assert min(said.probabilities.values()) >= 0
    places = [list(Severity).index(level) for level in said.levels]
    assert places == list(range(places[0], places[-1] + 1))
    assert said.guess in said.levels


@given(st.floats(-50, 50), st.floats(0, 50))
def test_a_higher_score_is_never_milder(score: float, more: float) -> None:
    milder, worse = (rule().levels_at(DamageType.DENT, at) for at in (score, score + more))
    order = list(Severity).index
    assert order(milder[0]) <= order(worse[0])
    assert order(milder[-1]) <= order(worse[-1])


def test_values_tell_the_type_and_its_length() -> None:
    values = values_of(DamageType.SCRATCH, measures(2.0), KINDS)
    assert tuple(values) == term_names(KINDS)
    assert (values["is dent"], values["is scratch"], values[f"{LENGTH} if scratch"]) == (0, 1, 2.0)
    with pytest.raises(KeyError):
        values_of(DamageType.SCRATCH, {}, KINDS)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"cuts": (1.0,)}, "need one rising cut less"),
        ({"cuts": (2.0, 1.0)}, "rising"),
        ({"levels": (MODERATE, MINOR, SEVERE)}, "mildest to the worst"),
        ({"coverage": 1.0}, "between 0 and 1"),
        ({"terms": {}}, "the terms must be"),
        ({"evidence": {}}, "evidence is needed"),
    ],
)
def test_a_broken_rule_is_refused(changed: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        rule(**changed)


def test_a_term_needs_a_scale() -> None:
    with pytest.raises(ValueError, match="scale above 0"):
        SeverityTerm(weight=1, mean=0, scale=0)
    with pytest.raises(ValueError, match="finite"):
        SeverityTerm(weight=np.inf, mean=0, scale=1)


def test_words_of_a_range_name_its_ends() -> None:
    assert DamageSeverity(levels=tuple(Severity)).words == "minor to severe"
