"""Models side by side on the same photos, with intervals of their differences.

Whole clusters of photos are drawn again and again, and every model is measured on the same draw: what makes a draw easy
or hard then cancels out of the difference (the paired bootstrap; Efron and Tibshirani, "An Introduction to the
Bootstrap", 1993, chapter 16). Two models whose own intervals overlap widely can so still be told apart.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coachwork.evaluation.average_precision import PrecisionCurves
from coachwork.evaluation.bootstrap import Figure, cluster_weights, figure
from coachwork.evaluation.contenders import Contender, Looks
from coachwork.evaluation.paired_figures import Measure, SliceView, measures, views_of
from coachwork.evaluation.slices import ALL_PHOTOS, SLICES, Slice

SCHEMA = "coachwork.comparison/1"

FEWEST_PHOTOS = 10
"""A slice of fewer damaged photos is listed, and nothing is concluded from it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One figure of all models.

    Attributes:
        key: names it for programs, such as "mask_ap50" or "mask_ap50 dent".
        name: in words.
        group: "headline", "type", "verdict" or "cost": which table it stands in.
        higher_is_better: else lower is.
        values: one for each model, with its own interval.
        differences: of each model but the first, that model's figure minus the first's, with the paired interval.
        verdicts: a sentence for each difference.
        basis: what the figure rests on, such as "101 shapes".
    """

    key: str
    name: str
    group: str
    higher_is_better: bool
    values: tuple[Figure, ...]
    differences: tuple[Figure, ...]
    verdicts: tuple[str, ...]
    basis: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SliceRows:
    """The figures in one slice.

    Attributes:
        slice: which.
        photos: annotated photos in it.
        undamaged: photos without a damage in it.
        shapes: damages in it that had to be found.
        rows: its figures.
    """

    slice: Slice
    photos: int
    undamaged: int
    shapes: int
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Comparison:
    """Everything that one comparison measured.

    Attributes:
        about: what was compared on what, as text.
        looks: what the models found.
        overall: figures on all photos.
        slices: figures in each slice.
        curves: of each model, on all photos: boxes and, where it has them, masks.
        milliseconds: of each model for one photo, median.
    """

    about: Mapping[str, str]
    looks: Looks
    overall: SliceRows
    slices: tuple[SliceRows, ...]
    curves: tuple[tuple[PrecisionCurves, ...], ...]
    milliseconds: tuple[float, ...]

    @property
    def contenders(self) -> tuple[Contender, ...]:
        """The models, the one that the others are compared with first."""
        return tuple(look.contender for look in self.looks.looks)

    def to_json(self) -> dict[str, Any]:
        """Schema `coachwork.comparison/1`; shares in 0..1, null for not measured, differences to the first model."""
        return {
            "schema": SCHEMA,
            "about": dict(self.about),
            "models": [
                {
                    "label": one.label,
                    "name": one.name,
                    "digest": one.digest,
                    "architecture": one.architecture,
                    "milliseconds": round(ms, 2),
                    "megabytes": round(one.megabytes, 3),
                }
                for one, ms in zip(self.contenders, self.milliseconds, strict=True)
            ],
            "all": _rows_json(self.overall),
            "slices": {part.slice.name: _rows_json(part) for part in self.slices},
        }


def compare(
    looks: Looks,
    *,
    slices: Sequence[Slice] = SLICES,
    about: Mapping[str, str] | None = None,
    resamples: int = 400,
    seed: int = 0,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Comparison:
    """Measures what models found on the same photos.

    Args:
        looks: of two or more models.
        slices: kinds of photos to compare in, beside all photos.
        about: what is compared on what, kept in the result.
        resamples: draws behind each interval.
        seed: of the draws.
        progress: told of every slice.
    """
    clusters = [f"{pair.sample.source} {pair.sample.cluster}" for pair in looks.pairs]
    strata = [place < looks.photos for place in range(len(clusters))]
    weights = cluster_weights(clusters, resamples=resamples, seed=seed, strata=strata)
    total = 1 + len(slices)
    overall, curves = _sliced(looks, ALL_PHOTOS, weights, in_full=True)
    progress(1, total)
    parts = []
    for done, one in enumerate(slices, start=2):
        parts.append(_sliced(looks, one, weights, in_full=False)[0])
        progress(done, total)
    return Comparison(
        about=about or {},
        looks=looks,
        overall=overall,
        slices=tuple(parts),
        curves=curves,
        milliseconds=tuple(look.typical_ms for look in looks.looks),
    )


def verdict_sentence(difference: Figure, *, first: str, other: str, higher_is_better: bool, basis: str) -> str:
    """What a difference says, in words.

    >>> told = Figure(value=0.021, low=0.004, high=0.039)
    >>> verdict_sentence(told, first="A", other="B", higher_is_better=True, basis="9 photos")
    'B is better by 2.1 (0.4 to 3.9)'
    """
    if difference.value is None:
        return "not measured for both"
    if difference.low is None or difference.high is None or difference.low <= 0 <= difference.high:
        return f"no difference can be told on {basis}"
    better = other if (difference.value > 0) == higher_is_better else first
    near, far = sorted((abs(difference.low), abs(difference.high)))
    return f"{better} is better by {100 * abs(difference.value):.1f} ({100 * near:.1f} to {100 * far:.1f})"


def _sliced(
    looks: Looks, one: Slice, weights: NDArray[np.int64], *, in_full: bool
) -> tuple[SliceRows, tuple[tuple[PrecisionCurves, ...], ...]]:
    views = views_of(looks, one, weights)
    damaged, clean = views[0].damaged_photos, views[0].undamaged_photos
    shapes = sum(not shape.crowd for pair in views[0].pairs for shape in pair.sample.shapes)
    found = [measures(view, in_full=in_full) for view in views]
    keys = dict.fromkeys(key for by_key, _ in found for key in by_key)
    rows = tuple(_row(key, [by_key.get(key) for by_key, _ in found], views) for key in keys)
    part = SliceRows(slice=one, photos=damaged, undamaged=clean, shapes=shapes, rows=rows)
    return part, tuple(curves for _, curves in found)


def _row(key: str, found: Sequence[Measure | None], views: Sequence[SliceView]) -> Row:
    known = next(measure for measure in found if measure is not None)
    first, photos = found[0], views[0].damaged_photos
    labels = [view.look.contender.label for view in views]
    differences = tuple(_difference(first, other) for other in found[1:])
    too_few = f"too few photos to tell ({photos})" if photos < FEWEST_PHOTOS else ""
    return Row(
        key=key,
        name=known.name,
        group=known.group,
        higher_is_better=known.higher_is_better,
        values=tuple(Figure(value=None) if one is None else figure(one.value, one.resampled) for one in found),
        differences=differences,
        verdicts=tuple(
            too_few
            or verdict_sentence(
                difference,
                first=labels[0],
                other=label,
                higher_is_better=known.higher_is_better,
                basis=f"{known.photos} {known.unit}",
            )
            for label, difference in zip(labels[1:], differences, strict=True)
        ),
        basis=known.basis,
    )


def _difference(first: Measure | None, other: Measure | None) -> Figure:
    if first is None or other is None:
        return Figure(value=None)
    return figure(other.value - first.value, other.resampled - first.resampled)


def _rows_json(part: SliceRows) -> dict[str, Any]:
    return {
        "definition": part.slice.definition,
        "photos": part.photos,
        "undamaged_photos": part.undamaged,
        "shapes": part.shapes,
        "figures": {
            row.key: {
                "higher_is_better": row.higher_is_better,
                "values": [value.to_json() for value in row.values],
                "differences": [difference.to_json() for difference in row.differences],
                "verdicts": list(row.verdicts),
            }
            for row in part.rows
        },
    }
