"""How good a model in training is on photos it does not learn from, read by the same decoding as in production."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import Module

from coachwork.datasets.sample import Entry
from coachwork.detections import Detections
from coachwork.evaluation.average_precision import Extent, precision_curves
from coachwork.evaluation.pairs import Pair, headline_types
from coachwork.inference.decoding import DecodingKind, DecodingRule, decode
from coachwork.models.family import FamilyModule
from coachwork.photos.letterbox import Letterbox
from coachwork.photos.reading import Photo, read_photo
from coachwork.taxonomy import CarPart
from coachwork.training.plan import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """Figures of one validation, each in 0..1, NaN where nothing can be measured.

    Attributes:
        mask_ap50, mask_ap, box_ap50: plain means over dent, scratch and missing or broken part; of parts, over all.
        per_type: mask AP50 (box AP50 without masks) of every type.
    """

    mask_ap50: float
    mask_ap: float
    box_ap50: float
    per_type: dict[str, float]

    @property
    def headline(self) -> float:
        """The figure by which checkpoints are compared."""
        return self.box_ap50 if np.isnan(self.mask_ap50) else self.mask_ap50


def detect(model: FamilyModule, photo: Photo, plan: Plan, *, min_score: float = 0.01) -> Detections:
    """One photo through a torch model, exactly as the exported bundle would see it."""
    letterbox = Letterbox(photo.size, plan.model.size)
    pixels = torch.from_numpy(letterbox.apply(photo.pixels))[None]
    device = next(model.parameters()).device
    bf16 = plan.schedule.precision == "bf16"
    with torch.inference_mode(), torch.autocast(device.type, dtype=torch.bfloat16, enabled=bf16):
        outputs = model(pixels.to(device))
    named = {name: out.float().cpu().numpy() for name, out in zip(model.output_names, outputs, strict=True)}
    if "labels" in named:
        named["labels"] = named["labels"].astype(np.int64)
    return decode(named, rule=decoding_rule(model, plan), letterbox=letterbox, types=plan.types, min_score=min_score)


def decoding_rule(model: FamilyModule, plan: Plan) -> DecodingRule:
    """How the outputs of a plan's model are read; suppression and rescoring were chosen on claims val."""
    single = tuple(kind.value for kind in plan.types if isinstance(kind, CarPart) and kind.is_single)
    kind = DecodingKind(model.decoding)
    close = kind is DecodingKind.BOXES_WINDOWS
    return DecodingRule(
        kind=kind, nms_iou=0.45, soft_nms=close, mask_rescoring=1.0 if close else 0.0, single_types=single
    )


def validate(model: FamilyModule, entries: Sequence[Entry], plan: Plan) -> Scores:
    """Average precision of the model on the entries."""
    was_training = isinstance(model, Module) and model.training
    model.eval()
    pairs = []
    for folder, sample in entries:
        photo = read_photo(folder / sample.photo, min_side=2 * plan.model.size.longest)
        pairs.append(Pair.of(sample, detect(model, photo, plan)))
    model.train(was_training)
    boxes, masks = (precision_curves(pairs, plan.types, extent) for extent in (Extent.BOX, Extent.MASK))
    chosen = headline_types(plan.types)
    assert boxes is not None  # boxes are always there  # noqa: S101
    best = masks or boxes
    per_type = zip(plan.types, best.average_precision(iou=0.5), strict=True)
    return Scores(
        mask_ap50=masks.mean(masks.average_precision(iou=0.5), chosen) if masks else float("nan"),
        mask_ap=masks.mean(masks.average_precision(), chosen) if masks else float("nan"),
        box_ap50=boxes.mean(boxes.average_precision(iou=0.5), chosen),
        per_type={kind.value: float(value) for kind, value in per_type},
    )
