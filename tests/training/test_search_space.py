import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachwork.inference.bundle import shipped_bundle_folder
from coachwork.taxonomy import DamageType
from coachwork.training.plan import DataPlan, ModelPlan, Plan, PlanError, read_plan
from coachwork.training.plan_toml import plan_toml, toml_lines
from coachwork.training.search_space import Choice, Range, default_space, read_space, space_of, with_values

PLAN = Plan(
    name="tiny",
    types=(DamageType.DENT,),
    model=ModelPlan(options={"decoder": [32, 64, 96, 96]}),
    data=DataPlan(datasets=("/there/damage",), repeats={"a-b": 2, "c d": 0}),
)
BARE_PLAN = 'types = ["dent"]\n[data]\ndatasets = ["/there/damage"]\n'

SCALARS = st.booleans() | st.integers(-(10**12), 10**12) | st.floats(allow_nan=False) | st.text(max_size=12)
VALUES = st.recursive(
    SCALARS | st.lists(SCALARS, max_size=3), lambda inner: st.dictionaries(st.text(max_size=5), inner)
)


@given(table=st.dictionaries(st.text(max_size=6), VALUES, max_size=5))
def test_what_is_written_as_toml_is_read_back(table: dict[str, Any]) -> None:
    def without_empty(value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        kept = {key: without_empty(inner) for key, inner in value.items()}
        return {key: inner for key, inner in kept.items() if inner != {}}

    assert without_empty(tomllib.loads("\n".join(toml_lines(table)))) == without_empty(table)


def test_a_plan_survives_its_file(tmp_path: Path) -> None:
    (tmp_path / "plan.toml").write_text(plan_toml(PLAN, comment="found\n\nby tuning"), encoding="utf-8")
    assert read_plan(tmp_path / "plan.toml") == PLAN
    assert (tmp_path / "plan.toml").read_text(encoding="utf-8").startswith("# found\n#\n# by tuning\n")


def test_what_toml_cannot_hold_is_refused() -> None:
    with pytest.raises(TypeError, match="TOML cannot hold"):
        toml_lines({"a": object()})
    assert toml_lines({"a": None}) == []


def test_without_a_table_the_usual_fields_are_searched() -> None:
    space = space_of({}, PLAN)
    assert space.pruner == "median"
    paths = [field.path for field in space.fields]
    assert paths[:3] == ["schedule.learning_rate", "schedule.backbone_rate", "schedule.weight_decay"]
    assert ("loss.dice" in paths) == (PLAN.as_json().get("loss", {}).get("dice", 0) > 0)
    assert "loss.focal" not in paths, "a term that the plan leaves out stays out"
    for field in default_space(PLAN).fields:
        assert isinstance(field, Range)
        with_values(PLAN, {field.path: field.low})


def test_fields_are_named_with_dots_or_by_tables(tmp_path: Path) -> None:
    text = (
        BARE_PLAN + '[tune]\npruner = "hyperband"\n"schedule.learning_rate" = { low = 1e-4, high = 1e-2, log = true }\n'
        '"augmentation.scale" = [[0.7, 1.7], [0.5, 2.0]]\n[tune.schedule]\nbatch = { low = 2, high = 8 }\n'
        'precision = ["bf16", "fp32"]\n'
    )
    (tmp_path / "plan.toml").write_text(text, encoding="utf-8")
    plan = read_plan(tmp_path / "plan.toml")
    space = read_space(tmp_path / "plan.toml", plan)
    assert space.pruner == "hyperband"
    assert space.fields == (
        Range(path="schedule.learning_rate", low=1e-4, high=1e-2, log=True),
        Choice(path="augmentation.scale", options=("[0.7, 1.7]", "[0.5, 2.0]")),
        Range(path="schedule.batch", low=2, high=8, whole=True),
        Choice(path="schedule.precision", options=('"bf16"', '"fp32"')),
    )
    assert space_of(space.as_json(), plan).as_json() == space.as_json()


@given(rate=st.floats(1e-6, 1), largest=st.floats(1, 5), repeats=st.integers(0, 9))
def test_values_reach_their_fields_and_no_other(rate: float, largest: float, repeats: int) -> None:
    changed = with_values(
        PLAN, {"schedule.learning_rate": rate, "augmentation.scale.1": largest, "data.repeats.c d": repeats}
    )
    assert changed.schedule.learning_rate == rate
    assert changed.augmentation.scale == (0.7, largest)
    assert changed.data.repeats == {"a-b": 2, "c d": repeats}
    assert (
        with_values(changed, {"schedule.learning_rate": 1e-3, "augmentation.scale.1": 1.7, "data.repeats.c d": 0})
        == PLAN
    )


def test_a_changed_start_counts_from_the_working_folder_and_knows_the_model_that_ships(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert with_values(PLAN, {"model.initial": "runs/last.pt"}).model.initial == str(tmp_path / "runs/last.pt")
    assert with_values(PLAN, {"model.initial": "shipped"}).model.initial == str(shipped_bundle_folder())
    assert with_values(PLAN, {"model.initial": ""}).model.initial == ""


def test_a_value_that_a_plan_cannot_take_is_said_of_the_changed_plan() -> None:
    with pytest.raises(PlanError, match=r"^plan '.*', changed: \[loss\]: unknown lovazs; known: .*lovasz"):
        with_values(PLAN, {"loss.lovazs": 1.0})


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"pruner": "best"}, "expected one of median, hyperband, none"),
        ({"schedule.learning_rat": {"low": 1, "high": 2}}, "schedule.learning_rat"),
        ({"shedule.learning_rate": {"low": 1, "high": 2}}, "no field shedule.learning_rate"),
        ({"augmentation.scale.2": {"low": 1, "high": 2}}, "no field augmentation.scale.2"),
        ({"schedule.learning_rate": {"low": 2, "high": 1}}, "low below high"),
        ({"schedule.learning_rate": {"low": 0, "high": 1, "log": True}}, "above 0 with log"),
        ({"schedule.learning_rate": {"low": 0.1}}, "give a range such as"),
        ({"schedule.learning_rate": {"low": 0.1, "high": float("inf")}}, "give a range such as"),
        ({"schedule.learning_rate": [0.1]}, "a list of two and more values"),
        ({"schedule.learning_rate": 0.1}, "give a range such as"),
        ({"schedule.ema": {"low": 0.5, "high": 1.5}}, "schedule.ema = 1.5 is no plan"),
        ({"schedule.precision": ["bf16", "int8"]}, "bf16 or fp32"),
        ({"schedule.batch": {"low": 1.5, "high": 4.5}}, "batch: expected a whole number, got 1.5"),
    ],
)
def test_a_table_that_makes_no_sense_is_refused_with_the_field(table: dict[str, Any], said: str) -> None:
    with pytest.raises(PlanError, match=said.replace(".", r"\.")):
        space_of(table, PLAN)


def test_tune_must_be_a_table(tmp_path: Path) -> None:
    (tmp_path / "plan.toml").write_text("tune = 3\n" + BARE_PLAN, encoding="utf-8")
    with pytest.raises(PlanError, match=r"\[tune\] must be a table"):
        read_space(tmp_path / "plan.toml", PLAN)


def test_a_changed_scale_fills_in_backbone_and_sides_anew_but_keeps_stated_ones() -> None:
    plan = Plan(name="a", types=(DamageType.DENT,), data=DataPlan(datasets=("d",)))
    scaled = with_values(plan, {"model.options.scale": "lite0"})
    assert (scaled.model.height, scaled.model.backbone) == (384, "efficientnet_lite0")
    stated = replace(plan, model=replace(plan.model, height=256, width=256))
    assert with_values(stated, {"model.options.scale": "lite1"}).model.height == 256
    assert with_values(stated, {"model.options.scale": "lite1"}).model.backbone == "efficientnet_lite1"
