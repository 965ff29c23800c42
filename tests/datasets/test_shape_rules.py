from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachwork.datasets.sample import DamageShape
from coachwork.datasets.shape_rules import FEWEST_SHAPES, outlier_scores, pair_suspicions, rule_suspicions
from coachwork.datasets.suspicions import SuspicionKind, count_by_kind
from coachwork.geometry.box import Box
from coachwork.taxonomy import DamageType
from tests.datasets.made_samples import FRAME, box_shape, outline_shape, sample


def kinds(*shapes: DamageShape) -> list[SuspicionKind]:
    return [one.kind for one in rule_suspicions([sample(*shapes)])]


def test_nothing_is_suspicious_where_nothing_is() -> None:
    assert rule_suspicions([]) == ()
    assert kinds() == []


@pytest.mark.parametrize(
    ("shapes", "expected"),
    [
        ([box_shape(10, 10, 60, 60)], []),
        ([box_shape(10, 10, 60, 60), box_shape(100, 100, 160, 160)], []),
        ([box_shape(-1, 0, 50, 50)], []),
        ([box_shape(-9, 0, 50, 50)], [SuspicionKind.OUT_OF_FRAME]),
        ([box_shape(350, 0, 420, 50)], [SuspicionKind.OUT_OF_FRAME]),
        ([box_shape(10, 10, 12, 12)], [SuspicionKind.TINY]),
        ([box_shape(10, 10, 12, 40)], []),
        ([box_shape(10, 10, 60, 60), box_shape(12, 10, 60, 60)], [SuspicionKind.DUPLICATE]),
        ([box_shape(10, 10, 60, 60), box_shape(30, 10, 80, 60)], []),
        ([box_shape(10, 10, 60, 60), box_shape(10, 10, 60, 60, kind=DamageType.RUST)], [SuspicionKind.TWO_TYPES]),
        ([box_shape(10, 10, 60, 60), box_shape(10, 10, 60, 60, kind=None)], []),
        ([box_shape(10, 10, 60, 60), box_shape(340, 10, 390, 60)], [SuspicionKind.MIRRORED]),
        ([box_shape(10, 10, 60, 60), box_shape(340, 10, 390, 60, kind=DamageType.RUST)], []),
        ([box_shape(175, 10, 225, 60)], []),
        ([box_shape(10, 10, 60, 60), box_shape(10, 10, 60, 60, crowd=True)], []),
    ],
)
def test_rules_on_one_photo(shapes: list[DamageShape], expected: list[SuspicionKind]) -> None:
    assert kinds(*shapes) == expected


def test_outlines_decide_where_both_have_one() -> None:
    upper = outline_shape(10, 10, 60, 10, 60, 60)
    lower = outline_shape(10, 10, 60, 60, 10, 60)
    assert kinds(upper, lower) == []
    assert kinds(upper, upper) == [SuspicionKind.DUPLICATE]


def test_outlines_decide_on_mirror_images_too() -> None:
    left, mirrored = outline_shape(10, 10, 60, 10, 60, 60), outline_shape(390, 10, 340, 10, 340, 60)
    same_box = outline_shape(340, 10, 390, 10, 390, 60)
    assert kinds(left, mirrored) == [SuspicionKind.MIRRORED]
    assert kinds(left, same_box) == []


def test_a_box_that_was_moved_off_its_outline() -> None:
    shape = outline_shape(10, 10, 60, 10, 60, 60)
    moved = replace(shape, box=Box(x_min=30, y_min=10, x_max=80, y_max=60))
    assert kinds(shape) == []
    assert kinds(moved) == [SuspicionKind.BOX_AGAINST_MASK]


def test_outliers_of_size_and_elongation_are_found_among_their_type() -> None:
    rng = np.random.default_rng(1)
    usual = [sample(box_shape(0, 0, *(20 + rng.random(2) * 10)), name=str(number)) for number in range(FEWEST_SHAPES)]
    odd = [sample(box_shape(0, 0, 390, 290), name="large"), sample(box_shape(0, 0, 390, 2), name="long")]
    found = rule_suspicions([*usual, *odd])
    assert {(one.kind, one.sample.name) for one in found} == {
        (SuspicionKind.SIZE, "large"),
        (SuspicionKind.ASPECT, "long"),
    }
    assert rule_suspicions([*usual[:5], *odd]) == ()  # too few to say what is usual


def test_the_worst_of_a_kind_comes_first() -> None:
    found = rule_suspicions([sample(box_shape(-5, 0, 50, 50), name="a"), sample(box_shape(-50, 0, 50, 50), name="b")])
    assert [one.sample.name for one in found] == ["b", "a"]
    assert count_by_kind(found) == {SuspicionKind.OUT_OF_FRAME: 2}
    assert found[0].as_json()["shapes"] == [{"index": 0, "type": "dent", "box": [-50, 0, 50, 50]}]


@given(st.lists(st.tuples(st.floats(0, 300), st.floats(0, 200), st.floats(1, 90), st.floats(1, 90)), max_size=5))
def test_suspicions_do_not_depend_on_the_order_of_shapes(boxes: list[tuple[float, float, float, float]]) -> None:
    shapes = [box_shape(x, y, x + width, y + height) for x, y, width, height in boxes]
    there = sorted(one.kind for one in pair_suspicions(sample(*shapes)))
    back = sorted(one.kind for one in pair_suspicions(sample(*reversed(shapes))))
    assert there == back


def test_equal_values_have_no_outliers() -> None:
    assert outlier_scores(np.full(5, 3.0)).tolist() == [0] * 5
    assert FRAME.area == 120000
