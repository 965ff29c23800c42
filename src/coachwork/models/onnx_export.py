"""From a torch model to ONNX bytes, and the proof that both say the same."""

import io
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from coachwork.errors import CoachworkError
from coachwork.geometry.size import Size
from coachwork.inference.engines import open_onnx
from coachwork.models.family import FamilyModule
from coachwork.models.onnx_slimming import slim_onnx

_OPSET = 18

_INSTANCE = ("boxes", "labels", "scores")
"""Outputs of a model that lists what it found, and not what it says of each place."""

_WHOLE = {"photo_score", "embedding"}
"""Outputs about the photo as a whole."""

_NO_PAIR = 1e6
"""What it costs to pair two instances that are not the same; far more than any scores lie apart."""

_LEAST_SAME = 0.9
"""Share of the instances that both models must have found for the others to be left to chance."""


class ExportError(CoachworkError):
    """A model whose ONNX form does not say what the torch model says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """How far ONNX and torch are apart.

    Attributes:
        output: name of the output.
        largest: largest absolute difference.
        scale: largest absolute value in torch.
    """

    output: str
    largest: float
    scale: float


def export_onnx(model: FamilyModule, size: Size) -> bytes:
    """ONNX bytes of a model, with the input `image` (1, H, W, 3) uint8 and the family's own outputs.

    The TorchScript-based exporter is used, since torchvision's Mask R-CNN does not pass the newer one.
    """
    model = model.cpu().eval()
    photo = torch.full((1, size.height, size.width, 3), 114, dtype=torch.uint8)
    file = io.BytesIO()
    listed = set(model.output_names) - _WHOLE if set(_INSTANCE) <= set(model.output_names) else set[str]()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter's own notes on tracing
        torch.onnx.export(
            model,
            (photo,),
            file,  # type: ignore[arg-type]
            input_names=["image"],
            output_names=list(model.output_names),
            dynamic_axes={name: {0: f"{name}_count"} for name in model.output_names if name in listed},
            opset_version=_OPSET,
            dynamo=False,
        )
    onnx.checker.check_model(onnx.load_from_string(file.getvalue()))
    return slim_onnx(file.getvalue())


def compare_onnx(
    model: FamilyModule, exported: bytes, photos: Sequence[NDArray[np.uint8]], *, tolerance: float = 2e-3
) -> list[Agreement]:
    """Runs both on letterboxed photos (H, W, 3) uint8 and measures how far they are apart.

    Args:
        model: the torch model.
        exported: its ONNX form.
        photos: what to compare on; use photos that are not square, so that an exchanged height and width shows.
        tolerance: largest difference allowed, as a share of an output's largest value (at least 1).

    Instances that a model lists by their scores are compared with the same ones, see `same_instances`.

    Raises:
        ExportError: an output differs by more, or in shape.
    """
    session = open_onnx(exported, threads=1)
    model = model.cpu().eval()
    worst = {name: Agreement(output=name, largest=0.0, scale=1.0) for name in model.output_names}
    for pixels in photos:
        with torch.inference_mode():
            wanted = [out.numpy() for out in model(torch.from_numpy(pixels)[None])]
        given = session.run(list(model.output_names), {"image": pixels[None]})
        if set(_INSTANCE) <= set(model.output_names):
            wanted, given = same_instances(wanted, given, model.output_names, tolerance=tolerance)
        for name, want, got in zip(model.output_names, wanted, given, strict=True):
            if want.shape != got.shape:
                message = f"output {name!r}: torch gives {want.shape}, ONNX {got.shape}"
                raise ExportError(message)
            apart = float(np.abs(want.astype(np.float64) - got).max(initial=0))
            scale = max(1.0, float(np.abs(want).max(initial=0)))
            if apart > tolerance * scale:
                message = f"output {name!r}: ONNX and torch differ by {apart:.4g}, {tolerance * scale:.4g} is allowed"
                raise ExportError(message)
            if apart >= worst[name].largest:
                worst[name] = Agreement(output=name, largest=apart, scale=scale)
    return list(worst.values())


def same_instances(
    wanted: Sequence[NDArray[Any]], given: Sequence[NDArray[Any]], names: Sequence[str], *, tolerance: float
) -> tuple[list[NDArray[Any]], list[NDArray[Any]]]:
    """Rows of both models' outputs that are about the same instances.

    Nearly equal scores have no order that both would keep, and decide by chance which proposals survive: of a hundred
    instances of a hardly trained Mask R-CNN five were others. Where fewer than `_LEAST_SAME` are, all rows are kept.

    Args:
        wanted: outputs, among them `boxes` (N, 4), `labels` (N,) and `scores` (N,); all others have N rows, too, but
            for what is about the photo as a whole.
        given: the same of the other model; both stay as they are where the counts differ.
        names: of the outputs.
        tolerance: largest difference of two boxes that are the same, as a share of the largest value (at least 1).
    """
    boxes, labels, scores = ([outs[names.index(name)] for outs in (wanted, given)] for name in _INSTANCE)
    if boxes[0].shape != boxes[1].shape:
        return list(wanted), list(given)
    apart = np.abs(boxes[0][:, None] - boxes[1][None]).max(axis=2, initial=0)
    limit = tolerance * max(1.0, float(np.abs(boxes[0]).max(initial=0)))
    fits = (apart <= limit) & (labels[0][:, None] == labels[1][None])
    unlike = np.where(fits, np.abs(scores[0][:, None] - scores[1][None]), _NO_PAIR)
    own, other = linear_sum_assignment(unlike)
    same = fits[own, other]
    if len(same) and same.mean() >= _LEAST_SAME:
        own, other = own[same], other[same]
    rows = [name not in _WHOLE for name in names]
    return (
        [out[own] if listed else out for out, listed in zip(wanted, rows, strict=True)],
        [out[other] if listed else out for out, listed in zip(given, rows, strict=True)],
    )
