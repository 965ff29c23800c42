"""How unlike everything annotated a photo is: by what it looks like, and by its light."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coachwork.datasets.candidates import LIGHT_MEASURES, Annotated, Candidate

FEWEST_TO_COMPARE = 20
"""Of fewer photos it cannot be said what is usual among them."""
_ROWS_AT_ONCE = 2048
_USUAL, _RARE = 2.5, 5.0  # robust standard deviations at which light begins to be unusual, and is wholly so
_TO_STANDARD = 1.4826  # of the median absolute deviation of a normal distribution


@dataclass(frozen=True, slots=True, kw_only=True)
class Novelty:
    """What is unusual of a photo.

    Attributes:
        value: 0..1, the larger of both.
        farther_than: share 0..1 of the annotated photos that lie nearer to their nearest than this one to its own; None
            where too few are annotated to say so.
        light: 0..1, how unusual its light is.
        measure: which of `LIGHT_MEASURES` is the most unusual; empty where its light is usual.
        high: whether it has more of that measure than usual, or less.
    """

    value: float
    farther_than: float | None = None
    light: float = 0.0
    measure: str = ""
    high: bool = False


def measure_novelty(
    candidates: Sequence[Candidate], annotated: Annotated, distances: NDArray[np.float64]
) -> list[Novelty]:
    """The novelty of each candidate.

    Args:
        candidates: photos.
        annotated: what is annotated already. Where that is too little, light is compared with the candidates' own.
        distances: (N,) of each candidate to the nearest annotated photo; infinite without any.
    """
    if not candidates:
        return []
    farther = _farther_than(annotated.embeddings, distances)
    lights = np.stack([one.light for one in candidates])
    usual = annotated.light if len(annotated.light) >= FEWEST_TO_COMPARE else lights
    off = _deviations(lights, usual)
    found = []
    for row, share in zip(off, farther, strict=True):
        worst = int(np.abs(row).argmax())
        light = float(np.clip((abs(row[worst]) - _USUAL) / (_RARE - _USUAL), 0, 1))
        apart = 0.0 if share is None else max(0.0, 2 * share - 1)
        measure = LIGHT_MEASURES[worst] if light > 0 else ""
        found.append(
            Novelty(
                value=max(apart, light), farther_than=share, light=light, measure=measure, high=bool(row[worst] > 0)
            )
        )
    return found


def nearest_distances(
    embeddings: NDArray[np.float32], others: NDArray[np.float32], *, leave_self: bool = False
) -> NDArray[np.float64]:
    """Euclidean distance (N,) from each embedding (N, E) to the nearest of others (M, E); infinite where M is 0.

    Args:
        embeddings: of length 1.
        others: of length 1.
        leave_self: both are the same photos, and none is its own neighbour.
    """
    found = np.full(len(embeddings), np.inf)
    if not len(others):
        return found
    for start in range(0, len(embeddings), _ROWS_AT_ONCE):
        alike = embeddings[start : start + _ROWS_AT_ONCE] @ others.T
        if leave_self:
            rows = np.arange(len(alike))
            alike[rows, start + rows] = -np.inf
        best = alike.max(axis=1).astype(np.float64)
        found[start : start + len(alike)] = np.sqrt(np.clip(2 - 2 * best, 0, None))
    return found


def _farther_than(embeddings: NDArray[np.float32], distances: NDArray[np.float64]) -> list[float | None]:
    if len(embeddings) < FEWEST_TO_COMPARE:
        return [None] * len(distances)
    own = np.sort(nearest_distances(embeddings, embeddings, leave_self=True))
    return [float(place) / len(own) for place in np.searchsorted(own, distances)]


def _deviations(lights: NDArray[np.float64], usual: NDArray[np.float64]) -> NDArray[np.float64]:
    """(N, 4), by how many robust standard deviations each measure differs from what is usual; 0 where none is known."""
    if len(usual) < FEWEST_TO_COMPARE:
        return np.zeros_like(lights)
    middle = np.median(usual, axis=0)
    spread = _TO_STANDARD * np.median(np.abs(usual - middle), axis=0)
    floor = 0.02  # a measure that hardly varies among the annotated photos must not make a small change look large
    return np.asarray((lights - middle) / np.maximum(spread, floor))
