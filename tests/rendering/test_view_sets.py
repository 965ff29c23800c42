"""Sets of photos of one car: what became of each damage is known, and every view says which damages it shows."""

from dataclasses import replace

import numpy as np
import pytest

from coachwork.geometry.size import Size
from coachwork.rendering.renderer import render
from coachwork.rendering.view_sets import Fate, random_views

SEEDS = range(12)
SMALL = Size(height=60, width=80)


@pytest.mark.parametrize("seed", SEEDS)
def test_every_damage_has_a_fate_and_lies_where_it_says(seed: int) -> None:
    views = random_views(seed)
    assert len(views.known) == len(views.fates) >= 2
    for scenes, numbers, missing in (
        (views.before, views.first_numbers, Fate.NEW),
        (views.after, views.later_numbers, Fate.GONE),
    ):
        assert numbers == tuple(place for place, fate in enumerate(views.fates) if fate is not missing)
        assert all(len(scene.damages) == len(numbers) for scene in scenes)
    later = dict(zip(views.later_numbers, views.after[0].damages, strict=True))
    for number, one in zip(views.first_numbers, views.before[0].damages, strict=True):
        assert (later.get(number) == one) == (views.fates[number] is Fate.UNCHANGED)


def test_one_car_is_photographed_with_its_own_noise_each_time() -> None:
    views = random_views(3)
    scenes = views.before + views.after
    assert len({scene.camera.shot for scene in scenes}) == len(scenes) == 12
    assert len({(scene.bodywork, scene.paint, scene.seed) for scene in scenes}) == 1
    assert views.before[0].surroundings != views.after[0].surroundings


def test_the_same_seed_gives_the_same_set_and_another_another() -> None:
    assert random_views(5) == random_views(5)
    assert random_views(5) != random_views(6)


def test_each_shape_says_which_damage_it_is() -> None:
    scene = replace(random_views(1).before[4], size=Size(height=120, width=160))
    whole = render(scene)
    assert len(whole.numbers) == len(whole.shapes) > 0
    number = whole.numbers[-1]
    (alone,) = render(replace(scene, damages=scene.damages[number : number + 1])).shapes
    assert alone.type is whole.shapes[-1].type
    assert np.abs(np.subtract(alone.box.xyxy, whole.shapes[-1].box.xyxy)).max() < 4


def test_dark_ground_gives_a_photo_and_no_black_one() -> None:
    assert np.std(render(replace(random_views(1).before[0], size=SMALL)).pixels) > 5


def test_another_shot_has_other_noise_alone() -> None:
    scene = replace(random_views(1).before[4], size=SMALL)
    first, second = (render(replace(scene, camera=replace(scene.camera, shot=shot))) for shot in (1, 2))
    assert not np.array_equal(first.pixels, second.pixels)
    assert [shape.box for shape in first.shapes] == [shape.box for shape in second.shapes]
    for one, other in zip(first.shapes, second.shapes, strict=True):
        assert one.rle is not None
        assert other.rle is not None
        assert np.array_equal(one.rle.crop, other.rle.crop)
