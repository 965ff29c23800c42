"""The tables of an evaluation: a row for each type, for the means, and for each size."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from coachwork.evaluation.average_precision import SIZES, PrecisionCurves, resampled_precision
from coachwork.evaluation.bootstrap import Figure, Weights, figure, mean_where_measured
from coachwork.evaluation.matching import OperatingCounts, rates
from coachwork.evaluation.pairs import headline_types
from coachwork.evaluation.segmentation import PixelCounts
from coachwork.taxonomy import Kind, Task

HEADLINE, EVERY, POOLED = "headline", "mean", "pooled"
"""Names of the rows beside those of the types: mean of the three main damage types (of parts: of all), mean of all, all
counts together."""

MAIN_WORDS: Mapping[Task, str] = {Task.DAMAGE: "three main types", Task.PARTS: "mean of the parts"}
"""What the row `HEADLINE` is called beside its figures."""

Table = Mapping[str, Mapping[str, Figure]]
"""Row (a type's value, or one of the names above) -> name of the figure -> figure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeFacts:
    """What the figures of one type rest on.

    Attributes:
        type: the type.
        seen: whether the model can see it at all; a type that it cannot see counts with an AP of 0.
        photos: photos that annotate it.
        truths: its shapes there.
        masks: those in photos where masks are judged.
        threshold: of the operating point.
    """

    type: Kind
    seen: bool
    photos: int
    truths: int
    masks: int
    threshold: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SizeFigures:
    """AP of one size range: the mean over the main types and over all, without intervals."""

    name: str
    truths: int
    figures: Mapping[str, Figure]


def figure_table(
    curves: Sequence[PrecisionCurves], counts: OperatingCounts, pixels: PixelCounts | None, weights: Weights
) -> dict[str, dict[str, Figure]]:
    """All figures with intervals, row by row.

    Args:
        curves: of boxes and, where the model has masks, of masks.
        counts: at the operating point.
        pixels: at the operating point; None without masks.
        weights: (B, P) resamples.
    """
    types = counts.types
    table: dict[str, dict[str, Figure]] = {name: {} for name in (*types, HEADLINE, EVERY, POOLED)}
    for part in curves:
        _add_precision(table, part, weights)
    _add_rates(table, counts, weights)
    if pixels is not None:
        _add_pixels(table, pixels, weights)
    return table


def size_table(curves: Sequence[PrecisionCurves]) -> tuple[SizeFigures, ...]:
    """AP and AP50 by size, for boxes and masks."""
    rows = []
    for size in SIZES:
        figures: dict[str, Figure] = {}
        for part in curves:
            main = headline_types(part.types)
            for name, iou in (("ap", None), ("ap50", 0.5)):
                values = part.average_precision(size=size, iou=iou)
                figures[f"{part.extent}_{name} {HEADLINE}"] = figure(part.mean(values, main), None)
                figures[f"{part.extent}_{name} {EVERY}"] = figure(part.mean(values), None)
        rows.append(SizeFigures(name=size, truths=curves[0].truths_of_size(size), figures=figures))
    return tuple(rows)


def _add_precision(table: dict[str, dict[str, Figure]], curves: PrecisionCurves, weights: Weights) -> None:
    mean, at_half = resampled_precision(curves, weights)
    measured = {
        "ap": (curves.average_precision(), mean),
        "ap50": (curves.average_precision(iou=0.5), at_half),
        "ap75": (curves.average_precision(iou=0.75), None),
        "ar": (curves.average_recall(), None),
    }
    main = [curves.types.index(kind) for kind in headline_types(curves.types)]
    for name, (values, resampled) in measured.items():
        full = f"{curves.extent}_{name}"
        for k, kind in enumerate(curves.types):
            table[kind][full] = figure(float(values[k]), None if resampled is None else resampled[:, k])
        for row, chosen in ((HEADLINE, main), (EVERY, list(range(len(curves.types))))):
            spread = None if resampled is None else mean_where_measured(resampled[:, chosen])
            table[row][full] = figure(float(mean_where_measured(values[chosen])), spread)


def _add_rates(table: dict[str, dict[str, Figure]], counts: OperatingCounts, weights: Weights) -> None:
    every = rates(counts, np.vstack([np.ones((1, weights.shape[1]), dtype=np.int64), weights]))
    main = [counts.types.index(kind) for kind in headline_types(counts.types)]
    for name, values in (("precision", every.precision), ("recall", every.recall), ("f1", every.f1)):
        columns = dict(zip((*counts.types, POOLED, EVERY), values.T, strict=True))
        columns[HEADLINE] = mean_where_measured(values[:, main])
        for row, column in columns.items():
            table[row][name] = figure(float(column[0]), column[1:])


def _add_pixels(table: dict[str, dict[str, Figure]], pixels: PixelCounts, weights: Weights) -> None:
    every = np.vstack([np.ones((1, weights.shape[1]), dtype=np.int64), weights])
    pooled, photo = pixels.pooled(every), pixels.per_damaged_photo(every)
    main = [pixels.types.index(kind) for kind in headline_types(pixels.types)]
    names = ("pixel_iou", "pixel_dice", "photo_iou", "photo_dice")
    for name, values in zip(names, (*pooled, *photo), strict=True):
        columns = dict(zip((*pixels.types, POOLED), values.T, strict=True))
        columns[EVERY] = mean_where_measured(values[:, :-1])
        columns[HEADLINE] = mean_where_measured(values[:, main])
        for row, column in columns.items():
            table[row][name] = figure(float(column[0]), column[1:])
