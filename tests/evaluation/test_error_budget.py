from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachwork.evaluation.average_precision import Extent, precision_curves
from coachwork.evaluation.error_budget import ErrorBudget, Fault, error_budget
from coachwork.taxonomy import DamageType

DENT, SCRATCH = DamageType.DENT, DamageType.SCRATCH
A, B, C = (0, 0, 20, 20), (40, 0, 60, 20), (80, 40, 110, 90)
NEAR_A = (0, 0, 20, 50)
FREE = (0, 60, 20, 80)


def budget(made: Any, truth: list[Any], found: list[Any], extent: Extent = Extent.BOX) -> ErrorBudget:
    measured = error_budget([made.pair("a", truth, found)], (DENT,), extent)
    assert measured is not None
    return measured


def test_nothing_to_find_has_no_budget(made: Any) -> None:
    assert error_budget([made.pair("a", [], [(DENT, 0.5, A)])], (DENT,), Extent.BOX) is None
    assert error_budget([], (DENT,), Extent.BOX) is None


def test_a_perfect_model_has_nothing_to_gain(made: Any) -> None:
    measured = budget(made, [(DENT, A), (DENT, B)], [(DENT, 0.9, A), (DENT, 0.8, B)])
    assert measured.ap50 == 1
    assert set(measured.gains.values()) == {0}
    assert set(measured.counts.values()) == {0}


@pytest.mark.parametrize("extent", Extent)
@pytest.mark.parametrize(
    ("fault", "truth", "found"),
    [
        (Fault.LOOSE, [(DENT, A)], [(DENT, 0.9, NEAR_A)]),
        (Fault.MISTAKEN, [(SCRATCH, A), (DENT, B)], [(DENT, 0.9, A), (DENT, 0.5, B)]),
        (Fault.BOTH, [(SCRATCH, A), (DENT, B)], [(DENT, 0.9, NEAR_A), (DENT, 0.5, B)]),
        (Fault.DOUBLED, [(DENT, A), (DENT, B)], [(DENT, 0.9, A), (DENT, 0.8, A), (DENT, 0.5, B)]),
        (Fault.NOTHING, [(DENT, B)], [(DENT, 0.9, FREE), (DENT, 0.5, B)]),
        (Fault.MISSED, [(DENT, A), (DENT, B)], [(DENT, 0.9, A)]),
    ],
)
def test_each_fault_is_told_and_its_repair_makes_the_rest_perfect(
    made: Any, extent: Extent, fault: Fault, truth: list[Any], found: list[Any]
) -> None:
    measured = budget(made, truth, found, extent)
    assert measured.counts == {kind: int(kind is fault) for kind in Fault}
    assert measured.ap50 < 1
    assert measured.ap50 + measured.gains[fault] == 1


def test_a_damage_that_another_type_covers_is_not_missed(made: Any) -> None:
    measured = budget(made, [(DENT, A)], [(SCRATCH, 0.9, A)])
    assert measured.counts[Fault.MISSED] == 0


def test_types_that_a_photo_does_not_annotate_are_not_judged(made: Any) -> None:
    pair = made.pair("a", [(DENT, A)], [(DENT, 0.9, A)])
    unknown = made.pair("b", [], [(DENT, 0.95, B)], annotated=frozenset())
    assert error_budget([pair, unknown], (DENT,), Extent.BOX) == error_budget([pair], (DENT,), Extent.BOX)


boxes = st.tuples(st.integers(0, 80), st.integers(0, 60), st.integers(4, 30), st.integers(4, 30)).map(
    lambda box: (box[0], box[1], box[0] + box[2], box[1] + box[3])
)
kinds = st.sampled_from([DENT, SCRATCH])


@given(
    truth=st.lists(st.tuples(kinds, boxes), max_size=5),
    found=st.lists(st.tuples(kinds, st.sampled_from([0.9, 0.7, 0.5, 0.3]), boxes), max_size=6),
)
def test_it_starts_from_the_ap50_of_pycocotools_and_no_repair_hurts(made: Any, truth: Any, found: Any) -> None:
    pair = made.pair("a", truth, sorted(found, key=lambda row: -row[1]))
    measured = error_budget([pair], (DENT,), Extent.BOX)
    curves = precision_curves([pair], (DENT,), Extent.BOX)
    assert curves is not None
    expected = float(curves.average_precision(iou=0.5)[0])
    assert (measured is None) == np.isnan(expected)
    if measured is not None:
        assert measured.ap50 == pytest.approx(expected, abs=1e-9)
        assert min(measured.gains.values()) >= -1e-9
        assert max(measured.gains.values()) <= 1 - measured.ap50 + 1e-9
