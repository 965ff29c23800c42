import dataclasses
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

from coachwork.geometry.size import Size
from coachwork.rendering.photo_files import as_sample, write_photo
from coachwork.rendering.random_scene import random_scene
from coachwork.rendering.renderer import RenderedPhoto, render
from coachwork.rendering.scene import Damage
from coachwork.taxonomy import DamageType

TINY = Size(height=64, width=96)


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 10**9))
def test_a_seed_gives_one_scene_with_damages_and_undamaged_takes_only_them_away(seed: int) -> None:
    scene = random_scene(seed)
    assert scene == random_scene(seed)
    assert scene.damages
    assert random_scene(seed, undamaged=True) == dataclasses.replace(scene, damages=())
    assert random_scene(seed, size=TINY).size == TINY


def test_seeds_differ_and_every_kind_of_damage_and_paint_comes_up() -> None:
    scenes = [random_scene(seed) for seed in range(300)]
    assert len(set(scenes)) == 300
    kinds = {type(damage) for scene in scenes for damage in scene.damages}
    assert kinds == set(Damage.__args__)
    assert len({scene.paint.colour for scene in scenes}) == 12
    assert 0.3 < sum(scene.camera.mirrored for scene in scenes) / 300 < 0.7


@pytest.mark.parametrize("seed", [4, 7, 8, 11])
def test_random_dents_and_scuffs_are_seen_even_in_a_small_photo(seed: int) -> None:
    scene = random_scene(seed, size=Size(height=180, width=240))
    rendered = render(scene)
    assert {shape.type for shape in rendered.shapes} & {DamageType.DENT, DamageType.SCRATCH}
    assert len(rendered.shapes) <= len(scene.damages)


@pytest.mark.slow
def test_random_damage_is_seen_in_nearly_every_photo() -> None:
    found = [bool(render(random_scene(seed, size=Size(height=480, width=640))).shapes) for seed in range(20)]
    assert sum(found) >= 19


@pytest.fixture(scope="module")
def rendered() -> RenderedPhoto:
    return render(random_scene(2, size=TINY))


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_a_stored_photo_stands_upright_again_by_its_tag(
    rendered: RenderedPhoto, orientation: int, tmp_path: Path
) -> None:
    path = tmp_path / "photo.jpg"
    write_photo(rendered, path, quality=95, orientation=orientation)
    with Image.open(path) as stored:
        assert stored.getexif()[0x0112] == orientation
        assert stored.size == ((64, 96) if orientation in {6, 8} else (96, 64))
        upright = ImageOps.exif_transpose(stored)
    expected = Image.fromarray(rendered.pixels)
    assert upright.size == expected.size
    tiles = zip(upright.resize((6, 4)).tobytes(), expected.resize((6, 4)).tobytes(), strict=True)
    assert max(abs(first - second) for first, second in tiles) < 12


def test_an_orientation_that_mirrors_is_refused(rendered: RenderedPhoto, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="orientation"):
        write_photo(rendered, tmp_path / "photo.jpg", quality=90, orientation=2)


def test_a_sample_knows_every_type(rendered: RenderedPhoto, tmp_path: Path) -> None:
    write_photo(rendered, tmp_path / "photo.jpg", quality=90)
    sample = as_sample(rendered, tmp_path / "photo.jpg")
    assert sample.annotated == frozenset(DamageType)
    assert sample.size == TINY
    assert sample.shapes == rendered.shapes
    assert len(sample.sha256) == 64
