import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachwork.geometry.box import Box
from coachwork.geometry.rotated_box import RotatedBox

sides = st.floats(1, 500)
boxes = st.builds(
    RotatedBox, x=st.floats(-500, 500), y=st.floats(-500, 500), width=sides, height=sides, angle=st.floats(-179, 179)
)


def test_without_an_angle_it_is_the_upright_box() -> None:
    assert RotatedBox(x=5, y=4, width=6, height=2, angle=0).box == Box(x_min=2, y_min=3, x_max=8, y_max=5)


def test_angles_run_clockwise_on_the_picture() -> None:
    top_left, top_right, *_ = RotatedBox(x=0, y=0, width=10, height=0, angle=45).corners
    assert top_left[1] < 0 < top_right[1]


@given(boxes)
def test_corners_give_the_box_again(box: RotatedBox) -> None:
    again = RotatedBox.from_corners(box.corners)
    found = (again.x, again.y, again.width, again.height, again.angle)
    assert found == pytest.approx((box.x, box.y, box.width, box.height, box.angle), abs=1e-5)


@given(boxes)
def test_the_upright_box_holds_all_corners(box: RotatedBox) -> None:
    around = box.box
    assert np.all(box.corners >= (around.x_min, around.y_min))
    assert np.all(box.corners <= (around.x_max, around.y_max))


@pytest.mark.parametrize("wrong", [{"width": -1.0}, {"angle": float("nan")}, {"x": float("inf")}])
def test_impossible_boxes_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="a rotated box needs"):
        RotatedBox(**({"x": 0.0, "y": 0.0, "width": 1.0, "height": 1.0, "angle": 0.0} | wrong))
