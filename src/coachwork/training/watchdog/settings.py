"""The `[watchdog]` table of a plan: which faults to look for, from when on they count, and what then happens."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from coachwork.training.watchdog.rule import Action

RULES = (
    "vanishing_gradient",
    "exploding_gradient",
    "weights_not_updating",
    "dead_units",
    "saturated_outputs",
    "loss_not_decreasing",
    "overfit",
    "poor_validation",
    "plateau",
    "class_imbalance",
    "starved_input",
)
"""Names of all rules, as `[watchdog.rules]` knows them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchdogPlan:
    """How a run is watched. The thresholds follow those of SageMaker Debugger's built-in rules where it has one.

    Attributes:
        rules: `off`, `warn` or `stop` by rule; `warn` where a rule is not named.
        every: steps between two looks at gradients, weights and activations, which cost time.
        patience: looks in a row that must show a fault of gradients, weights or activations.
        vanishing_below: mean absolute gradient under which a layer counts as getting none.
        vanishing_share: share of layers that may get none.
        exploding_factor: gradient norm over its median of the last steps that counts as an explosion.
        update_below: change of the weights in a step, relative to them, under which they count as standing still.
        dead_share: share of a layer's units that may be dead.
        dead_looks: looks in a row in which a unit must be dead; sparse ones are silent for a batch or two.
        saturated_share: share of a layer's outputs that may be saturated.
        loss_window: steps over which losses are averaged before they are compared; 0 for an epoch, 20 to 500.
        loss_windows: windows without a better mean after which the loss counts as not decreasing.
        loss_gain: smallest relative gain that counts as better.
        overfit_rise: rise of the validation loss over its lowest that counts, relative, while the training loss falls.
        overfit_validations: validations in a row that must show it.
        poor_below: headline figure under which a model has learnt nothing.
        poor_after: share of the plan after which it must have.
        plateau_validations: validations without a gain of `plateau_gain` in the headline figure.
        plateau_gain: smallest gain that counts, in points of 0..1.
        imbalance_ratio: how many times rarer than the commonest type a type may be.
        starved_share: share of time that steps may wait for photos.
        starved_steps: steps over which the share is taken.
    """

    rules: dict[str, str] = field(default_factory=dict)
    every: int = 50
    patience: int = 3
    vanishing_below: float = 1e-7
    vanishing_share: float = 0.25
    exploding_factor: float = 50.0
    update_below: float = 1e-7
    dead_share: float = 0.8
    dead_looks: int = 10
    saturated_share: float = 0.9
    loss_window: int = 0
    loss_windows: int = 5
    loss_gain: float = 1e-3
    overfit_rise: float = 0.1
    overfit_validations: int = 3
    poor_below: float = 0.01
    poor_after: float = 0.5
    plateau_validations: int = 8
    plateau_gain: float = 0.002
    imbalance_ratio: float = 50.0
    starved_share: float = 0.3
    starved_steps: int = 50

    def action(self, rule: str) -> Action:
        """What happens when a rule finds its fault."""
        return Action(self.rules.get(rule, Action.WARN))

    def faults(self) -> Mapping[str, bool]:
        """What must hold of the table, and whether it does."""
        counts = (
            self.every,
            self.patience,
            self.dead_looks,
            self.loss_windows,
            self.overfit_validations,
            self.plateau_validations,
        )
        strange = sorted(set(self.rules) - set(RULES))
        actions = {str(action) for action in self.rules.values()}
        return {
            f"watchdog.rules: unknown {', '.join(strange)}; known: {', '.join(RULES)}": not strange,
            "watchdog.rules: say off, warn or stop": actions <= set(Action),
            "watchdog: every, patience and counts of validations or windows: at least 1": min(counts) >= 1,
            "watchdog.starved_steps: at least 2": self.starved_steps >= 2,
        }
