"""One contract for all model families, over whole runs: from photos on disk to weights, a resumed run and a bundle."""

import csv
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from coachwork.geometry.size import Size
from coachwork.inference.predictor import Predictor
from coachwork.photos.reading import read_photo
from coachwork.taxonomy import DamageType
from coachwork.training import loop
from coachwork.training.checkpoint import read_checkpoint
from coachwork.training.exporting import export_bundle
from coachwork.training.fixed_loss import unvaried
from coachwork.training.loop import Run
from coachwork.training.plan import DataPlan, ModelPlan, Plan, SchedulePlan
from coachwork.training.starting import start_run
from coachwork.training.validation import validate
from tests.models.kinds import MODELS
from tests.training.painted import dented, write_painted

SHAPES = (
    Size(height=100, width=160),
    Size(height=160, width=104),
    Size(height=128, width=128),
    Size(height=96, width=200),
)
STEPS = {"efficientdet": 80, "efficientdet, RoI head": 80, "mask_query": 160, "mask_rcnn": 80, "unet": 50}
"""Steps after which eight photos are known by heart."""


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Photos upright, flat and square; ten to learn from, two of them without any damage, and two to validate on."""
    photos = [dented(number, SHAPES[number % 4], dent=number % 5 > 0) for number in range(12)]
    return write_painted(tmp_path_factory.mktemp("data"), photos, learnt=10)


def plan_for(dataset: Path, kind: str, *, backbone: str = "timm/test_resnet") -> Plan:
    family, options = MODELS[kind]
    pretrained = not backbone.startswith("timm/")
    return Plan(
        name="tiny",
        types=(DamageType.DENT, DamageType.SCRATCH),
        model=ModelPlan(
            family=family, backbone=backbone, height=128, width=128, pretrained=pretrained, options=options
        ),
        data=DataPlan(datasets=(str(dataset),), workers=0),
        schedule=SchedulePlan(epochs=2, batch=4, validate_every=9, precision="fp32"),
    )


def losses(folder: Path) -> list[float]:
    with (folder / "steps.csv").open(encoding="utf-8") as file:
        return [float(row["loss"]) for row in csv.DictReader(file)]


class StopError(Exception):
    """Stands for a killed process."""


@pytest.mark.parametrize("kind", MODELS)
class TestFamilyRun:
    def test_a_run_cut_in_the_middle_goes_on_to_the_same_curve_and_bundle(
        self, kind: str, dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(loop, "_SAVE_EVERY_S", -1.0)
        plan = plan_for(dataset, kind)
        start_run(plan, tmp_path / "whole").train()
        cut = start_run(plan, tmp_path / "cut")

        def stop(progress: loop.StepProgress) -> None:
            if (progress.epoch, progress.step) == (1, 2):
                raise StopError

        with pytest.raises(StopError):
            cut.train(stop)
        again = start_run(plan, tmp_path / "cut")
        assert (again.epoch, again.step) == (1, 1)
        again.train()
        assert losses(tmp_path / "cut") == pytest.approx(losses(tmp_path / "whole"), rel=1e-4)
        whole, resumed = (read_checkpoint(tmp_path / name / "last.pt") for name in ("whole", "cut"))
        for name, value in whole.averaged.items():
            assert torch.allclose(value, resumed.averaged[name], atol=1e-5), name
        bundle, agreement = export_bundle(tmp_path / "cut" / "last.pt", tmp_path / "bundle")
        assert all(row.largest <= 2e-3 * row.scale for row in agreement)
        assert (bundle.card.mean, bundle.card.std) == ((127.5,) * 3, (127.5,) * 3)
        predictor = Predictor(bundle)
        for number, shape in enumerate(SHAPES):
            photo = read_photo(dataset.parent / f"{number}.png")
            assert predictor.predict(photo, min_score=0.01).size == shape


@pytest.mark.parametrize("kind", MODELS)
def test_eight_photos_are_learnt_by_heart(kind: str, dataset: Path, tmp_path: Path) -> None:
    plan = plan_for(dataset, kind, backbone="efficientnet_lite0")
    steps = SchedulePlan(
        epochs=1, batch=4, learning_rate=2e-3, ema=0.0, weight_decay=0.0, validate_every=9, precision="fp32"
    )
    plan = replace(
        plan,
        schedule=steps,
        augmentation=unvaried(),
        data=replace(plan.data, repeats={"made": STEPS[kind] // 2}),
    )
    whole = start_run(plan, tmp_path / "probe")
    eight = list({sample.sha256: (folder, sample) for folder, sample in whole.training}.values())[:8]
    run = Run(plan, tmp_path / "run", training=eight, validation=[], datasets=[])
    before = validate(run.average.model, eight, plan).mask_ap50
    run.train()
    assert len(losses(tmp_path / "run")) == STEPS[kind]
    assert validate(run.average.model, eight, plan).mask_ap50 > max(0.9, before)
