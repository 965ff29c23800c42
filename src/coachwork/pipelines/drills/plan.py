"""How a drill is played: how many photos, how dark, how long is trained; and the files that say so to the pipelines."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coachwork.taxonomy import DamageType


@dataclass(frozen=True, slots=True, kw_only=True)
class DrillPlan:
    """Of one drill.

    Attributes:
        dataset: place of annotated photos with a validation split.
        folder: of the drill: everything that it makes lies there.
        initial: checkpoint of a run, or bundle, exported as the first champion, from which the drill trains on; None
            trains a small model from ImageNet's weights first.
        champion: folder of the first champion's bundle; None makes one of `initial` or trains it.
        family: of the network that is trained; a checkpoint has its own.
        side_px: side of its input, a multiple of 128.
        epochs, batch: of a training.
        rate: learning rate; by default one for a start from a checkpoint, and a higher one for a start from ImageNet.
        known, val, test: photos that are known at the start, to learn from and to validate on, and those measured on.
        normal, dark: photos that are sent in good and in poor light.
        trial: photos that shadow and canary wait for, each.
        stops: by how much the light falls.
        chunk: photos that are sent between two checks.
        window: photos that a check looks at.
    """

    dataset: str
    folder: Path
    initial: Path | None = None
    champion: Path | None = None
    family: str = "efficientdet"
    side_px: int = 256
    epochs: int = 3
    batch: int = 8
    rate: float | None = None
    known: int = 240
    val: int = 60
    test: int = 100
    normal: int = 80
    dark: int = 100
    trial: int = 30
    stops: float = 2.0
    chunk: int = 20
    window: int = 80

    @property
    def stream(self) -> int:
        """Photos that are sent in at most."""
        return self.normal + self.dark + 8 * self.trial


_GATES = """\
# A drill's validation photos are few: what they cannot decide passes, what is worse for sure does not.
[headline]
worse_by = 0.05
undecided = "passes"
[types]
worse_by = 0.10
undecided = "passes"
[slices]
figures = ["ap50"]
markets = false
worse_by = 0.05
undecided = "passes"
[miss_rate]
slack = 0.05
undecided = "passes"
[speed]
cores = 2
ratio = 3
rounds = 20
undecided = "passes"
[size]
ratio = 3
[licences]
allowed = ["*"]
undecided = "passes"
[parity]
tolerance = 0.01
undecided = "passes"
[smoke]
off = true
"""


def write_files(plan: DrillPlan, types: tuple[DamageType, ...], model: Mapping[str, Any]) -> Path:
    """Writes settings, training plan, gates and label map into the drill's folder.

    Args:
        plan: of the drill.
        types: that are learnt.
        model: of the training plan, where trainings begin from a checkpoint; empty for the drill's own from ImageNet.

    Returns:
        The settings' file.
    """
    folder = plan.folder
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "gates.toml").write_text(_GATES, encoding="utf-8")
    (folder / "plan.toml").write_text(_training(plan, types, model), encoding="utf-8")
    settings = folder / "pipelines.toml"
    settings.write_text(_settings(plan), encoding="utf-8")
    return settings


def write_label_map(folder: Path, types: tuple[DamageType, ...], licence: str, attribution: str) -> None:
    """Writes what labels of a drill's deliveries mean: Coachwork's own names."""
    head = {"title": "Photos of a drill", "licence": licence, "attribution": attribution}
    lines = ["[drill]", *(f"{key} = {json.dumps(value)}" for key, value in head.items()), "weights_may_ship = true"]
    lines += ["[drill.labels]", *(f'{kind} = "{kind}"' for kind in types)]
    (folder / "labels.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _training(plan: DrillPlan, types: tuple[DamageType, ...], model: Mapping[str, Any]) -> str:
    own = {"family": plan.family, "pretrained": plan.family == "efficientdet"}
    described = {**(model or own), "height": plan.side_px, "width": plan.side_px}
    return f"""\
name = "damage"
types = {json.dumps([kind.value for kind in types])}
[model]
{_lines(described)}
[data]
datasets = ["datasets/damage"]
workers = 0
only_publishable = false
[schedule]
epochs = {plan.epochs}
batch = {plan.batch}
learning_rate = {_rate(plan)}
validate_every = {plan.epochs}
ema = 0.98
[augmentation]
light = 0.5
[tracking]
tensorboard = false
examples = 0
"""


def _lines(table: Mapping[str, Any]) -> str:
    """A table of texts, numbers, flags and one level of tables as TOML."""
    return "\n".join(
        f"{name} = {{ {', '.join(_lines(value).splitlines())} }}"
        if isinstance(value, Mapping)
        else f"{name} = {json.dumps(value)}"
        for name, value in table.items()
    )


def _rate(plan: DrillPlan) -> float:
    if plan.rate is not None:
        return plan.rate
    return 6e-4 if plan.initial is None else 2e-4


def _settings(plan: DrillPlan) -> str:
    return f"""\
[data]
watch = "annotations"
dataset = "datasets/damage"
label_map = "labels.toml"
quiet_s = 0
[training]
plan = "plan.toml"
gates = "gates.toml"
least_photos = 5
from_champion = false
light = 3.0
[monitoring]
photos = {plan.window}
[advice]
brightness = 0.5
[holds]
dark_below = 0.6
[release]
auto = true
shadow_photos = {plan.trial}
canary_photos = {plan.trial}
canary_share = 0.5
latency_ratio = 4.0
disagreement = 0.5
wait_s = 0
"""
