"""What people changed in proposed annotations."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachwork.datasets.corrections import Change, compare_photo, corrections_by_type, shape_iou
from coachwork.datasets.sample import DamageShape, Sample, Split
from coachwork.geometry.box import Box
from coachwork.geometry.size import Size
from coachwork.taxonomy import DamageType

DENT, SCRATCH = DamageType.DENT, DamageType.SCRATCH


def box(x: float, *, kind: DamageType | None = DENT, side: float = 20, **fields: Any) -> DamageShape:
    return replace(DamageShape(type=kind, box=Box(x_min=x, y_min=10, x_max=x + side, y_max=10 + side)), **fields)


def photo(*shapes: DamageShape) -> Sample:
    return Sample(
        photo="photos/a",
        sha256="a",
        size=Size(height=100, width=400),
        source="s",
        name="a.jpg",
        split=Split.TRAIN,
        cluster="",
        annotated=frozenset(DamageType),
        shapes=shapes,
    )


def changes(before: list[DamageShape], after: list[DamageShape]) -> list[tuple[Change, float]]:
    found = compare_photo(photo(*before), photo(*after))
    return [(one.change, round(one.iou, 2)) for one in found]


def test_of_nothing_nothing_was_changed() -> None:
    assert changes([], []) == []
    (total,) = corrections_by_type([])
    assert (total.name, total.proposed, total.precision, total.recall, total.median_iou) == ("all", 0, None, None, None)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ([box(10)], [box(10)], [(Change.KEPT, 1.0)]),
        ([box(10)], [box(10.4)], [(Change.KEPT, 0.96)]),
        ([box(10)], [box(20)], [(Change.RESHAPED, 0.33)]),
        ([box(10)], [box(29)], [(Change.DELETED, 0.0), (Change.ADDED, 0.0)]),
        ([box(10)], [], [(Change.DELETED, 0.0)]),
        ([], [box(10)], [(Change.ADDED, 0.0)]),
        ([box(10)], [box(11, kind=SCRATCH)], [(Change.RETYPED, 0.9)]),
        ([box(10)], [box(20, kind=SCRATCH)], [(Change.DELETED, 0.0), (Change.ADDED, 0.0)]),
        ([box(10)], [box(10, kind=None)], [(Change.RETYPED, 1.0)]),
        ([box(10, crowd=True)], [], []),
    ],
)
def test_what_became_of_a_shape(
    before: list[DamageShape], after: list[DamageShape], expected: list[tuple[Change, float]]
) -> None:
    assert changes(before, after) == expected


def test_a_shape_of_the_same_type_goes_before_one_that_lies_nearer() -> None:
    before, after = [box(10), box(10, kind=SCRATCH)], [box(14), box(10, kind=SCRATCH)]
    assert [change for change, _ in changes(before, after)] == [Change.RESHAPED, Change.KEPT]


def test_outlines_are_compared_by_their_pixels_and_with_boxes_by_boxes() -> None:
    triangle = np.array([[10.0, 10], [30, 10], [10, 30]])
    drawn = box(10, polygons=(triangle,))
    assert shape_iou([drawn], [drawn, box(10)], photo())[0].tolist() == [1.0, 1.0]
    other = box(10, polygons=(np.array([[30.0, 10], [30, 30], [10, 30]]),))
    assert shape_iou([drawn], [other], photo())[0, 0] < 0.1


def test_a_type_that_nobody_looked_for_was_not_deleted() -> None:
    corrected = replace(photo(), annotated=frozenset({SCRATCH}))
    found = compare_photo(photo(box(10), box(50, kind=SCRATCH)), corrected)
    assert [(one.change, one.proposed.type) for one in found if one.proposed] == [(Change.DELETED, SCRATCH)]


def test_figures_by_type_add_up() -> None:
    found = compare_photo(
        photo(box(10), box(50), box(100), box(150, kind=SCRATCH)),
        photo(box(10), box(55), box(100, kind=SCRATCH), box(200, kind=SCRATCH)),
    )
    dent, scratch, total = corrections_by_type(found)
    assert (dent.proposed, dent.kept, dent.reshaped, dent.retyped, dent.right) == (3, 1, 1, 1, 2)
    assert (scratch.proposed, scratch.corrected, scratch.deleted, scratch.added, scratch.retyped_to) == (1, 2, 1, 1, 1)
    assert dent.precision == pytest.approx(2 / 3)
    assert dent.recall == 1
    assert (scratch.precision, scratch.recall) == (0, 0)
    assert (total.proposed, total.corrected, total.right) == (4, 4, 2)


def test_a_change_says_who_said_what() -> None:
    (one,) = compare_photo(photo(box(10, attributes={"score": "0.42"})), photo(box(12, kind=SCRATCH)))
    told = one.as_json()
    assert (told["change"], told["proposed"], told["corrected"], told["score"]) == ("retyped", "dent", "scratch", 0.42)


shapes = st.lists(
    st.builds(box, st.floats(0, 300), kind=st.sampled_from([DENT, SCRATCH, None]), side=st.floats(2, 60)), max_size=6
)


@given(shapes, shapes)
def test_every_shape_is_accounted_for_once(before: list[DamageShape], after: list[DamageShape]) -> None:
    found = compare_photo(photo(*before), photo(*after))
    assert sorted(id(one.proposed) for one in found if one.proposed) == sorted(map(id, before))
    assert sorted(id(one.corrected) for one in found if one.corrected) == sorted(map(id, after))
    *rows, total = corrections_by_type(found)
    assert total.proposed == sum(row.proposed for row in rows) == len(before)
    assert total.corrected == sum(row.corrected for row in rows) == len(after)


@given(shapes)
def test_an_untouched_proposal_is_kept_whole(before: list[DamageShape]) -> None:
    assert all(one.change is Change.KEPT for one in compare_photo(photo(*before), photo(*before)))
