"""Renders sets of photos of one car at two times, with the truth about every damage.

    python benchmarks/merging/rendered.py FOLDER [--cars N] [--first SEED]

Writes FOLDER/car-SEED/{before,after}/N.jpg and FOLDER/car-SEED/truth.json; sets that are there already are kept.
A car takes about half a minute on one core.
"""

import argparse
import json
from pathlib import Path
from typing import Any

import cv2
from PIL import Image

from coachwork.geometry.mask import mask_to_rle
from coachwork.rendering.renderer import render
from coachwork.rendering.view_sets import random_views


def write_set(folder: Path, seed: int) -> None:
    """Renders one car."""
    views = random_views(seed)
    truth: dict[str, Any] = {"fates": [fate.value for fate in views.fates], "photos": {}}
    for name, scenes, numbers in (
        ("before", views.before, views.first_numbers),
        ("after", views.after, views.later_numbers),
    ):
        (folder / name).mkdir(parents=True, exist_ok=True)
        for place, scene in enumerate(scenes):
            photo = render(scene)
            file = f"{name}/{place}.jpg"
            Image.fromarray(photo.pixels).save(folder / file, quality=scene.camera.jpeg_quality)
            truth["photos"][file] = [
                {
                    "identity": numbers[number],
                    "type": shape.label,
                    "box": [round(edge, 1) for edge in shape.box.xyxy],
                    "mask": mask_to_rle(shape.rle),
                }
                for number, shape in zip(photo.numbers, photo.shapes, strict=True)
                if shape.rle is not None
            ]
    (folder / "truth.json").write_text(json.dumps(truth), encoding="utf-8")


def main() -> None:
    """Renders what is asked for and is not there."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--cars", type=int, default=16)
    parser.add_argument("--first", type=int, default=0)
    asked = parser.parse_args()
    cv2.setNumThreads(1)
    for seed in range(asked.first, asked.first + asked.cars):
        folder = asked.folder / f"car-{seed:04}"
        if not (folder / "truth.json").exists():
            write_set(folder, seed)
            print(f"{folder}: written", flush=True)


if __name__ == "__main__":
    main()
