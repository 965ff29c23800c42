import dataclasses

import numpy as np
import pytest

from coachwork.geometry.size import Size
from coachwork.rendering.damages import DENT_THRESHOLD
from coachwork.rendering.renderer import SMALLEST_SHAPE_PX, RenderedPhoto, render
from coachwork.rendering.scene import (
    BrokenGlass,
    BrokenLamp,
    BrokenPart,
    Camera,
    Crack,
    Damage,
    Dent,
    Paint,
    PaintChip,
    Place,
    PrimerPatch,
    Rust,
    Scene,
    Scratch,
    Surroundings,
)
from coachwork.taxonomy import DamageType

SMALL = Size(height=150, width=200)
DOOR = Camera(position=(1.7, 1.2, 2.1), target=(1.7, 0.65, 0.85), noise=0.0)
DENT = Dent(centre=(1.6, 0.6), radii=(0.2, 0.12), depth=0.02, crease=0.3, seed=3)


def scene(*damages: Damage, camera: Camera = DOOR) -> Scene:
    return Scene(size=SMALL, camera=camera, damages=damages, seed=5)


@pytest.fixture(scope="module")
def clean() -> RenderedPhoto:
    return render(scene())


@pytest.fixture(scope="module")
def dented() -> RenderedPhoto:
    return render(scene(DENT))


def test_a_photo_has_the_scene_s_size_and_no_shapes_without_damage(clean: RenderedPhoto) -> None:
    assert clean.pixels.shape == (150, 200, 3)
    assert clean.pixels.dtype == np.uint8
    assert clean.size == SMALL
    assert clean.shapes == ()


def test_the_same_scene_gives_the_same_pixels_and_masks(dented: RenderedPhoto) -> None:
    again = render(scene(DENT))
    assert np.array_equal(again.pixels, dented.pixels)
    assert [shape.rle for shape in again.shapes] == [shape.rle for shape in dented.shapes]


def test_another_seed_gives_other_noise() -> None:
    noisy = dataclasses.replace(scene(), camera=dataclasses.replace(DOOR, noise=0.02))
    first, second = render(noisy), render(dataclasses.replace(noisy, seed=6))
    assert np.mean(first.pixels != second.pixels) > 0.3


def test_statistics_of_a_known_scene_stay(clean: RenderedPhoto) -> None:
    # Loose on purpose: fast maths differs between machines, the look must not.
    assert clean.pixels.mean() == pytest.approx(119, abs=12)
    assert clean.pixels.std() == pytest.approx(49, abs=10)


def test_damage_changes_pixels_inside_its_mask_far_more_than_outside(
    clean: RenderedPhoto, dented: RenderedPhoto
) -> None:
    change = np.abs(clean.pixels.astype(int) - dented.pixels).mean(axis=-1)
    mask = dented.shapes[0].rle
    assert mask is not None
    inside = mask.full()
    # The meter answers to the dent, so that a grain of change lies everywhere.
    assert change[inside].mean() > 4 * change[~inside].mean()
    assert np.mean(change[inside] > 1) > 0.6


def test_a_dent_s_mask_lies_where_the_dent_is_and_has_its_size(dented: RenderedPhoto) -> None:
    (shape,) = dented.shapes
    assert shape.type is DamageType.DENT
    mask = shape.rle
    assert mask is not None
    assert shape.box == mask.box
    # 1.25 m away, 62 degrees wide: 200 px cover 2 x tan(31 deg) x 1.33 m (the line of sight), so 1 m is about 125 px.
    assert (shape.box.x_min + shape.box.x_max) / 2 == pytest.approx(100 - 0.1 * 125, abs=9)
    assert 0.2 * 125 < shape.box.width < 0.55 * 125
    assert 0.15 * 125 < shape.box.height < 0.4 * 125


def test_a_deeper_dent_covers_no_less() -> None:
    areas = []
    for depth in (DENT_THRESHOLD / 2, 0.006, 0.03):
        shapes = render(scene(dataclasses.replace(DENT, depth=depth))).shapes
        areas.append(shapes[0].rle.area if shapes and shapes[0].rle else 0)
    assert areas == sorted(areas)


def test_a_mirrored_camera_mirrors_photo_and_masks(dented: RenderedPhoto) -> None:
    mirrored = render(scene(DENT, camera=dataclasses.replace(DOOR, mirrored=True)))
    assert np.array_equal(mirrored.pixels[:, ::-1], dented.pixels)
    first, second = mirrored.shapes[0].rle, dented.shapes[0].rle
    assert first is not None
    assert second is not None
    assert np.array_equal(first.full()[:, ::-1], second.full())


def test_damage_out_of_view_or_on_nothing_makes_no_shape() -> None:
    hidden = render(scene(dataclasses.replace(DENT, centre=(4.0, 0.6)), Rust(centre=(1.7, 1.15), radius=0.05)))
    assert hidden.shapes == ()


@pytest.mark.parametrize(
    ("damage", "kind", "x"),
    [
        (Scratch(points=((1.3, 0.6), (2.0, 0.65)), width=0.012, depth=0.9), DamageType.SCRATCH, 1.7),
        (
            Scratch(points=((1.3, 0.6), (2.0, 0.65)), width=0.006, depth=0.4, strands=9, spread=0.06),
            DamageType.SCRATCH,
            1.7,
        ),
        (PrimerPatch(centre=(1.7, 0.6), radii=(0.12, 0.08)), DamageType.EXPOSED_PRIMER, 1.7),
        (PaintChip(centre=(1.7, 0.6), radius=0.035), DamageType.PAINT_CHIP, 1.7),
        (Rust(centre=(1.7, 0.6), radius=0.09), DamageType.RUST, 1.7),
        (BrokenGlass(centre=(1.75, 1.08), radius=0.2), DamageType.BROKEN_GLASS, 1.7),
        (Crack(points=((0.25, 0.6), (0.4, 0.45)), width=0.008), DamageType.CRACK, 0.6),
        (BrokenLamp(centre=(0.38, 0.76), radius=0.12), DamageType.BROKEN_LAMP, 0.6),
        (BrokenPart(centre=(0.3, 0.45), radii=(0.12, 0.07)), DamageType.MISSING_OR_BROKEN_PART, 0.6),
    ],
)
def test_every_damage_makes_a_shape_of_its_type_and_changes_the_pixels_there(
    damage: Damage, kind: DamageType, x: float
) -> None:
    camera = Camera(position=(x, 1.2, 2.1), target=(x, 0.7, 0.85), noise=0.0)
    paint = Paint(colour=(0.02, 0.05, 0.15))
    plain = Scene(size=SMALL, camera=camera, paint=paint, surroundings=Surroundings(place=Place.OVERCAST))
    before, after = render(plain), render(dataclasses.replace(plain, damages=(damage,)))
    (shape,) = after.shapes
    assert shape.type is kind
    mask = shape.rle
    assert mask is not None
    assert mask.area >= SMALLEST_SHAPE_PX
    change = np.abs(before.pixels.astype(int) - after.pixels).mean(axis=-1)
    inside = mask.full()
    assert change[inside].mean() > 5
    assert change[inside].mean() > 4 * change[~inside].mean()


@pytest.mark.parametrize("place", list(Place))
def test_every_place_gives_a_photo_with_light_and_dark(place: Place) -> None:
    surroundings = Surroundings(place=place, wall=place is Place.OPEN, marking=True)
    pixels = render(dataclasses.replace(scene(), surroundings=surroundings)).pixels
    assert pixels.std() > 20
    assert 50 < pixels.mean() < 190


def test_exposure_darkens() -> None:
    dark = render(scene(camera=dataclasses.replace(DOOR, exposure=-4)))
    assert dark.pixels.mean() < 50


@pytest.mark.parametrize(
    "wrong",
    [
        {"position": (1.7, 1.2, 0.9)},
        {"field_of_view": 0.0},
        {"field_of_view": 170.0},
        {"position": (9.0, 1.2, 2.1)},
    ],
)
def test_a_camera_that_cannot_see_the_side_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="camera"):
        dataclasses.replace(DOOR, **wrong)  # type: ignore[arg-type]
