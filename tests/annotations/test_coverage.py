import numpy as np
import pytest

from coachwork.annotations.coverage import covered
from coachwork.datasets.sample import DamageShape
from coachwork.geometry.box import Box
from coachwork.geometry.mask import Mask
from coachwork.geometry.rotated_box import RotatedBox
from coachwork.geometry.size import Size
from coachwork.taxonomy import DamageType

FRAME = Size(height=30, width=40)


def shape(box: Box, **facts: object) -> DamageShape:
    return DamageShape(type=DamageType.DENT, box=box, **facts)  # type: ignore[arg-type]


def test_known_pixels_are_those_that_are_covered() -> None:
    full = np.zeros((30, 40), dtype=np.bool_)
    full[3:5, 7:9] = True
    mask = Mask.from_full(full)
    assert covered(shape(mask.box, rle=mask), FRAME) == mask


@pytest.mark.parametrize(
    ("edges", "pixels"), [((1.2, 2.7, 3.1, 4.0), 3 * 2), ((5.1, 5.1, 5.2, 5.2), 1), ((0, 0, 40, 30), 1200)]
)
def test_a_box_covers_every_pixel_that_it_touches(edges: tuple[float, ...], pixels: int) -> None:
    box = Box(**dict(zip(("x_min", "y_min", "x_max", "y_max"), edges, strict=True)))
    mask = covered(shape(box), FRAME)
    assert mask.area == pixels
    assert mask.frame == FRAME


def test_a_turned_box_covers_its_own_area_not_that_of_the_box_around_it() -> None:
    turned = RotatedBox(x=20, y=15, width=20, height=4, angle=45)
    assert covered(shape(turned.box, rotated=turned), FRAME).area == pytest.approx(80, abs=12)


def test_a_turned_box_too_thin_for_any_pixel_covers_the_box_around_it() -> None:
    turned = RotatedBox(x=20.5, y=15.2, width=0.2, height=0.1, angle=30)
    assert covered(shape(turned.box, rotated=turned), FRAME).area >= 1
