import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from coachwork.annotations.outlines import (
    bridged,
    crosses_itself,
    cut_at_frame,
    ellipse,
    is_upright_rectangle,
    mask_outlines,
    overshoot,
)
from coachwork.geometry.mask import Mask
from coachwork.geometry.polygon import polygon_area, rasterise
from coachwork.geometry.size import Size

FRAME = Size(height=30, width=40)
WIDE = Size(height=120, width=160)
points = arrays(np.float64, st.tuples(st.integers(3, 8), st.just(2)), elements=st.integers(-40, 80).map(float))


def test_a_polygon_inside_is_left_alone() -> None:
    polygon = np.array([[1.0, 1], [39, 2], [20, 29]])
    assert cut_at_frame(polygon, FRAME) is polygon


def test_a_polygon_outside_is_nothing() -> None:
    assert cut_at_frame(np.array([[50.0, 1], [60, 2], [55, 29]]), FRAME) is None
    assert cut_at_frame(np.array([[-9.0, 40], [60, 40], [55, 31]]), FRAME) is None


def test_a_polygon_around_the_frame_becomes_the_frame() -> None:
    cut = cut_at_frame(np.array([[-10.0, -10], [50, -10], [50, 50], [-10, 50]]), FRAME)
    assert cut is not None
    assert polygon_area(cut) == FRAME.area


@given(points)
def test_cutting_keeps_the_pixels_inside_the_frame(polygon: np.ndarray) -> None:
    """Oracle: rasterise the uncut polygon in a frame wide enough to hold it, then crop."""
    shifted = polygon + 40
    whole = rasterise([shifted], WIDE).full()[40 : 40 + FRAME.height, 40 : 40 + FRAME.width]
    cut = cut_at_frame(polygon, FRAME)
    if cut is None:
        assert whole.sum() <= whole.shape[0] + whole.shape[1]
        return
    assert overshoot(cut, FRAME) == 0
    found = rasterise([cut], FRAME).full()
    # COCO's rasteriser rounds edges to a fifth of a pixel, so pixels along an edge may differ.
    edge_pixels = 4 * (FRAME.height + FRAME.width)
    assert np.count_nonzero(found != whole) <= edge_pixels


def test_overshoot_is_the_farthest_point() -> None:
    assert overshoot(np.array([[0.0, 0], [40, 30], [3, 3]]), FRAME) == 0
    assert overshoot(np.array([[-2.0, 0], [45, 30], [3, 31]]), FRAME) == 5


@pytest.mark.parametrize(
    ("polygon", "crosses"),
    [
        ([[0, 0], [4, 0], [4, 4], [0, 4]], False),
        ([[0, 0], [4, 4], [4, 0], [0, 4]], True),
        ([[0, 0], [4, 0], [2, 1]], False),
        ([[0, 0], [9, 0], [9, 9], [5, 2], [1, 9]], False),
        ([[0, 0], [4, 0], [4, 4], [2, 0], [0, 4]], False),
    ],
)
def test_crossings(polygon: list[list[float]], *, crosses: bool) -> None:
    assert crosses_itself(np.array(polygon, dtype=np.float64)) is crosses


@given(st.floats(0, 6.3), st.integers(3, 40))
def test_points_around_a_circle_never_cross(turn: float, count: int) -> None:
    at = np.linspace(0, 2 * np.pi, count, endpoint=False) + turn
    assert not crosses_itself(np.stack([np.cos(at), np.sin(at)], axis=1) * 9)


def test_rectangles_are_told_from_other_outlines() -> None:
    assert is_upright_rectangle(np.array([[1.0, 1], [9, 1], [9, 5], [1, 5]]))
    assert not is_upright_rectangle(np.array([[1.0, 1], [9, 1], [9, 5], [5, 5]]))
    assert not is_upright_rectangle(np.array([[5.0, 1], [9, 3], [5, 5], [1, 3]]))


@given(st.floats(1, 50), st.floats(1, 50), st.floats(-3, 3))
def test_an_ellipse_has_its_own_area(rx: float, ry: float, angle: float) -> None:
    assert polygon_area(ellipse((5, 5), (rx, ry), angle=angle)) == pytest.approx(np.pi * rx * ry)


def test_bridged_parts_cover_what_the_parts_cover() -> None:
    parts = [
        np.array([[2.0, 2], [9, 2], [9, 9]]),
        np.array([[20.0, 20], [30, 20], [25, 28]]),
        np.array([[2.0, 20], [9, 20], [5, 28]]),
    ]
    joined = bridged(parts)
    assert len(joined) == 3 * 3 + 2 * 2
    assert polygon_area(joined) == pytest.approx(sum(map(polygon_area, parts)))
    difference = rasterise([joined], WIDE).full() ^ rasterise(parts, WIDE).full()
    assert np.count_nonzero(difference) <= 4  # where a bridge of no width touches a pixel's centre
    assert bridged(parts[:1]) is parts[0]


def test_outlines_of_a_mask_run_along_its_pixels() -> None:
    full = np.zeros((30, 40), dtype=np.bool_)
    full[3:9, 5:15] = True
    full[20:25, 30:40] = True
    outlines = mask_outlines(Mask.from_full(full))
    assert np.array_equal(rasterise(outlines, FRAME).full(), full)
