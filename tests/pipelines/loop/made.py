"""Loops in a folder of their own, and deliveries of painted photos for them."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from coachwork.geometry.size import Size
from coachwork.pipelines.loop.loop import Loop, Tell
from coachwork.pipelines.loop.settings import read_loop_settings
from coachwork.settings import read_settings
from tests.training.painted import dented

SIZE = Size(height=96, width=128)
LABELS = """
[painted]
title = "Painted photos"
licence = "CC0 1.0"
attribution = "this test"
weights_may_ship = true
[painted.labels]
dent = "dent"
scratch = "scratch"
"""
PLAN = """
types = ["dent", "scratch"]
[model]
family = "tiny"
height = 128
width = 128
pretrained = false
[data]
datasets = ["nothing/yet"]
workers = 0
[schedule]
epochs = 4
batch = 4
validate_every = 4
precision = "fp32"
learning_rate = 5e-2
ema = 0.5
[tracking]
tensorboard = false
examples = 0
"""


def loop_in(
    folder: Path, more: str = "", *, data: str = "", training: str = "", variants: int = 0, tell: Tell | None = None
) -> Loop:
    """A loop whose files and database lie in a folder; further settings as TOML."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "labels.toml").write_text(LABELS)
    (folder / "plan.toml").write_text(PLAN)
    settings = f"""
[data]
watch = "annotations"
dataset = "datasets/damage"
label_map = "labels.toml"
quiet_s = 0
{data}
[training]
plan = "plan.toml"
least_photos = 1
variants = {variants}
{training}
{more}
"""
    (folder / "pipelines.toml").write_text(settings)
    read = read_loop_settings(folder / "pipelines.toml")
    service = replace(read_settings({"COACHWORK_DATA_DIR": str(folder / "data")}))
    return Loop(read, service, **({} if tell is None else {"tell": tell}))


def deliver(
    loop: Loop, name: str, numbers: Sequence[int], *, label: str = "dent", exposure: float = 1.0, broken: int = 0
) -> Path:
    """Puts a delivery into the watched folder: COCO with one photo a number, so many boxes of them broken."""
    folder = loop.settings.data.watch / name
    folder.mkdir(parents=True)
    images, annotations = [], []
    for place, number in enumerate(numbers):
        pixels, shapes = dented(number, SIZE)
        Image.fromarray((pixels * exposure).astype(np.uint8)).save(folder / f"{number}.png")
        images.append({"id": place + 1, "file_name": f"{number}.png", "width": SIZE.width, "height": SIZE.height})
        x_min, y_min, x_max, y_max = shapes[0].box.xyxy
        box = [x_min, y_min, x_max - x_min, y_max - y_min]
        outline = [x_min, y_min, x_max, y_min, x_max, y_max, x_min, y_max]
        entry = {"id": place + 1, "image_id": place + 1, "category_id": 1, "bbox": box, "segmentation": [outline]}
        annotations.append({**entry, "bbox": "none", "segmentation": []} if place < broken else entry)
    categories = [{"id": 1, "name": label}]
    told = {"images": images, "annotations": annotations, "categories": categories}
    (folder / "annotations.json").write_text(json.dumps(told))
    return folder
