import pytest

from coachwork.inspections.coverage import SeenPart
from coachwork.inspections.views import PhotoView, photo_views
from coachwork.taxonomy import CarPart


def seen(**shares: float) -> list[SeenPart]:
    return [SeenPart(part=CarPart(name), share=share) for name, share in shares.items()]


@pytest.mark.parametrize(
    ("parts", "views"),
    [
        ({}, set()),
        ({"wheel": 0.02}, set()),
        ({"front_bumper": 0.1, "bonnet": 0.1, "windscreen": 0.1}, {PhotoView.FRONT}),
        ({"rear_bumper": 0.1, "boot_lid": 0.1}, {PhotoView.REAR}),
        (
            {"front_left_door": 0.1, "rear_left_door": 0.1, "front_bumper": 0.005, "left_headlamp": 0.01},
            {PhotoView.LEFT},
        ),
        ({"front_right_door": 0.1, "rear_right_wing": 0.1}, {PhotoView.RIGHT}),
        (
            {"front_bumper": 0.1, "bonnet": 0.1, "front_left_wing": 0.1, "front_left_door": 0.1},
            {PhotoView.FRONT, PhotoView.LEFT},
        ),
        ({"front_left_door": 0.7}, {PhotoView.CLOSE_UP}),
        ({"front_left_door": 0.7, "rear_left_door": 0.1}, {PhotoView.LEFT, PhotoView.CLOSE_UP}),
        ({"front_left_door": 0.01, "rear_left_door": 0.01}, set()),
    ],
)
def test_a_photo_is_good_for_the_views_whose_parts_it_shows(parts: dict[str, float], views: set[PhotoView]) -> None:
    assert photo_views(seen(**parts)) == views


def test_a_mirrored_photo_shows_the_other_side() -> None:
    turned = {PhotoView.LEFT: PhotoView.RIGHT, PhotoView.RIGHT: PhotoView.LEFT}
    parts = seen(front_left_door=0.1, rear_left_door=0.1, front_bumper=0.1, bonnet=0.05)
    mirrored = [SeenPart(part=CarPart(one.part.mirrored), share=one.share) for one in parts]
    assert photo_views(mirrored) == {turned.get(view, view) for view in photo_views(parts)}
