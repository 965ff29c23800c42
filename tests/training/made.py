"""Datasets, nets and plans so small that a training run takes a second or two."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from coachwork.datasets.sample import DamageShape
from coachwork.geometry.polygon import as_polygon, polygons_box
from coachwork.geometry.size import Size
from coachwork.models.families import KnownFamily
from coachwork.models.family_options import FamilyOptions
from coachwork.models.targets import Targets
from coachwork.taxonomy import DamageType
from coachwork.training.fixed_loss import unvaried
from coachwork.training.plan import DataPlan, ModelPlan, Plan, SchedulePlan
from coachwork.training.tracking.settings import TrackingPlan
from coachwork.training.watchdog.settings import WatchdogPlan
from tests.training.painted import write_painted

_SMALL = Size(height=96, width=128)
_RED, _BLUE = (200, 30, 30), (30, 30, 200)


def small_dataset(folder: Path, *, scratches: bool = True, contradicting: bool = False, size: Size = _SMALL) -> Path:
    """Grey photos with a red dent, a blue scratch or nothing: eight to learn from, four to validate on.

    Args:
        folder: where it is made.
        scratches: whether there are any.
        contradicting: validation photos call red paint sound and mark bare grey instead.
        size: of the photos.
    """
    photos = []
    for number in range(12):
        rng = np.random.default_rng(number)
        pixels = rng.integers(90, 120, (size.height, size.width, 3), dtype=np.uint8)
        shapes: tuple[DamageShape, ...] = ()
        if number % 4 < 3:
            kind = DamageType.SCRATCH if scratches and number % 2 else DamageType.DENT
            shapes = (_painted(pixels, kind, rng, wrong=number >= 8 and contradicting),)
        photos.append((pixels, shapes))
    return write_painted(folder, photos, learnt=8)


def _painted(pixels: NDArray[np.uint8], kind: DamageType, rng: np.random.Generator, *, wrong: bool) -> DamageShape:
    height, width = pixels.shape[0] * 3 // 8, pixels.shape[1] * 3 // 8
    y, x = (
        int(rng.integers(2, pixels.shape[0] - height - 2)),
        int(rng.integers(2, pixels.shape[1] // 2 - 2 - width // 3)),
    )
    pixels[y : y + height, x : x + width] = _RED if kind is DamageType.DENT else _BLUE
    left = (x + width + 2) if wrong else x
    right = min(left + width, pixels.shape[1] - 1)
    outline = as_polygon([left, y, right, y, right, y + height, left, y + height])
    return DamageShape(type=kind, box=polygons_box([outline]), polygons=(outline,))


@dataclass(frozen=True, slots=True, kw_only=True)
class TinyOptions(FamilyOptions):
    """Options that make each of the faults a watchdog looks for.

    Attributes:
        fault: "", `dead`, `saturated` or `vanishing`.
    """

    fault: str = ""


class TinyNet(nn.Module):
    """Three convolutions that see colours."""

    decoding = "semantic"
    output_names = ("masks",)

    def __init__(self, *, types: int, size: Size, backbone: str, pretrained: bool, options: TinyOptions) -> None:
        del size, backbone, pretrained
        super().__init__()
        fault = options.fault
        act = nn.Sigmoid if fault == "vanishing" else nn.ReLU
        depth = 8 if fault == "vanishing" else 1
        deeper = [layer for _ in range(depth) for layer in (nn.Conv2d(16, 16, 1), act())]
        self.backbone = nn.Sequential(nn.Conv2d(3, 16, 4, stride=4), act(), *deeper)
        self.predict = nn.Conv2d(16, types, 1)
        nn.init.constant_(self.predict.bias, -2.0)  # type: ignore[arg-type]
        if fault == "dead":
            nn.init.constant_(self.backbone[0].bias, -100.0)  # type: ignore[arg-type]
        if fault == "saturated":
            nn.init.constant_(self.predict.bias, 60.0)  # type: ignore[arg-type]
        if fault == "vanishing":
            for layer in self.backbone:
                if isinstance(layer, nn.Conv2d):
                    nn.init.normal_(layer.weight, std=0.01)

    def logits(self, photos: Tensor) -> Tensor:
        return torch.as_tensor(self.predict(self.backbone(photos.permute(0, 3, 1, 2).float() / 128 - 1))).float()

    def losses(self, photos: Tensor, truth: Sequence[Targets]) -> dict[str, Tensor]:
        marked = torch.stack([photo.pixels for photo in truth])
        target = (marked == 1).float()
        rare = torch.tensor(5.0)  # marked pixels weigh as much as the others together
        return {"pixel": functional.binary_cross_entropy_with_logits(self.logits(photos), target, pos_weight=rare)}

    def forward(self, photos: Tensor) -> tuple[Tensor]:
        return (self.logits(photos).sigmoid(),)


TINY = KnownFamily(options=TinyOptions, net=TinyNet)


def small_plan(
    dataset: Path,
    *,
    family: str = "tiny",
    epochs: int = 4,
    options: dict[str, Any] | None = None,
    watchdog: WatchdogPlan | None = None,
    tracking: TrackingPlan | None = None,
    **schedule: Any,
) -> Plan:
    """A plan on 128 px pictures, none of them varied, two steps an epoch."""
    defaults: dict[str, Any] = {"batch": 4, "validate_every": 1, "precision": "fp32", "learning_rate": 5e-2, "ema": 0.5}
    return Plan(
        name="small",
        types=(DamageType.DENT, DamageType.SCRATCH),
        model=ModelPlan(family=family, height=128, width=128, pretrained=False, options=options or {}),
        data=DataPlan(datasets=(str(dataset),), workers=0),
        schedule=SchedulePlan(epochs=epochs, **defaults | schedule),
        augmentation=unvaried(),
        watchdog=watchdog or WatchdogPlan(every=2, starved_steps=8),
        tracking=tracking or TrackingPlan(tensorboard=False, examples=0, loss_photos=8),
    )
