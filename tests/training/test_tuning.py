"""Studies on disk, with real runs where runs matter and with told figures where only the study does."""

import csv
import json
import multiprocessing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner
from optuna.trial import TrialState
from rich.console import Console

from coachwork.cli.tune import print_study, tune_command
from coachwork.datasets.place import DatasetError
from coachwork.geometry.size import Size
from coachwork.taxonomy import DamageType
from coachwork.training import tuning
from coachwork.training.plan import DataPlan, ModelPlan, Plan, PlanError, SchedulePlan, read_plan
from coachwork.training.search_space import Choice, Range, SearchSpace
from coachwork.training.study import Study, TuningError
from coachwork.training.study_results import StudyResults, TrialResult, study_results, write_results
from coachwork.training.tuning import TrialEnd, tune
from tests.training.painted import dented, write_painted

SIZE = Size(height=96, width=128)
SPACE = SearchSpace(
    fields=(
        Range(path="schedule.learning_rate", low=1e-4, high=1e-2, log=True),
        Choice(path="augmentation.scale", options=("[0.8, 1.2]", "[0.6, 1.6]")),
    )
)


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Grey photos with a red dent: four to learn from, two to validate on."""
    photos = [dented(number, SIZE) for number in range(6)]
    return write_painted(tmp_path_factory.mktemp("data"), photos, learnt=4)


def plan_for(dataset: Path, *, epochs: int = 2) -> Plan:
    return Plan(
        name="tiny",
        types=(DamageType.DENT,),
        model=ModelPlan(family="unet", height=128, width=128, pretrained=False),
        data=DataPlan(datasets=(str(dataset),), workers=0),
        schedule=SchedulePlan(epochs=epochs, batch=4, validate_every=1, precision="fp32"),
    )


NOWHERE = plan_for(Path("/nowhere"))


def told(study: Study, *values: float) -> None:
    """Ends trials of a study with these figures, without any run."""
    for value in values:
        taken = study.take(1000)
        assert taken is not None
        study.tell(taken, TrialState.COMPLETE, value=value)


def test_an_empty_study_has_results(tmp_path: Path) -> None:
    study = Study(tmp_path / "study", NOWHERE, SPACE)
    results = study_results(study, SPACE)
    assert results.trials == ()
    assert results.best is None
    assert write_results(study, results, NOWHERE) is None
    assert (tmp_path / "study" / "trials.csv").read_text(encoding="utf-8").startswith("trial,state,value")


def test_a_study_goes_on_and_stops_at_its_number(tmp_path: Path) -> None:
    told(Study(tmp_path, NOWHERE, SPACE), 0.1, 0.2)
    study = Study(tmp_path, NOWHERE, SPACE)
    assert [trial.value for trial in study.trials] == [0.1, 0.2]
    assert study.take(2) is None
    taken = study.take(3)
    assert taken is not None
    assert taken.folder == tmp_path / "trials" / "trial-0002"
    assert taken.values["augmentation.scale"] in ([0.8, 1.2], [0.6, 1.6])
    taken.lock.close()


def test_equal_studies_try_equal_values_and_no_trial_repeats_another(tmp_path: Path) -> None:
    studies = [Study(tmp_path / name, NOWHERE, SPACE) for name in "ab"]
    for study in studies:
        told(study, *(0.01 * number for number in range(6)))
    first, second = ([trial.params for trial in study.trials] for study in studies)
    assert first == second
    rates = [params["schedule.learning_rate"] for params in first]
    assert len(set(rates)) == 6


def test_a_study_of_another_plan_or_space_is_refused(tmp_path: Path) -> None:
    Study(tmp_path, NOWHERE, SPACE)
    with pytest.raises(TuningError, match="another plan: choose another folder with --to"):
        Study(tmp_path, plan_for(Path("/elsewhere")), SPACE)
    with pytest.raises(TuningError, match="another space"):
        Study(tmp_path, NOWHERE, SearchSpace(fields=SPACE.fields[:1]))


def test_a_folder_that_cannot_be_used_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(TuningError, match="choose another folder with --to"):
        Study(tmp_path / "file" / "study", NOWHERE, SPACE)


def _killed_worker(folder: Path) -> None:
    """Takes a trial, reports once, and ends without a word, as a killed process would."""
    taken = Study(folder, NOWHERE, SPACE).take(3)
    assert taken is not None
    taken.trial.report(0.25, 1)


def test_the_trial_of_a_killed_worker_goes_on_first(tmp_path: Path) -> None:
    worker = multiprocessing.get_context("spawn").Process(target=_killed_worker, args=(tmp_path,))
    worker.start()
    worker.join(300)
    assert worker.exitcode == 0
    study = Study(tmp_path, NOWHERE, SPACE)
    (left,) = study.trials
    assert left.state is TrialState.RUNNING
    taken = study.take(1)
    assert taken is not None, "the interrupted trial is the one that was asked for"
    assert taken.folder == tmp_path / "trials" / "trial-0000"
    assert taken.trial.params == left.params
    study.tell(taken, TrialState.COMPLETE, value=0.3)
    (trial,) = study.trials
    assert trial.intermediate_values == {1: 0.25}
    assert trial.value == 0.3
    assert study.take(1) is None


def test_a_trial_of_a_living_worker_is_left_to_it(tmp_path: Path) -> None:
    first, second = Study(tmp_path, NOWHERE, SPACE), Study(tmp_path, NOWHERE, SPACE)
    one, other = first.take(2), second.take(2)
    assert one is not None
    assert other is not None
    assert one.folder != other.folder
    assert one.values != other.values
    assert second.take(2) is None, "both are under way"
    assert [trial.state for trial in second.trials] == [TrialState.RUNNING] * 2
    for taken in (one, other):
        taken.lock.close()


def test_importance_is_told_where_enough_trials_finished(tmp_path: Path) -> None:
    study = Study(tmp_path, NOWHERE, SPACE)
    told(study, *(0.1 * number for number in range(7)))
    assert study_results(study, SPACE).importance == {}
    told(study, 0.05)
    importance = study_results(study, SPACE).importance
    assert set(importance) == {field.path for field in SPACE.fields}
    assert sum(importance.values()) == pytest.approx(1)


def test_runs_are_tried_recorded_and_the_best_one_is_a_plan(dataset: Path, tmp_path: Path) -> None:
    plan, ends = plan_for(dataset), list[TrialEnd]()
    study = Study(tmp_path / "study", plan, SPACE)
    assert tune(study, plan, trials=2, threads=1, ended=ends.append)
    assert [end.state for end in ends] == ["finished", "finished"]
    results = study_results(study, SPACE)
    assert results.best is not None
    assert results.best.value == max(end.value for end in ends if end.value is not None)
    assert results.best.epochs == 2
    best = write_results(study, results, plan)
    assert best is not None
    tuned = read_plan(best)
    assert tuned.name == "tiny-tuned"
    assert tuned.schedule.learning_rate == results.best.values["schedule.learning_rate"]
    assert list(tuned.augmentation.scale) == results.best.values["augmentation.scale"]
    assert tuned.data == plan.data
    with (tmp_path / "study" / "trials.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["state"] for row in rows] == ["finished", "finished"]
    for trial in results.trials:
        assert (Path(trial.folder) / "best.pt").is_file()
        assert not (Path(trial.folder) / "last.pt").exists()
        assert trial.seconds


def test_time_that_is_over_leaves_a_trial_that_goes_on(
    dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = plan_for(dataset, epochs=3)
    study = Study(tmp_path, plan, SPACE)
    clock = {"now": 0.0}
    monkeypatch.setattr(tuning, "time", SimpleNamespace(monotonic=lambda: clock["now"]))

    def passing(progress: Any) -> None:
        if progress.step.epoch == 1:
            clock["now"] = 100.0

    assert not tune(study, plan, trials=1, timeout=50, threads=1, report=passing)
    assert [trial.state for trial in study.trials] == [TrialState.RUNNING]
    epochs: list[int] = []
    assert tune(study, plan, trials=1, threads=1, report=lambda progress: epochs.append(progress.step.epoch))
    assert epochs[0] > 0, "the run went on from its checkpoint"
    (trial,) = study.trials
    assert trial.state is TrialState.COMPLETE
    assert sorted(trial.intermediate_values) == [1, 2, 3]


def test_hopeless_trials_are_pruned_and_say_why(dataset: Path, tmp_path: Path) -> None:
    plan = plan_for(dataset, epochs=3)
    study = Study(tmp_path, plan, SPACE)
    for _ in range(5):
        taken = study.take(1000)
        assert taken is not None
        for epoch in (1, 2, 3):
            taken.trial.report(0.99, epoch)
        study.tell(taken, TrialState.COMPLETE, value=0.99)
    ends: list[TrialEnd] = []
    assert tune(study, plan, trials=6, threads=1, ended=ends.append)
    (end,) = ends
    assert end.state == "pruned"
    assert "below what other trials had reached" in end.reason
    results = study_results(study, SPACE)
    assert results.trials[-1].state == "pruned"
    assert results.trials[-1].reason == end.reason
    assert results.trials[-1].epochs < 3


def test_failed_trials_are_told_and_three_of_them_end_it(
    dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan, ends = plan_for(dataset), list[TrialEnd]()

    def failing(*_arguments: Any, **_named: Any) -> None:
        message = "the loss is no longer finite"
        raise PlanError(message)

    monkeypatch.setattr(tuning, "start_run", failing)
    study = Study(tmp_path, plan, SPACE)
    with pytest.raises(TuningError, match="the first 3 trials all failed, the last one because: the loss is no longer"):
        tune(study, plan, trials=9, ended=ends.append)
    assert [(end.state, end.reason) for end in ends] == [("failed", "the loss is no longer finite")] * 3
    assert study_results(study, SPACE).best is None


def test_a_missing_dataset_is_said_before_any_trial(tmp_path: Path) -> None:
    study = Study(tmp_path, NOWHERE, SPACE)
    with pytest.raises(DatasetError, match="nowhere"):
        tune(study, NOWHERE, trials=1)
    assert study.trials == []


def test_the_command_prints_trials_and_what_comes_next(dataset: Path, tmp_path: Path) -> None:
    plan = tmp_path / "tiny.toml"
    text = (
        f'types = ["dent"]\n[model]\nfamily = "unet"\npretrained = false\nheight = 128\nwidth = 128\n'
        f'[data]\ndatasets = ["{dataset}"]\nworkers = 0\n[schedule]\nepochs = 1\nbatch = 4\n'
        f'[tune]\n"schedule.learning_rate" = {{ low = 1e-4, high = 1e-3, log = true }}\n'
    )
    plan.write_text(text, encoding="utf-8")
    arguments = [str(plan), "--trials", "1", "--to", str(tmp_path / "study"), "--threads", "1"]
    result = CliRunner().invoke(tune_command, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    assert "trial 0 finished" in result.stderr
    assert "learning rate" in result.stdout
    assert "coachwork train" in result.stdout
    again = CliRunner().invoke(tune_command, [*arguments, "--json"], catch_exceptions=False)
    read = json.loads(again.stdout)
    assert read["schema"] == "coachwork.study/1"
    assert read["done"] is True
    assert [trial["state"] for trial in read["trials"]] == ["finished"]
    assert read_plan(tmp_path / "study" / "best.toml").types == (DamageType.DENT,)


def test_small_rates_are_read_on_a_terminal_of_80_columns() -> None:
    values = {
        "schedule.learning_rate": 2.513e-4,
        "schedule.weight_decay": 9.87e-3,
        "schedule.backbone_rate": 0.0213,
        "augmentation.scale.1": 2.21,
        "augmentation.light": 0.0,
        "augmentation.scale": [0.7, 1.7],
        "loss.dice": 1.25,
        "loss.mask": 0.5,
        "loss.boundary": 12.0,
    }
    trial = TrialResult(
        number=12, state="finished", value=0.123, epochs=12, seconds=12345.0, values=values, reason="", folder="x"
    )
    console = Console(width=80, color_system=None)
    with console.capture() as captured:
        print_study(StudyResults(trials=(trial,), importance={}, best=trial), console)
    text = captured.get()
    assert max(len(line) for line in text.splitlines()) <= 80
    assert "\N{HORIZONTAL ELLIPSIS}" not in text
    words = text.split()
    assert {"12.3", "12345", "finished", "2.5e-4", "9.9e-3", "0.0213", "2.21", "0", "1.25", "0.5"} <= set(words)
    assert "[0.7, 1.7]" in text
    assert words.count("trial") == 2, "the trial's number stands in each table"
