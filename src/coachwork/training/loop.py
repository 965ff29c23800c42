"""The training loop: steps, averaged weights, validation, checkpoints; resumes where it stopped."""

import contextlib
import json
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from coachwork.datasets.sample import Entry
from coachwork.models.targets import Targets
from coachwork.training.averaging import AveragedModel
from coachwork.training.balance import balanced_terms
from coachwork.training.batches import repeated, training_batches
from coachwork.training.checkpoint import Checkpoint, CheckpointError, read_checkpoint, write_checkpoint
from coachwork.training.log import RunLog
from coachwork.training.measuring import Measuring
from coachwork.training.observing import Observer, WatchdogObserver, data_seen, timed
from coachwork.training.plan import Plan, PlanError, plan_from_json
from coachwork.training.processes import average_gradients, join_processes, process_count, process_rank, wait_for_all
from coachwork.training.setting_up import initial_model, parameter_groups
from coachwork.training.step_photos import check_step_photos
from coachwork.training.tracking.facts import facts_of
from coachwork.training.tracking.folder_sink import read_findings
from coachwork.training.tracking.opening import sinks_of
from coachwork.training.tracking.report import plain_scores
from coachwork.training.validation import Scores
from coachwork.training.watchdog.observations import StepSeen
from coachwork.training.watchdog.rule import Finding
from coachwork.training.watchdog.watchdog import Watchdog, WatchdogStop

_SAVE_EVERY_S = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class StepProgress:
    """What a progress bar shows.

    Attributes:
        epoch, epochs: epochs done and planned.
        step, steps: steps done and planned in this epoch.
        loss: running mean of the loss.
        photos_per_s: photos a second in this run.
        scores: of the last validation.
    """

    epoch: int
    epochs: int
    step: int
    steps: int
    loss: float
    photos_per_s: float
    scores: Scores | None


class Run:
    """One training run in a folder.

    Args:
        plan: what to train.
        folder: where `last.pt`, `best.pt`, `plan.json`, CSV tables and events lie; a run found there goes on.
        training: entries to learn from.
        validation: entries to measure on.
        datasets: description of the datasets for the checkpoint.

    Raises:
        CheckpointError: the folder holds a run of another plan.
        PlanError: the plan selects no photo to learn from, or too few for a step.
    """

    def __init__(
        self,
        plan: Plan,
        folder: Path,
        *,
        training: Sequence[Entry],
        validation: Sequence[Entry],
        datasets: list[dict[str, Any]],
    ) -> None:
        join_processes()
        torch.manual_seed(plan.seed)
        self.plan, self.folder, self.datasets = plan, folder, datasets
        if plan.schedule.batch % process_count():
            message = f"schedule.batch = {plan.schedule.batch} does not divide among {process_count()} processes"
            raise PlanError(message)
        entries = repeated(training, plan.data.repeats)
        if not entries:
            message = "the plan selects no photo to learn from: check data.datasets, data.repeats and the sets' splits"
            raise PlanError(message)
        self.training, self.validation = entries, validation
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.model = initial_model(plan).to(self.device).to(memory_format=torch.channels_last)
        check_step_photos(self.model, plan, len(entries))
        self.model.terms = balanced_terms(plan, entries)
        self.average = AveragedModel(self.model, plan.schedule.ema)
        self.batches, self.sampler = training_batches(entries, plan)
        self.optimiser = torch.optim.AdamW(parameter_groups(self.model, plan), betas=(0.9, 0.99))
        self.epoch, self.step, self.best = 0, 0, -math.inf
        self.scores: Scores | None = None
        self.observers: list[Observer] = []
        self._measuring = Measuring(plan, validation=validation, training=entries)
        self.findings: list[Finding] = []
        self._resume()

    @property
    def steps(self) -> int:
        """Steps an epoch."""
        return len(self.batches)

    @property
    def photos(self) -> int:
        """Photos an epoch, over all processes."""
        return len(self.sampler) * process_count()

    @property
    def leads(self) -> bool:
        """Whether this process validates, saves and talks; of several processes one does."""
        return process_rank() == 0

    @property
    def steps_done(self) -> int:
        """Steps done over all epochs."""
        return self.epoch * self.steps + self.step

    def train(
        self,
        report: Callable[[StepProgress], None] = lambda _: None,
        *,
        say: Callable[[str], None] = lambda _: None,
    ) -> Scores | None:
        """Runs until the plan is done; returns the last validation's figures.

        Args:
            report: told of every step.
            say: told of findings of the watchdog, and of sinks that cannot be reached.

        Raises:
            WatchdogStop: a rule that may stop the run found its fault; `last.pt` holds the state.
        """
        if self.epoch >= self.plan.schedule.epochs:
            return self.scores
        self.folder.mkdir(parents=True, exist_ok=True)
        if self.leads:
            (self.folder / "plan.json").write_text(json.dumps(self.plan.as_json(), indent=2), encoding="utf-8")
        facts = facts_of(self.plan, self.folder, step=self.steps_done, datasets=self.datasets)
        sinks = sinks_of(self.plan.tracking, self.folder, say) if self.leads else []
        started = time.monotonic()
        with RunLog(facts, sinks, lambda: self._figures(time.monotonic() - started)) as log:
            try:
                if self.leads:
                    self._watch(log, say)
                while self.epoch < self.plan.schedule.epochs:
                    self._train_epoch(log, report)
                    self.epoch, self.step = self.epoch + 1, 0
                    last = self.epoch == self.plan.schedule.epochs
                    if self.leads and self.validation and (last or self.epoch % self.plan.schedule.validate_every == 0):
                        self._validate(log)
                    self._save("last.pt")
                    wait_for_all()
            except WatchdogStop:
                self._save("last.pt")
                raise
        return self.scores

    def _watch(self, log: RunLog, say: Callable[[str], None]) -> None:
        def tell(finding: Finding) -> None:
            self.findings.append(finding)
            log.note(finding)
            say(f"watchdog: {finding}")

        self.findings = read_findings(self.folder) if self.steps_done else []
        watchdog = Watchdog(self.plan.watchdog, tell)
        self.observers.append(WatchdogObserver(self.model, self.plan.watchdog, watchdog))
        watchdog.see(data_seen(self.training, self.plan, step=self.steps_done, steps_per_epoch=self.steps))

    def _train_epoch(self, log: RunLog, report: Callable[[StepProgress], None]) -> None:
        self.sampler.epoch = self.epoch
        self.sampler.skip = self.step * self.plan.schedule.batch // process_count()
        self.model.train()
        started = saved = time.monotonic()
        mean = 0.0
        for done, (wait_s, (photos, truth)) in enumerate(timed(self.batches), start=1):
            began, learning_rate = time.perf_counter(), self._rate()
            terms, norm = self._step(photos, truth)
            self.step += 1
            total = sum(terms.values())
            mean += (total - mean) / min(done, 50)
            rate = done * self.plan.schedule.batch / (time.monotonic() - started)
            seen = StepSeen(
                step=self.steps_done,
                first=done == 1,
                loss=total,
                gradient_norm=norm,
                learning_rate=learning_rate / self.plan.schedule.learning_rate,
                wait_s=wait_s,
                step_s=wait_s + time.perf_counter() - began,
                steps_per_epoch=self.steps,
            )
            row = {**terms, "loss": total, "learning_rate": learning_rate, "photos_per_s": rate}
            log.write("steps", seen.step, row | {"gradient_norm": norm, "waiting": seen.wait_s / seen.step_s})
            self._observe(seen)
            report(
                StepProgress(
                    epoch=self.epoch,
                    epochs=self.plan.schedule.epochs,
                    step=self.step,
                    steps=self.steps,
                    loss=mean,
                    photos_per_s=rate,
                    scores=self.scores,
                )
            )
            if time.monotonic() - saved > _SAVE_EVERY_S:
                self._save("last.pt")
                saved = time.monotonic()

    def _step(self, photos: Tensor, truth: Sequence[Targets]) -> tuple[dict[str, float], float]:
        """One step; returns the loss terms and the norm of the gradient. Unless both are finite, no weight moves."""
        torch.manual_seed(_step_seed(self.plan.seed, self.steps_done))
        for observer in self.observers:
            observer.before_forward(self.steps_done + 1)
        schedule = self.plan.schedule
        rate = self._rate()
        for group in self.optimiser.param_groups:
            group["lr"] = rate * group["factor"]
        bf16 = schedule.precision == "bf16"
        with torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=bf16):
            terms = self.model.losses(photos.to(self.device), [photo.to(self.device) for photo in truth])
        loss = torch.stack(list(terms.values())).sum()
        if not torch.isfinite(loss):
            return {name: float(value.detach()) for name, value in terms.items()}, math.nan
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        average_gradients(self.model.parameters())
        for observer in self.observers:
            observer.before_update()
        norm = float(torch.nn.utils.clip_grad_norm_(self.model.parameters(), schedule.clip))
        if math.isfinite(norm):
            self.optimiser.step()
            self.average.update(self.model)
        return {name: float(value.detach()) for name, value in terms.items()}, norm

    def _observe(self, seen: StepSeen) -> None:
        """Shows a step to the observers.

        Raises:
            PlanError: the loss is not finite; statistics inside the model may be spoilt, so nothing is saved.
        """
        broken = not math.isfinite(seen.loss)
        with contextlib.suppress(*[WatchdogStop] if broken else []):
            for observer in self.observers:
                observer.after_step(seen)
        if broken:
            message = (
                f"the loss is no longer finite at epoch {self.epoch}, step {self.step}: lower schedule.learning_rate"
            )
            raise PlanError(message)

    def _rate(self) -> float:
        """Learning rate of the next step: a linear rise, then half a cosine."""
        schedule = self.plan.schedule
        share = (self.epoch * self.steps + self.step + 1) / (schedule.epochs * self.steps)
        if share < schedule.warmup:
            return schedule.learning_rate * share / schedule.warmup
        along = (share - schedule.warmup) / (1 - schedule.warmup)
        return schedule.learning_rate * max(0.01, 0.5 * (1 + math.cos(math.pi * along)))

    def _validate(self, log: RunLog) -> None:
        measured = self._measuring.measure(self.average.model, log, step=self.steps_done, epoch=self.epoch)
        self.scores = measured.scores
        if measured.scores.headline > self.best:
            self.best = measured.scores.headline
            self._save("best.pt")
        for observer in self.observers:
            observer.after_validation(measured.seen)

    def _figures(self, seconds: float) -> dict[str, Any]:
        """What the report says of this run, so far."""
        return {
            "epochs": self.epoch,
            "steps": self.steps_done,
            "seconds_of_this_part": round(seconds, 1),
            "photos_an_epoch": self.photos,
            "best_headline": self.best if math.isfinite(self.best) else None,
            "scores": None if self.scores is None else plain_scores(asdict(self.scores)),
            "findings": [finding.as_json() for finding in self.findings],
        }

    def _save(self, name: str) -> None:
        if not self.leads:
            return
        checkpoint = Checkpoint(
            plan=self.plan.as_json(),
            weights=self.model.state_dict(),
            averaged=self.average.model.state_dict(),
            averaged_steps=self.average.steps,
            optimiser=self.optimiser.state_dict() if name == "last.pt" else {},
            epoch=self.epoch,
            step=self.step,
            best=self.best,
            datasets=self.datasets,
        )
        write_checkpoint(self.folder / name, checkpoint)

    def _resume(self) -> None:
        path = self.folder / "last.pt"
        if not path.exists():
            return
        checkpoint = read_checkpoint(path)
        if not plan_from_json(checkpoint.plan).teaches_as(plan_from_json(self.plan.as_json())):
            message = f"{self.folder} holds a run of another plan: choose another folder with --to, or restore the plan"
            raise CheckpointError(message)
        self.model.load_state_dict(checkpoint.weights)
        self.average.model.load_state_dict(checkpoint.averaged)
        self.average.steps = checkpoint.averaged_steps
        self.optimiser.load_state_dict(checkpoint.optimiser)
        self.epoch, self.step, self.best = checkpoint.epoch, checkpoint.step, checkpoint.best


def _step_seed(seed: int, step: int) -> int:
    """Seeds what a model draws in a step (dropout, sampled proposals), so that a resumed run draws the same again."""
    return (seed * 1_000_003 + step) * 1_009 + process_rank()
