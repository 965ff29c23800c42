"""What a study found: the trials, which fields mattered, and the best plan as a file."""

import csv
import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import optuna
from optuna.importance import PedAnovaImportanceEvaluator
from optuna.trial import FrozenTrial, TrialState

from coachwork.reports.pages import write_page
from coachwork.training.plan import Plan
from coachwork.training.plan_toml import plan_toml
from coachwork.training.search_space import SearchSpace, with_values
from coachwork.training.study import FOLDER, REASON, Study, decoded

SCHEMA = "coachwork.study/1"

FEWEST_FOR_IMPORTANCE = 8
"""Finished trials below which nothing is said of importance."""

_STATES = {
    TrialState.COMPLETE: "finished",
    TrialState.PRUNED: "pruned",
    TrialState.FAIL: "failed",
    TrialState.RUNNING: "running",
    TrialState.WAITING: "waiting",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialResult:
    """One trial.

    Attributes:
        number: in the study.
        state: "finished", "pruned", "failed", "running" or "waiting".
        value: the headline figure of the best validation, 0..1.
        epochs: after which it was last measured.
        seconds: of training, all parts of an interrupted trial together.
        values: path -> value of each field that was tried.
        reason: why it was pruned or failed.
        folder: of its run.
    """

    number: int
    state: str
    value: float | None
    epochs: int
    seconds: float | None
    values: dict[str, Any]
    reason: str
    folder: str

    def as_json(self) -> dict[str, Any]:
        """As plain data."""
        return dataclasses.asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyResults:
    """Everything that a study found so far.

    Attributes:
        trials: the best first, then those without a figure; parts of interrupted trials are one with what goes on.
        importance: path -> share (0..1, together 1) of what the fields explain; empty with too few finished trials.
        best: the best finished trial; None where there is none.
    """

    trials: tuple[TrialResult, ...]
    importance: dict[str, float]
    best: TrialResult | None

    def as_json(self) -> dict[str, Any]:
        """Schema `coachwork.study/1`."""
        return {
            "schema": SCHEMA,
            "best": None if self.best is None else self.best.as_json(),
            "importance": {path: round(share, 4) for path, share in self.importance.items()},
            "trials": [trial.as_json() for trial in self.trials],
        }


def study_results(study: Study, space: SearchSpace) -> StudyResults:
    """What a study found so far."""
    trials = sorted((_result(study, trial, space) for trial in study.trials), key=_rank)
    best = next((trial for trial in trials if trial.state == "finished"), None)
    return StudyResults(trials=tuple(trials), importance=_importance(study), best=best)


def write_results(study: Study, results: StudyResults, plan: Plan) -> Path | None:
    """Writes `trials.csv` and, where a trial finished, `best.toml` into the study's folder; returns the latter."""
    paths = sorted({path for trial in results.trials for path in trial.values})
    target = study.folder / "trials.csv"
    with target.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["trial", "state", "value", "epochs", "seconds", *paths, "reason", "folder"])
        for trial in results.trials:
            cells = [trial.values.get(path, "") for path in paths]
            row = [
                trial.number,
                trial.state,
                trial.value,
                trial.epochs,
                trial.seconds,
                *cells,
                trial.reason,
                trial.folder,
            ]
            writer.writerow(["" if cell is None else cell for cell in row])
    if results.best is None or results.best.value is None:
        return None
    best = dataclasses.replace(with_values(plan, results.best.values), name=f"{plan.name}-tuned")
    changed = "\n".join(f"  {path} = {value}" for path, value in results.best.values.items())
    comment = (
        f"The best of {len(results.trials)} trials, number {results.best.number}: {100 * results.best.value:.1f} on the"
        f"\nvalidation photos that it was chosen by, so expect less on others.\nFound by tuning:\n{changed}"
    )
    write_page(study.folder / "best.toml", plan_toml(best, comment=comment))
    return study.folder / "best.toml"


def _result(study: Study, trial: FrozenTrial, space: SearchSpace) -> TrialResult:
    seen = trial.intermediate_values
    value = trial.value if trial.state is TrialState.COMPLETE else max(seen.values(), default=None)
    name = str(trial.user_attrs.get(FOLDER, ""))
    folder = study.folder / "trials" / name
    seconds = folder / "seconds"
    return TrialResult(
        number=trial.number,
        state=_STATES[trial.state],
        value=value,
        epochs=max(seen, default=0),
        seconds=float(seconds.read_text(encoding="ascii")) if name and seconds.is_file() else None,
        values=decoded(trial.params, space),
        reason=str(trial.user_attrs.get(REASON, "")),
        folder=str(folder) if name else "",
    )


def _rank(trial: TrialResult) -> tuple[bool, float, int]:
    """Finished ones by value, then the others by theirs."""
    return trial.state != "finished", -(trial.value if trial.value is not None else -1.0), trial.number


def _importance(study: Study) -> dict[str, float]:
    """By PED-ANOVA (Watanabe, Bansal, Hutter, IJCAI 2023): where the best tenth of the trials differs from all."""
    done = [trial for trial in study.trials if trial.state is TrialState.COMPLETE]
    if len(done) < FEWEST_FOR_IMPORTANCE or len({trial.value for trial in done}) < 2:
        return {}
    shares: dict[str, float] = optuna.importance.get_param_importances(
        study.optuna_study, evaluator=PedAnovaImportanceEvaluator()
    )
    return shares
