"""The plan that `coachwork train --sample-plan` prints is one, names every field, and says what each means."""

from dataclasses import fields
from pathlib import Path

import pytest
from click.testing import CliRunner

from coachwork.cli.train import train_command
from coachwork.training.plan import PLAN_TABLES, DataPlan, Plan, read_plan
from coachwork.training.sample_plan import attribute_meanings, sample_plan


def test_it_is_read_as_a_plan_that_changes_no_default(tmp_path: Path) -> None:
    file = tmp_path / "plan.toml"
    file.write_text(sample_plan(), encoding="utf-8")
    plan = read_plan(file)
    folder = str(tmp_path / "datasets" / "damage")
    assert plan == Plan(name="plan", types=plan.types, data=DataPlan(datasets=(folder,)))


@pytest.mark.parametrize("table", PLAN_TABLES.values())
def test_every_field_has_a_meaning(table: type) -> None:
    meanings = attribute_meanings(table)
    assert set(meanings) == {one.name for one in fields(table)}
    assert all(meanings.values())


def test_fields_that_share_a_meaning_stand_together_under_it() -> None:
    assert "without one.\nheight = 0\nwidth = 0\n" in sample_plan()


def test_the_command_prints_it() -> None:
    ran = CliRunner().invoke(train_command, ["--sample-plan"])
    assert ran.exit_code == 0
    assert ran.output == sample_plan()
