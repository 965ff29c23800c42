"""Left and right of parts under mirror images, from the sample to what the network is taught."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from coachwork.datasets.sample import DamageShape, Sample, Split
from coachwork.geometry.polygon import as_polygon, polygons_box
from coachwork.geometry.size import Size
from coachwork.taxonomy import CarPart, DamageType, Kind, Task
from coachwork.training.batches import as_targets
from coachwork.training.plan import AugmentationPlan, DataPlan, ModelPlan, Plan, PlanError
from coachwork.training.views import View, view_of

FRAME = Size(height=128, width=128)
STILL = AugmentationPlan(scale=(1.0, 1.0), rotation=0.0, stretch=0.0, clean=0.0)
PARTS: tuple[Kind, ...] = (CarPart.BONNET, CarPart.LEFT_MIRROR, CarPart.RIGHT_MIRROR)


def shape(kind: Kind, x: float) -> DamageShape:
    outline = as_polygon([x, 40, x + 20, 40, x + 20, 60, x, 60])
    return DamageShape(type=kind, box=polygons_box([outline]), polygons=(outline,))


def sample(tmp_path: Path, *shapes: DamageShape, annotated: frozenset[Kind] = frozenset(PARTS)) -> Sample:
    """A photo that is light on its left half."""
    pixels = np.zeros((FRAME.height, FRAME.width, 3), dtype=np.uint8)
    pixels[:, :64] = 200
    Image.fromarray(pixels).save(tmp_path / "a.png")
    return Sample(
        photo="a.png",
        sha256="a",
        size=FRAME,
        source="set",
        name="a.png",
        split=Split.TRAIN,
        cluster="",
        annotated=annotated,
        shapes=shapes,
    )


def view(tmp_path: Path, seen: Sample, *, flip: bool, types: tuple[Kind, ...] = PARTS) -> View:
    plan = Plan(
        name="tiny",
        task=Task.PARTS if set(types) <= set(CarPart) else Task.DAMAGE,
        types=types,
        model=ModelPlan(height=128, width=128),
        data=DataPlan(datasets=("nowhere",)),
        augmentation=replace(STILL, flip=float(flip)),
    )
    return view_of((tmp_path, seen), plan, FRAME, np.random.default_rng(0))


@pytest.mark.parametrize("flip", [False, True])
def test_a_mirror_image_of_a_left_mirror_is_taught_as_a_right_one(tmp_path: Path, *, flip: bool) -> None:
    seen = sample(tmp_path, shape(CarPart.LEFT_MIRROR, 10), shape(CarPart.BONNET, 60))
    found = view(tmp_path, seen, flip=flip)
    light_side = "right" if found.pixels[:, 96:].mean() > 100 else "left"
    assert light_side == ("right" if flip else "left")
    x = {PARTS[outline.label]: outline.parts[0][:, 0].mean() for outline in found.outlines}
    mirror = CarPart.RIGHT_MIRROR if flip else CarPart.LEFT_MIRROR
    assert x == pytest.approx({mirror: 108 if flip else 20, CarPart.BONNET: 58 if flip else 70})
    pixels = as_targets(found.outlines, found.annotated, FRAME, damaged=0).pixels.numpy()
    assert [int((one == 1).sum() > 0) for one in pixels] == [1, 0, 1] if flip else [1, 1, 0]


def test_what_is_known_to_be_absent_changes_sides_too(tmp_path: Path) -> None:
    seen = sample(tmp_path, annotated=frozenset({CarPart.LEFT_MIRROR}))
    assert view(tmp_path, seen, flip=False).annotated.tolist() == [False, True, False]
    assert view(tmp_path, seen, flip=True).annotated.tolist() == [False, False, True]


def test_a_mirror_image_of_a_dent_is_a_dent(tmp_path: Path) -> None:
    seen = sample(tmp_path, shape(DamageType.DENT, 10), annotated=frozenset(DamageType))
    types: tuple[Kind, ...] = (DamageType.SCRATCH, DamageType.DENT)
    assert [outline.label for outline in view(tmp_path, seen, flip=True, types=types).outlines] == [1]


@pytest.mark.parametrize(
    ("types", "words"),
    [((CarPart.LEFT_MIRROR,), "name both sides"), ((DamageType.DENT,), "name what the task parts can learn")],
)
def test_a_plan_of_parts_needs_both_sides_and_parts_alone(types: tuple[Kind, ...], words: str) -> None:
    with pytest.raises(PlanError, match=words):
        Plan(name="one", task=Task.PARTS, types=types, data=DataPlan(datasets=("nowhere",)))
