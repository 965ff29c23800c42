"""A study on disk: trials in SQLite, shared by any number of workers, whole after a kill.

Each worker holds a lock on the folder of its trial for as long as it lives. A trial that is marked as running and whose
folder nobody holds belongs to a worker that was stopped: it is put back into the queue and goes on from its checkpoint.
"""

import fcntl
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.trial import FrozenTrial, Trial, TrialState

from coachwork.errors import CoachworkError
from coachwork.training.plan import Plan, PlanError, plan_from_json
from coachwork.training.search_space import Choice, Range, SearchSpace

_NAME = "coachwork"
_STARTUP_TRIALS = 4
"""Trials that end before the median says anything."""

FOLDER, SEEN, REASON = "folder", "seen", "reason"
"""What is noted with a trial: its folder's name, validations of an earlier part, and why it ended."""

_INTERRUPTED = "interrupted"
"""What is noted with the study: numbers of the trials that go on as later ones."""


class TuningError(CoachworkError):
    """A study that cannot be started or carried on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A trial that this worker carries out.

    Attributes:
        trial: Optuna's.
        folder: of its run.
        values: path -> value of each field that is tried.
        lock: held while the trial runs.
    """

    trial: Trial
    folder: Path
    values: Mapping[str, Any]
    lock: IO[str]


class Study:
    """A study in a folder, made new or picked up again.

    Args:
        folder: holds `study.db` and `trials/`.
        plan: what is tuned.
        space: what may change.

    Raises:
        TuningError: the folder holds a study of another plan or space, or cannot be used.
    """

    def __init__(self, folder: Path, plan: Plan, space: SearchSpace) -> None:
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self.folder, self._plan, self._space = folder, plan, space
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with self._alone():
                self.optuna_study = self._opened()
                self._check()
        except OSError as refused:
            message = f"the study cannot lie in {folder} ({refused.strerror}): choose another folder with --to"
            raise TuningError(message) from refused

    @property
    def trials(self) -> list[FrozenTrial]:
        """The trials that were asked for, in order; one that was interrupted stands once, as what goes on."""
        left = set(self.optuna_study.user_attrs.get(_INTERRUPTED, []))
        return [trial for trial in self.optuna_study.get_trials(deepcopy=False) if trial.number not in left]

    def take(self, wanted: int) -> Taken | None:
        """The next trial for this worker; None where so many are done or under way.

        Trials that a stopped worker left come first, then new ones.
        """
        with self._alone():
            self._requeue_left()
            if sum(trial.state is not TrialState.WAITING for trial in self.trials) >= wanted:
                return None
            number = len(self.optuna_study.get_trials(deepcopy=False))
            self.optuna_study.sampler = optuna.samplers.TPESampler(
                seed=self._plan.seed * 10_007 + number, n_startup_trials=max(_STARTUP_TRIALS, len(self._space.fields))
            )
            trial = self.optuna_study.ask({field.path: _distribution(field) for field in self._space.fields})
            name = trial.user_attrs.get(FOLDER) or f"trial-{trial.number:04d}"
            trial.set_user_attr(FOLDER, name)
            lock = _locked(self._lock_file(name))
            if lock is None:  # cannot be while the study is ours alone
                message = f"another process works in {self.folder / 'trials' / name}: end it and give the command again"
                raise TuningError(message)
        for epoch, value in trial.user_attrs.get(SEEN, {}).items():
            trial.report(value, int(epoch))
        folder = self.folder / "trials" / name
        return Taken(trial=trial, folder=folder, values=decoded(trial.params, self._space), lock=lock)

    def tell(self, taken: Taken, state: TrialState, *, value: float | None = None, reason: str = "") -> None:
        """Ends a trial, and frees its folder."""
        with self._alone():
            if reason:
                taken.trial.set_user_attr(REASON, reason)
            self.optuna_study.tell(taken.trial, value if state is TrialState.COMPLETE else None, state=state)
            taken.lock.close()

    def _opened(self) -> optuna.Study:
        storage = optuna.storages.RDBStorage(
            f"sqlite:///{(self.folder / 'study.db').resolve()}", engine_kwargs={"connect_args": {"timeout": 120}}
        )
        return optuna.create_study(
            storage=storage,
            study_name=_NAME,
            direction="maximize",
            load_if_exists=True,
            pruner=_pruner(self._plan, self._space),
        )

    def _check(self) -> None:
        known = self.optuna_study.user_attrs
        if "plan" not in known:
            self.optuna_study.set_user_attr("plan", self._plan.as_json())
            self.optuna_study.set_user_attr("space", self._space.as_json())
            return
        same = {"plan": _same_plan(known["plan"], self._plan), "space": known["space"] == self._space.as_json()}
        if not all(same.values()):
            other = " and ".join(name for name in same if not same[name])
            message = (
                f"{self.folder} holds a study of another {other}: choose another folder with --to, "
                "or restore the plan and its [tune] table"
            )
            raise TuningError(message)

    def _requeue_left(self) -> None:
        """Puts trials of workers that are gone back into the queue."""
        for trial in self.trials:
            name = trial.user_attrs.get(FOLDER)
            if trial.state is not TrialState.RUNNING:
                continue
            lock = _locked(self._lock_file(name)) if name else None
            if name and lock is None:
                continue
            left = self.optuna_study.user_attrs.get(_INTERRUPTED, [])
            self.optuna_study.set_user_attr(_INTERRUPTED, [*left, trial.number])
            self.optuna_study.tell(trial.number, state=TrialState.FAIL)
            if name:
                seen = {str(epoch): value for epoch, value in trial.intermediate_values.items()}
                self.optuna_study.enqueue_trial(trial.params, user_attrs={FOLDER: name, SEEN: seen})
            if lock is not None:
                lock.close()

    def _lock_file(self, name: str) -> Path:
        return self.folder / "trials" / name / "worker.lock"

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """While this holds, no other worker takes or ends a trial."""
        with (self.folder / "study.lock").open("w", encoding="ascii") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def decoded(params: Mapping[str, Any], space: SearchSpace) -> dict[str, Any]:
    """Values of the fields, choices read from their JSON."""
    chosen = {field.path: isinstance(field, Choice) for field in space.fields}
    return {path: json.loads(value) if chosen.get(path) else value for path, value in params.items()}


def _distribution(field: Range | Choice) -> BaseDistribution:
    if isinstance(field, Choice):
        return CategoricalDistribution(field.options)
    if field.whole:
        return IntDistribution(int(field.low), int(field.high), log=field.log)
    return FloatDistribution(field.low, field.high, log=field.log)


def _pruner(plan: Plan, space: SearchSpace) -> optuna.pruners.BasePruner:
    schedule = plan.schedule
    if space.pruner == "hyperband":
        return optuna.pruners.HyperbandPruner(min_resource=schedule.validate_every, max_resource=schedule.epochs)
    if space.pruner == "median":
        return optuna.pruners.MedianPruner(n_startup_trials=_STARTUP_TRIALS, n_warmup_steps=schedule.validate_every)
    return optuna.pruners.NopPruner()


def _same_plan(noted: Mapping[str, Any], plan: Plan) -> bool:
    """Whether a plan is the noted one, but for its name and for what may change while a study goes on."""
    try:
        known = plan_from_json({name: part for name, part in noted.items() if name not in {"tracking", "watchdog"}})
    except PlanError:  # of another version of Coachwork
        return False
    return replace(known, name=plan.name).teaches_as(plan)


def _locked(path: Path) -> IO[str] | None:
    """The lock of a trial's folder; None where a living worker holds it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    file = path.open("w", encoding="ascii")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    return file
