import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from pycocotools import mask as coco_mask

from coachwork.geometry.box import Box, box_areas, box_intersections, box_iou
from coachwork.geometry.size import Size

edges = st.floats(-50, 150).map(lambda value: round(value, 2))


@st.composite
def boxes(draw: st.DrawFn) -> Box:
    x, y = sorted(draw(st.tuples(edges, edges))), sorted(draw(st.tuples(edges, edges)))
    return Box(x_min=x[0], y_min=y[0], x_max=x[1], y_max=y[1])


def rows(*some: Box) -> NDArray[np.float64]:
    return np.array([box.xyxy for box in some], dtype=np.float64).reshape(-1, 4)


def test_no_boxes_give_empty_tables() -> None:
    none = np.zeros((0, 4))
    assert box_areas(none).shape == (0,)
    assert box_intersections(none, rows(Box(x_min=0, y_min=0, x_max=1, y_max=1))).shape == (0, 1)
    assert box_iou(none, none).shape == (0, 0)


@given(first=boxes(), second=boxes())
def test_iou_is_symmetric_and_bounded(first: Box, second: Box) -> None:
    iou = box_iou(rows(first), rows(second))
    np.testing.assert_array_equal(iou, box_iou(rows(second), rows(first)))
    assert 0 <= iou[0, 0] <= 1 + 1e-12


@given(box=boxes())
def test_a_box_covers_itself(box: Box) -> None:
    assert box_iou(rows(box), rows(box))[0, 0] == (1 if box.area > 0 else 0)


@given(first=boxes(), second=boxes())
def test_agrees_with_pycocotools(first: Box, second: Box) -> None:
    if first.area < 1 or second.area < 1:
        return
    ours = box_iou(rows(first), rows(second))
    as_xywh = [[[box.x_min, box.y_min, box.width, box.height]] for box in (first, second)]
    theirs = coco_mask.iou(np.array(as_xywh[0]), np.array(as_xywh[1]), [0])
    np.testing.assert_allclose(ours, theirs, atol=1e-9)


@given(box=boxes())
def test_clipping_stays_inside_and_is_done_once(box: Box) -> None:
    frame = Size(height=80, width=100)
    clipped = box.clipped(frame)
    assert 0 <= clipped.x_min <= clipped.x_max <= 100
    assert 0 <= clipped.y_min <= clipped.y_max <= 80
    assert clipped.clipped(frame) == clipped
    whole = Box(x_min=0, y_min=0, x_max=100, y_max=80)
    assert clipped.area == pytest.approx(box_intersections(rows(box), rows(whole))[0, 0])


@pytest.mark.parametrize("bad", [(1, 0, 0, 1), (0, 1, 1, 0), (0, 0, float("nan"), 1), (0, 0, 1, float("inf"))])
def test_a_box_out_of_order_or_not_finite_is_refused(bad: tuple[float, float, float, float]) -> None:
    with pytest.raises(ValueError, match="a box needs"):
        Box(x_min=bad[0], y_min=bad[1], x_max=bad[2], y_max=bad[3])


@pytest.mark.parametrize(("height", "width"), [(0, 1), (1, 0), (-3, 4)])
def test_a_size_without_pixels_is_refused(height: int, width: int) -> None:
    with pytest.raises(ValueError, match="at least one pixel"):
        Size(height=height, width=width)
