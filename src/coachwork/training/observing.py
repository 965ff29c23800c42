"""Who watches a training run from inside, and what they are told when."""

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, TypeVar

from coachwork.training.plan import Plan
from coachwork.training.watchdog.observations import DataSeen, StepSeen, ValidationSeen
from coachwork.training.watchdog.probe import Probe
from coachwork.training.watchdog.settings import WatchdogPlan
from coachwork.training.watchdog.watchdog import Watchdog

if TYPE_CHECKING:
    from coachwork.datasets.sample import Entry
    from coachwork.models.family import FamilyModule

Item = TypeVar("Item")


class Observer:
    """Told what happens in a run; every call may be left out. What one raises ends the run."""

    def before_forward(self, step: int) -> None:
        """Step number `step` (from 1, over the whole run) is about to begin."""

    def before_update(self) -> None:
        """The gradients are there, not yet clipped; the weights have not moved."""

    def after_step(self, seen: StepSeen) -> None:
        """The weights have moved."""

    def after_validation(self, seen: ValidationSeen) -> None:
        """The model was measured."""


class WatchdogObserver(Observer):
    """Brings a run's observations to its watchdog, and looks inside the model every so many steps.

    Args:
        model: the model that is trained.
        plan: how often to look inside.
        watchdog: who judges.
    """

    def __init__(self, model: "FamilyModule", plan: WatchdogPlan, watchdog: Watchdog) -> None:
        self._probe, self._every, self._watchdog = Probe(model), plan.every, watchdog
        self._looking = False

    def before_forward(self, step: int) -> None:
        """See `Observer`."""
        self._looking = step % self._every == 0
        if self._looking:
            self._probe.open()

    def before_update(self) -> None:
        """See `Observer`."""
        if self._looking:
            self._probe.before_update()

    def after_step(self, seen: StepSeen) -> None:
        """See `Observer`."""
        self._watchdog.see(seen)
        if self._looking:
            self._watchdog.see(self._probe.close(seen.step))

    def after_validation(self, seen: ValidationSeen) -> None:
        """See `Observer`."""
        self._watchdog.see(seen)


def data_seen(entries: "Sequence[Entry]", plan: Plan, *, step: int, steps_per_epoch: int) -> DataSeen:
    """How many shapes of each type an epoch shows."""
    counts = Counter(shape.type for _, sample in entries for shape in sample.shapes if not shape.crowd)
    return DataSeen(
        step=step,
        shapes={kind.value: counts[kind] for kind in plan.types},
        steps_per_epoch=steps_per_epoch,
        steps=plan.schedule.epochs * steps_per_epoch,
    )


def timed(items: Iterable[Item]) -> Iterator[tuple[float, Item]]:
    """The items, each with the seconds that it took to get it."""
    source = iter(items)
    while True:
        started = time.perf_counter()
        try:
            item = next(source)
        except StopIteration:
            return
        yield time.perf_counter() - started, item
