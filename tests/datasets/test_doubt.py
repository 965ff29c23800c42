"""How sure a model is of a photo."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachwork.datasets.doubt import detection_doubt, expected_counts, near_thresholds, verdict_doubt
from coachwork.detections import Detections
from coachwork.geometry.size import Size
from coachwork.taxonomy import DamageType, Kind

TYPES = (DamageType.DENT, DamageType.SCRATCH)
THRESHOLDS: dict[Kind, float] = {DamageType.DENT: 0.5, DamageType.SCRATCH: 0.1}


def found(*pairs: tuple[int, float]) -> Detections:
    ordered = sorted(pairs, key=lambda pair: -pair[1])
    return Detections(
        boxes=np.zeros((len(pairs), 4), dtype=np.float32),
        labels=np.array([label for label, _ in ordered], dtype=np.int64),
        scores=np.array([score for _, score in ordered], dtype=np.float32),
        masks=None,
        size=Size(height=10, width=10),
        types=TYPES,
    )


def test_nothing_found_leaves_no_doubt_of_damages() -> None:
    assert near_thresholds(found(), THRESHOLDS) == ()
    assert detection_doubt(()) == 0
    assert expected_counts(found(), THRESHOLDS) == {}


def test_only_scores_near_their_own_types_threshold_are_in_doubt() -> None:
    near = near_thresholds(found((0, 0.5), (1, 0.5), (1, 0.1), (0, 0.1)), THRESHOLDS)
    assert [(one.type, round(one.score, 2)) for one in near] == [(DamageType.DENT, 0.5), (DamageType.SCRATCH, 0.1)]
    assert near[0].nearness == pytest.approx(1)


def test_a_score_at_its_threshold_counts_one_half_and_a_faint_one_nothing() -> None:
    expected = expected_counts(found((0, 0.5), (0, 0.999), (0, 0.02), (1, 0.1)), THRESHOLDS)
    assert expected[DamageType.DENT] == pytest.approx(1.5, abs=0.01)
    assert expected[DamageType.SCRATCH] == pytest.approx(0.5, abs=0.01)


def test_more_doubtful_damages_are_more_doubt() -> None:
    one, two = (near_thresholds(found(*[(0, 0.5)] * count), THRESHOLDS) for count in (1, 2))
    assert 0 < detection_doubt(one) < detection_doubt(two) < 1


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_a_verdict_is_open_between_its_bounds_and_less_so_beyond(probability: float, one: float, other: float) -> None:
    low, high = sorted((one, other))
    doubt = verdict_doubt(probability, none_below=low, damaged_above=high)
    assert 0 <= doubt <= 1
    if low <= probability <= high:
        assert doubt == 1


def test_a_certain_verdict_leaves_no_doubt() -> None:
    assert verdict_doubt(0, none_below=0.3, damaged_above=0.7) == 0
    assert verdict_doubt(1, none_below=0.3, damaged_above=0.7) == 0
    assert verdict_doubt(1, none_below=0.3, damaged_above=1) == 1
