"""The `[tune]` table of a plan: which of its fields tuning may change, and within what.

    [tune]
    pruner = "median"                                                  # or "hyperband", "none"
    "schedule.learning_rate" = { low = 3e-4, high = 3e-3, log = true }
    "schedule.batch" = [4, 8, 16]
    "augmentation.scale" = [[0.7, 1.7], [0.6, 2.4]]
    "augmentation.scale.1" = { low = 1.2, high = 2.8 }                 # one entry of a list

Other names are left as the plan says. Without the table, `default_space` is searched.
"""

import json
import math
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from coachwork.training.plan import ModelPlan, Plan, PlanError, plan_from_json, start_of

PRUNERS = ("median", "hyperband", "none")

_LOSS_WEIGHTS = ("dice", "focal", "lovasz", "boundary")
"""Terms of the `[loss]` table that are weighed against its cross-entropy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """A field that may take any number in a range.

    Attributes:
        path: of the field, such as "schedule.learning_rate".
        low, high: the ends, both possible.
        log: whether factors count rather than differences.
        whole: whether only whole numbers are possible.
    """

    path: str
    low: float
    high: float
    log: bool = False
    whole: bool = False

    def as_json(self) -> dict[str, Any]:
        """As the `[tune]` table has it."""
        low, high = (int(end) if self.whole else end for end in (self.low, self.high))
        return {"low": low, "high": high, "log": self.log}


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A field that may take one of some values.

    Attributes:
        path: of the field.
        options: the values, each as JSON text.
    """

    path: str
    options: tuple[str, ...]

    def as_json(self) -> list[Any]:
        """As the `[tune]` table has it."""
        return [json.loads(option) for option in self.options]


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchSpace:
    """What tuning may change, and how it gives up on trials.

    Attributes:
        fields: each path once.
        pruner: one of `PRUNERS`.
    """

    fields: tuple[Range | Choice, ...]
    pruner: str = "median"

    def as_json(self) -> dict[str, Any]:
        """As the `[tune]` table has it."""
        return {"pruner": self.pruner} | {field.path: field.as_json() for field in self.fields}


def read_space(path: Path, plan: Plan) -> SearchSpace:
    """The search space of a plan's file, or the default one where it names none.

    Raises:
        PlanError: a field that the plan does not have, or a range or choice that makes no sense.
    """
    table = tomllib.loads(path.read_text(encoding="utf-8")).get("tune", {})
    if not isinstance(table, Mapping):
        message = f"{path}: [tune] must be a table of fields and what they may be"
        raise PlanError(message)
    return space_of(table, plan, where=f"{path}: [tune]")


def space_of(table: Mapping[str, Any], plan: Plan, *, where: str = "[tune]") -> SearchSpace:
    """The search space that a table describes; see the module.

    Raises:
        PlanError: as `read_space` says.
    """
    rest = dict(table)
    pruner = rest.pop("pruner", "median")
    if pruner not in PRUNERS:
        message = f"{where} pruner: expected one of {', '.join(PRUNERS)}, got {pruner!r}"
        raise PlanError(message)
    fields = tuple(_field(path, value, where) for path, value in _leaves(rest))
    space = SearchSpace(fields=fields or default_space(plan).fields, pruner=pruner)
    for field in space.fields:
        for value in _extremes(field):
            try:
                with_values(plan, {field.path: value})
            except PlanError as refused:
                message = f"{where} {field.path} = {value!r} is no plan: {refused}"
                raise PlanError(message) from refused
    return space


def default_space(plan: Plan) -> SearchSpace:
    """Learning rate and its share for the backbone, weight decay, variation of photos, and the losses in use."""
    rate, decay = plan.schedule.learning_rate, max(plan.schedule.weight_decay, 1e-3)
    lowest = plan.augmentation.scale[0]
    fields: list[Range | Choice] = [
        Range(path="schedule.learning_rate", low=rate / 4, high=rate * 4, log=True),
        Range(path="schedule.backbone_rate", low=0.02, high=0.15, log=True),
        Range(path="schedule.weight_decay", low=decay / 10, high=decay * 10, log=True),
        Range(path="augmentation.scale.1", low=max(1.2, lowest), high=max(2.8, 2 * lowest)),
        Range(path="augmentation.light", low=0.0, high=1.5),
    ]
    losses = plan.as_json().get("loss", {})
    fields += [
        Range(path=f"loss.{name}", low=losses[name] / 4, high=losses[name] * 4, log=True)
        for name in _LOSS_WEIGHTS
        if losses.get(name, 0.0) > 0
    ]
    return SearchSpace(fields=tuple(fields))


def with_values(plan: Plan, values: Mapping[str, Any]) -> Plan:
    """The plan with some fields changed.

    Args:
        plan: to start from.
        values: path -> value; that of `model.initial` counts from the working folder.

    Raises:
        PlanError: there is no such field, or the plan cannot take the value.
    """
    table: Any = plan.as_json()
    if any(path.startswith("model.options") for path in values):  # what an option had filled in is filled in anew
        usual = asdict(ModelPlan(options=plan.model.options))
        for name, empty in (("backbone", ""), ("height", 0), ("width", 0)):
            if table["model"][name] == usual[name]:
                table["model"][name] = empty
    for path, value in values.items():
        *way, last = path.split(".")
        place: Any = table
        for part in way:
            place = _step(place, part, path)
        if isinstance(place, list):
            _step(place, last, path)
            place[int(last)] = value
        elif isinstance(place, dict):
            place[last] = value
        else:
            raise _unknown(path)
    changed = plan_from_json(table, where=f"plan {plan.name!r}, changed")
    if not values.get("model.initial"):
        return changed
    start = start_of(changed.model.initial, changed.task, Path.cwd())
    return replace(changed, model=replace(changed.model, initial=str(start)))


def _step(place: Any, part: str, path: str) -> Any:
    if isinstance(place, list) and part.isdigit() and int(part) < len(place):
        return place[int(part)]
    if isinstance(place, dict) and part in place:
        return place[part]
    raise _unknown(path)


def _unknown(path: str) -> PlanError:
    return PlanError(f"the plan has no field {path}: name it as in schedule.learning_rate or augmentation.scale.1")


def _leaves(table: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Paths and what they may be; tables inside tables are as good as dotted names."""
    for key, value in table.items():
        if isinstance(value, Mapping) and not {"low", "high"} & set(value):
            yield from _leaves(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _field(path: str, value: Any, where: str) -> Range | Choice:
    if isinstance(value, list) and len(value) > 1:
        return Choice(path=path, options=tuple(dict.fromkeys(json.dumps(option) for option in value)))
    if isinstance(value, Mapping) and set(value) <= {"low", "high", "log"} and {"low", "high"} <= set(value):
        low, high, log = value["low"], value["high"], value.get("log", False)
        if (
            all(_is_number(end) for end in (low, high))
            and isinstance(log, bool)
            and low < high
            and (low > 0 or not log)
        ):
            whole = isinstance(low, int) and isinstance(high, int)
            return Range(path=path, low=float(low), high=float(high), log=log, whole=whole)
    message = (
        f"{where} {path}: give a range such as {{ low = 1e-4, high = 1e-2, log = true }} (low below high, above 0 with "
        f"log) or a list of two and more values, got {value!r}"
    )
    raise PlanError(message)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _extremes(field: Range | Choice) -> list[Any]:
    if isinstance(field, Choice):
        return field.as_json()
    return [int(end) if field.whole else end for end in (field.low, field.high)]
