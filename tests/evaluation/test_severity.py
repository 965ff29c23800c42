import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray
from sklearn.metrics import cohen_kappa_score  # type: ignore[import-untyped]

from coachwork.assessments.severity import DamageSeverity
from coachwork.evaluation.severity import SeverityCase, calibration_error, kappa, severity_figures
from coachwork.taxonomy import DamageType, Severity

MINOR, MODERATE, SEVERE = Severity


def case(truth: Severity, *levels: Severity, cluster: str = "a", more: float = 0.5) -> SeverityCase:
    said = DamageSeverity(levels=levels, guess=levels[0], probabilities={MINOR: 1 - more, MODERATE: more})
    return SeverityCase(kind=DamageType.DENT, truth=truth, said=said, cluster=cluster)


@given(arrays.arrays(np.float64, (3, 3), elements=st.integers(0, 30)))
def test_kappa_is_one_for_agreement_and_never_above(table: NDArray[np.float64]) -> None:
    for quadratic in (False, True):
        value = kappa(table, quadratic=quadratic)
        assert value is None or value <= 1
        agreed = kappa(np.diag(table.sum(axis=1)), quadratic=quadratic)
        assert agreed is None or agreed == 1


@given(arrays.arrays(np.int64, (3, 3), elements=st.integers(1, 30)))
def test_kappa_is_scikit_learns(table: NDArray[np.int64]) -> None:
    truths, guesses = np.indices((3, 3)).reshape(2, 9)
    for quadratic, weights in ((False, None), (True, "quadratic")):
        theirs = cohen_kappa_score(truths, guesses, weights=weights, sample_weight=table.reshape(-1))
        assert kappa(table.astype(np.float64), quadratic=quadratic) == pytest.approx(theirs)


def test_a_mistake_of_two_levels_counts_more() -> None:
    near = np.array([[8, 2, 0], [0, 8, 0], [0, 0, 8]], dtype=np.float64)
    far = np.array([[8, 0, 2], [0, 8, 0], [0, 0, 8]], dtype=np.float64)
    assert kappa(near, quadratic=True) > kappa(far, quadratic=True)  # type: ignore[operator]


def test_figures_count_what_is_stated_and_what_is_held() -> None:
    cases = [
        case(MINOR, MINOR, cluster="a"),
        case(MINOR, MINOR, MODERATE, cluster="b"),
        case(MODERATE, MINOR, cluster="c"),
        case(MODERATE, MODERATE, cluster="d"),
        case(SEVERE, MODERATE, SEVERE, cluster="e"),
    ]
    told = severity_figures(cases, resamples=50)
    assert told.examples == {MINOR: 2, MODERATE: 2, SEVERE: 1}
    assert told.abstained.value == pytest.approx(2 / 5)
    assert told.right.value == pytest.approx(2 / 3)
    assert told.coverage.value == pytest.approx(4 / 5)
    assert {level: figure.value for level, figure in told.level_coverage.items()} == {
        MINOR: 1,
        MODERATE: 0.5,
        SEVERE: 1,
    }
    assert told.confusion == ((2, 0, 0), (1, 1, 0), (0, 1, 0))
    assert told.to_json()["examples"] == {"minor": 2, "moderate": 2, "severe": 1}


def test_one_cluster_alone_gives_no_false_precision() -> None:
    told = severity_figures([case(MINOR, MINOR), case(MODERATE, MODERATE)], resamples=20)
    assert (told.quadratic_kappa.value, told.abstained.value) == (1, 0)


def test_no_case_or_one_without_a_severity_is_refused() -> None:
    unknown = SeverityCase(kind=DamageType.DENT, truth=MINOR, said=DamageSeverity(reason="none"), cluster="a")
    for cases in ([], [unknown]):
        with pytest.raises(ValueError, match="one at least"):
            severity_figures(cases)


def test_calibration_error_is_the_gap_between_said_and_seen() -> None:
    said = np.array([0.2] * 50 + [0.9] * 50)
    seen = np.array([True, False, False, False, False] * 10 + [True, False] * 25)  # a fifth, then half of them
    assert calibration_error(said, seen) == pytest.approx(0.2, abs=0.02)
    assert calibration_error(seen.astype(np.float64), seen) == 0
