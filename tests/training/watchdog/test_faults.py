"""Each fault made in a real run, which then finds it; and a healthy run, which finds nothing."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from coachwork.cli.train import train_command
from coachwork.geometry.size import Size
from coachwork.training.checkpoint import read_checkpoint
from coachwork.training.plan import Plan, PlanError
from coachwork.training.starting import start_run
from coachwork.training.tracking.folder_sink import read_findings
from coachwork.training.tracking.settings import TrackingPlan
from coachwork.training.watchdog.settings import RULES, WatchdogPlan
from coachwork.training.watchdog.watchdog import WatchdogStop
from tests.training.made import small_dataset, small_plan

pytestmark = pytest.mark.usefixtures("tiny_family")
LOOKS = WatchdogPlan(every=2, dead_looks=3, rules={"starved_input": "off"})


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_dataset(tmp_path_factory.mktemp("even"))


@pytest.fixture(scope="module")
def contradicting(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_dataset(tmp_path_factory.mktemp("contradicting"), contradicting=True)


def findings(plan: Plan, folder: Path) -> dict[str, str]:
    """What the watchdog found in a run, by rule; read from the file that it leaves behind."""
    start_run(plan, folder).train()
    return {finding.rule: finding.what for finding in read_findings(folder)}


def test_a_healthy_run_of_a_real_family_finds_nothing(dataset: Path, tmp_path: Path) -> None:
    watch = WatchdogPlan(every=2, starved_steps=4)
    plan = small_plan(dataset, family="unet", epochs=6, watchdog=watch, learning_rate=1e-3)
    plan = replace(plan, schedule=replace(plan.schedule, validate_every=6))
    assert set(findings(plan, tmp_path / "run")) <= {"poor_validation"}  # six epochs from random weights find little


def test_a_healthy_small_run_learns_and_finds_nothing(dataset: Path, tmp_path: Path) -> None:
    plan = small_plan(dataset, epochs=20, watchdog=LOOKS)
    assert findings(replace(plan, schedule=replace(plan.schedule, validate_every=5)), tmp_path / "run") == {}


@pytest.mark.parametrize(
    ("rule", "changes"),
    [
        ("dead_units", {"options": {"fault": "dead"}}),
        ("saturated_outputs", {"options": {"fault": "saturated"}}),
        ("vanishing_gradient", {"options": {"fault": "vanishing"}}),
        ("weights_not_updating", {"backbone_rate": 0.0}),
    ],
)
def test_faults_inside_the_model_are_found(dataset: Path, tmp_path: Path, rule: str, changes: dict[str, Any]) -> None:
    plan = small_plan(dataset, epochs=4, watchdog=LOOKS, **changes)
    found = findings(plan, tmp_path / "run")
    assert rule in found
    if rule != "saturated_outputs":
        assert "backbone" in found[rule]


def test_a_rate_far_too_high_is_an_explosion_and_spoils_no_checkpoint(dataset: Path, tmp_path: Path) -> None:
    run = start_run(small_plan(dataset, epochs=40, learning_rate=1e9, clip=1e30, watchdog=LOOKS), tmp_path / "run")
    with pytest.raises(PlanError, match="no longer finite"):
        run.train()
    assert "exploding_gradient" in {finding.rule for finding in read_findings(tmp_path / "run")}


def test_a_rate_far_too_low_leaves_the_loss_where_it_is(dataset: Path, tmp_path: Path) -> None:
    watch = replace(LOOKS, loss_window=2, loss_windows=3, loss_gain=0.02)
    plan = small_plan(dataset, epochs=6, learning_rate=1e-12, watchdog=watch)
    assert {"loss_not_decreasing", "weights_not_updating"} <= set(findings(plan, tmp_path / "run"))


def test_validation_photos_that_contradict_are_overfitting_and_a_poor_validation(
    contradicting: Path, tmp_path: Path
) -> None:
    watch = replace(LOOKS, overfit_validations=2, plateau_validations=3)
    found = findings(small_plan(contradicting, epochs=16, watchdog=watch), tmp_path / "run")
    assert {"overfit", "poor_validation", "plateau"} <= set(found)


def test_a_type_without_photos_is_found_before_the_first_step(tmp_path: Path) -> None:
    only_dents = small_dataset(tmp_path / "dents", scratches=False)
    found = findings(small_plan(only_dents, epochs=1, watchdog=LOOKS), tmp_path / "run")
    assert "scratch 0" in found["class_imbalance"]


def test_photos_that_are_slow_to_read_starve_the_run(tmp_path: Path) -> None:
    large = small_dataset(tmp_path / "large", size=Size(height=1536, width=2048))
    plan = small_plan(large, epochs=3, watchdog=replace(LOOKS, rules={}, starved_steps=2), validate_every=3)
    assert "starved_input" in findings(plan, tmp_path / "run")


def test_a_rule_that_may_stop_ends_the_run_with_its_state_saved(dataset: Path, tmp_path: Path) -> None:
    stopping = replace(LOOKS, rules={"dead_units": "stop", "starved_input": "off"})
    plan = small_plan(dataset, epochs=9, options={"fault": "dead"}, watchdog=stopping)
    with pytest.raises(WatchdogStop, match="dead units at step 6"):
        start_run(plan, tmp_path / "run").train()
    held = read_checkpoint(tmp_path / "run" / "last.pt")
    assert (held.epoch, held.step) == (2, 2)
    report = json.loads((tmp_path / "run" / "report.json").read_text(encoding="utf-8"))
    assert report["status"] == "stopped"
    again = start_run(
        replace(plan, watchdog=LOOKS), tmp_path / "run"
    )  # as the message says: only warned of, it goes on
    again.train()
    assert again.epoch == 9


def test_the_command_says_what_was_found_and_fails_when_stopped(dataset: Path, tmp_path: Path) -> None:
    plan = tmp_path / "plan.toml"
    plan.write_text(
        'types = ["dent", "scratch"]\n'
        '[model]\nfamily = "tiny"\nheight = 128\nwidth = 128\noptions = { fault = "dead" }\n'
        f'[data]\ndatasets = ["{dataset}"]\nworkers = 0\n[schedule]\nepochs = 4\nbatch = 4\nprecision = "fp32"\n'
        "[tracking]\ntensorboard = false\nexamples = 0\nloss_photos = 0\n"
        '[watchdog]\nevery = 1\ndead_looks = 3\n[watchdog.rules]\ndead_units = "stop"\n',
        encoding="utf-8",
    )
    result = CliRunner().invoke(train_command, [str(plan), "--to", str(tmp_path / "run")])
    assert isinstance(result.exception, WatchdogStop)
    assert result.exit_code == 1
    assert "watchdog: dead units at step 3" in result.output.replace("\n", " ")


def test_the_command_counts_what_was_found(dataset: Path, tmp_path: Path) -> None:
    off = "".join(f'{rule} = "off"\n' for rule in RULES if rule != "dead_units")
    plan = tmp_path / "plan.toml"
    plan.write_text(
        'types = ["dent", "scratch"]\n'
        '[model]\nfamily = "tiny"\nheight = 128\nwidth = 128\noptions = { fault = "dead" }\n'
        f'[data]\ndatasets = ["{dataset}"]\nworkers = 0\n[schedule]\nepochs = 2\nbatch = 4\nprecision = "fp32"\n'
        "[tracking]\ntensorboard = false\nexamples = 0\nloss_photos = 0\n"
        f"[watchdog]\nevery = 1\ndead_looks = 3\n[watchdog.rules]\n{off}",
        encoding="utf-8",
    )
    result = CliRunner().invoke(train_command, [str(plan), "--to", str(tmp_path / "run")], catch_exceptions=False)
    assert "the watchdog found 1 fault, see" in result.output


def test_loss_photos_and_rules_can_be_left_out(dataset: Path, tmp_path: Path) -> None:
    plan = small_plan(
        dataset, epochs=1, watchdog=LOOKS, tracking=TrackingPlan(tensorboard=False, examples=0, loss_photos=0)
    )
    start_run(plan, tmp_path / "run").train()
    assert "training_loss" not in (tmp_path / "run" / "validation.csv").read_text(encoding="utf-8")
