"""Damages of an assessment as paths of SVG, in pixels of the upright photo."""

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import cv2
import numpy as np

from coachwork.geometry.mask import mask_from_rle

_DETAIL = 1 / 800
"""An outline is drawn this exactly, as a share of the photo's longer side."""


def damage_path(damage: Mapping[str, Any]) -> str:
    """The outline of a damage of ``coachwork.assessment/1``; its box where it has no mask."""
    told = damage.get("mask")
    found = "" if told is None else _mask_path(json.dumps(told, sort_keys=True))
    x_min, y_min, x_max, y_max = damage["box"]
    return found or path_of([(x_min, y_min), (x_max, y_min), (x_max, y_max), (x_min, y_max)])


@lru_cache(maxsize=4000)
def points_of(path: str, *, most: int = 24) -> str:
    """The largest piece of a path as points that a person can drag, at most so many: ``x,y x,y ...``.

    >>> points_of("M0 0L10 0L10 5ZM1 1L2 1L2 2Z")
    '0,0 10,0 10,5'
    """
    pieces = [
        np.array([[float(edge) for edge in point.split()] for point in piece.strip("Z").split("L")], np.float32)
        for piece in path.split("M")[1:]
    ]
    points = max(pieces, key=cv2.contourArea)
    within = 0.5
    found = points
    while len(found) > most:
        fewer = np.asarray(cv2.approxPolyDP(points[:, None], within, closed=True)[:, 0], np.float32)
        found, within = (fewer, 1.5 * within) if len(fewer) >= 3 else (found[::2], within)
    return " ".join(f"{x:g},{y:g}" for x, y in found)


def path_of(points: list[tuple[float, float]]) -> str:
    """A closed line through points.

    >>> path_of([(0, 0), (10.04, 0), (10, 5)])
    'M0 0L10 0L10 5Z'
    """
    return "M" + "L".join(f"{round(x, 1):g} {round(y, 1):g}" for x, y in points) + "Z"


@lru_cache(maxsize=2000)
def _mask_path(rle: str) -> str:
    mask = mask_from_rle(json.loads(rle))
    if not mask.area:
        return ""
    found, _ = cv2.findContours(mask.crop.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    within = max(0.75, max(mask.frame.height, mask.frame.width) * _DETAIL)
    pieces = []
    for contour in sorted(found, key=cv2.contourArea, reverse=True)[:50]:
        points = cv2.approxPolyDP(contour, within, closed=True)[:, 0] + np.array([mask.x + 0.5, mask.y + 0.5])
        if len(points) >= 3:
            pieces.append(path_of([(float(x), float(y)) for x, y in points]))
    return "".join(pieces)
