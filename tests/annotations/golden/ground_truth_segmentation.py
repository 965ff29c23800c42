"""Output manifests of Ground Truth's semantic-segmentation jobs."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from tests.annotations.golden.ground_truth import METADATA
from tests.annotations.photo_files import write_photo

COLOURS = {"BACKGROUND": (255, 255, 255), "dent": (0x2A, 0xCF, 0x59), "scratch": (0xF2, 0x83, 0x33)}


def colour_map(*names: str, confidence: float = 0.0) -> dict[str, Any]:
    """The metadata of a segmentation."""
    entries = {
        str(list(COLOURS).index(name)): {
            "class-name": name,
            "hex-color": "#{:02x}{:02x}{:02x}".format(*COLOURS[name]),
            "confidence": confidence,
        }
        for name in ("BACKGROUND", *names)
    }
    return {"internal-color-map": entries} | METADATA | {"type": "groundtruth/semantic-segmentation"}


def painted() -> np.ndarray:
    """Two dents and a scratch, (30, 40, 3) uint8."""
    pixels = np.full((30, 40, 3), 255, dtype=np.uint8)
    pixels[2:8, 3:12] = COLOURS["dent"]
    pixels[20:25, 30:36] = COLOURS["dent"]
    pixels[15:17, 5:25] = COLOURS["scratch"]
    return pixels


def write_masks(folder: Path) -> None:
    """Masks in a folder of the job, named by the line and the time; the second line's mask shows background alone."""
    masks = folder / "annotations" / "consolidated-annotation" / "output"
    masks.mkdir(parents=True)
    lines = []
    for number, name in enumerate(("a", "b")):
        write_photo(folder / f"{name}.jpg", seed=number)
        pixels = painted() if number == 0 else np.full((30, 40, 3), 255, dtype=np.uint8)
        mask = f"{number}_2026-10-18T22:18:13.527256.png"
        Image.fromarray(pixels).save(masks / mask)
        lines.append(
            {
                "source-ref": f"s3://AWSDOC-EXAMPLE-BUCKET/{name}.jpg",
                "damage-ref": f"s3://AWSDOC-EXAMPLE-BUCKET/job/annotations/consolidated-annotation/output/{mask}",
                "damage-ref-metadata": colour_map(*(["dent", "scratch"] if number == 0 else [])),
            }
        )
    text = "".join(json.dumps(line) + "\n" for line in lines)
    (folder / "output.manifest").write_text(text, encoding="utf-8")
