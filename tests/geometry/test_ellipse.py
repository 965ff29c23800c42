import math

import cv2
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from numpy.typing import NDArray

from coachwork.geometry.ellipse import Ellipse, ellipse_of
from coachwork.geometry.mask import Mask
from coachwork.geometry.size import Size

_FRAME = Size(height=400, width=500)


def _drawn(x: float, y: float, half_axes: tuple[float, float], turn: float = 0.0) -> NDArray[np.bool_]:
    """Pixels of an ellipse, by its definition."""
    rows, columns = np.indices((_FRAME.height, _FRAME.width))
    along = (columns + 0.5 - x) * math.cos(turn) + (rows + 0.5 - y) * math.sin(turn)
    across = -(columns + 0.5 - x) * math.sin(turn) + (rows + 0.5 - y) * math.cos(turn)
    return np.asarray((along / half_axes[0]) ** 2 + (across / half_axes[1]) ** 2 <= 1)


@pytest.mark.parametrize(
    "full",
    [
        pytest.param(np.zeros((400, 500), dtype=np.bool_), id="empty"),
        pytest.param(_drawn(200, 200, (3, 3)), id="a few pixels"),
        pytest.param(_drawn(200, 200, (150, 3)), id="a line"),
    ],
)
def test_too_little_tells_no_ellipse(full: NDArray[np.bool_]) -> None:
    assert ellipse_of(Mask.from_full(full)) is None


@given(
    x=st.floats(180, 320),
    y=st.floats(180, 220),
    major=st.floats(30, 150),
    ratio=st.floats(0.4, 1.0),
    turn=st.floats(-0.5, 0.5),
)
@example(x=180.96875, y=180.0, major=30.0, ratio=0.400390625, turn=0.0)
def test_an_ellipse_is_found_again(x: float, y: float, major: float, ratio: float, turn: float) -> None:
    fitted = ellipse_of(Mask.from_full(_drawn(x, y, (major * ratio, major), turn)))
    assert fitted is not None
    ellipse, overlap = fitted
    assert overlap > 0.9, "half a pixel along the outline of the smallest ones is 6 % of their area"
    assert ellipse.centre == pytest.approx([x, y], abs=1)
    assert ellipse.axes == pytest.approx((2 * major * ratio, 2 * major), rel=0.03, abs=2)


def test_what_is_hidden_or_added_does_not_move_it() -> None:
    full = _drawn(250, 200, (60, 100))
    full[:125] = False  # the wheel arch hides the top
    full |= _drawn(250, 300, (90, 10))  # a shadow on the ground
    fitted = ellipse_of(Mask.from_full(full))
    assert fitted is not None
    assert fitted[0].axes == pytest.approx((120, 200), rel=0.08)


def test_a_square_is_told_by_its_overlap() -> None:
    full = np.zeros((400, 500), dtype=np.bool_)
    full[100:300, 100:300] = True
    fitted = ellipse_of(Mask.from_full(full))
    assert fitted is None or fitted[1] < 0.93


def test_only_the_largest_piece_counts() -> None:
    fitted = ellipse_of(Mask.from_full(_drawn(300, 200, (80, 80)) | _drawn(60, 60, (20, 20))))
    assert fitted is not None
    assert fitted[0].centre == pytest.approx([300, 200], abs=1)


def test_inside_is_one_on_the_edge() -> None:
    ellipse = Ellipse(x=10, y=20, shape=np.diag([9.0, 16.0]))
    points = np.array([[10, 20], [13, 20], [10, 24], [16, 20]], dtype=np.float64)
    assert ellipse.inside(points).tolist() == pytest.approx([0, 1, 1, 2])
    assert ellipse.axes == pytest.approx((6, 8))


def test_agrees_with_opencv_on_a_drawn_ellipse() -> None:
    canvas = np.zeros((400, 500), dtype=np.uint8)
    cv2.ellipse(canvas, ((250, 200), (120, 180), 20), 1, thickness=-1)
    fitted = ellipse_of(Mask.from_full(canvas.astype(np.bool_)))
    assert fitted is not None
    assert fitted[0].axes == pytest.approx((120, 180), abs=2)
