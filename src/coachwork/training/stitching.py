"""Another backbone under a trained decoder ("model stitching", Lenc & Vedaldi, CVPR 2015; Bansal et al., NeurIPS 2021).

A decoder reads each stride of its backbone through a 1 x 1 convolution. On photos, what these convolutions say of the
old backbone is foretold from the features of the new one by least squares; the solutions take their place. So the
decoder goes on from nearly where it was, and what a larger backbone sees more is left to training.
"""

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from coachwork.datasets.dataset import read_dataset
from coachwork.datasets.sample import Split
from coachwork.errors import CoachworkError
from coachwork.models.backbone import Backbone, Normalise
from coachwork.models.pixel_pyramid import PixelPyramid
from coachwork.photos.letterbox import Letterbox
from coachwork.photos.reading import read_photo
from coachwork.training.checkpoint import Checkpoint
from coachwork.training.exporting import trained_model
from coachwork.training.flat_stages import STRIDES
from coachwork.training.plan import Plan, plan_from_json
from coachwork.training.starting import entries_of, shared

_Module = TypeVar("_Module", bound=nn.Module)

_PLACES = 250
"""Places of a photo at each stride that are learnt from."""

_HELD_OUT = 5
"""One of so many photos, the last ones, tells how well the others foretell."""

_RIDGE = 1e-3
"""Of the features' variance, added to the diagonal."""


class StitchError(CoachworkError):
    """A model that cannot be put on another backbone."""


def stitch(
    checkpoint: Checkpoint, backbone: str, photos: Iterable[NDArray[np.uint8]]
) -> tuple[Checkpoint, dict[int, float]]:
    """A checkpoint's model on another backbone with ImageNet weights, to be trained on from there.

    Args:
        checkpoint: of a family whose decoder is a `PixelPyramid`: `efficientdet` or `mask_query`.
        backbone: name of the new one, see `Backbone`.
        photos: (H, W, 3) uint8, letterboxed to the plan's input, at least ten.

    Returns:
        The new checkpoint, for `model.initial` of a plan; and by stride (4, 8, 16, 32) how much of what the
        decoder reads the new backbone foretells on photos held out (R², 1 for all).

    Raises:
        StitchError: the family reads its backbone in another way, or there are too few photos.
        CoachworkError: the backbone is not known, or its weights cannot be had.
    """
    plan = plan_from_json(checkpoint.plan)
    model = trained_model(checkpoint, plan)
    decoder, pyramid = _part(model, PixelPyramid)
    kept, old = _part(model, Backbone)
    if pyramid is None or old is None:
        message = (
            f"{plan.model.family} has no decoder that can be put on another backbone; efficientdet and mask_query have"
        )
        raise StitchError(message)
    if "scale" in plan.model.options:
        message = f"the step {plan.model.options['scale']!r} of EfficientDet's scale stands on its own backbone alone"
        raise StitchError(message)
    frozen = int(plan.model.options.get("frozen_stages", 2))
    new = Backbone(backbone, pretrained=True, frozen_stages=frozen).eval()
    readers = pyramid.readers()
    weights = {name: value for name, value in checkpoint.averaged.items() if not name.startswith(f"{kept}.")}
    weights |= {f"{kept}.{name}": value for name, value in new.state_dict().items()}
    told = {}
    pairs = _read(old, new, list(readers.values()), photos)
    for stride, (place, (seen, wanted)) in zip(STRIDES, zip(readers, pairs, strict=True), strict=True):
        matrix, constant, told[stride] = _least_squares(seen, wanted)
        weights[f"{decoder}.{place}.0.weight"] = matrix.T.float()[:, :, None, None].contiguous()
        mean = f"{decoder}.{place}.1.running_mean"  # the convolution has no constant: the statistics take it up
        weights[mean] = weights[mean] - constant.float()
    moved = replace(plan, model=replace(plan.model, backbone=backbone, initial="", fresh_backbone=False))
    done = replace(checkpoint, plan=moved.as_json(), weights=weights, averaged=weights, averaged_steps=0, optimiser={})
    trained_model(done, moved)  # proves that all weights fit
    return done, told


def training_photos(plan: Plan, count: int) -> Iterator[NDArray[np.uint8]]:
    """Up to so many of the photos that a plan learns from, letterboxed, in an order drawn once, each of another car.

    Raises:
        DatasetError: a dataset cannot be read.
    """
    entries = shared(entries_of([read_dataset(place) for place in plan.data.datasets], Split.TRAIN), plan.data.share)
    learnt = [entry for entry in entries if plan.data.repeats.get(entry[1].source, 1) > 0]
    cars = list({(entry[1].source, entry[1].cluster): entry for entry in learnt}.values())
    for folder, sample in random.Random(0).sample(cars, min(count, len(cars))):
        photo = read_photo(folder / sample.photo, min_side=plan.model.size.longest)
        yield Letterbox(photo.size, plan.model.size).apply(photo.pixels)


def _part(model: nn.Module, kind: type[_Module]) -> tuple[str, _Module | None]:
    """The first part of a kind, by its name."""
    return next(((name, part) for name, part in model.named_modules() if isinstance(part, kind)), ("", None))


def _read(
    old: Backbone, new: Backbone, readers: Sequence[nn.Sequential], photos: Iterable[NDArray[np.uint8]]
) -> list[tuple[list[Tensor], list[Tensor]]]:
    """For each stride, a photo's features (P, K) of the new backbone and what its reader says (P, L) of the old one."""
    before, after = Normalise(old.mean, old.std), Normalise(new.mean, new.std)
    chosen = np.random.default_rng(0)
    pairs: list[tuple[list[Tensor], list[Tensor]]] = [([], []) for _ in readers]
    with torch.inference_mode():
        for photo in photos:
            batch = torch.from_numpy(np.ascontiguousarray(photo))[None]
            levels = zip(new(after(batch)), old(before(batch)), readers, pairs, strict=True)
            for seen, known, reader, (inputs, outputs) in levels:
                wanted = reader[0](known)[0].flatten(1).T
                places = torch.from_numpy(chosen.choice(len(wanted), min(len(wanted), _PLACES), replace=False))
                inputs.append(seen[0].flatten(1).T[places].double())
                outputs.append(wanted[places].double())
    if len(pairs[0][0]) < 2 * _HELD_OUT:
        message = f"{len(pairs[0][0])} photos are too few to fit a backbone on: give at least {2 * _HELD_OUT}"
        raise StitchError(message)
    return pairs


def _least_squares(seen: list[Tensor], wanted: list[Tensor]) -> tuple[Tensor, Tensor, float]:
    """Matrix (K, L) and constant (L,) that foretell `wanted` from `seen`, and the share foretold on photos held out."""
    split = len(seen) - len(seen) // _HELD_OUT
    inputs, outputs = torch.cat(seen[:split]), torch.cat(wanted[:split])
    middle, target = inputs.mean(dim=0), outputs.mean(dim=0)
    centred = inputs - middle
    ridge = _RIDGE * (centred**2).sum() / centred.shape[1] * torch.eye(centred.shape[1], dtype=centred.dtype)
    matrix = torch.linalg.solve(centred.T @ centred + ridge, centred.T @ (outputs - target))
    constant = target - middle @ matrix
    unseen, truth = torch.cat(seen[split:]), torch.cat(wanted[split:])
    missed = ((truth - unseen @ matrix - constant) ** 2).sum() / ((truth - truth.mean(dim=0)) ** 2).sum().clamp(
        min=1e-12
    )
    return matrix, constant, float(1 - missed)
