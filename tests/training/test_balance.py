from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from coachwork.datasets.sample import DamageShape, Entry, Sample, Split
from coachwork.geometry.box import Box
from coachwork.geometry.size import Size
from coachwork.models.loss_terms import LossTerms
from coachwork.taxonomy import DamageType
from coachwork.training.balance import balanced_terms
from coachwork.training.plan import DataPlan, Plan, PlanError

TYPES = (DamageType.DENT, DamageType.SCRATCH, DamageType.RUST)


def entries(**counts: int) -> list[Entry]:
    box = Box(x_min=0, y_min=0, x_max=9, y_max=9)
    shapes = tuple(DamageShape(type=DamageType(kind), box=box) for kind, count in counts.items() for _ in range(count))
    sample = Sample(
        photo="a.png",
        sha256="a",
        size=Size(height=10, width=10),
        source="set",
        name="a.png",
        split=Split.TRAIN,
        cluster="a",
        annotated=frozenset(TYPES),
        shapes=shapes,
    )
    return [(Path(), sample)]


def plan(**terms: object) -> Plan:
    return Plan(name="b", types=TYPES, data=DataPlan(datasets=("none",)), loss=LossTerms(**terms))  # type: ignore[arg-type]


def test_without_balance_nothing_is_weighed() -> None:
    assert balanced_terms(plan(), entries(dent=9, scratch=90)).type_weights == ()
    assert balanced_terms(plan(balance=1.0), entries()).type_weights == ()


def test_rare_types_weigh_more_and_a_damage_weighs_one_on_average() -> None:
    counts = np.array([90, 360, 10])
    weights = np.array(balanced_terms(plan(balance=0.5), entries(dent=90, scratch=360, rust=10)).type_weights)
    assert weights / weights[1] == pytest.approx([2, 1, 6], abs=0.01)
    assert (weights * counts).sum() / counts.sum() == pytest.approx(1, abs=0.001)


def test_a_type_without_a_damage_weighs_as_the_rarest() -> None:
    weights = balanced_terms(plan(balance=1.0), entries(dent=5, scratch=50)).type_weights
    assert weights[2] == weights[0]


def test_stated_weights_stand() -> None:
    assert balanced_terms(plan(balance=1.0, type_weights=(1.0, 2.0, 3.0)), entries(dent=5)).type_weights == (1, 2, 3)


def test_weights_that_cannot_be_are_refused() -> None:
    with pytest.raises(PlanError, match="one for each of types"):
        plan(type_weights=(1.0,))
    with pytest.raises(PlanError, match="weights from 0"):
        plan(dice=-1.0)
    assert replace(plan(), loss=LossTerms(dice=0)).loss.dice == 0
