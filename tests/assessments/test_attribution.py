from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachwork.assessments.assessment import Damage, DamagedPart
from coachwork.assessments.attribution import LEAST_SHARE, attributed
from coachwork.detections import Detections
from coachwork.geometry.box import Box
from coachwork.geometry.mask import Mask
from coachwork.geometry.size import Size
from coachwork.taxonomy import CarPart, DamageType, Kind

FRAME = Size(height=60, width=100)
Edges = tuple[int, int, int, int]
DOOR: Edges = (10, 10, 50, 50)
REAR_DOOR: Edges = (50, 10, 90, 50)
MIRROR: Edges = (12, 12, 22, 22)


def mask(edges: Edges) -> Mask:
    x_min, y_min, x_max, y_max = edges
    return Mask(crop=np.ones((y_max - y_min, x_max - x_min), dtype=np.bool_), x=x_min, y=y_min, frame=FRAME)


def parts(*found: tuple[Kind, Edges], masks: bool = True) -> Detections:
    types = tuple(dict.fromkeys(kind for kind, _ in found)) or (CarPart.BONNET,)
    return Detections(
        boxes=np.array([edges for _, edges in found], dtype=np.float32).reshape(-1, 4),
        labels=np.array([types.index(kind) for kind, _ in found], dtype=np.int64),
        scores=np.full(len(found), 0.9, dtype=np.float32),
        masks=tuple(mask(edges) for _, edges in found) if masks else None,
        size=FRAME,
        types=types,
    )


def damage(edges: Edges, kind: DamageType = DamageType.DENT, *, masked: bool = True) -> Damage:
    box = Box(x_min=edges[0], y_min=edges[1], x_max=edges[2], y_max=edges[3])
    return Damage(type=kind, score=0.7, box=box, mask=mask(edges) if masked else None)


def part_of(one: Damage, found: Detections) -> DamagedPart:
    (told,) = attributed([one], found)
    assert (told.type, told.score, told.box, told.mask) == (one.type, one.score, one.box, one.mask)
    assert told.part is not None
    return told.part


CAR = parts((CarPart.FRONT_LEFT_DOOR, DOOR), (CarPart.REAR_LEFT_DOOR, REAR_DOOR), (CarPart.LEFT_MIRROR, MIRROR))


def test_no_damages_need_no_parts_and_no_parts_make_every_part_unknown() -> None:
    assert attributed([], CAR) == ()
    assert part_of(damage(DOOR), parts()) == DamagedPart(part=None, share=0.0)


@pytest.mark.parametrize("masked", [True, False])
@pytest.mark.parametrize("masks", [True, False])
def test_a_damage_lies_on_the_part_that_holds_most_of_it(*, masked: bool, masks: bool) -> None:
    found = parts((CarPart.FRONT_LEFT_DOOR, DOOR), (CarPart.REAR_LEFT_DOOR, REAR_DOOR), masks=masks)
    told = part_of(damage((44, 30, 54, 40), masked=masked), found)
    assert told.part is CarPart.FRONT_LEFT_DOOR
    assert told.share == pytest.approx(0.6)


def test_what_lies_upon_a_door_goes_before_it() -> None:
    assert part_of(damage((14, 14, 20, 20)), CAR).part is CarPart.LEFT_MIRROR
    assert part_of(damage((14, 14, 40, 40)), CAR).part is CarPart.FRONT_LEFT_DOOR


def test_a_damage_beside_the_parts_that_are_known_is_of_an_unknown_one() -> None:
    assert part_of(damage((0, 20, 12, 30)), CAR) == DamagedPart(part=None, share=0.0)


def test_a_broken_lamp_is_a_lamp_even_where_its_splinters_cover_the_bumper() -> None:
    found = parts((CarPart.FRONT_BUMPER, DOOR), (CarPart.LEFT_HEADLAMP, (40, 10, 60, 30)))
    edges = (15, 20, 45, 30)
    assert part_of(damage(edges, DamageType.BROKEN_LAMP), found).part is CarPart.LEFT_HEADLAMP
    assert part_of(damage(edges), found).part is CarPart.FRONT_BUMPER


def test_a_close_photo_tells_no_part() -> None:
    few = parts((CarPart.FRONT_LEFT_DOOR, DOOR), (CarPart.LEFT_MIRROR, MIRROR))
    assert part_of(damage((30, 30, 40, 40)), few).part is CarPart.FRONT_LEFT_DOOR  # all that the model knows
    assert part_of(damage((30, 30, 40, 40)), replace(few, types=(*few.types, CarPart.BONNET))).part is None


def test_detections_of_damages_are_refused() -> None:
    with pytest.raises(ValueError, match="dent"):
        attributed([damage(DOOR)], parts((DamageType.DENT, DOOR)))


@given(
    st.lists(st.tuples(st.sampled_from(CarPart), st.tuples(st.integers(0, 60), st.integers(0, 30))), max_size=5),
    st.tuples(st.integers(0, 60), st.integers(0, 30)),
)
def test_a_part_that_is_told_holds_the_share_that_is_told(
    placed: list[tuple[CarPart, tuple[int, int]]], corner: tuple[int, int]
) -> None:
    found = parts(*((kind, (x, y, x + 30, y + 25)) for kind, (x, y) in placed))
    edges = (corner[0], corner[1], corner[0] + 20, corner[1] + 15)
    told = part_of(damage(edges), found)
    assert found.masks is not None
    shares = [
        (found.types[label], (mask(edges).full() & one.full()).sum() / (20 * 15))
        for label, one in zip(found.labels, found.masks, strict=True)
    ]
    if told.part is None:
        assert all(share < LEAST_SHARE for _, share in shares)
    else:
        assert any(kind == told.part and share == pytest.approx(told.share) for kind, share in shares)
