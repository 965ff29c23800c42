"""Rules about whether a run still learns, and whether what it learns holds elsewhere."""

import math
from typing import ClassVar

from coachwork.training.watchdog.observations import StepSeen, ValidationSeen
from coachwork.training.watchdog.rule import Rule, counted

_FADED = 0.05
"""Below this share of the peak learning rate a loss may stand still: the schedule wants it so."""


class LossNotDecreasing(Rule[StepSeen]):
    """A mean loss that no longer falls though the learning rate is not at its end.

    Args:
        window: steps averaged; 0 for an epoch, but 20 to 500 steps.
        windows: windows without a better mean.
        gain: smallest relative gain that counts as better.
    """

    name = "loss_not_decreasing"
    about: ClassVar[type] = StepSeen
    advice = "try another schedule.learning_rate, look at the example pictures, and check the labels"

    def __init__(self, *, window: int, windows: int, gain: float) -> None:
        self._window, self._windows, self._gain = window, windows, gain
        self._sum, self._count, self._best, self._since = 0.0, 0, math.inf, 0
        self._last: str | None = None

    def look(self, seen: StepSeen) -> str | None:
        """See `Rule.look`."""
        window = self._window or min(max(seen.steps_per_epoch, 20), 500)
        self._sum += seen.loss
        self._count += 1
        if self._count < window:
            return self._last
        mean, self._sum, self._count = self._sum / self._count, 0.0, 0
        if mean < self._best - self._gain * abs(self._best) or math.isinf(self._best):
            self._best, self._since = mean, 0
        else:
            self._since += 1
        stuck = self._since >= self._windows and seen.learning_rate > _FADED
        steps = self._since * window
        self._last = (
            f"the mean loss is {mean:.4g}, no better than {self._best:.4g} of {steps} steps ago" if stuck else None
        )
        return self._last


class Overfit(Rule[ValidationSeen]):
    """A validation loss that rises from its lowest while the loss on training photos falls.

    Args:
        rise: relative rise that counts.
        validations: validations in a row.
    """

    name = "overfit"
    about: ClassVar[type] = ValidationSeen
    advice = "train on more photos, vary them more ([augmentation]), raise schedule.weight_decay, or stop earlier"

    def __init__(self, *, rise: float, validations: int) -> None:
        self._rise, self._validations = rise, validations
        self._lowest, self._training_then, self._row = math.inf, math.inf, 0

    def look(self, seen: ValidationSeen) -> str | None:
        """See `Rule.look`."""
        validation, training = seen.validation_loss, seen.training_loss
        if validation is None or training is None:
            return None
        if validation < self._lowest:
            self._lowest, self._training_then = validation, training
        worse = validation > self._lowest * (1 + self._rise) and training < self._training_then
        self._row = self._row + 1 if worse else 0
        if self._row < self._validations:
            return None
        return (
            f"the loss on validation photos rose from {self._lowest:.3g} to {validation:.3g} while that on "
            f"training photos fell from {self._training_then:.3g} to {training:.3g}"
        )


class PoorValidation(Rule[ValidationSeen]):
    """A model that finds nothing on validation photos, late in its plan.

    Args:
        below: headline figure under which nothing is learnt.
        after: share of the plan from which on it counts.
    """

    name = "poor_validation"
    about: ClassVar[type] = ValidationSeen
    advice = "look at the example pictures: wrong labels, another kind of photo, or a plan that is too short"

    def __init__(self, *, below: float, after: float) -> None:
        self._below, self._after = below, after

    def look(self, seen: ValidationSeen) -> str | None:
        """See `Rule.look`."""
        if seen.progress < self._after:
            return None
        if math.isnan(seen.headline):
            return "nothing can be measured: no validation photo shows a type that the headline figure counts"
        if seen.headline >= self._below:
            return None
        return f"the headline AP50 is {seen.headline:.1%} after {seen.progress:.0%} of the plan"


class Plateau(Rule[ValidationSeen]):
    """A headline figure that has not risen for many validations.

    Args:
        validations: validations without a gain.
        gain: smallest gain that counts.
    """

    name = "plateau"
    about: ClassVar[type] = ValidationSeen
    advice = "more passes will not help: add photos or variation, or end the run and keep best.pt"

    def __init__(self, *, validations: int, gain: float) -> None:
        self._validations, self._gain = validations, gain
        self._best, self._since = -math.inf, 0

    def look(self, seen: ValidationSeen) -> str | None:
        """See `Rule.look`."""
        if math.isnan(seen.headline):
            return None
        if seen.headline > self._best + self._gain:
            self._best, self._since = seen.headline, 0
            return None
        self._since += 1
        if self._since < self._validations:
            return None
        return f"the headline AP50 has not passed {self._best:.1%} for {counted(self._since, 'validation')}"
