"""From a checkpoint to a bundle: ONNX that agrees with torch, calibrated on validation photos, with a card."""

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from coachwork.datasets.dataset import read_dataset
from coachwork.datasets.sample import Entry
from coachwork.inference.bundle import Bundle, write_bundle
from coachwork.inference.calibrating import calibrate, calibrated
from coachwork.inference.card import Card, CardDataset, CardSource, unseen_types_limit
from coachwork.inference.parity import keep_reference
from coachwork.inference.predictor import Predictor
from coachwork.inference.variant import WEIGHTS_FILE
from coachwork.models.backbone import input_statistics
from coachwork.models.family import FamilyModule, build_model
from coachwork.models.half_weights import with_half_weights
from coachwork.models.onnx_export import Agreement, ExportError, compare_onnx, export_onnx
from coachwork.photos.letterbox import Letterbox
from coachwork.photos.reading import read_photo
from coachwork.taxonomy import Task
from coachwork.training.checkpoint import Checkpoint, portable_weights, read_checkpoint
from coachwork.training.flat_stages import flat_strides
from coachwork.training.plan import Plan, plan_from_json
from coachwork.training.starting import validation_entries
from coachwork.training.validation import decoding_rule

_COMPARED_PHOTOS = 4
_HALF_TOLERANCE = 0.03
"""Rounded weights move a probability by up to a few percent at the edges of shapes."""

_LIMITS = {
    Task.DAMAGE: (
        "trained on close photos of passenger cars in daylight; other vehicles, night and rain were seldom seen",
        "thin scratches of a few pixels are missed more often than not",
    ),
    Task.PARTS: (
        "trained on photos of whole cars; on close photos, which show no more than a part or two, it knows sides badly",
    ),
}


def export_bundle(
    checkpoint_path: Path,
    folder: Path,
    *,
    name: str = "",
    half_weights: bool = False,
    side: int | None = None,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> tuple[Bundle, list[Agreement]]:
    """Writes the bundle of a checkpoint's averaged weights.

    Args:
        checkpoint_path: `best.pt` or `last.pt` of a run; the datasets of its plan must still be there.
        folder: of the bundle.
        name: of the bundle, by default the plan's.
        half_weights: store the weights as 16-bit numbers, which halves the file.
        side: height and width of the bundle's input in pixels, a multiple of 128, by default those of the training; for
            fully convolutional families.
        progress: told of every calibrated photo.

    Raises:
        CheckpointError, DatasetError: the checkpoint or a dataset cannot be read.
        ExportError: ONNX and torch disagree, or the family cannot take another input size.
        PlanError: the side is no multiple of 128.
        EvaluationError: the datasets hold no validation photo.
    """
    checkpoint = read_checkpoint(checkpoint_path)
    plan = plan_from_json(checkpoint.plan)
    if side is not None:
        plan = replace(plan, model=replace(plan.model, height=side, width=side))
    model = trained_model(checkpoint, plan)
    datasets = [read_dataset(place) for place in plan.data.datasets]
    entries = validation_entries(replace(plan.data, validate_limit=0, validate_on=()), datasets)
    exported = export_onnx(model, plan.model.size)
    photos = comparison_photos(plan, entries)
    agreement = compare_onnx(model, exported, photos)
    if half_weights:
        exported = with_half_weights(exported)
        agreement = compare_onnx(model, exported, photos, tolerance=_HALF_TOLERANCE)
    card = _draft_card(name or plan.name, plan, model, checkpoint)
    if flat := flat_strides(model, photos):
        card = replace(card, limits=(flat_limit(flat), *card.limits))
    with tempfile.TemporaryDirectory() as place:
        predictor = Predictor(write_bundle(Path(place) / "draft", card, exported))
        found = calibrate(predictor, entries, progress=progress)
    bundle = write_bundle(folder, calibrated(card, found), exported, {WEIGHTS_FILE: portable_weights(checkpoint)})
    keep_reference(bundle)
    return bundle, agreement


def flat_limit(strides: Sequence[int]) -> str:
    """What a card says of stages that tell no photos apart."""
    named = " and ".join(str(stride) for stride in strides)
    return (
        f"its backbone says the same of every photo at stride {named}, as units do that died at too high a rate: train "
        "it again with a lower schedule.backbone_rate, and model.fresh_backbone where it starts from these weights"
    )


def trained_model(checkpoint: Checkpoint, plan: Plan) -> FamilyModule:
    """The model with the checkpoint's averaged weights, ready to run.

    Raises:
        ExportError: the weights belong to another input size or other options.
    """
    model = build_model(
        plan.model.family,
        types=len(plan.types),
        size=plan.model.size,
        backbone=plan.model.backbone,
        pretrained=False,
        options=plan.model.options,
    )
    try:
        model.load_state_dict(checkpoint.averaged)
    except RuntimeError as misfit:
        size, given = plan.model.size, checkpoint.averaged
        misfits = [
            name for name, own in model.state_dict().items() if name not in given or given[name].shape != own.shape
        ]
        message = (
            f"the weights do not fit {plan.model.family} at {size.width} x {size.height} px (such as "
            f"{misfits[0] if misfits else 'some that it does not know'}): give the size and the options of the training"
        )
        raise ExportError(message) from misfit
    model.eval()
    return model


def comparison_photos(plan: Plan, entries: Sequence[Entry]) -> list[np.ndarray[Any, np.dtype[np.uint8]]]:
    """Letterboxed validation photos, each cut to another shape first, so that none is square."""
    photos = []
    for turn, (folder, sample) in enumerate(entries[:_COMPARED_PHOTOS]):
        photo = read_photo(folder / sample.photo)
        height, width = photo.pixels.shape[:2]
        part = photo.pixels[: height * 2 // 3] if turn % 2 else photo.pixels[:, : width // 2]
        size = replace(photo.size, height=part.shape[0], width=part.shape[1])
        photos.append(Letterbox(photo=size, target=plan.model.size).apply(np.ascontiguousarray(part)))
    return photos


def _draft_card(name: str, plan: Plan, model: FamilyModule, checkpoint: Checkpoint) -> Card:
    of_name = {source["name"]: source for dataset in reversed(checkpoint.datasets) for source in dataset["sources"]}
    sources = tuple(CardSource(**of_name[name]) for name in sorted(of_name))
    ships = all(source.weights_may_ship for source in sources)
    mean, std = input_statistics(model)
    limits = (plan.data.notice, unseen_types_limit(plan.types, plan.task), *_LIMITS[plan.task])
    unstated = "Apache-2.0 for the weights; photos without a stated licence are among the training photos, see limits"
    return Card(
        name=name,
        task=plan.task,
        architecture=f"{plan.model.family} ({plan.model.backbone})",
        types=plan.types,
        input_size=plan.model.size,
        mean=mean,
        std=std,
        decoding=decoding_rule(model, plan),
        thresholds=dict.fromkeys(plan.types, 0.5),
        thresholds_how="not calibrated",
        verdict=None,
        dataset=CardDataset(
            name=" + ".join(dict.fromkeys(dataset["name"] for dataset in checkpoint.datasets)),
            digest=" ".join(dataset["digest"] for dataset in checkpoint.datasets),
            sources=sources,
        ),
        limits=tuple(limit for limit in limits if limit),
        licence="Apache-2.0" if ships else unstated if plan.data.notice else "not to be published",
        created=datetime.now(UTC).isoformat(timespec="seconds"),
    )
