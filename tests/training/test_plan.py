import json
from pathlib import Path

import pytest

from coachwork.inference.bundle import shipped_bundle_folder, shipped_parts_folder
from coachwork.taxonomy import DamageType
from coachwork.training import plan as plans
from coachwork.training.plan import Plan, PlanError, plan_from_json, read_plan

PLAN = """
types = ["dent", "scratch"]
[model]
height = 256
width = 384
[data]
datasets = ["photos"]
[data.repeats]
claims = 2
[augmentation]
scale = [0.5, 2]
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "plan.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_plan_is_read_with_its_paths_counted_from_its_folder(tmp_path: Path) -> None:
    plan = read_plan(written(tmp_path, PLAN))
    assert plan.name == "plan"
    assert plan.types == (DamageType.DENT, DamageType.SCRATCH)
    assert (plan.model.size.height, plan.model.size.width) == (256, 384)
    assert plan.data.datasets == (str(tmp_path / "photos"),)
    assert plan.data.repeats == {"claims": 2}
    assert plan.augmentation.scale == (0.5, 2.0)


def test_a_plan_comes_back_from_a_checkpoint(tmp_path: Path) -> None:
    plan = read_plan(written(tmp_path, PLAN))
    assert plan_from_json(json.loads(json.dumps(plan.as_json()))) == plan


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("types = [", "cannot read the plan"),
        (PLAN.replace("dent", "dint"), "unknown type 'dint'"),
        (PLAN.replace("height", "hight"), "unknown hight; known: family"),
        (PLAN.replace("256", "250"), "multiples of 128"),
        (PLAN.replace("256", "'256'"), "expected int, got '256'"),
        (PLAN.replace("[0.5, 2]", "[2, 0.5]"), "augmentation.scale"),
        (PLAN.replace('["photos"]', "[]"), "name at least one dataset"),
        (PLAN.replace('["dent", "scratch"]', '["dent", "dent"]'), "each once"),
        (PLAN + "[speed]\n", "unknown speed"),
        (PLAN.replace("256", "-256"), "multiples of 128"),
        (PLAN.replace("claims = 2", "claims = '2'"), "data.repeats: whole numbers"),
        (PLAN.replace('["photos"]', '["photos"]\nworkers = -1'), "data.workers"),
        (PLAN + "mosaic = 3\n", "mosaic, paste: from 0 to 1"),
        (PLAN + "light = -1\n", "light: from 0"),
        (PLAN + "[schedule]\nvalidate_every = 0\n", "schedule.validate_every: at least 1"),
        (PLAN + "[schedule]\nwarmup = 1.0\n", "schedule.warmup: from 0 to below 1"),
        (PLAN + "[schedule]\nbackbone_rate = -1\n", "schedule.backbone_rate"),
        (PLAN + "[schedule]\nclip = 0\n", "schedule.clip: more than 0"),
        (PLAN.replace("height", "fresh_backbone = true\nheight"), "fresh_backbone: needs model.initial"),
        (
            PLAN.replace("height", "fresh_backbone = true\ninitial = 'a.pt'\npretrained = false\nheight"),
            "fresh_backbone: needs model.initial and model.pretrained",
        ),
        (PLAN.replace("types =", "kinds ="), "unknown kinds"),
    ],
)
def test_a_wrong_plan_says_where_and_what(tmp_path: Path, text: str, said: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(PlanError) as error:
        read_plan(path)
    assert said in str(error.value)


def test_a_missing_plan_is_said(tmp_path: Path) -> None:
    with pytest.raises(PlanError, match=r"none\.toml"):
        read_plan(tmp_path / "none.toml")


def test_shipped_plans_are_right() -> None:
    plans = sorted((Path(__file__).parents[2] / "plans").glob("*.toml"))
    assert plans
    assert all(isinstance(read_plan(path), Plan) for path in plans)


def test_shipped_stands_for_the_bundle_of_the_task(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "plan.toml"
    path.write_text(PLAN.replace("height", "initial = 'shipped'\nheight"))
    assert read_plan(path).model.initial == str(shipped_bundle_folder())
    assert read_plan(path).model.backbone == "efficientnet_lite2"
    parts = "task = 'parts'\ntypes = ['bonnet']\n[model]\ninitial = 'shipped'\n[data]\ndatasets = ['d']\n"
    path.write_text(parts)
    assert read_plan(path).model.initial == str(shipped_parts_folder())
    monkeypatch.setattr(plans, "shipped_parts_folder", lambda: None)
    with pytest.raises(PlanError, match="no part model lies in this installation"):
        read_plan(path)
