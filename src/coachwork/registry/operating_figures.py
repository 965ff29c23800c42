"""F1 of each type at the cards' thresholds, of two models on the same photos: AP sees no threshold that is wrong."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from coachwork.evaluation.bootstrap import Figure, cluster_weights, figure
from coachwork.evaluation.contenders import Looks
from coachwork.evaluation.matching import operating_counts, rates
from coachwork.evaluation.pairs import evaluated_types
from coachwork.taxonomy import KINDS, Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeFigures:
    """F1 of one type.

    Attributes:
        values: of each model, a share; NaN where it cannot be measured.
        difference: of the second model minus that of the first, with its interval.
        photos: annotated photos that show the type.
    """

    values: tuple[float, ...]
    difference: Figure
    photos: int


def operating_figures(looks: Looks, *, resamples: int, seed: int) -> Mapping[Kind, TypeFigures]:
    """F1 by type.

    Args:
        looks: of two models, the champion first.
        resamples: draws behind each interval.
        seed: of the draws.
    """
    pairs = [look.pairs[: looks.photos] for look in looks.looks]
    known = {kind for own in pairs for kind in evaluated_types(own)}
    types = tuple(kind for kind in KINDS if kind in known)
    clusters = [f"{pair.sample.source} {pair.sample.cluster}" for pair in pairs[0]]
    drawn = cluster_weights(clusters, resamples=resamples, seed=seed)
    weights = np.vstack([np.ones((1, len(clusters)), dtype=np.int64), drawn])  # first the photos as they are
    first, second = (
        rates(operating_counts(own, types, look.contender.point.thresholds), weights).f1
        for own, look in zip(pairs, looks.looks, strict=True)
    )
    return {
        kind: TypeFigures(
            values=(float(first[0, k]), float(second[0, k])),
            difference=figure(float(second[0, k] - first[0, k]), second[1:, k] - first[1:, k]),
            photos=sum(pair.judges(kind) and bool(pair.shapes_of(kind)) for pair in pairs[0]),
        )
        for k, kind in enumerate(types)
    }
