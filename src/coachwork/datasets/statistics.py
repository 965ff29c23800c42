"""What a dataset holds: photos, types, sizes and what occurs together, counted from its samples alone."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coachwork.datasets.sample import DamageShape, Sample, Split
from coachwork.geometry.polygon import polygon_area
from coachwork.geometry.size import Size
from coachwork.taxonomy import KINDS, UNSPECIFIED, Kind

SMALL_BELOW_PX2, LARGE_FROM_PX2 = 32**2, 96**2
"""COCO's limits between small, medium and large (cocodataset.org, detection evaluation)."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TypeStatistics:
    """The shapes of one type.

    Attributes:
        type: None for damages whose type is not stated.
        photos: that hold the type.
        judged: photos that say both where the type is and where it is not.
        by_split: shapes in each split.
        masks: shapes whose pixels are known.
        areas: (N,) float64, covered area of each shape in square pixels of its photo.
        shares: (N,) float64 in 0..1, the same as a share of the photo.
        aspects: (N,) float64, longer over shorter side of each box; 0 for a box without area.
    """

    type: Kind | None
    photos: int
    judged: int
    by_split: Mapping[Split, int]
    masks: int
    areas: NDArray[np.float64]
    shares: NDArray[np.float64]
    aspects: NDArray[np.float64]

    @property
    def name(self) -> str:
        """As files write it."""
        return type_name(self.type)

    @property
    def words(self) -> str:
        """As people read it."""
        return type_words(self.type)

    @property
    def shapes(self) -> int:
        """How many there are."""
        return len(self.areas)

    @property
    def by_size(self) -> dict[str, int]:
        """Shapes that COCO calls small, medium and large."""
        small, large = int((self.areas < SMALL_BELOW_PX2).sum()), int((self.areas >= LARGE_FROM_PX2).sum())
        return {"small": small, "medium": self.shapes - small - large, "large": large}

    def as_json(self) -> dict[str, Any]:
        """Counts, and quantiles of the area and the share of the photo."""
        return {
            "photos": self.photos,
            "photos_judged": self.judged,
            "shapes": self.shapes,
            "splits": {split.value: count for split, count in self.by_split.items()},
            "masks": self.masks,
            "sizes": self.by_size,
            "area_px2": quantiles(self.areas),
            "share_of_photo": quantiles(self.shares),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceStatistics:
    """The photos of one source.

    Attributes:
        name: of the source.
        by_split: photos in each split.
        damaged: photos with a damage.
        reviewed: photos without, that were looked through for at least one type.
        unlabelled: photos of which nothing is known; they are no negatives.
        shapes: damages.
        annotates: types whose absence in some photo of the source means "not there".
    """

    name: str
    by_split: Mapping[Split, int]
    damaged: int
    reviewed: int
    unlabelled: int
    shapes: int
    annotates: frozenset[Kind]

    @property
    def photos(self) -> int:
        """How many there are."""
        return self.damaged + self.reviewed + self.unlabelled

    def as_json(self) -> dict[str, Any]:
        """The counts."""
        return {
            "photos": self.photos,
            "splits": {split.value: count for split, count in self.by_split.items()},
            "damaged": self.damaged,
            "reviewed_without_damage": self.reviewed,
            "unlabelled": self.unlabelled,
            "shapes": self.shapes,
            "annotates": [kind.value for kind in KINDS if kind in self.annotates],
        }


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DatasetStatistics:
    """What is counted of a dataset.

    Attributes:
        sources: in the order of their names.
        types: those that occur, in the taxonomy's order, damages of unstated type last.
        together: (K, K) int64, photos that hold both types; on the diagonal those that hold the type.
        photo_sizes: how many photos have each size, the most frequent first.
        shapes_per_photo: (P,) int64, for photos that are not unlabelled.
        clusters: groups of near-duplicates, photos that stand alone counted as groups too.
    """

    sources: tuple[SourceStatistics, ...]
    types: tuple[TypeStatistics, ...]
    together: NDArray[np.int64]
    photo_sizes: Mapping[Size, int]
    shapes_per_photo: NDArray[np.int64]
    clusters: int

    @property
    def photos(self) -> int:
        """How many there are."""
        return sum(source.photos for source in self.sources)

    @property
    def shapes(self) -> int:
        """How many there are."""
        return sum(kind.shapes for kind in self.types)

    def as_json(self) -> dict[str, Any]:
        """Everything as JSON values."""
        return {
            "photos": self.photos,
            "clusters": self.clusters,
            "shapes": self.shapes,
            "sources": {source.name: source.as_json() for source in self.sources},
            "types": {kind.name: kind.as_json() for kind in self.types},
            "photos_with_both": {"order": [kind.name for kind in self.types], "counts": self.together.tolist()},
            "photo_sizes": [
                {"height": size.height, "width": size.width, "photos": count}
                for size, count in self.photo_sizes.items()
            ],
            "shapes_per_photo": quantiles(self.shapes_per_photo),
        }


def type_name(kind: Kind | None) -> str:
    """The type as files write it; ``damage`` where it is not stated."""
    return UNSPECIFIED if kind is None else kind.value


def type_words(kind: Kind | None) -> str:
    """The type as people read it."""
    return "damage (type not stated)" if kind is None else kind.words


def shape_area(shape: DamageShape) -> float:
    """Covered area in square pixels: of the pixels or outline where they are known, else of the box.

    Parts of an outline that lie over each other count twice; it is a figure for statistics.
    """
    if shape.rle is not None:
        return float(shape.rle.area)
    if shape.polygons:
        return sum(polygon_area(part) for part in shape.polygons)
    return shape.box.area


def aspect(shape: DamageShape) -> float:
    """Longer over shorter side of the box, at least 1; 0 for a box without area."""
    sides = sorted((shape.box.width, shape.box.height))
    return sides[1] / sides[0] if sides[0] > 0 else 0.0


def quantiles(values: NDArray[np.number]) -> dict[str, float] | None:
    """Least, greatest, median and the quantiles between that describe a distribution; None without values."""
    if not len(values):
        return None
    names = {"min": 0.0, "p5": 0.05, "p25": 0.25, "median": 0.5, "p75": 0.75, "p95": 0.95, "max": 1.0}
    found = np.quantile(values.astype(np.float64), list(names.values()))
    return {name: float(f"{value:.6g}") for name, value in zip(names, found, strict=True)}


def dataset_statistics(samples: Sequence[Sample]) -> DatasetStatistics:
    """Counts what the samples hold; crowds count as shapes.

    Args:
        samples: of one dataset, perhaps none.
    """
    kinds = [*KINDS, None]
    held = {kind for sample in samples for kind in (shape.type for shape in sample.shapes)}
    present = [kind for kind in kinds if kind in held]
    holds = np.array(
        [[any(shape.type is kind for shape in sample.shapes) for kind in present] for sample in samples], dtype=np.int64
    ).reshape(len(samples), len(present))
    known = [sample for sample in samples if sample.shapes or sample.annotated]
    sizes = Counter(sample.size for sample in samples)
    return DatasetStatistics(
        sources=tuple(_source(name, samples) for name in sorted({sample.source for sample in samples})),
        types=tuple(_type(kind, samples) for kind in present),
        together=holds.T @ holds,
        photo_sizes=dict(sorted(sizes.items(), key=lambda item: (-item[1], item[0].height, item[0].width))),
        shapes_per_photo=np.array([len(sample.shapes) for sample in known], dtype=np.int64),
        clusters=len({sample.cluster for sample in samples}),
    )


def _source(name: str, samples: Sequence[Sample]) -> SourceStatistics:
    own = [sample for sample in samples if sample.source == name]
    return SourceStatistics(
        name=name,
        by_split={split: sum(sample.split is split for sample in own) for split in Split},
        damaged=sum(bool(sample.shapes) for sample in own),
        reviewed=sum(bool(sample.annotated) and not sample.shapes for sample in own),
        unlabelled=sum(not sample.annotated and not sample.shapes for sample in own),
        shapes=sum(len(sample.shapes) for sample in own),
        annotates=frozenset(kind for sample in own for kind in sample.annotated),
    )


def _type(kind: Kind | None, samples: Sequence[Sample]) -> TypeStatistics:
    pairs = [(sample, shape) for sample in samples for shape in sample.shapes if shape.type is kind]
    areas = np.array([shape_area(shape) for _, shape in pairs], dtype=np.float64)
    frames = np.array([sample.size.area for sample, _ in pairs], dtype=np.float64)
    return TypeStatistics(
        type=kind,
        photos=len({id(sample) for sample, _ in pairs}),
        judged=sum(kind in sample.annotated for sample in samples),
        by_split={split: sum(sample.split is split for sample, _ in pairs) for split in Split},
        masks=sum(shape.has_mask for _, shape in pairs),
        areas=areas,
        shares=np.clip(areas / frames, 0, 1),
        aspects=np.array([aspect(shape) for _, shape in pairs], dtype=np.float64),
    )


def relative_sides(shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """Side of a square of each share, as a share of the side of a square photo: (N,) in 0..1.

    >>> relative_sides(np.array([0.25])).tolist()
    [0.5]
    """
    return np.sqrt(shares)


def log_bins(low: float, high: float, count: int) -> NDArray[np.float64]:
    """Edges (count + 1,) that divide low..high into bins of equal ratio."""
    return np.exp(np.linspace(math.log(low), math.log(high), count + 1))
