"""What the rules of the watchdog look at: plain figures of a run, so that no rule needs torch."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSeen:
    """What a run learns from, told once before its first step.

    Attributes:
        step: steps done before, more than 0 in a run that goes on.
        shapes: annotated damages an epoch shows of each type that the model learns, repeats counted.
        steps_per_epoch: steps an epoch.
        steps: steps of the whole plan.
    """

    step: int
    shapes: Mapping[str, int]
    steps_per_epoch: int
    steps: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StepSeen:
    """One step.

    Attributes:
        step: its number over the whole run, from 1.
        first: whether it was the first step since the loader started, which waits for the workers.
        loss: sum of the loss terms.
        gradient_norm: L2 norm of all gradients before clipping.
        learning_rate: as a share of its peak, 0..1.
        wait_s: seconds in which the step waited for its photos.
        step_s: seconds of the whole step, waiting included.
        steps_per_epoch: steps an epoch.
    """

    step: int
    first: bool
    loss: float
    gradient_norm: float
    learning_rate: float
    wait_s: float
    step_s: float
    steps_per_epoch: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightsSeen:
    """A trained weight matrix or kernel in one step.

    Attributes:
        name: of the parameter.
        gradient: mean absolute value of its gradient before clipping; 0 where none arrived.
        update: L2 norm of the step's change over the L2 norm of the weights.
    """

    name: str
    gradient: float
    update: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivationsSeen:
    """What a layer gave out in one step, over all photos and places.

    Attributes:
        name: of the layer.
        units: channels.
        dead: the channels with one and the same value everywhere, such as zeros after a ReLU.
        saturated: share (0..1) of values where a sigmoid or tanh no longer passes a gradient; None where no such
            function follows.
    """

    name: str
    units: int
    dead: frozenset[int]
    saturated: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LayersSeen:
    """The inside of the model in one step; looked at every so many steps."""

    step: int
    weights: tuple[WeightsSeen, ...]
    activations: tuple[ActivationsSeen, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidationSeen:
    """One validation.

    Attributes:
        step: steps done.
        progress: share of the plan that is done, 0..1.
        headline: the figure by which checkpoints are compared, 0..1; NaN where nothing could be measured.
        validation_loss, training_loss: the same loss on fixed photos of either split, none of them varied; None
            where not measured.
    """

    step: int
    progress: float
    headline: float
    validation_loss: float | None
    training_loss: float | None


Observation = DataSeen | StepSeen | LayersSeen | ValidationSeen
