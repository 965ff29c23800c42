"""The training loop: steps, averaged weights, validation, checkpoints; resumes where it stopped."""

import json
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from coachwork.models.family import FamilyModule, build_model
from coachwork.models.targets import Targets
from coachwork.training.averaging import AveragedModel
from coachwork.training.batches import repeated, training_batches
from coachwork.training.checkpoint import Checkpoint, CheckpointError, read_checkpoint, write_checkpoint
from coachwork.training.log import RunLog
from coachwork.training.plan import Plan, PlanError
from coachwork.training.processes import average_gradients, join_processes, process_count, process_rank, wait_for_all
from coachwork.training.validation import Scores, validate
from coachwork.training.views import Entry

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
        PlanError: the plan selects no photo to learn from.
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
        self.validation = validation
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.model = _initial_model(plan).to(self.device).to(memory_format=torch.channels_last)
        self.average = AveragedModel(self.model, plan.schedule.ema)
        self.batches, self.sampler = training_batches(entries, plan)
        self.optimiser = torch.optim.AdamW(_groups(self.model, plan), betas=(0.9, 0.99))
        self.epoch, self.step, self.best = 0, 0, -math.inf
        self.scores: Scores | None = None
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

    def train(self, report: Callable[[StepProgress], None] = lambda _: None) -> Scores | None:
        """Runs until the plan is done; returns the last validation's figures."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if self.leads:
            (self.folder / "plan.json").write_text(json.dumps(self.plan.as_json(), indent=2), encoding="utf-8")
        with RunLog(self.folder if self.leads else None) as log:
            while self.epoch < self.plan.schedule.epochs:
                self._train_epoch(log, report)
                self.epoch, self.step = self.epoch + 1, 0
                last = self.epoch == self.plan.schedule.epochs
                if self.leads and self.validation and (last or self.epoch % self.plan.schedule.validate_every == 0):
                    self._validate(log)
                self._save("last.pt")
                wait_for_all()
        return self.scores

    def _train_epoch(self, log: RunLog, report: Callable[[StepProgress], None]) -> None:
        self.sampler.epoch = self.epoch
        self.sampler.skip = self.step * self.plan.schedule.batch // process_count()
        self.model.train()
        started = saved = time.monotonic()
        mean = 0.0
        for done, (photos, truth) in enumerate(self.batches, start=1):
            terms = self._step(photos, truth)
            self.step += 1
            total = sum(terms.values())
            mean += (total - mean) / min(done, 50)
            rate = done * self.plan.schedule.batch / (time.monotonic() - started)
            row = {**terms, "loss": total, "learning_rate": self._rate(), "photos_per_s": rate}
            log.write("steps", self.epoch * self.steps + self.step, row)
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

    def _step(self, photos: Tensor, truth: Sequence[Targets]) -> dict[str, float]:
        schedule = self.plan.schedule
        rate = self._rate()
        for group in self.optimiser.param_groups:
            group["lr"] = rate * group["factor"]
        bf16 = schedule.precision == "bf16"
        with torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=bf16):
            terms = self.model.losses(photos.to(self.device), [photo.to(self.device) for photo in truth])
        loss = torch.stack(list(terms.values())).sum()
        if not torch.isfinite(loss):
            message = (
                f"the loss is no longer finite at epoch {self.epoch}, step {self.step}: lower schedule.learning_rate"
            )
            raise PlanError(message)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        average_gradients(self.model.parameters())
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), schedule.clip)
        self.optimiser.step()
        self.average.update(self.model)
        return {name: float(value.detach()) for name, value in terms.items()}

    def _rate(self) -> float:
        """Learning rate of the next step: a linear rise, then half a cosine."""
        schedule = self.plan.schedule
        share = (self.epoch * self.steps + self.step + 1) / (schedule.epochs * self.steps)
        if share < schedule.warmup:
            return schedule.learning_rate * share / schedule.warmup
        along = (share - schedule.warmup) / (1 - schedule.warmup)
        return schedule.learning_rate * max(0.01, 0.5 * (1 + math.cos(math.pi * along)))

    def _validate(self, log: RunLog) -> None:
        scores = validate(self.average.model, self.validation, self.plan)
        self.scores = scores
        row = {name: value for name, value in asdict(scores).items() if name != "per_type"} | scores.per_type
        log.write("validation", self.epoch * self.steps, row)
        if scores.headline > self.best:
            self.best = scores.headline
            self._save("best.pt")

    def _save(self, name: str) -> None:
        if not self.leads:
            return
        checkpoint = Checkpoint(
            plan=_plain(self.plan.as_json()),
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
        if checkpoint.plan != _plain(self.plan.as_json()):
            message = f"{self.folder} holds a run of another plan: choose another folder with --to, or restore the plan"
            raise CheckpointError(message)
        self.model.load_state_dict(checkpoint.weights)
        self.average.model.load_state_dict(checkpoint.averaged)
        self.average.steps = checkpoint.averaged_steps
        self.optimiser.load_state_dict(checkpoint.optimiser)
        self.epoch, self.step, self.best = checkpoint.epoch, checkpoint.step, checkpoint.best


def _initial_model(plan: Plan) -> FamilyModule:
    model = build_model(
        plan.model.family,
        types=len(plan.types),
        size=plan.model.size,
        backbone=plan.model.backbone,
        pretrained=plan.model.pretrained and not plan.model.initial,
        options=plan.model.options,
    )
    if plan.model.initial:
        _start_from(model, Path(plan.model.initial))
    return model


def _start_from(model: FamilyModule, path: Path) -> None:
    """Takes over a checkpoint's weights; parts that the checkpoint does not know start fresh."""
    weights, own = read_checkpoint(path).averaged, model.state_dict()
    strange = [name for name, value in weights.items() if name not in own or own[name].shape != value.shape]
    if strange:
        message = f"{path} holds another model than the plan's: {', '.join(strange[:3])} do not fit; check [model]"
        raise CheckpointError(message)
    model.load_state_dict(weights, strict=False)


def _groups(model: FamilyModule, plan: Plan) -> list[dict[str, Any]]:
    """Parameter groups: backbone and heads, each with weights (decayed) and biases or scales (not decayed)."""
    groups: dict[tuple[bool, bool], list[Tensor]] = {}
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            groups.setdefault(("backbone" in name, parameter.ndim > 1), []).append(parameter)
    schedule = plan.schedule
    return [
        {
            "params": parameters,
            "factor": schedule.backbone_rate if in_backbone else 1.0,
            "weight_decay": schedule.weight_decay if is_matrix else 0.0,
        }
        for (in_backbone, is_matrix), parameters in groups.items()
    ]


def _plain(plan: dict[str, Any]) -> dict[str, Any]:
    """The plan as JSON would give it back: strings and lists, no enums or tuples."""
    plain: dict[str, Any] = json.loads(json.dumps(plan))
    return plain
