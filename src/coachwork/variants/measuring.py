"""What variants are worth: accuracy on validation photos, time in turns on the same photos, disk and memory."""

import json
import math
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coachwork.assessments.verdict import VERDICT_FLOOR
from coachwork.datasets.sample import Entry
from coachwork.detections import Detections
from coachwork.evaluation.average_precision import Extent, precision_curves
from coachwork.evaluation.pairs import Pair, headline_types, model_types
from coachwork.evaluation.run import crop_cases
from coachwork.evaluation.verdict import VerdictCase, auroc, verdict_cases
from coachwork.inference.bundle import Bundle
from coachwork.inference.calibrating import calibration_of
from coachwork.inference.card import Card, card_to_json
from coachwork.inference.predictor import Predictor
from coachwork.inference.session import Session
from coachwork.photos.reading import read_photo

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Seen:
    """What one variant found in all photos.

    Attributes:
        pairs: validation photos with its detections.
        crops: pictures cut from them, for the verdict.
    """

    pairs: list[Pair]
    crops: list[VerdictCase]

    @property
    def cases(self) -> list[VerdictCase]:
        """Photos and crops that are known to be damaged or not."""
        return [*verdict_cases(self.pairs), *self.crops]


def look(bundles: Mapping[str, Bundle], entries: Sequence[Entry], progress: Progress) -> dict[str, Seen]:
    """Runs all variants over the photos; each photo is read once.

    Raises:
        BundleError: a variant cannot be run.
        PhotoError: a photo cannot be read.
    """
    predictors = {name: Predictor(bundle) for name, bundle in bundles.items()}
    seen = {name: Seen(pairs=[], crops=[]) for name in bundles}
    for done, (folder, sample) in enumerate(entries, start=1):
        photo = read_photo(folder / sample.photo, name=sample.name)
        for name, predictor in predictors.items():

            def predict(picture: Any, by: Predictor = predictor) -> Detections:
                return by.predict(picture, min_score=VERDICT_FLOOR)

            seen[name].pairs.append(Pair.of(sample, predict(photo)))
            seen[name].crops.extend(crop_cases(predict, sample, photo))
        progress(done, len(entries))
    return seen


def accuracy(seen: Seen, card: Card) -> dict[str, float | None]:
    """Figures as shares: AP50 and AP of boxes and masks, AUROC of the verdict; ``ap50`` is the one to compare by.

    Means are over the types that models are compared by. AUROC is that of the damage probability on photos and crops.
    """
    types = model_types(seen.pairs)
    figures: dict[str, float | None] = {}
    for extent in Extent:
        curves = precision_curves(seen.pairs, types, extent)
        for name, iou in (("ap50", 0.5), ("ap", None)):
            value = (
                math.nan if curves is None else curves.mean(curves.average_precision(iou=iou), headline_types(types))
            )
            figures[f"{extent}_{name}"] = None if math.isnan(value) else round(float(value), 5)
    figures["ap50"] = figures["box_ap50"] if figures["mask_ap50"] is None else figures["mask_ap50"]
    cases = seen.cases
    damaged = np.array([case.damaged for case in cases], dtype=np.bool_)
    known = bool(damaged.any()) and not damaged.all()
    share = auroc(probabilities(cases, card), damaged, np.ones((1, len(cases)), dtype=np.int64)) if known else None
    figures["auroc"] = None if share is None else round(float(share[0]), 5)
    return figures


def probabilities(cases: Sequence[VerdictCase], card: Card) -> NDArray[np.float64]:
    """Damage probability (P,) of each picture by a card's verdict; the best score where it has none."""
    if card.verdict is None:
        return np.array([float(case.detections.scores[:1].sum()) for case in cases])
    return np.array([card.verdict.probability(case.detections) for case in cases])


def shift(seen: Seen, of: Seen, card: Card) -> float:
    """How far the damage probabilities of two variants lie apart, in the mean over pictures."""
    if not seen.cases:
        return 0.0
    return float(np.abs(probabilities(seen.cases, card) - probabilities(of.cases, card)).mean())


def own_calibration(seen: Seen, card: Card) -> dict[str, Any]:
    """The fields of ``card.json`` that differ when a card is calibrated anew on what a variant found.

    Raises:
        EvaluationError: there is no photo.
    """
    found = calibration_of(seen.pairs, seen.crops)
    kept = ("familiarity", "metrics")  # of the card, for all variants
    calibrated = {one.name: getattr(found, one.name) for one in fields(found) if one.name not in kept}
    before, after = card_to_json(card), card_to_json(replace(card, **calibrated))
    return {name: value for name, value in after.items() if before.get(name) != value}


def speeds(
    bundles: Mapping[str, Bundle], images: Sequence[NDArray[np.uint8]], *, rounds: int, progress: Progress
) -> dict[str, dict[str, float]]:
    """Times over rounds in which all variants run one after the other on the same photo, so that load hits all alike.

    Args:
        bundles: by the variant's name.
        images: letterboxed photos (H, W, 3).
        rounds: at least 1.
        progress: told of every round.

    Returns:
        By name: ``ms_1_thread`` and ``ms_2_threads``, medians by the clock, and ``cpu_ms``, the median of what one core
        worked on a photo with one thread, milliseconds, which other programs on the machine hardly disturb.
    """
    sessions = {(name, threads): Session(one, threads=threads) for name, one in bundles.items() for threads in (1, 2)}
    for session in sessions.values():
        session.run(images[0])  # loads
    clock: dict[tuple[str, int], list[float]] = {key: [] for key in sessions}
    cores: dict[tuple[str, int], list[float]] = {key: [] for key in sessions}
    for turn in range(rounds):
        for key, session in sessions.items():
            started, worked = time.perf_counter(), time.process_time()
            session.run(images[turn % len(images)])
            clock[key].append(1000 * (time.perf_counter() - started))
            cores[key].append(1000 * (time.process_time() - worked))
        progress(turn + 1, rounds)
    return {
        name: {
            "ms_1_thread": round(median(clock[name, 1]), 2),
            "ms_2_threads": round(median(clock[name, 2]), 2),
            "cpu_ms": round(median(cores[name, 1]), 2),
        }
        for name in bundles
    }


def peak_memory_mb(folder: Path, variant: str) -> float:
    """Largest resident memory of a process that loads one variant and runs it, MB."""
    command = [sys.executable, "-m", "coachwork.variants.peak_memory", str(folder), variant]
    said = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603  # our own module
    return float(json.loads(said.stdout)["peak_memory_mb"])
