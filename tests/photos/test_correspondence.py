import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from coachwork.geometry.box import Box
from coachwork.geometry.mask import Mask
from coachwork.geometry.size import Size
from coachwork.photos.correspondence import _unclaimed, carry, correspondence, photo_points

SIZE = Size(height=300, width=400)
PLACE = Box(x_min=150, y_min=100, x_max=230, y_max=160)


def textured(seed: int) -> NDArray[np.uint8]:
    """Blobs of all sizes, as different from another seed's as two cars."""
    rng = np.random.default_rng(seed)
    picture = np.full((SIZE.height, SIZE.width, 3), 120, dtype=np.uint8)
    for _ in range(250):
        centre = (int(rng.integers(SIZE.width)), int(rng.integers(SIZE.height)))
        colour = tuple(int(value) for value in rng.integers(0, 255, 3))
        cv2.circle(picture, centre, int(rng.integers(2, 14)), colour, -1)
    return picture


def moved(picture: NDArray[np.uint8], matrix: NDArray[np.float64]) -> NDArray[np.uint8]:
    warped = cv2.warpPerspective(picture, matrix, (SIZE.width, SIZE.height), borderValue=(90, 90, 90))
    return np.asarray(warped, dtype=np.uint8)


def around(points: NDArray[np.float64]) -> Box:
    (x_min, y_min), (x_max, y_max) = points.min(axis=0), points.max(axis=0)
    return Box(x_min=float(x_min), y_min=float(y_min), x_max=float(x_max), y_max=float(y_max))


def camera(angle: float, zoom: float, tilt: float) -> NDArray[np.float64]:
    matrix = np.vstack([cv2.getRotationMatrix2D((SIZE.width / 2, SIZE.height / 2), angle, zoom), [0, 0, 1]])
    return np.asarray(matrix @ np.array([[1, 0, 8], [0, 1, -5], [tilt, 0, 1]]), dtype=np.float64)


@pytest.mark.parametrize(("angle", "zoom", "tilt"), [(0, 1.0, 0.0), (12, 1.3, 2e-4), (-20, 0.8, -3e-4)])
def test_a_place_is_found_again_from_another_camera(angle: float, zoom: float, tilt: float) -> None:
    matrix = camera(angle, zoom, tilt)
    picture = textured(1)
    shared = correspondence(photo_points(picture, SIZE), photo_points(moved(picture, matrix), SIZE))
    assert shared is not None
    carried = carry(shared, PLACE)
    assert carried is not None
    corners = np.array([[150.0, 100], [230, 100], [230, 160], [150, 160]])
    expected = cv2.perspectiveTransform(corners[None], matrix)[0]
    assert np.abs(carried.outline(corners) - expected).max() < 4
    back = carry(shared.turned, around(expected))
    assert back is not None
    assert np.abs(back.outline(expected) - corners).max() < 6


def test_points_are_told_in_pixels_of_the_whole_photo() -> None:
    whole = Size(height=600, width=800)
    reduced = photo_points(textured(1), whole)
    assert reduced.points[:, 0].max() > 400
    shared = correspondence(reduced, photo_points(textured(1), SIZE))
    assert shared is not None
    assert np.abs(shared.first / 2 - shared.second).max() < 1


def test_strangers_share_nothing() -> None:
    points = [photo_points(textured(seed), SIZE) for seed in range(4)]
    assert all(correspondence(points[0], other) is None for other in points[1:])


def test_mirror_images_are_not_the_same_place() -> None:
    picture = textured(1)
    mirrored = np.ascontiguousarray(picture[:, ::-1])
    shared = correspondence(photo_points(picture, SIZE), photo_points(mirrored, SIZE))
    assert shared is None or carry(shared, PLACE) is None


def test_bare_paint_has_no_points() -> None:
    bare = np.full((SIZE.height, SIZE.width, 3), 120, dtype=np.uint8)
    assert correspondence(photo_points(bare, SIZE), photo_points(textured(1), SIZE)) is None
    assert correspondence(photo_points(bare, SIZE), photo_points(bare, SIZE)) is None


def test_the_same_photos_give_the_same_answer() -> None:
    picture, other = textured(2), moved(textured(2), camera(7, 1.1, 1e-4))
    found = []
    for _ in range(2):
        shared = correspondence(photo_points(picture, SIZE), photo_points(other, SIZE))
        assert shared is not None
        carried = carry(shared, PLACE)
        assert carried is not None
        found.append(carried.matrix)
    assert np.array_equal(found[0], found[1])


def test_no_points_are_taken_from_what_is_left_out() -> None:
    left = Mask(crop=np.ones((300, 200), dtype=np.bool_), x=0, y=0, frame=SIZE)
    every, kept = photo_points(textured(1), SIZE), photo_points(textured(1), SIZE, without=[left])
    assert (every.points[:, 0] < 200).any()
    assert len(kept.points) == int((every.points[:, 0] >= 200).sum()) == len(kept.descriptors)


def test_what_fits_in_two_ways_goes_with_the_plane_of_more_points() -> None:
    car = np.array([[0, 0], [1, 1], [2, 2], [3, 3]])
    wheel = np.array([[2, 7], [3, 8], [9, 9]])
    assert _unclaimed([wheel, car]).tolist() == [[0, 0], [1, 1], [2, 2], [3, 3], [9, 9]]
    assert _unclaimed([]).shape == (0, 2)
