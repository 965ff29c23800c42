"""One evaluation from photos to figures."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from coachwork.assessments.score_calibration import ScoreCalibrations
from coachwork.assessments.verdict import VerdictCalibration
from coachwork.datasets.sample import Sample
from coachwork.detections import Detections
from coachwork.evaluation.average_precision import Extent, PrecisionCurves, precision_curves
from coachwork.evaluation.bootstrap import cluster_weights
from coachwork.evaluation.crops import crop_pair
from coachwork.evaluation.error_budget import ErrorBudget, error_budget
from coachwork.evaluation.figures import SizeFigures, Table, TypeFacts, figure_table, size_table
from coachwork.evaluation.matching import DEFAULT_THRESHOLD, OperatingCounts, operating_counts
from coachwork.evaluation.pairs import (
    EvaluationError,
    Pair,
    evaluated_types,
    headline_types,
    model_types,
    ordered,
)
from coachwork.evaluation.segmentation import pixel_counts
from coachwork.evaluation.verdict import VerdictCase, VerdictFigures, among, verdict_cases, verdict_figures
from coachwork.photos.reading import Photo, read_photo
from coachwork.taxonomy import CarPart, DamageType, Kind, Task

SCHEMA = "coachwork.evaluation/1"

Predict = Callable[[Photo], Detections]
"""A model: a photo in, detections out, down to low scores (0.01), so that the whole curve is seen."""

Progress = Callable[[int, int], None]
"""Called with the photos done and their total."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatingPoint:
    """Where a model works, from its card.

    Attributes:
        thresholds: score from which on a detection of a type is reported; a type without one takes 0.5.
        verdict: how a photo's verdict is given; None where the model was never calibrated.
        score_calibration: how scores become probabilities; a type without a rule has scores alone.
    """

    thresholds: Mapping[Kind, float] = field(default_factory=dict)
    verdict: VerdictCalibration | None = None
    score_calibration: ScoreCalibrations = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Evaluation:
    """Everything that one evaluation measured.

    Attributes:
        about: what was evaluated on what, as text: model, digest, dataset, split.
        pairs: the photos with their detections, in a fixed order.
        undamaged: photos of undamaged cars, likewise.
        facts: what the figures of each type rest on.
        table: figures by row and name, see `figure_table`.
        sizes: AP by size of the damage.
        budgets: what each kind of mistake costs the main types, of boxes and masks; empty where none of them is there.
        curves: of boxes and, where the model has masks, of masks.
        counts: right, wrong and missed at the operating point.
        point: the operating point.
        verdicts: by kind of picture: "photos" (damaged photos against undamaged cars) and "crops".
    """

    about: Mapping[str, str]
    pairs: tuple[Pair, ...]
    undamaged: tuple[Pair, ...]
    facts: tuple[TypeFacts, ...]
    table: Table
    sizes: tuple[SizeFigures, ...]
    budgets: tuple[ErrorBudget, ...]
    curves: tuple[PrecisionCurves, ...]
    counts: OperatingCounts
    point: OperatingPoint
    verdicts: Mapping[str, VerdictFigures]

    @property
    def task(self) -> Task:
        """What the model looks for."""
        return Task.PARTS if isinstance(self.counts.types[0], CarPart) else Task.DAMAGE

    def to_json(self) -> dict[str, Any]:
        """The figures as one JSON object of schema `coachwork.evaluation/1`; shares in 0..1, null for not measured."""
        return {
            "schema": SCHEMA,
            "about": dict(self.about),
            "photos": len(self.pairs),
            "clusters": len({pair.sample.cluster for pair in self.pairs}),
            "undamaged_photos": len(self.undamaged),
            "types": {
                facts.type.value: {
                    "seen": facts.seen,
                    "photos": facts.photos,
                    "truths": facts.truths,
                    "truths_with_masks": facts.masks,
                    "threshold": facts.threshold,
                }
                for facts in self.facts
            },
            "figures": {
                row: {name: value.to_json() for name, value in figures.items()} for row, figures in self.table.items()
            },
            "sizes": {
                size.name: {"truths": size.truths} | {name: value.to_json() for name, value in size.figures.items()}
                for size in self.sizes
            },
            "error_budgets": {budget.extent.value: budget.to_json() for budget in self.budgets},
            "confusion": {
                "order": [*self.counts.types, "background"],
                "rows_truth_columns_found": self.counts.confusion.tolist(),
            },
            "verdicts": {name: verdict.to_json() for name, verdict in self.verdicts.items()},
        }

    def write_json(self, path: Path) -> None:
        """Writes `to_json` to a file."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(self.to_json(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def evaluate(
    predict: Predict,
    samples: Sequence[Sample],
    folder: Path,
    *,
    point: OperatingPoint | None = None,
    undamaged: Sequence[Sample] = (),
    undamaged_folder: Path | None = None,
    about: Mapping[str, str] | None = None,
    resamples: int = 400,
    seed: int = 0,
    progress: Progress | None = None,
) -> Evaluation:
    """Runs a model over photos and measures it.

    Args:
        predict: the model.
        samples: annotated photos.
        folder: their dataset's folder.
        point: where the model works; by default 0.5 for everything, not calibrated.
        undamaged: photos of undamaged cars, for the verdict and for false alarms.
        undamaged_folder: their dataset's folder, by default `folder`.
        about: what is evaluated on what, kept in the result.
        resamples: draws behind each interval.
        seed: of the draws and the crops.
        progress: told of every photo.

    Raises:
        EvaluationError: there is no photo.
        PhotoError: a photo cannot be read.
    """
    if not samples:
        message = "there is no photo to evaluate: choose a split or a source that has some"
        raise EvaluationError(message)
    total = len(samples) + len(undamaged)
    report = progress or (lambda _done, _total: None)
    crops: list[VerdictCase] = []
    pairs = []
    for done, sample in enumerate(samples, start=1):
        photo = read_photo(folder / sample.photo, name=sample.name)
        pairs.append(Pair.of(sample, predict(photo)))
        crops += crop_cases(predict, sample, photo, seed)
        report(done, total)
    clean = []
    for done, sample in enumerate(undamaged, start=len(samples) + 1):
        photo = read_photo((undamaged_folder or folder) / sample.photo, name=sample.name)
        clean.append(Pair.of(sample, predict(photo)))
        report(done, total)
    return measure(
        pairs,
        undamaged=clean,
        crops=crops,
        point=point or OperatingPoint(),
        about=about or {},
        resamples=resamples,
        seed=seed,
    )


def measure(
    pairs: Sequence[Pair],
    *,
    undamaged: Sequence[Pair] = (),
    crops: Sequence[VerdictCase] = (),
    point: OperatingPoint,
    about: Mapping[str, str],
    resamples: int = 400,
    seed: int = 0,
) -> Evaluation:
    """Measures detections that are there already; see `evaluate`.

    Raises:
        EvaluationError: there is no pair, or the detections come from different models.
    """
    pairs, undamaged = ordered(pairs), ordered(undamaged)
    types = evaluated_types(pairs)
    weights = cluster_weights([pair.sample.cluster for pair in pairs], resamples=resamples, seed=seed)
    curves = tuple(c for extent in Extent if (c := precision_curves(pairs, types, extent)) is not None)
    counts = operating_counts(pairs, types, point.thresholds)
    main = headline_types(types)
    verdicts = _verdicts((*pairs, *undamaged), crops, point, resamples=resamples, seed=seed)
    return Evaluation(
        about=about,
        pairs=pairs,
        undamaged=undamaged,
        facts=tuple(_facts(pairs, curves, point)),
        table=figure_table(curves, counts, pixel_counts(pairs, types, point.thresholds), weights),
        sizes=size_table(curves),
        budgets=tuple(b for part in curves if (b := error_budget(pairs, main, part.extent)) is not None),
        curves=curves,
        counts=counts,
        point=point,
        verdicts=verdicts,
    )


def crop_cases(predict: Predict, sample: Sample, photo: Photo, seed: int = 0) -> list[VerdictCase]:
    """A photo's two crops for the verdict, or none where there is no place for them.

    Detections of types that the photo does not annotate are left out: of these a crop is not known to be free. A model
    that sees no damages has no verdict.
    """
    crops = crop_pair(sample, photo, seed=seed) if sample.annotated else None
    if crops is None:
        return []
    cluster = f"{sample.source} {sample.cluster}"
    seen = ((predict(crop), damaged) for crop, damaged in ((crops.damaged, True), (crops.undamaged, False)))
    return [
        VerdictCase(
            detections=among(detections, sample.annotated),
            damaged=damaged,
            cluster=cluster,
            group=f"{sample.source} crops",
        )
        for detections, damaged in seen
        if set(detections.types) & set(DamageType)
    ]


def _verdicts(
    pairs: Sequence[Pair], crops: Sequence[VerdictCase], point: OperatingPoint, *, resamples: int, seed: int
) -> dict[str, VerdictFigures]:
    """By kind of picture; photos are drawn within damaged and undamaged ones, crops with their photo's cluster."""
    measured = {}
    for name, cases in (("photos", verdict_cases(pairs)), ("crops", crops)):
        if cases:
            weights = cluster_weights(
                [case.cluster for case in cases],
                resamples=resamples,
                seed=seed,
                strata=[case.damaged for case in cases] if name == "photos" else None,
            )
            measured[name] = verdict_figures(cases, point.verdict, point.thresholds, weights)
    return measured


def _facts(pairs: Sequence[Pair], curves: Sequence[PrecisionCurves], point: OperatingPoint) -> Iterator[TypeFacts]:
    seen, boxes = model_types(pairs), curves[0]
    for k, kind in enumerate(boxes.types):
        yield TypeFacts(
            type=kind,
            seen=kind in seen,
            photos=int(boxes.photos[k]),
            truths=int(boxes.truths[k]),
            masks=int(curves[-1].truths[k]) if curves[-1].extent is Extent.MASK else 0,
            threshold=float(point.thresholds.get(kind, DEFAULT_THRESHOLD)),
        )
