"""All rules, with a plan's thresholds."""

from collections.abc import Callable
from typing import Any

from coachwork.training.watchdog.gradients import ExplodingGradient, VanishingGradient, WeightsNotUpdating
from coachwork.training.watchdog.progress import LossNotDecreasing, Overfit, Plateau, PoorValidation
from coachwork.training.watchdog.rule import Action, Rule
from coachwork.training.watchdog.settings import WatchdogPlan
from coachwork.training.watchdog.supply import ClassImbalance, StarvedInput
from coachwork.training.watchdog.units import DeadUnits, SaturatedOutputs

_MAKERS: dict[str, Callable[[WatchdogPlan], Rule[Any]]] = {
    "vanishing_gradient": lambda plan: VanishingGradient(
        below=plan.vanishing_below, share=plan.vanishing_share, patience=plan.patience
    ),
    "exploding_gradient": lambda plan: ExplodingGradient(factor=plan.exploding_factor),
    "weights_not_updating": lambda plan: WeightsNotUpdating(below=plan.update_below, patience=plan.patience),
    "dead_units": lambda plan: DeadUnits(share=plan.dead_share, patience=plan.dead_looks),
    "saturated_outputs": lambda plan: SaturatedOutputs(share=plan.saturated_share, patience=plan.patience),
    "loss_not_decreasing": lambda plan: LossNotDecreasing(
        window=plan.loss_window, windows=plan.loss_windows, gain=plan.loss_gain
    ),
    "overfit": lambda plan: Overfit(rise=plan.overfit_rise, validations=plan.overfit_validations),
    "poor_validation": lambda plan: PoorValidation(below=plan.poor_below, after=plan.poor_after),
    "plateau": lambda plan: Plateau(validations=plan.plateau_validations, gain=plan.plateau_gain),
    "class_imbalance": lambda plan: ClassImbalance(ratio=plan.imbalance_ratio),
    "starved_input": lambda plan: StarvedInput(share=plan.starved_share, steps=plan.starved_steps),
}


def rules_of(plan: WatchdogPlan) -> list[Rule[Any]]:
    """The rules that a plan has not turned off."""
    return [make(plan) for name, make in _MAKERS.items() if plan.action(name) is not Action.OFF]
