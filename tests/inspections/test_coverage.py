import numpy as np

from coachwork.detections import Detections
from coachwork.geometry.box import Box
from coachwork.geometry.mask import Mask
from coachwork.geometry.size import Size
from coachwork.inspections.coverage import OPTIONAL, PartCoverage, SeenPart, Sight, coverage, seen_parts, unseen, wheels
from coachwork.taxonomy import CarPart

FRAME = Size(height=100, width=100)
DOOR, LAMP = CarPart.FRONT_LEFT_DOOR, CarPart.LEFT_HEADLAMP


def detections(*found: tuple[CarPart, float, int], masks: bool = True) -> Detections:
    """Parts with scores as squares of so many pixels a side."""
    types = (DOOR, LAMP, CarPart.WHEEL)
    squares = [Mask(crop=np.ones((side, side), dtype=np.bool_), x=0, y=0, frame=FRAME) for _, _, side in found]
    return Detections(
        boxes=np.array([[0, 0, side, side] for _, _, side in found], dtype=np.float32).reshape(-1, 4),
        labels=np.array([types.index(part) for part, _, _ in found], dtype=np.int64),
        scores=np.array([score for _, score, _ in found], dtype=np.float32),
        masks=tuple(squares) if masks else None,
        size=FRAME,
        types=types,
    )


def test_no_photos_see_nothing() -> None:
    assert seen_parts(detections()) == ()
    assert coverage([], [DOOR]) == (PartCoverage(part=DOOR, sight=Sight.NOT),)
    assert coverage([], []) == ()


def test_parts_count_from_their_score_on_and_wheels_together() -> None:
    found = detections((DOOR, 0.9, 50), (CarPart.WHEEL, 0.8, 20), (CarPart.WHEEL, 0.7, 10), (LAMP, 0.3, 30))
    door = SeenPart(part=DOOR, share=0.25, box=Box(x_min=0, y_min=0, x_max=50, y_max=50))
    wheels = SeenPart(part=CarPart.WHEEL, share=0.05, box=Box(x_min=0, y_min=0, x_max=20, y_max=20))
    assert seen_parts(found) == (door, wheels)
    assert seen_parts(detections((DOOR, 0.9, 50), masks=False)) == (door,)


def test_a_part_is_seen_well_where_a_usable_photo_shows_it_large() -> None:
    small, large, lamp = (
        SeenPart(part=DOOR, share=0.02),
        SeenPart(part=DOOR, share=0.2),
        SeenPart(part=LAMP, share=0.006),
    )
    photos = [((small,), True), ((large, lamp), True), ((large,), False)]
    covered = {one.part: one for one in coverage(photos, [DOOR, LAMP])}
    assert covered[DOOR] == PartCoverage(part=DOOR, sight=Sight.WELL, photos=(1,))
    assert covered[LAMP].sight is Sight.WELL
    assert coverage(photos[:1], [DOOR])[0] == PartCoverage(part=DOOR, sight=Sight.POORLY, photos=(0,))
    assert coverage(photos[2:], [DOOR])[0].sight is Sight.POORLY


def test_optional_parts_are_not_waited_for() -> None:
    covered = coverage([], tuple(CarPart))
    assert set(unseen(covered)) == set(CarPart) - OPTIONAL


def test_a_tailgate_that_is_seen_stands_for_the_boot_lid() -> None:
    boot, tailgate = CarPart.BOOT_LID, CarPart.TAILGATE_OR_LOAD_BED
    seen = tuple(SeenPart(part=part, share=0.1) for part in CarPart if part not in OPTIONAL | {boot})
    assert unseen(coverage([(seen, True)], tuple(CarPart))) == (boot,)
    assert unseen(coverage([((*seen, SeenPart(part=tailgate, share=0.1)), True)], tuple(CarPart))) == ()
    assert unseen(coverage([((*seen, SeenPart(part=tailgate, share=0.01)), True)], tuple(CarPart))) == (boot,)


def test_wheels_are_told_by_their_masks() -> None:
    found = detections((DOOR, 0.9, 50), (CarPart.WHEEL, 0.8, 20), (CarPart.WHEEL, 0.2, 10))
    assert [mask.area for mask in wheels(found)] == [400]
    assert wheels(None) == wheels(detections((CarPart.WHEEL, 0.9, 20), masks=False)) == ()
