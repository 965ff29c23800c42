"""A run that has too few photos for a step says so before the first one."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from coachwork.geometry.size import Size
from coachwork.training import batches, loop, step_photos
from coachwork.training.plan import ModelPlan, Plan, PlanError
from coachwork.training.starting import start_run
from tests.training.made import small_plan
from tests.training.painted import dented, write_painted

_ROI_ALONE = {"roi_head": True, "frozen_detector": True}


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    photos = [dented(number, Size(height=96, width=128)) for number in range(6)]
    return write_painted(tmp_path_factory.mktemp("data"), photos, learnt=5)


def planned(
    dataset: Path, *, side: int = 128, family: str = "efficientdet", share: float = 1.0, **changes: Any
) -> Plan:
    plan = small_plan(dataset, family=family, epochs=1, batch=changes.pop("batch", 4))
    model = ModelPlan(family=family, height=side, width=side, pretrained=False, **changes)
    return replace(plan, model=model, data=replace(plan.data, share=share))


def test_a_share_of_one_photo_is_too_small_where_a_layer_sees_one_value_of_it(dataset: Path, tmp_path: Path) -> None:
    said = (
        "the plan selects 1 photo to learn from, and efficientdet at 128 x 128 px needs at least 2 in a step: "
        r"raise data\.share, add photos, or show them more often \(data\.repeats\)"
    )
    with pytest.raises(PlanError, match=said):
        start_run(planned(dataset, share=0.0001), tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_the_ways_out_that_the_error_names_are_ones(dataset: Path, tmp_path: Path) -> None:
    shown = planned(dataset, share=0.0001)
    start_run(replace(shown, data=replace(shown.data, repeats={"made": 2})), tmp_path / "repeats").train()
    start_run(planned(dataset, share=0.4), tmp_path / "share").train()


def test_a_batch_of_one_photo_is_too_small_there(dataset: Path, tmp_path: Path) -> None:
    said = r"schedule\.batch = 1 is too small: efficientdet at 128 x 128 px needs at least 2 in a step; raise it"
    with pytest.raises(PlanError, match=said):
        start_run(planned(dataset, batch=1), tmp_path / "run")


@pytest.mark.parametrize(
    "changes",
    [{"family": "unet"}, {"family": "mask_rcnn"}, {"side": 256}, {"options": _ROI_ALONE}],
    ids=["unet", "mask_rcnn", "256 px", "RoI head alone"],
)
def test_where_one_photo_is_enough_a_run_learns_from_it(dataset: Path, tmp_path: Path, changes: dict[str, Any]) -> None:
    run = start_run(planned(dataset, share=0.0001, **changes), tmp_path / "run")
    assert run.photos == 1
    run.train()
    assert run.steps_done == 1


def test_photos_that_leave_a_batch_incomplete_are_no_step_of_their_own(dataset: Path, tmp_path: Path) -> None:
    run = start_run(planned(dataset, batch=4), tmp_path / "run")  # of five photos
    assert run.steps == 1
    run.train()


def test_every_process_gets_a_photo(dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (loop, batches, step_photos):
        monkeypatch.setattr(module, "process_count", lambda: 2)
    said = "selects 1 photo to learn from, and unet at 128 x 128 px needs at least 2 in a step of 2 processes"
    with pytest.raises(PlanError, match=said):
        start_run(planned(dataset, family="unet", share=0.0001), tmp_path / "run")
    assert start_run(planned(dataset, family="unet", share=0.4), tmp_path / "run").steps == 1
    for share in (0.0001, 0.4):
        with pytest.raises(PlanError, match="efficientdet at 128 x 128 px needs at least 4 in a step of 2 processes"):
            start_run(planned(dataset, share=share), tmp_path / "other")
