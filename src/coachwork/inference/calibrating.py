"""What annotated photos tell a card: thresholds, probabilities, the bounds of the verdict, and what cars look like.

It needs a bundle alone, no training framework: a user calibrates a model on photos of his own by the same code that
calibrated it when it was exported.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coachwork.assessments.familiarity import Familiarity
from coachwork.assessments.score_calibration import ScoreCalibration
from coachwork.assessments.verdict import VERDICT_FLOOR, VerdictCalibration
from coachwork.datasets.sample import Sample
from coachwork.detections import Detections
from coachwork.evaluation.average_precision import Extent, precision_curves
from coachwork.evaluation.familiarity import fit_familiarity
from coachwork.evaluation.held_out import held_out
from coachwork.evaluation.matching import choose_thresholds
from coachwork.evaluation.pairs import EvaluationError, Pair, headline_types, model_types
from coachwork.evaluation.run import crop_cases
from coachwork.evaluation.score_calibration import fit_scores
from coachwork.evaluation.verdict import VerdictCase, fit_verdict, verdict_cases
from coachwork.inference.card import Card
from coachwork.inference.predictor import Predictor
from coachwork.photos.reading import Photo, read_photo
from coachwork.taxonomy import Kind, Task


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """What validation photos tell a card; the fields are named as the card's.

    Attributes:
        thresholds: operating point of each type.
        thresholds_how: how it was found, as a sentence.
        score_calibration: how scores become probabilities, by type.
        verdict: calibration of the photo's verdict; None where there was no undamaged picture to fit it on.
        familiarity: what photos of cars look like to the model; None where it gives no embeddings or saw too few.
        metrics: AP on the same photos, by source, shares in 0..1.
    """

    thresholds: dict[Kind, float]
    thresholds_how: str
    score_calibration: dict[Kind, ScoreCalibration]
    verdict: VerdictCalibration | None
    familiarity: Familiarity | None = None
    metrics: dict[str, Any]


def calibrate(
    predictor: Predictor,
    entries: Sequence[tuple[Path, Sample]],
    *,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Calibration:
    """Runs a model over annotated photos and finds all that a card keeps of them.

    The verdict is fitted on whole photos and on damage-free crops of them together: crops look like the damaged photos
    in everything but the damage, so the fit cannot lean on what tells a street photo from a claim photo.

    Args:
        predictor: of the model.
        entries: the folder of a dataset, and a sample of it.
        progress: told of every photo.

    Raises:
        EvaluationError: there is no photo.
        BundleError, PhotoError: the model cannot be run, or a photo cannot be read.
    """
    pairs: list[Pair] = []
    crops: list[VerdictCase] = []
    looks: list[NDArray[np.float32]] = []
    clusters: list[str] = []

    def predict(photo: Photo) -> Detections:
        raw = predictor.raw(photo)
        look = predictor.embedding(raw)
        if look is not None:
            looks.append(look)
        return predictor.decoded(raw, min_score=VERDICT_FLOOR)

    for done, (folder, sample) in enumerate(entries, start=1):
        photo = read_photo(folder / sample.photo, name=sample.name)
        pairs.append(Pair.of(sample, predict(photo)))
        crops += crop_cases(predict, sample, photo)
        clusters += [f"{sample.source} {sample.cluster}"] * (len(looks) - len(clusters))
        progress(done, len(entries))
    found = calibration_of(pairs, crops)
    if predictor.bundle.card.task is not Task.DAMAGE:
        return found
    return replace(found, familiarity=_familiarity(looks, clusters, pairs))


def calibration_of(pairs: Sequence[Pair], crops: Sequence[VerdictCase]) -> Calibration:
    """Finds all but the familiarity from detections that are there already; see `calibrate`.

    Raises:
        EvaluationError: there is no pair.
    """
    thresholds = choose_thresholds(pairs)
    return Calibration(
        thresholds=thresholds,
        thresholds_how=f"best F1 of each type on {_counted(pairs)}",
        score_calibration=fit_scores(pairs, thresholds),
        verdict=_verdict(verdict_cases(pairs) + list(crops), thresholds),
        metrics={
            f"{source} val": _metrics([pair for pair in pairs if pair.sample.source == source])
            for source in sorted({pair.sample.source for pair in pairs})
        },
    )


def calibrated(card: Card, found: Calibration) -> Card:
    """The card with what was found in the place of what it said."""
    return replace(
        card,
        thresholds=found.thresholds,
        thresholds_how=found.thresholds_how,
        score_calibration=found.score_calibration,
        verdict=found.verdict,
        familiarity=found.familiarity,
        metrics=found.metrics,
    )


def _verdict(cases: Sequence[VerdictCase], thresholds: Mapping[Kind, float]) -> VerdictCalibration | None:
    try:
        return replace(fit_verdict(cases), held_out=held_out(cases, thresholds))
    except EvaluationError:
        return None


def _familiarity(
    looks: Sequence[NDArray[np.float32]], clusters: Sequence[str], pairs: Sequence[Pair]
) -> Familiarity | None:
    how = f"embeddings of {_counted(pairs)} and crops of them, {len(looks)} pictures"
    try:
        return fit_familiarity(np.array(looks), clusters, how=how)
    except EvaluationError:
        return None


def _counted(pairs: Sequence[Pair]) -> str:
    return f"{len(pairs)} validation photos of {', '.join(sorted({pair.sample.source for pair in pairs}))}"


def _metrics(pairs: Sequence[Pair]) -> dict[str, Any]:
    metrics: dict[str, Any] = {"photos": len(pairs)}
    types = model_types(pairs)
    for extent in Extent:
        curves = precision_curves(pairs, types, extent)
        if curves is None:
            continue
        at_half = curves.average_precision(iou=0.5)
        chosen = headline_types(types)
        metrics[f"{extent}_ap50"] = _share(curves.mean(at_half, chosen))
        metrics[f"{extent}_ap"] = _share(curves.mean(curves.average_precision(), chosen))
        metrics[f"{extent}_ap50_per_type"] = {k.value: _share(v) for k, v in zip(types, at_half, strict=True)}
    return metrics


def _share(value: float) -> float | None:
    return None if value != value else round(float(value), 4)  # noqa: PLR0124 - NaN alone differs from itself
