"""Shapes as other programs tell them and are told, and whether they are those that are known."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from coachwork.datasets.sample import DamageShape, Sample
from coachwork.geometry.polygon import Polygon
from coachwork.geometry.size import Size


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Told:
    """A shape: what of it a program said. Pixels of the upright photo."""

    label: str
    box: tuple[float, ...] | None = None
    parts: tuple[Polygon, ...] = ()
    corners: Polygon | None = None
    pixels: NDArray[np.bool_] | None = None


def read_told(shapes: Iterable[dict[str, Any]]) -> list[Told]:
    """Shapes out of the JSON of `programs/`; outlines of one group and label are one shape."""
    found: list[Told] = []
    groups: dict[tuple[str, int], list[Polygon]] = {}
    for shape in shapes:
        label = shape["label"]
        if "points" in shape:
            outline = np.array(shape["points"])
            key = (label, shape["group"] or -len(groups) - 1)
            groups.setdefault(key, []).append(outline)
            continue
        pixels = None
        if "bits" in shape:
            height, width = shape["shape"]
            bits = np.frombuffer(bytes.fromhex(shape["bits"]), dtype=np.uint8)
            pixels = np.unpackbits(bits, count=height * width).reshape(height, width).astype(np.bool_)
        corners = np.array(shape["corners"]) if "corners" in shape else None
        found.append(
            Told(label=label, box=tuple(shape["box"]) if "box" in shape else None, corners=corners, pixels=pixels)
        )
    return found + [Told(label=label, parts=tuple(parts)) for (label, _), parts in groups.items()]


def tell(samples: Sequence[Sample], photos: Path, *, masks: bool = False) -> list[dict[str, Any]]:
    """The JSON that the writing programs are told; with `masks` outlines as the pixels that they cover."""
    return [
        {
            "path": str(photos / sample.photo),
            "split": str(sample.split),
            "shapes": [_tell(shape, sample.size, masks=masks) for shape in sample.shapes],
        }
        for sample in samples
    ]


def _tell(shape: DamageShape, frame: Size, *, masks: bool) -> dict[str, Any]:
    told: dict[str, Any] = {"label": str(shape.type), "box": list(shape.box.xyxy)}
    if shape.rotated is not None:
        told["corners"] = shape.rotated.corners.tolist()
    if shape.polygons and not masks:
        told["parts"] = [part.tolist() for part in shape.polygons]
    elif (mask := shape.mask(frame)) is not None:
        told |= {"shape": [frame.height, frame.width], "bits": np.packbits(mask.full()).tobytes().hex()}
    return told


def overlap(first: NDArray[np.bool_], second: NDArray[np.bool_]) -> float:
    """Intersection over union of two masks of one frame."""
    return int(np.count_nonzero(first & second)) / max(1, int(np.count_nonzero(first | second)))


def same_but_for_the_rim(first: NDArray[np.bool_], second: NDArray[np.bool_], *, within_px: int = 2) -> bool:
    """Whether neither of two masks has a pixel that is farther than that from the other; programs differ in tips."""
    wider = [cv2.dilate(mask.astype(np.uint8), np.ones((3, 3)), iterations=within_px) for mask in (first, second)]
    return not np.any(second & (wider[0] == 0)) and not np.any(first & (wider[1] == 0))


def same_outlines(first: Sequence[Polygon], second: Sequence[Polygon], *, within_px: float = 0.01) -> bool:
    """Whether two shapes have the same parts with the same points, in order."""
    return len(first) == len(second) and all(
        a.shape == b.shape and np.allclose(a, b, atol=within_px) for a, b in zip(first, second, strict=True)
    )


def same_corners(first: Polygon, second: Polygon, *, within_px: float = 0.01) -> bool:
    """Whether two turned boxes are the same, whichever corner comes first."""
    return any(np.allclose(np.roll(first, turn, axis=0), second, atol=within_px) for turn in range(4))
