"""Every rule on streams of plain figures; `test_faults.py` shows them on real runs."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachwork.training.watchdog.gradients import ExplodingGradient, VanishingGradient, WeightsNotUpdating
from coachwork.training.watchdog.observations import (
    ActivationsSeen,
    DataSeen,
    LayersSeen,
    Observation,
    StepSeen,
    ValidationSeen,
    WeightsSeen,
)
from coachwork.training.watchdog.progress import LossNotDecreasing, Overfit, Plateau, PoorValidation
from coachwork.training.watchdog.rule import Action, Finding, Rule
from coachwork.training.watchdog.rules import rules_of
from coachwork.training.watchdog.settings import RULES, WatchdogPlan
from coachwork.training.watchdog.supply import ClassImbalance, StarvedInput
from coachwork.training.watchdog.units import DeadUnits, SaturatedOutputs
from coachwork.training.watchdog.watchdog import Watchdog, WatchdogStop

STEP = StepSeen(
    step=1,
    first=False,
    loss=1.0,
    gradient_norm=1.0,
    learning_rate=1.0,
    wait_s=0.0,
    step_s=1.0,
    steps_per_epoch=20,
)


def said(rule: Rule[Any], stream: Iterable[Observation]) -> list[str | None]:
    return [rule.look(seen) for seen in stream]


def losses(values: Iterable[float], **others: float) -> list[StepSeen]:
    return [replace(STEP, step=n, loss=value, **others) for n, value in enumerate(values, start=1)]  # type: ignore[arg-type]


def norms(values: Iterable[float]) -> list[StepSeen]:
    return [replace(STEP, step=n, gradient_norm=value) for n, value in enumerate(values, start=1)]


def layers(*, gradients: Sequence[float] = (), updates: Sequence[float] = ()) -> LayersSeen:
    pairs = zip(gradients or [1e-3] * len(updates), updates or [1e-3] * len(gradients), strict=True)
    weights = tuple(WeightsSeen(name=f"layer{n}", gradient=g, update=u) for n, (g, u) in enumerate(pairs))
    return LayersSeen(step=1, weights=weights, activations=())


def active(*, dead: Iterable[int] = (), saturated: float | None = None) -> LayersSeen:
    seen = ActivationsSeen(name="act", units=4, dead=frozenset(dead), saturated=saturated)
    return LayersSeen(step=1, weights=(), activations=(seen,))


def validations(rows: Iterable[tuple[float, float | None, float | None]]) -> list[ValidationSeen]:
    return [
        ValidationSeen(step=n, progress=n / 10, headline=headline, validation_loss=held, training_loss=learnt)
        for n, (headline, held, learnt) in enumerate(rows, start=1)
    ]


def test_nothing_seen_is_nothing_said() -> None:
    empty = LayersSeen(step=1, weights=(), activations=())
    for rule in rules_of(WatchdogPlan(patience=1)):
        if rule.about is LayersSeen:
            assert rule.look(empty) is None, rule.name


def test_every_rule_of_the_plan_exists_and_explains_itself() -> None:
    rules = rules_of(WatchdogPlan())
    assert [rule.name for rule in rules] == list(RULES)
    assert all(rule.advice and rule.advice[0].islower() for rule in rules)
    assert not rules_of(WatchdogPlan(rules=dict.fromkeys(RULES, "off")))


def test_gradients_vanish_only_when_many_layers_lack_them_for_long() -> None:
    rule = VanishingGradient(below=1e-7, share=0.25, patience=3)
    weak, strong = layers(gradients=[1e-9, 1e-9, 1e-3, 1e-3]), layers(gradients=[1e-9, 1e-3, 1e-3, 1e-3])
    assert said(rule, [weak, weak, strong, weak]) == [None] * 4
    found = said(rule, [weak, weak])[-1]
    assert found is not None
    assert "2 of 4 layers" in found
    assert "layer0, layer1" in found


@pytest.mark.parametrize(("change", "word"), [({"loss": math.nan}, "loss"), ({"gradient_norm": math.inf}, "left out")])
def test_what_is_no_number_is_an_explosion_at_once(change: dict[str, float], word: str) -> None:
    found = ExplodingGradient(factor=50).look(replace(STEP, **change))  # type: ignore[arg-type]
    assert found is not None
    assert word in found


def test_a_burst_far_beyond_what_was_usual_is_an_explosion_and_a_single_jump_is_not() -> None:
    rule = ExplodingGradient(factor=50)
    assert not any(said(rule, norms([1.0] * 30 + [100.0] + [1.0] * 20)))
    assert any(said(rule, norms([60.0, 1.0, 100.0, 90.0])))


def test_a_run_that_explodes_in_its_first_steps_is_seen_by_its_loss() -> None:
    losses = [replace(STEP, step=n, loss=loss) for n, loss in enumerate([5.0, 9e3, 9e3, 8e3, 8e3], start=1)]
    told = said(ExplodingGradient(factor=50), losses)
    assert told[:3] == [None] * 3
    assert told[3] == "the loss is 8e+03 where 5 was usual"
    assert told[4] is not None, "an explosion does not become what is usual"


def test_a_loss_that_jumps_twice_has_not_exploded() -> None:
    losses = [replace(STEP, step=n, loss=loss) for n, loss in enumerate([5.0, 900.0, 4.0, 900.0, 3.0], start=1)]
    assert not any(said(ExplodingGradient(factor=50), losses))


@given(st.lists(st.floats(min_value=0.2, max_value=9.0), max_size=300))
def test_norms_within_the_factor_never_explode(values: list[float]) -> None:
    assert not any(said(ExplodingGradient(factor=50), norms(values)))


def test_layers_that_stand_still_are_named() -> None:
    rule = WeightsNotUpdating(below=1e-7, patience=2)
    moving, still = layers(updates=[1e-3, 1e-4]), layers(updates=[1e-3, 0.0])
    assert said(rule, [still, moving, still]) == [None] * 3
    found = rule.look(still)
    assert found is not None
    assert "layer1" in found
    assert "layer0" not in found


def test_units_are_dead_when_the_same_ones_stay_so() -> None:
    rule = DeadUnits(share=0.5, patience=2)
    assert said(rule, [active(dead=[0, 1, 2]), active(dead=[1, 2, 3]), active()]) == [None] * 3
    found = said(rule, [active(dead=[0, 1, 2]), active(dead=[0, 1, 2])])[-1]
    assert found is not None
    assert "75%" in found


def test_outputs_are_saturated_when_nearly_all_are_for_long() -> None:
    rule = SaturatedOutputs(share=0.9, patience=2)
    assert said(rule, [active(saturated=1.0), active(saturated=0.5), active(saturated=1.0)]) == [None] * 3
    assert rule.look(active(saturated=0.95)) is not None
    assert rule.look(active(saturated=None)) is None


def test_a_flat_loss_is_found_until_it_falls_again() -> None:
    rule = LossNotDecreasing(window=2, windows=3, gain=1e-3)
    flat = said(rule, losses([1.0] * 12))
    assert flat[:7] == [None] * 7
    assert flat[-1] is not None
    assert said(rule, losses([0.5, 0.5]))[-1] is None


def test_a_flat_loss_is_no_fault_once_the_learning_rate_has_faded() -> None:
    rule = LossNotDecreasing(window=2, windows=2, gain=1e-3)
    assert not any(said(rule, losses([1.0] * 20, learning_rate=0.01)))


@given(st.floats(min_value=0.9, max_value=0.99), st.integers(min_value=1, max_value=7))
def test_a_falling_loss_is_never_called_flat(factor: float, window: int) -> None:
    rule = LossNotDecreasing(window=window, windows=2, gain=1e-3)
    assert not any(said(rule, losses(factor**n for n in range(60))))


def test_overfitting_is_a_rising_validation_loss_beside_a_falling_training_loss() -> None:
    rule = Overfit(rise=0.1, validations=2)
    assert not any(said(rule, validations([(0.5, None, None), (0.5, 1.0, 1.0), (0.5, 1.2, 0.9), (0.5, 1.05, 0.8)])))
    found = said(rule, validations([(0.5, 1.2, 0.7), (0.5, 1.3, 0.6)]))
    assert found[0] is None
    assert found[1] is not None


def test_both_losses_rising_is_another_fault() -> None:
    rule = Overfit(rise=0.1, validations=1)
    assert not any(said(rule, validations([(0.5, 1.0, 1.0), (0.5, 2.0, 2.0), (0.5, 3.0, 3.0)])))


def test_a_model_that_finds_nothing_late_in_its_plan_is_poor() -> None:
    rule = PoorValidation(below=0.01, after=0.3)
    assert [bool(x) for x in said(rule, validations([(0.0, None, None)] * 3))] == [False, False, True]
    found = rule.look(replace(validations([(0.008, None, None)])[0], progress=1.0))
    assert found == "the headline AP50 is 0.8% after 100% of the plan"
    assert rule.look(validations([(0.2, None, None)])[0]) is None
    unmeasured = replace(validations([(math.nan, None, None)])[0], progress=1.0)
    assert "nothing can be measured" in str(rule.look(unmeasured))


def test_a_plateau_counts_validations_without_a_gain() -> None:
    rule = Plateau(validations=2, gain=0.01)
    rows = [(0.1, None, None), (0.2, None, None), (0.205, None, None), (0.19, None, None), (0.3, None, None)]
    told = said(rule, validations(rows))
    assert told == [None, None, None, "the headline AP50 has not passed 20.0% for 2 validations", None]
    once = said(Plateau(validations=1, gain=0.01), validations(rows[1:3]))
    assert once == [None, "the headline AP50 has not passed 20.0% for 1 validation"]


@pytest.mark.parametrize(
    ("shapes", "word"),
    [
        ({}, "no photo"),
        ({"dent": 0}, "no photo"),
        ({"dent": 100, "rust": 1}, "rust 1"),
        ({"dent": 9, "rust": 0}, "rust 0"),
    ],
)
def test_uneven_types_are_named(shapes: dict[str, int], word: str) -> None:
    seen = DataSeen(step=0, shapes=shapes, steps_per_epoch=1, steps=1)
    assert word in str(ClassImbalance(ratio=50).look(seen))


def test_even_types_are_fine() -> None:
    seen = DataSeen(step=0, shapes={"dent": 100, "rust": 3}, steps_per_epoch=1, steps=1)
    assert ClassImbalance(ratio=50).look(seen) is None


@given(st.floats(min_value=1e-4, max_value=1e3), st.floats(min_value=0.0, max_value=1.0))
def test_starving_depends_on_the_share_of_waiting_not_on_speed(step_s: float, share: float) -> None:
    rule = StarvedInput(share=0.3, steps=5)
    found = said(rule, [replace(STEP, wait_s=share * step_s, step_s=step_s)] * 5)
    assert found[:4] == [None] * 4
    if abs(share - 0.3) > 1e-6:
        assert (found[-1] is not None) == (share > 0.3)


def test_waiting_for_the_first_photos_of_an_epoch_is_no_starving() -> None:
    rule = StarvedInput(share=0.3, steps=2)
    assert not any(
        said(rule, [replace(STEP, first=True, wait_s=0.9), STEP, replace(STEP, first=True, wait_s=0.9), STEP])
    )


def test_a_fault_is_told_when_it_comes_and_when_it_comes_back() -> None:
    told: list[Finding] = []
    watchdog = Watchdog(WatchdogPlan(), told.append)
    broken = replace(STEP, gradient_norm=math.inf)
    for seen in (STEP, broken, broken, STEP, broken):
        watchdog.see(seen)
    assert [finding.rule for finding in told] == ["exploding_gradient"] * 2
    assert told == watchdog.findings


def test_a_rule_may_stop_the_run_after_all_findings_are_told() -> None:
    told: list[Finding] = []
    watchdog = Watchdog(WatchdogPlan(rules={"exploding_gradient": "stop"}), told.append)
    with pytest.raises(WatchdogStop, match=r'exploding_gradient = "warn" under \[watchdog.rules\]') as stop:
        watchdog.see(replace(STEP, loss=math.nan))
    assert told == [stop.value.finding]
    assert told[0].action is Action.STOP


def test_a_rule_that_is_off_says_nothing() -> None:
    told: list[Finding] = []
    Watchdog(WatchdogPlan(rules={"exploding_gradient": "off"}), told.append).see(replace(STEP, loss=math.nan))
    assert not told
