import cv2
import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from coachwork.geometry.mask import Mask
from coachwork.geometry.size import Size
from coachwork.inspections.size import mask_hull

FRAME = Size(height=40, width=50)


@given(
    crop=arrays(np.bool_, st.tuples(st.integers(1, 12), st.integers(1, 15))), x=st.integers(0, 30), y=st.integers(0, 25)
)
def test_the_hull_is_that_of_all_corners_of_all_pixels(crop: NDArray[np.bool_], x: int, y: int) -> None:
    crop[0, 0] = True
    hull = mask_hull(Mask(crop=crop, x=x, y=y, frame=FRAME))
    rows, columns = np.nonzero(crop)
    corners = [
        (column + x + dx, row + y + dy)
        for row, column in zip(rows, columns, strict=True)
        for dx in (0, 1)
        for dy in (0, 1)
    ]
    whole = cv2.convexHull(np.array(corners, dtype=np.float32))[:, 0]
    assert {tuple(point) for point in hull.tolist()} == {tuple(point) for point in whole.astype(float).tolist()}
