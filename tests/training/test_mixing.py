"""Mosaics and pasted damages, on photos painted for the purpose."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from coachwork.datasets.sample import DamageShape, Entry, Sample, Split
from coachwork.geometry.box import Box
from coachwork.geometry.size import Size
from coachwork.models.targets import UNKNOWN
from coachwork.taxonomy import DamageType
from coachwork.training.mixing import Mixer
from coachwork.training.plan import AugmentationPlan, DataPlan, ModelPlan, Plan

SIDE = 256
KNOWN = frozenset({DamageType.DENT, DamageType.SCRATCH, DamageType.BROKEN_LAMP})
STILL = AugmentationPlan(flip=0, scale=(1, 1), rotation=0, stretch=0, clean=0, light=0, blur=0, noise=0, jpeg=0)
RED, BLUE, WHITE, DARK = (200, 40, 40), (40, 40, 200), (220, 220, 220), (15, 15, 15)


def plan(augmentation: AugmentationPlan) -> Plan:
    return Plan(
        name="mixing",
        types=(DamageType.DENT, DamageType.SCRATCH, DamageType.BROKEN_LAMP),
        model=ModelPlan(height=SIDE, width=SIDE),
        data=DataPlan(datasets=("none",)),
        augmentation=augmentation,
    )


def entry(
    folder: Path,
    name: str,
    colour: tuple[int, int, int],
    *damages: tuple[DamageType, tuple[int, int, int, int]],
    annotated: frozenset[DamageType] = KNOWN,
) -> Entry:
    """A photo of one colour, with dark rectangles for damages."""
    pixels = np.full((SIDE, SIDE, 3), colour, dtype=np.uint8)
    shapes = []
    for kind, (x_min, y_min, x_max, y_max) in damages:
        pixels[y_min:y_max, x_min:x_max] = DARK
        outline = np.array([[x_min, y_min], [x_max, y_min], [x_max, y_max], [x_min, y_max]], dtype=np.float64)
        box = Box(x_min=x_min, y_min=y_min, x_max=x_max, y_max=y_max)
        shapes.append(DamageShape(type=kind, box=box, polygons=(outline,)))
    cv2.imwrite(str(folder / name), pixels[..., ::-1])
    sample = Sample(
        photo=name,
        sha256=name,
        size=Size(height=SIDE, width=SIDE),
        source="painted",
        name=name,
        split=Split.TRAIN,
        cluster=name,
        annotated=annotated,
        shapes=tuple(shapes),
    )
    return folder, sample


def test_without_mixing_a_view_is_the_photo(tmp_path: Path) -> None:
    entries = [entry(tmp_path, "a.png", RED, (DamageType.DENT, (40, 50, 90, 80)))]
    view = Mixer(entries, plan(STILL)).view(0, np.random.default_rng(0))
    assert tuple(view.pixels[200, 200]) == RED
    assert [outline.label for outline in view.outlines] == [0]
    assert view.damaged == 1
    assert view.photo == (0, 0, SIDE, SIDE)


@pytest.mark.parametrize("seed", range(8))
def test_a_mosaic_shows_four_photos_with_their_outlines_in_place(tmp_path: Path, seed: int) -> None:
    entries = [
        entry(tmp_path, f"{i}.png", colour, (DamageType.DENT, (100, 90, 160, 150)))
        for i, colour in enumerate((RED, BLUE))
    ]
    view = Mixer(entries, plan(replace(STILL, mosaic=1.0))).view(0, np.random.default_rng(seed))
    assert len(view.outlines) == 4
    assert view.damaged == UNKNOWN
    for outline in view.outlines:
        points = outline.parts[0]
        x, y = np.round(points.mean(axis=0)).astype(int)
        assert view.pixels[y, x].max() < 60  # the dark rectangle lies where its outline does
        x, y = np.round(points.min(axis=0) - 4).astype(int)
        assert view.pixels[y, x].max() > 100


def test_a_mosaic_joins_photos_of_which_the_same_is_known(tmp_path: Path) -> None:
    only = frozenset({DamageType.SCRATCH})
    entries = [
        entry(tmp_path, "a.png", RED, (DamageType.DENT, (100, 90, 160, 150))),
        entry(tmp_path, "b.png", BLUE, (DamageType.SCRATCH, (100, 90, 160, 150)), annotated=only),
    ]
    for index, known in ((0, [True, True, True]), (1, [False, True, False])):
        for seed in range(4):
            view = Mixer(entries, plan(replace(STILL, mosaic=1.0))).view(index, np.random.default_rng(seed))
            assert view.annotated.tolist() == known
            assert {outline.label for outline in view.outlines} == {index}


def test_a_pasted_damage_lies_where_its_outline_says_and_covers_no_other(tmp_path: Path) -> None:
    own = (20, 20, 100, 100)
    entries = [
        entry(tmp_path, "bare.png", BLUE, (DamageType.BROKEN_LAMP, own)),
        entry(tmp_path, "donor.png", WHITE, (DamageType.SCRATCH, (100, 120, 160, 140))),
    ]
    mixer, pasted = Mixer(entries, plan(replace(STILL, paste=1.0))), 0
    for seed in range(12):
        view = mixer.view(0, np.random.default_rng(seed))
        for outline in view.outlines:
            if outline.label == 2:
                continue
            pasted += 1
            low, high = outline.parts[0].min(axis=0), outline.parts[0].max(axis=0)
            x, y = np.round((low + high) / 2).astype(int)
            around = view.pixels[max(0, int(low[1]) - 12), x].astype(int)
            assert abs(around - np.array(BLUE)).max() < 40  # takes the colour of the new paint around it
            assert view.pixels[y, x, 2] < BLUE[2] - 60  # and is dark inside
            assert (low >= own[2] - 1).any() or (high <= own[0] + 1).any()
    assert pasted >= 12


def test_only_what_looks_alike_everywhere_is_pasted(tmp_path: Path) -> None:
    entries = [entry(tmp_path, "lamp.png", RED, (DamageType.BROKEN_LAMP, (100, 120, 160, 160)))]
    view = Mixer(entries, plan(replace(STILL, paste=1.0))).view(0, np.random.default_rng(0))
    assert len(view.outlines) == 1


def test_a_photo_without_damage_becomes_damaged_by_pasting(tmp_path: Path) -> None:
    entries = [
        entry(tmp_path, "clean.png", BLUE),
        entry(tmp_path, "donor.png", RED, (DamageType.DENT, (100, 120, 160, 170))),
    ]
    view = Mixer(entries, plan(replace(STILL, paste=1.0))).view(0, np.random.default_rng(1))
    assert view.outlines
    assert view.damaged == 1


def test_the_same_seed_mixes_the_same_picture(tmp_path: Path) -> None:
    entries = [entry(tmp_path, f"{i}.png", RED, (DamageType.DENT, (100, 90, 160, 150))) for i in range(3)]
    mixer = Mixer(entries, plan(replace(STILL, mosaic=0.5, paste=0.5)))
    one, other = (mixer.view(0, np.random.default_rng(9)) for _ in range(2))
    assert (one.pixels == other.pixels).all()
