import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachwork.geometry.polygon import as_polygon, polygon_area, polygons_box, rasterise
from coachwork.geometry.size import Size

FRAME = Size(height=40, width=60)
points = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 40)), min_size=3, max_size=9, unique=True)


@given(corners=points, shift=st.integers(0, 8))
def test_area_depends_neither_on_the_start_nor_on_the_direction(corners: list[tuple[int, int]], shift: int) -> None:
    polygon = as_polygon(np.array(corners, dtype=np.float64))
    assert polygon_area(np.roll(polygon, shift, axis=0)) == pytest.approx(polygon_area(polygon))
    assert polygon_area(polygon[::-1]) == pytest.approx(polygon_area(polygon))
    assert polygon_area(polygon) >= 0


@given(corners=points)
def test_a_closing_point_changes_nothing(corners: list[tuple[int, int]]) -> None:
    closed = np.array([*corners, corners[0]], dtype=np.float64)
    np.testing.assert_array_equal(as_polygon(closed), as_polygon(closed[:-1]))


@given(x=st.integers(0, 50), y=st.integers(0, 30), width=st.integers(1, 10), height=st.integers(1, 10))
def test_a_rectangle_covers_exactly_its_pixels(x: int, y: int, width: int, height: int) -> None:
    polygon = as_polygon([x, y, x + width, y, x + width, y + height, x, y + height])
    mask = rasterise([polygon], FRAME)
    expected = np.zeros((40, 60), dtype=np.bool_)
    expected[y : y + height, x : x + width] = True
    np.testing.assert_array_equal(mask.full(), expected)
    assert mask.box == polygons_box([polygon])
    assert mask.area == polygon_area(polygon)


@given(first=points, second=points)
def test_parts_are_united(first: list[tuple[int, int]], second: list[tuple[int, int]]) -> None:
    parts = [as_polygon(np.array(corners, dtype=np.float64)) for corners in (first, second)]
    both = rasterise(parts, FRAME).full()
    np.testing.assert_array_equal(both, rasterise(parts[:1], FRAME).full() | rasterise(parts[1:], FRAME).full())


def test_what_leaves_the_frame_is_cut_off() -> None:
    mask = rasterise([as_polygon([-20, -20, 200, -20, 200, 200, -20, 200])], FRAME)
    assert mask.area == FRAME.area


def test_no_parts_cover_nothing() -> None:
    assert rasterise([], FRAME).area == 0


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        ([], "three different"),
        ([1, 2, 3, 4], "three different"),
        ([1, 1, 2, 2, 1, 1], "three different"),
        ([1, 2, 3], "pairs"),
        ([0, 0, 1, 0, float("nan"), 1], "finite"),
    ],
)
def test_points_that_are_no_polygon_are_refused(bad: list[float], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        as_polygon(bad)
