"""The figures a card promises by: operating thresholds and the verdict's bounds, found on validation photos."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from coachwork.assessments.verdict import VerdictCalibration
from coachwork.detections import Detections
from coachwork.evaluation.average_precision import Extent, precision_curves
from coachwork.evaluation.matching import choose_thresholds
from coachwork.evaluation.pairs import EvaluationError, Pair, headline_types, model_types
from coachwork.evaluation.run import crop_cases
from coachwork.evaluation.verdict import VerdictCase, fit_verdict, verdict_cases
from coachwork.photos.reading import Photo, read_photo
from coachwork.taxonomy import Kind
from coachwork.training.views import Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """What validation photos tell a card.

    Attributes:
        thresholds: operating point of each type.
        thresholds_how: how it was found, as a sentence.
        verdict: calibration of the photo's verdict; None where there was no undamaged picture to fit it on.
        metrics: AP on the same photos, by source, shares in 0..1.
    """

    thresholds: dict[Kind, float]
    thresholds_how: str
    verdict: VerdictCalibration | None
    metrics: dict[str, Any]


def calibrate(
    predict: Callable[[Photo], Detections],
    entries: Sequence[Entry],
    *,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Calibration:
    """Runs the exported model over validation photos and finds thresholds and verdict.

    The verdict is fitted on whole photos and on damage-free crops of them together: crops look like the damaged photos
    in everything but the damage, so the fit cannot lean on what tells a street photo from a claim photo.

    Raises:
        EvaluationError: there is no validation photo.
    """
    pairs: list[Pair] = []
    crops: list[VerdictCase] = []
    for done, (folder, sample) in enumerate(entries, start=1):
        photo = read_photo(folder / sample.photo, name=sample.name)
        pairs.append(Pair.of(sample, predict(photo)))
        crops += crop_cases(predict, sample, photo)
        progress(done, len(entries))
    return calibration_of(pairs, crops)


def calibration_of(pairs: Sequence[Pair], crops: Sequence[VerdictCase]) -> Calibration:
    """Finds thresholds and verdict from detections that are there already; see `calibrate`.

    Raises:
        EvaluationError: there is no pair.
    """
    thresholds = choose_thresholds(pairs)
    sources = sorted({pair.sample.source for pair in pairs})
    return Calibration(
        thresholds=thresholds,
        thresholds_how=f"best F1 of each type on {len(pairs)} validation photos of {', '.join(sources)}",
        verdict=_verdict(verdict_cases(pairs) + crops),
        metrics={
            f"{source} val": _metrics([pair for pair in pairs if pair.sample.source == source]) for source in sources
        },
    )


def _verdict(cases: Sequence[VerdictCase]) -> VerdictCalibration | None:
    try:
        return fit_verdict(cases)
    except EvaluationError:
        return None


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
