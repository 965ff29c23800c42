"""Rules about gradients and the weights they move."""

import math
from collections import deque
from collections.abc import Iterable
from statistics import median
from typing import ClassVar

from coachwork.training.watchdog.observations import LayersSeen, StepSeen
from coachwork.training.watchdog.rule import Rule, counted

_HISTORY = 200
_LEAST_HISTORY = 20
_RECENT = 10
_BURSTS = 3


class VanishingGradient(Rule[LayersSeen]):
    """Layers that hardly get a gradient, look after look; the threshold is that of SageMaker Debugger's rule.

    Args:
        below: mean absolute gradient under which a layer counts as getting none.
        share: share of layers that may get none.
        patience: looks in a row.
    """

    name = "vanishing_gradient"
    about: ClassVar[type] = LayersSeen
    advice = "use a higher learning rate, normalisation, or pretrained weights, and look for a loss weight near 0"

    def __init__(self, *, below: float, share: float, patience: int) -> None:
        self._below, self._share = below, share
        self._looks: deque[frozenset[str]] = deque(maxlen=patience)

    def look(self, seen: LayersSeen) -> str | None:
        """See `Rule.look`."""
        if not seen.weights:
            return None
        self._looks.append(frozenset(layer.name for layer in seen.weights if layer.gradient < self._below))
        weak = lasting(self._looks)
        if len(weak) <= self._share * len(seen.weights):
            return None
        return (
            f"the mean gradient is below {self._below:g} in {len(weak)} of {counted(len(seen.weights), 'layer')} "
            f"({named(weak, [layer.name for layer in seen.weights])})"
        )


class ExplodingGradient(Rule[StepSeen]):
    """A loss or gradient that is no number, or far beyond what the run has known.

    Losses are compared from the second step on, so that a run which explodes at once is seen; gradients, which differ
    more from step to step, once enough of them are known.

    Args:
        factor: norm or loss over its median of the last steps that counts; three of ten steps must reach it.
    """

    name = "exploding_gradient"
    about: ClassVar[type] = StepSeen
    advice = "lower schedule.learning_rate or schedule.clip, or lengthen schedule.warmup"

    def __init__(self, *, factor: float) -> None:
        self._factor = factor
        self._norms: deque[float] = deque(maxlen=_HISTORY)
        self._losses: deque[float] = deque(maxlen=_HISTORY)
        self._norm_bursts: deque[bool] = deque(maxlen=_RECENT)
        self._loss_bursts: deque[bool] = deque(maxlen=_RECENT)

    def look(self, seen: StepSeen) -> str | None:
        """See `Rule.look`."""
        if not math.isfinite(seen.loss):
            return f"the loss is {seen.loss}"
        if not math.isfinite(seen.gradient_norm):
            return f"the norm of the gradient is {seen.gradient_norm}, and the step was left out"
        return self._loss_told(seen.loss) or self._norm_told(seen.gradient_norm)

    def _loss_told(self, loss: float) -> str | None:
        usual = median(self._losses) if self._losses else math.inf
        burst = loss > self._factor * usual
        self._loss_bursts.append(burst)
        if not burst:  # an explosion must not become what is usual
            self._losses.append(loss)
        if sum(self._loss_bursts) < _BURSTS:
            return None
        return f"the loss is {loss:.3g} where {usual:.3g} was usual"

    def _norm_told(self, norm: float) -> str | None:
        usual = median(self._norms) if len(self._norms) >= _LEAST_HISTORY else math.inf
        self._norm_bursts.append(norm > self._factor * usual)
        self._norms.append(norm)
        if sum(self._norm_bursts) < _BURSTS:
            return None
        return f"the norm of the gradient is {norm:.3g} where {usual:.3g} was usual"


class WeightsNotUpdating(Rule[LayersSeen]):
    """Weights that stand still although they are to be trained.

    Args:
        below: relative change in a step under which a layer counts as standing still.
        patience: looks in a row.
    """

    name = "weights_not_updating"
    about: ClassVar[type] = LayersSeen
    advice = "raise schedule.learning_rate or schedule.backbone_rate, and check that the loss reaches these layers"

    def __init__(self, *, below: float, patience: int) -> None:
        self._below = below
        self._looks: deque[frozenset[str]] = deque(maxlen=patience)

    def look(self, seen: LayersSeen) -> str | None:
        """See `Rule.look`."""
        self._looks.append(frozenset(layer.name for layer in seen.weights if layer.update < self._below))
        still = lasting(self._looks)
        if not still:
            return None
        return (
            f"a step changes {len(still)} of {counted(len(seen.weights), 'layer')} by less than {self._below:g} of its "
            f"weights ({named(still, [layer.name for layer in seen.weights])})"
        )


def lasting(looks: deque[frozenset[str]]) -> frozenset[str]:
    """What every one of the last looks shows; nothing before there were enough of them."""
    if len(looks) < (looks.maxlen or 1):
        return frozenset()
    return frozenset.intersection(*looks)


def named(chosen: Iterable[str], order: Iterable[str], *, most: int = 3) -> str:
    """The first few chosen names in their order, and how many more there are."""
    wanted = set(chosen)
    names = [name for name in order if name in wanted]
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
