"""Tuning: many runs of one plan with some of its fields changed, the hopeless ones given up early."""

import dataclasses
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from optuna.trial import Trial, TrialState

from coachwork.datasets.dataset import read_dataset
from coachwork.errors import CoachworkError
from coachwork.training.loop import Run, StepProgress
from coachwork.training.observing import Observer
from coachwork.training.plan import Plan
from coachwork.training.search_space import with_values
from coachwork.training.starting import start_run
from coachwork.training.study import REASON, Study, Taken, TuningError
from coachwork.training.watchdog.observations import StepSeen, ValidationSeen
from coachwork.training.watchdog.watchdog import WatchdogStop

_FAILURES_THAT_STOP = 3
"""When the first trials all fail, the plan is at fault and not the values."""


class _Ended(KeyboardInterrupt):
    """Ends a run from inside, as Ctrl-C would: its records then say that it was interrupted, not that it failed."""


class _Pruned(_Ended):
    """The trial is worse than others were at this point."""


class _OutOfTime(_Ended):
    """The time that was given is over; the trial goes on when the study does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialProgress:
    """What a progress bar shows.

    Attributes:
        number: of the trial.
        step: where its run is.
    """

    number: int
    step: StepProgress


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialEnd:
    """How a trial ended.

    Attributes:
        number: of the trial.
        state: "finished", "pruned" or "failed".
        value: the best validation's headline figure, 0..1; None where there is none.
        reason: why it was pruned or failed.
        seconds: it took, without earlier parts of an interrupted trial.
    """

    number: int
    state: str
    value: float | None
    reason: str
    seconds: float


class _Judge(Observer):
    """Reports validations to the study, and ends the run where the pruner or the clock says so."""

    def __init__(self, trial: Trial, epochs: int, deadline: float) -> None:
        self._trial, self._epochs, self._deadline = trial, epochs, deadline

    def after_step(self, seen: StepSeen) -> None:  # noqa: ARG002 - the call of an observer
        """See `Observer`."""
        if time.monotonic() > self._deadline:
            raise _OutOfTime

    def after_validation(self, seen: ValidationSeen) -> None:
        """See `Observer`."""
        epoch = round(seen.progress * self._epochs)
        if not math.isfinite(seen.headline):
            return
        self._trial.report(seen.headline, epoch)
        if seen.progress < 1 and self._trial.should_prune():
            message = f"{100 * seen.headline:.1f} after {epoch} epochs is below what other trials had reached by then"
            raise _Pruned(message)


def tune(
    study: Study,
    plan: Plan,
    *,
    trials: int,
    timeout: float = math.inf,
    threads: int | None = None,
    report: Callable[[TrialProgress], None] = lambda _: None,
    ended: Callable[[TrialEnd], None] = lambda _: None,
    say: Callable[[str], None] = lambda _: None,
) -> bool:
    """Carries trials out until the study has so many, or the time is over.

    Args:
        study: new, or picked up again; other workers may share it.
        plan: what is tuned.
        trials: of the whole study, those of earlier calls and other workers included.
        timeout: seconds after which to stop; the trial under way goes on with the next call.
        threads: CPU threads of a run, all cores by default.
        report: told of every step.
        ended: told of every trial's end.
        say: told what the runs say.

    Returns:
        Whether the study has all its trials; False where the time was over before.

    Raises:
        DatasetError: a dataset of the plan cannot be read.
        TuningError: the first trials all failed.
    """
    for place in plan.data.datasets:
        read_dataset(place)
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        taken = study.take(trials)
        if taken is None:
            return True
        started = time.monotonic()
        try:
            end = _carried_out(study, taken, plan, deadline=deadline, threads=threads, report=report, say=say)
        except _OutOfTime:
            return False
        finally:
            _note_time(taken, time.monotonic() - started)
            taken.lock.close()
        ended(dataclasses.replace(end, seconds=time.monotonic() - started))
        _stop_where_all_fail(study)
    return False


def _carried_out(
    study: Study,
    taken: Taken,
    plan: Plan,
    *,
    deadline: float,
    threads: int | None,
    report: Callable[[TrialProgress], None],
    say: Callable[[str], None],
) -> TrialEnd:
    """One trial from start to end; how it ended is told to the study."""
    number = taken.trial.number
    try:
        own = with_values(dataclasses.replace(plan, name=f"{plan.name}-{taken.folder.name}"), taken.values)
        run = start_run(own, taken.folder, threads=threads)
        _refuse_blind(run)
        run.observers.append(_Judge(taken.trial, own.schedule.epochs, deadline))
        run.train(lambda step: report(TrialProgress(number=number, step=step)), say=say)
    except (_Pruned, WatchdogStop) as given_up:
        study.tell(taken, TrialState.PRUNED, reason=str(given_up))
        _forget_state(taken.folder)
        value = _last_value(study, number)
        return TrialEnd(number=number, state="pruned", value=value, reason=str(given_up), seconds=0.0)
    except TuningError as hopeless:
        study.tell(taken, TrialState.FAIL, reason=str(hopeless))
        raise
    except (CoachworkError, MemoryError, torch.OutOfMemoryError) as failed:
        reason = str(failed) or type(failed).__name__
        study.tell(taken, TrialState.FAIL, reason=reason)
        return TrialEnd(number=number, state="failed", value=None, reason=reason, seconds=0.0)
    return _finished(study, taken, run)


def _refuse_blind(run: Run) -> None:
    if not run.validation:
        message = "the plan's datasets hold no validation photo to judge trials by: check data.validate_on"
        raise TuningError(message)


def _finished(study: Study, taken: Taken, run: Run) -> TrialEnd:
    number, value = taken.trial.number, run.best
    if not math.isfinite(value):
        reason = "no validation gave a figure: the validation photos hold none of the three main types"
        study.tell(taken, TrialState.FAIL, reason=reason)
        return TrialEnd(number=number, state="failed", value=None, reason=reason, seconds=0.0)
    study.tell(taken, TrialState.COMPLETE, value=value)
    _forget_state(taken.folder)
    return TrialEnd(number=number, state="finished", value=value, reason="", seconds=0.0)


def _forget_state(folder: Path) -> None:
    """Removes what only going on needs; of many trials it would fill the disk. `best.pt` stays."""
    (folder / "last.pt").unlink(missing_ok=True)


def _last_value(study: Study, number: int) -> float | None:
    seen = next(trial.intermediate_values for trial in study.trials if trial.number == number)
    return max(seen.values(), default=None)


def _note_time(taken: Taken, seconds: float) -> None:
    path = taken.folder / "seconds"
    earlier = float(path.read_text(encoding="ascii")) if path.exists() else 0.0
    path.write_text(f"{earlier + seconds:.1f}", encoding="ascii")


def _stop_where_all_fail(study: Study) -> None:
    done = [trial for trial in study.trials if trial.state.is_finished()]
    if len(done) == _FAILURES_THAT_STOP and all(trial.state is TrialState.FAIL for trial in done):
        message = f"the first {len(done)} trials all failed, the last one because: {done[-1].user_attrs[REASON]}"
        raise TuningError(message)
