"""How much each type weighs while a plan's photos are learnt from."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from coachwork.datasets.sample import Entry
from coachwork.models.loss_terms import LossTerms
from coachwork.training.plan import Plan


def balanced_terms(plan: Plan, entries: Sequence[Entry]) -> LossTerms:
    """The plan's loss terms with a weight for every type.

    A type's weight is (count of the commonest type / its own count) ** `loss.balance`, divided by the mean weight of a
    damage, so that the loss as a whole keeps its size. Types without a damage weigh as much as the rarest that has one.
    """
    terms = plan.loss
    if terms.type_weights or not terms.balance:
        return terms
    found = Counter(shape.type for _, sample in entries for shape in sample.shapes)
    counts = np.array([found[kind] for kind in plan.types], dtype=np.float64)
    if not counts.any():
        return terms
    counts[counts == 0] = counts[counts > 0].min()
    weights = (counts.max() / counts) ** terms.balance
    weights /= (weights * counts).sum() / counts.sum()
    return replace(terms, type_weights=tuple(round(float(weight), 4) for weight in weights))
