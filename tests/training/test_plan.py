import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from coachwork.cli.train import train_command
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
        (PLAN.replace("256", "'256'"), "height: expected a whole number, got '256'"),
        (PLAN.replace("[0.5, 2]", "[2, 0.5]"), "augmentation.scale: smallest above 0, then largest"),
        (PLAN.replace("[0.5, 2]", "[0, 2]"), "augmentation.scale: smallest above 0, then largest"),
        (PLAN.replace("[0.5, 2]", "[1, inf]"), "augmentation.scale: smallest above 0, then largest"),
        (PLAN.replace("[0.5, 2]", "[1.0]"), "[augmentation] scale: expected a list of 2 numbers, got [1.0]"),
        (PLAN.replace("[0.5, 2]", "[1, 2, 3]"), "[augmentation] scale: expected a list of 2 numbers, got [1, 2, 3]"),
        (PLAN.replace("[0.5, 2]", "[]"), "[augmentation] scale: expected a list of 2 numbers, got []"),
        (PLAN.replace("[0.5, 2]", "1.5"), "[augmentation] scale: expected a list of 2 numbers, got 1.5"),
        (PLAN.replace("[0.5, 2]", "['1', 2]"), "[augmentation] scale: expected a number, got '1'"),
        (PLAN.replace('["photos"]', '"photos"'), "[data] datasets: expected a list of texts, got 'photos'"),
        (PLAN.replace('["photos"]', "[1]"), "[data] datasets: expected a text, got 1"),
        (PLAN.replace('["photos"]', '["photos"]\nvalidate_on = "a"'), "[data] validate_on: expected a list of texts"),
        (PLAN + "[loss]\ntype_weights = [1.0]\n", "loss.type_weights: none, or one for each of types"),
        (PLAN + "[loss]\ntype_weights = 1.0\n", "[loss] type_weights: expected a list of numbers, got 1.0"),
        (PLAN + "[loss]\ndice = nan\n", "[loss] dice: expected a number, got nan"),
        (PLAN + "rotation = inf\n", "augmentation.rotation, stretch, light: from 0"),
        ("seed = -1\n" + PLAN, "seed: from 0 to 4294967295"),
        ("seed = 99999999999\n" + PLAN, "seed: from 0 to 4294967295"),
        (PLAN.replace("256", "256\npretrained = 1"), "[model] pretrained: expected true or false, got 1"),
        (PLAN.replace("256", "256\noptions = 3"), "[model] options: expected a table, got 3"),
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


def modelled(text: str) -> str:
    return PLAN.replace("height = 256", f"height = 256\n{text}")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (modelled("family = 'yolo'"), "model family 'yolo' is not known; choose one of efficientdet, mask_query"),
        (modelled("backbone = 'resnet50'"), "backbone 'resnet50' is not known; choose one of efficientnet_lite0"),
        (modelled("backbone = 'timm/resnt18'"), "knows no such model; did you mean timm/resnet18"),
        (
            modelled("options.depth = 3"),
            "model.options.depth = 3: there is no such option; known: frozen_stages, scale",
        ),
        (modelled("options.channels = -4"), "model.options.channels: expected a whole number from 1, got -4"),
        (modelled("options.channels = 0"), "model.options.channels: expected a whole number from 1, got 0"),
        (modelled("options.channels = 64.0"), "model.options.channels: expected a whole number, got 64.0"),
        (modelled("options.channels = true"), "model.options.channels: expected a whole number, got True"),
        (modelled("options.roi_head = 'no'"), "model.options.roi_head: expected true or false, got 'no'"),
        (modelled("options.roi_head = 1"), "model.options.roi_head: expected true or false, got 1"),
        (modelled("options.scale = 1"), "model.options.scale: expected a text, got 1"),
        (
            modelled("options.decoder = [32, 64, 96]"),
            "model.options.decoder: expected a list of 4 whole numbers, got [",
        ),
        (modelled("options.decoder = [32, 64, 96, 0]"), "decoder: expected whole numbers from 1, got [32, 64, 96, 0]"),
        (
            modelled("options.frozen_stages = 8"),
            "frozen_stages = 8: for efficientnet_lite0 choose 0 for none, or up to 7",
        ),
        (modelled("options.frozen_stages = -1"), "model.options.frozen_stages = -1: for efficientnet_lite0 choose 0"),
        (
            modelled("backbone = 'timm/resnet18'\noptions.frozen_stages = 1"),
            "for timm/resnet18 choose 0 for none, or 2",
        ),
        (modelled("options.frozen_detector = true"), "frozen_detector = true leaves nothing to learn"),
        (modelled("options.scale = 'd9'"), "model.options.scale: there is no 'd9'; choose one of lite0"),
        (
            modelled("backbone = 'efficientnet_lite1'\noptions.scale = 'lite0'"),
            "scale 'lite0' stands on efficientnet_lite0",
        ),
        (modelled("family = 'unet'\noptions.channels = -1"), "model.options.channels: expected a whole number from 1"),
        (
            modelled("family = 'mask_query'\noptions.hidden = 12"),
            "model.options.hidden: expected a multiple of 8, got 12",
        ),
        (
            modelled("family = 'mask_rcnn'\noptions.weights = 'best'"),
            "weights: expected one of imagenet, coco, got 'best'",
        ),
        (modelled("family = 'mask_rcnn'\noptions.weights = 'coco'"), "weights: COCO weights go with timm/resnet50"),
    ],
)
def test_a_model_that_cannot_be_is_refused_with_the_plan(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(PlanError) as error:
        read_plan(written(tmp_path, text))
    assert said in str(error.value)


def test_all_that_is_wrong_in_a_model_is_told_at_once(tmp_path: Path) -> None:
    text = modelled("backbone = 'resnet50'\noptions = { roi_head = 'no', channels = 'many', depth = 3 }")
    with pytest.raises(PlanError) as error:
        read_plan(written(tmp_path, text))
    assert all(name in str(error.value) for name in ("resnet50", "roi_head", "channels", "depth"))


def test_the_command_refuses_a_wrong_model_before_it_looks_for_datasets(tmp_path: Path) -> None:
    for changes, said in (
        (["model.family=yolo"], "model family 'yolo' is not known"),
        (["model.backbone=resnet50"], "backbone 'resnet50' is not known"),
        (["model.options.roi_head=no"], "model.options.roi_head: expected true or false, got 'no'"),
    ):
        arguments = [str(written(tmp_path, PLAN)), "--to", str(tmp_path / "run")]
        result = CliRunner().invoke(train_command, [*arguments, *(f"--set={change}" for change in changes)])
        assert isinstance(result.exception, PlanError)
        assert said in str(result.exception)


def test_plans_are_read_without_torch(tmp_path: Path) -> None:
    path = written(tmp_path, PLAN)
    script = (
        "import sys, pathlib\nfrom coachwork.training.plan import read_plan\n"
        f"read_plan(pathlib.Path({str(path)!r}))\nsys.exit(int('torch' in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False, timeout=60).returncode == 0  # noqa: S603


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
