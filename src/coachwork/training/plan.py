"""The training plan: what to train, on what, how; read from TOML, checked as a whole before anything runs."""

import json
import math
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from coachwork.errors import CoachworkError
from coachwork.geometry.size import Size
from coachwork.inference.bundle import SHIPPED, shipped_bundle_folder, shipped_parts_folder
from coachwork.inference.variant import WEIGHTS_FILE
from coachwork.models.backbone_names import TIMM, USUAL_BACKBONE
from coachwork.models.efficientdet.scaling import SCALES
from coachwork.models.families import model_faults
from coachwork.models.field_values import field_value
from coachwork.models.loss_terms import LossTerms
from coachwork.taxonomy import Kind, Task
from coachwork.training.tracking.settings import TrackingPlan
from coachwork.training.watchdog.settings import WatchdogPlan

_CHANCES = ("flip", "clean", "hidden", "blur", "noise", "jpeg", "mosaic", "paste")
"""Fields of the variation that are probabilities."""

_LEARNING = {"frozen_stages", "frozen_detector"}
"""Options that say which weights learn, and nothing of how the model is made."""

_SIDE = 512
"""Input side of a plan that names neither a size nor a scale."""


_LARGEST_SEED = 2**32 - 1
"""Torch takes 64 bits, which the seeds of single steps, drawn from the plan's, must fit, too."""


class PlanError(CoachworkError):
    """A training plan that cannot be carried out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelPlan:
    """Which model. What depends on an option, such as the backbone on a scale, is filled in at birth.

    Attributes:
        family: `efficientdet`, `mask_query`, `mask_rcnn` or `unet`.
        backbone: `efficientnet_lite0`, `_lite1`, `_lite2`, or `timm/` and the name of a timm model; by default that of
            `options.scale`, `efficientnet_lite0` without one.
        height, width: input size in pixels, multiples of 128; by default that of `options.scale`, 512 without one.
        pretrained: start the backbone from ImageNet.
        initial: checkpoint or bundle to start all weights from (fine-tuning), "shipped" for the bundle of the task that
            comes with Coachwork; "" for none. What it knows of types that the plan names, too, is taken over. Of the
            fields of this table, a plan's file may leave out those in which the model is made as this one.
        fresh_backbone: with `initial`: take the backbone from ImageNet all the same, where the checkpoint's no longer
            tells photos apart.
        options: the family's own. A timm backbone without any weights to start from learns all its stages, unless
            `frozen_stages` says otherwise.
    """

    family: str = "efficientdet"
    backbone: str = ""
    height: int = 0
    width: int = 0
    pretrained: bool = True
    initial: str = ""
    fresh_backbone: bool = False
    options: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        scale = SCALES.get(str(self.options.get("scale", "")))
        side = scale.input_side if scale else _SIDE
        filled: dict[str, Any] = {
            "backbone": self.backbone or (scale.backbone if scale else USUAL_BACKBONE),
            "height": self.height or side,
            "width": self.width or side,
        }
        if filled["backbone"].startswith(TIMM) and not self.pretrained and not self.initial:
            filled["options"] = {"frozen_stages": 0} | self.options
        for name, value in filled.items():
            object.__setattr__(self, name, value)

    @property
    def size(self) -> Size:
        """Input size."""
        return Size(height=self.height, width=self.width)


@dataclass(frozen=True, slots=True, kw_only=True)
class DataPlan:
    """Which photos.

    Attributes:
        datasets: places of datasets (``STORE/NAME``, ``STORE/NAME@VERSION``), relative to the plan's folder.
        repeats: how often an epoch shows the photos of a source, by source name; 1 where not named, 0 leaves it out.
        validate_on: sources of the validation split that are measured; empty for all.
        validate_limit: photos measured at most after an epoch; 0 for all.
        share: of the training photos, whole clusters (photos of one car) of each source; a smaller share lies inside
            every larger one, whatever the seed.
        workers: processes that prepare photos.
        only_publishable: refuse sets whose licence does not allow the weights to be published.
        notice: what the bundle's card must say of photos without such a licence, where weights are passed on with it.
    """

    datasets: tuple[str, ...] = ()
    repeats: dict[str, int] = field(default_factory=dict)
    validate_on: tuple[str, ...] = ()
    validate_limit: int = 0
    share: float = 1.0
    workers: int = 1
    only_publishable: bool = True
    notice: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SchedulePlan:
    """How long and how fast.

    Attributes:
        epochs: passes over the data.
        batch: photos a step.
        learning_rate: peak of the cosine schedule, for heads; the backbone gets `backbone_rate` times it.
        backbone_rate: factor for pretrained weights. Much above 0.1 a lite backbone's deep stages die within the first
            thousand steps at a rate of 1.5e-3, since its batch statistics stay those of ImageNet; the watchdog tells.
        weight_decay: of AdamW, for weights of two and more dimensions.
        warmup: share of all steps in which the rate rises.
        ema: decay a step of averaged weights (0.998), which are then validated and exported; 0 for none.
        clip: largest norm of the gradient.
        validate_every: epochs between validations; the last epoch is always validated.
        precision: `bf16` (autocast) or `fp32`.
    """

    epochs: int = 20
    batch: int = 8
    learning_rate: float = 1e-3
    backbone_rate: float = 0.1
    weight_decay: float = 0.02
    warmup: float = 0.05
    ema: float = 0.0
    clip: float = 10.0
    validate_every: int = 2
    precision: str = "bf16"


@dataclass(frozen=True, slots=True, kw_only=True)
class AugmentationPlan:
    """How photos are varied; every probability is per photo.

    Attributes:
        flip: probability of a mirror image.
        scale: smallest and largest factor on the size at which the photo fits the input.
        rotation: largest angle in degrees, either way.
        stretch: largest change of the aspect ratio (0.15 = 15 %).
        clean: probability of a close view beside the damages, so that undamaged paint is learnt from the same photos.
        hidden: probability of one to three places beside the damages that are blurred, coarse or filled, as number
            plates and faces are hidden in photos that are given away.
        light: strength of changes of exposure, contrast and colour; 0 for none.
        blur: probability of defocus or motion blur.
        noise: probability of sensor noise.
        jpeg: probability of recompression at quality 30 to 90.
        mosaic: probability of four photos in one picture.
        paste: probability of one to three damages pasted from other photos.
    """

    flip: float = 0.5
    scale: tuple[float, float] = (0.7, 1.7)
    rotation: float = 8.0
    stretch: float = 0.15
    clean: float = 0.0
    hidden: float = 0.0
    light: float = 1.0
    blur: float = 0.15
    noise: float = 0.15
    jpeg: float = 0.25
    mosaic: float = 0.0
    paste: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One training run.

    Attributes:
        name: names the run's folder.
        seed: of weights, order and augmentation.
        task: what the model looks for.
        types: the damage types or parts that the model learns, in the order of its outputs.
        model, data, schedule, augmentation, loss: the parts.
        tracking, watchdog: where records go and what is watched; they may change while a run goes on.
    """

    name: str
    types: tuple[Kind, ...]
    task: Task = Task.DAMAGE
    seed: int = 7
    model: ModelPlan = field(default_factory=ModelPlan)
    data: DataPlan = field(default_factory=DataPlan)
    schedule: SchedulePlan = field(default_factory=SchedulePlan)
    augmentation: AugmentationPlan = field(default_factory=AugmentationPlan)
    loss: LossTerms = field(default_factory=LossTerms)
    tracking: TrackingPlan = field(default_factory=TrackingPlan)
    watchdog: WatchdogPlan = field(default_factory=WatchdogPlan)

    def __post_init__(self) -> None:
        model, schedule, augmentation = self.model, self.schedule, self.augmentation
        low, high = augmentation.scale
        chances = [getattr(augmentation, name) for name in _CHANCES]
        faults = {
            "types: name at least one damage type (or part), each once": 0 < len(self.types) == len(set(self.types)),
            f"seed: from 0 to {_LARGEST_SEED}": 0 <= self.seed <= _LARGEST_SEED,
            f"types: name what the task {self.task} can learn": set(self.types) <= set(self.task.kinds),
            "types: name both sides of a part": {kind.mirrored for kind in self.types} == set(self.types),
            "data.datasets: name at least one dataset folder": bool(self.data.datasets),
            "data.share: above 0, at most 1": 0 < self.data.share <= 1,
            "model.height, model.width: use multiples of 128": (
                model.height % 128 == 0 == model.width % 128 and min(model.height, model.width) > 0
            ),
            "data.repeats: whole numbers from 0": all(_is_count(times) for times in self.data.repeats.values()),
            "data.workers, data.validate_limit: from 0": min(self.data.workers, self.data.validate_limit) >= 0,
            "model.fresh_backbone: needs model.initial and model.pretrained, for decoder and backbone": (
                not model.fresh_backbone or bool(model.initial and model.pretrained)
            ),
            "schedule.epochs, schedule.batch, schedule.validate_every: at least 1": (
                min(schedule.epochs, schedule.batch, schedule.validate_every) >= 1
            ),
            "schedule.learning_rate, schedule.clip: more than 0": min(schedule.learning_rate, schedule.clip) > 0,
            "schedule.backbone_rate, schedule.weight_decay: from 0": (
                min(schedule.backbone_rate, schedule.weight_decay) >= 0
            ),
            "schedule.warmup: from 0 to below 1": 0 <= schedule.warmup < 1,
            "schedule.ema: from 0 to below 1": 0 <= schedule.ema < 1,
            "schedule.precision: bf16 or fp32": schedule.precision in {"bf16", "fp32"},
            "augmentation.scale: smallest above 0, then largest": 0 < low <= high < math.inf,
            f"augmentation.{', '.join(_CHANCES)}: from 0 to 1": all(0 <= chance <= 1 for chance in chances),
            "augmentation.rotation, stretch, light: from 0": all(
                0 <= most < math.inf for most in (augmentation.rotation, augmentation.stretch, augmentation.light)
            ),
            "loss.type_weights: none, or one for each of types": len(self.loss.type_weights) in {0, len(self.types)},
            "loss: weights from 0": self.loss.lowest >= 0,
            **self.tracking.faults(),
            **self.watchdog.faults(),
        }
        wrong = [fault for fault, right in faults.items() if not right]
        wrong += model_faults(model.family, backbone=model.backbone, options=model.options)
        if wrong:
            message = f"plan {self.name!r}: " + "; ".join(wrong)
            raise PlanError(message)

    def as_json(self) -> dict[str, Any]:
        """The plan as JSON gives it back: strings and lists, no enums or tuples."""
        plain: dict[str, Any] = json.loads(json.dumps(asdict(self)))
        return plain

    def teaches_as(self, other: "Plan") -> bool:
        """Whether two plans lead to the same weights: they differ in nothing but tracking and watchdog."""
        return replace(self, tracking=other.tracking, watchdog=other.watchdog) == other


PLAN_TABLES: dict[str, type] = {
    "model": ModelPlan,
    "data": DataPlan,
    "schedule": SchedulePlan,
    "augmentation": AugmentationPlan,
    "loss": LossTerms,
    "tracking": TrackingPlan,
    "watchdog": WatchdogPlan,
}
"""Tables of a plan's file, and what each is read into."""


def read_plan(path: Path) -> Plan:
    """Reads a plan; dataset and checkpoint paths become absolute, relative ones counting from the plan's folder.

    Raises:
        PlanError: no such file, not TOML, an unknown field, or a value of the wrong kind; names file and field.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as broken:
        message = f"cannot read the plan {path}: {broken}"
        raise PlanError(message) from broken
    table.pop("tune", None)  # what `coachwork tune` may change; it reads that itself
    filled = {"name": path.stem, **_made_as_its_start(table, path.parent)}
    return _located(_plan(filled, where=str(path)), path.parent)


def plan_from_json(table: Mapping[str, Any], *, where: str = "the checkpoint's plan") -> Plan:
    """The plan of `Plan.as_json`, as a checkpoint holds it.

    Args:
        table: the plan as plain data.
        where: what an error calls it.

    Raises:
        PlanError: an unknown field, or a value of the wrong kind.
    """
    return _plan(table, where=where)


def _plan(table: Mapping[str, Any], *, where: str) -> Plan:
    plain = {"name": str, "seed": int}
    unknown = set(table) - set(PLAN_TABLES) - set(plain) - {"task", "types"}
    if unknown or not isinstance(table.get("types"), list):
        fault = f"unknown {', '.join(sorted(unknown))}" if unknown else "`types` must list the damage types to learn"
        message = f"{where}: {fault}; known: task, types, {', '.join((*plain, *PLAN_TABLES))}"
        raise PlanError(message)
    values: dict[str, Any] = {
        key: _part(kind, table[key], f"{where}: [{key}]") for key, kind in PLAN_TABLES.items() if key in table
    }
    values |= {
        key: field_value(kind, table[key], f"{where}: {key}", PlanError) for key, kind in plain.items() if key in table
    }
    task = _task(table.get("task", Task.DAMAGE), where)
    return Plan(task=task, types=tuple(_kind(kind, task, where) for kind in table["types"]), **values)


def _made_as_its_start(table: Mapping[str, Any], folder: Path) -> Mapping[str, Any]:
    """What `[model]` does not say, where it names weights to start from, is as these were made."""
    model = table.get("model")
    if not isinstance(model, Mapping) or not isinstance(model.get("initial"), str) or not model["initial"]:
        return table
    start = start_of(model["initial"], Task.PARTS if table.get("task") == Task.PARTS else Task.DAMAGE, folder)
    file = start / WEIGHTS_FILE if start.is_dir() else start
    made = made_as(start) if file.exists() else {}
    if model.get("family", made.get("family")) != made.get("family"):
        return table  # options are a family's own; that the two do not fit is told when the run begins
    return {**table, "model": {**made, **model}}


def made_as(start: Path) -> dict[str, Any]:
    """Family, backbone, input size and options of the model in a checkpoint or bundle, as they stand in `[model]`.

    Raises:
        CheckpointError: it cannot be read.
    """
    from coachwork.training.checkpoint import read_checkpoint  # noqa: PLC0415 - loads torch, which plans do without

    made = read_checkpoint(start).plan["model"]
    options = {name: value for name, value in made["options"].items() if name not in _LEARNING}
    return {name: made[name] for name in ("family", "backbone", "height", "width")} | {"options": options}


def _located(plan: Plan, folder: Path) -> Plan:
    """Makes the paths inside a plan absolute."""
    places = tuple(place if "://" in place else str((folder / place).resolve()) for place in plan.data.datasets)
    initial = str(start_of(plan.model.initial, plan.task, folder)) if plan.model.initial else ""
    return replace(plan, data=replace(plan.data, datasets=places), model=replace(plan.model, initial=initial))


def start_of(initial: str, task: Task, folder: Path) -> Path:
    """Where the checkpoint or bundle lies that `initial` names, counting from a folder.

    Raises:
        PlanError: the model that ships is meant, and none of the task does.
    """
    if initial != SHIPPED:
        return (folder / initial).resolve()
    shipped = shipped_parts_folder() if task is Task.PARTS else shipped_bundle_folder()
    if shipped is None:
        message = 'model.initial = "shipped": no part model lies in this installation; name a checkpoint or a bundle'
        raise PlanError(message)
    return shipped


def _part(kind: type, table: object, where: str) -> Any:
    if not isinstance(table, Mapping):
        message = f"{where} must be a table"
        raise PlanError(message)
    known = {entry.name: entry.type for entry in fields(kind)}
    unknown = set(table) - set(known)
    if unknown:
        message = f"{where}: unknown {', '.join(sorted(unknown))}; known: {', '.join(known)}"
        raise PlanError(message)
    return kind(
        **{name: field_value(known[name], value, f"{where} {name}", PlanError) for name, value in table.items()}
    )


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _task(value: Any, where: str) -> Task:
    if value not in list(Task):
        message = f"{where}: unknown task {value!r}; known: {', '.join(Task)}"
        raise PlanError(message)
    return Task(value)


def _kind(value: Any, task: Task, where: str) -> Kind:
    known = {kind.value: kind for kind in task.kinds}
    if not isinstance(value, str) or value not in known:
        message = f"{where}: unknown type {value!r}; the task {task} knows {', '.join(known)}"
        raise PlanError(message)
    return known[value]
