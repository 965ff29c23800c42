"""Makes the variants of a bundle, measures them and writes them beside the model."""

import hashlib
import random
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coachwork.datasets.dataset import Dataset
from coachwork.datasets.sample import Entry, Sample, Split
from coachwork.evaluation.pairs import EvaluationError
from coachwork.inference.bundle import Bundle, load_bundle, write_bundle, write_variants
from coachwork.inference.mirroring import why_one_look
from coachwork.inference.runtimes import hindrance, processor_name
from coachwork.inference.session import Session, physical_cores
from coachwork.inference.variant import Precision, Runtime, Variant, plain_variant
from coachwork.models.onnx_slimming import slim_onnx
from coachwork.photos.letterbox import Letterbox
from coachwork.photos.reading import read_photo
from coachwork.variants import measuring
from coachwork.variants.quantising import Quantised, quantise

INT8_FILE = "model-int8.onnx"

_LARGEST_SHIFT = 0.005
"""A variant whose damage probabilities move by more, in the mean, gets thresholds and a verdict of its own."""

Progress = Callable[[str, int, int], None]
"""Told what is being done, the steps that are done, and of how many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VariantPlan:
    """How variants are made.

    Attributes:
        calibration_photos: training photos that the ranges of INT8 are taken from.
        limit: at most so many validation photos are measured on; None for all.
        rounds: in each of which every variant is timed once.
        seed: of the choice of photos.
        mirrored: whether variants that look at the mirror image, too, are made where the model can be asked so.
    """

    calibration_photos: int = 96
    limit: int | None = None
    rounds: int = 30
    seed: int = 0
    mirrored: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeVariants:
    """What came of it.

    Attributes:
        variants: measured, in the order of the card.
        quantised: how INT8 was made.
        left_out: variant -> why it was not made.
    """

    variants: tuple[Variant, ...]
    quantised: Quantised
    left_out: dict[str, str] = field(default_factory=dict)


def make_variants(folder: Path, dataset: Dataset, plan: VariantPlan, *, progress: Progress) -> MadeVariants:
    """Makes, measures and writes all variants that can run on this machine.

    Ranges come from training photos alone, figures from validation photos. The bundle's model and card stay as they
    are; variants that it had are replaced.

    Raises:
        BundleError: the bundle cannot be used or written.
        EvaluationError: the dataset has no training or no validation photo.
    """
    given = load_bundle(folder, variant=f"{Precision.FP32}-{Runtime.ONNX_RUNTIME}")
    model = given.model_path.read_bytes()
    images = calibration_images(given, dataset, count=plan.calibration_photos, seed=plan.seed)
    made = quantise(slim_onnx(model), images, progress=lambda done, total: progress("quantising", done, total))
    candidates, left_out = _candidates(given, made.model, images[0] if plan.mirrored else None)
    with tempfile.TemporaryDirectory() as place:
        draft = Path(place) / "draft"
        write_bundle(draft, given.card, model)
        write_variants(draft, candidates, {INT8_FILE: made.model})
        entries = [(dataset.folder, sample) for sample in _validation(dataset, plan)]
        bundles = {one.name: load_bundle(draft, variant=one.name) for one in candidates}
        figures = _figures(bundles, entries, images, rounds=plan.rounds, progress=progress)
    on = {
        "dataset": dataset.name,
        "dataset_digest": dataset.digest,
        "split": "val",
        "photos": len(entries),
        "processor": processor_name(),
        "physical_cores": physical_cores(),
    }
    measured = tuple(replace(one, **(found | {"measured": found["measured"] | {"on": on}})) for one, found in figures)
    write_variants(folder, measured, {INT8_FILE: made.model})
    return MadeVariants(variants=measured, quantised=made, left_out=left_out)


def calibration_images(bundle: Bundle, dataset: Dataset, *, count: int, seed: int) -> list[NDArray[np.uint8]]:
    """Letterboxed training photos (H, W, 3), drawn at random.

    Raises:
        EvaluationError: there is none.
    """
    samples = [sample for sample in dataset.samples if sample.split is Split.TRAIN]
    if not samples:
        message = f"the dataset {dataset.name} has no training photo to take the ranges of INT8 from"
        raise EvaluationError(message)
    chosen = random.Random(seed).sample(samples, min(count, len(samples)))
    size = bundle.card.input_size
    photos = (read_photo(dataset.folder / sample.photo, min_side=2 * size.longest) for sample in chosen)
    return [Letterbox(photo=photo.size, target=size).apply(photo.pixels) for photo in photos]


def _candidates(given: Bundle, int8: bytes, image: NDArray[np.uint8] | None) -> tuple[list[Variant], dict[str, str]]:
    """Every variant that can run here, the model as it was trained first; and why not the others.

    Those that look twice are among them where an image is given, on which the model is tried.
    """
    plain = plain_variant(given.digest, given.model_path.stat().st_size)
    small = replace(
        plain,
        precision=Precision.INT8,
        file=INT8_FILE,
        sha256=hashlib.sha256(int8).hexdigest(),
        size_bytes=len(int8),
    )
    wanted = [
        plain,
        small,
        replace(plain, runtime=Runtime.OPENVINO),
        replace(plain, runtime=Runtime.OPENVINO, precision=Precision.BF16),
        replace(small, runtime=Runtime.OPENVINO),
    ]
    hindrances = {one.name: hindrance(one) for one in wanted}
    if image is not None:
        outputs, card = Session(given).run(image), given.card
        one_look = why_one_look(card.decoding.kind, outputs, size=card.input_size, types=card.types)
        twice = [replace(one, mirrored=True) for one in (plain, small, wanted[-1])]
        hindrances |= {one.name: hindrance(one) or one_look for one in twice}
        wanted += twice
    left_out = {name: why for name, why in hindrances.items() if why}
    return [one for one in wanted if one.name not in left_out], left_out


def _figures(
    bundles: Mapping[str, Bundle],
    entries: Sequence[Entry],
    images: Sequence[NDArray[np.uint8]],
    *,
    rounds: int,
    progress: Progress,
) -> list[tuple[Variant, dict[str, Any]]]:
    """Each variant with its fields `calibrated` and `measured`; the model as it was trained comes first."""
    spent = measuring.speeds(
        bundles, images, rounds=rounds, progress=lambda done, total: progress("timing", done, total)
    )
    seen = measuring.look(bundles, entries, lambda done, total: progress("measuring", done, total))
    plain = next(iter(seen.values()))
    figures = []
    for name, bundle in bundles.items():
        moved = measuring.shift(seen[name], plain, bundle.card)
        calibrated = measuring.own_calibration(seen[name], bundle.card) if moved > _LARGEST_SHIFT else {}
        measured = {
            **measuring.accuracy(seen[name], bundle.card),
            **spent[name],
            "peak_memory_mb": measuring.peak_memory_mb(bundle.folder, name),
            "shift": round(moved, 5),
        }
        figures.append((bundle.variant, {"calibrated": calibrated, "measured": measured}))
        progress("weighing", len(figures), len(bundles))
    return figures


def _validation(dataset: Dataset, plan: VariantPlan) -> list[Sample]:
    samples = [s for s in dataset.samples if s.split is Split.VAL and (s.annotated or s.shapes)]
    if not samples:
        message = f"the dataset {dataset.name} has no annotated validation photo to measure on"
        raise EvaluationError(message)
    if plan.limit is None or plan.limit >= len(samples):
        return samples
    return [samples[int(turn * len(samples) / plan.limit)] for turn in range(plan.limit)]
