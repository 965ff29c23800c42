"""Which types a dataset has few of, and how likely a photo is to hold them."""

import math
from collections.abc import Mapping

from coachwork.taxonomy import Kind


def rarity_weights(counts: Mapping[Kind, int]) -> dict[Kind, float]:
    """How rare each type is: 1 for one that never occurs, falling in a line to 0 at the mean count of all types.

    Args:
        counts: type -> annotated damages; empty where nothing is known, which makes nothing rare.

    >>> from coachwork.taxonomy import DamageType
    >>> rarity_weights({DamageType.DENT: 30, DamageType.RUST: 0})
    {<DamageType.DENT: 'dent'>: 0.0, <DamageType.RUST: 'rust'>: 1.0}
    """
    mean = sum(counts.values()) / len(counts) if counts else 0.0
    if mean <= 0:
        return dict.fromkeys(counts, 0.0)
    return {kind: max(0.0, 1 - count / mean) for kind, count in counts.items()}


def rarity_of(expected: Mapping[Kind, float], weights: Mapping[Kind, float]) -> float:
    """How much of what the dataset has few of a photo may hold, 0..1.

    Args:
        expected: type -> how many damages of it the photo may hold.
        weights: of `rarity_weights`; a type that is not among them is not rare.
    """
    return 1 - math.exp(-sum(weights.get(kind, 0.0) * count for kind, count in expected.items()))
