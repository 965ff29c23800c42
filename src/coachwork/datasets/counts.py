"""How many photos and shapes samples hold."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from coachwork.datasets.sample import Sample, Split
from coachwork.taxonomy import KINDS, UNSPECIFIED


def shape_counts(samples: Sequence[Sample]) -> dict[str, int]:
    """Shapes of each type, types without any left out; `damage` counts those whose type is not stated."""
    counts = Counter(shape.type for sample in samples for shape in sample.shapes)
    named = {kind.value: counts[kind] for kind in KINDS if counts[kind]}
    return named | ({UNSPECIFIED: counts[None]} if counts[None] else {})


def counts_of(samples: Sequence[Sample]) -> dict[str, Any]:
    """The counts that a manifest states: photos, clusters, splits, sources, shapes by type, shapes with a mask."""
    return {
        "photos": len(samples),
        "clusters": len({sample.cluster for sample in samples}),
        "splits": {split.value: sum(sample.split is split for sample in samples) for split in Split},
        "sources": dict(sorted(Counter(sample.source for sample in samples).items())),
        "shapes": shape_counts(samples),
        "masks": sum(shape.has_mask for sample in samples for shape in sample.shapes),
    }
