"""The plates of real photos, as labelled by hand: one JSON object a line.

Each line has `photo` (its path below the folder of the sets), `plates` (a list of plates, each four corners x, y in
pixels of the photo) and `unclear` (outlines that are neither learnt as a plate nor as none: too small, blurred or cut).
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Quad = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LabelledPhoto:
    """One photo.

    Attributes:
        photo: path below the folder of the sets.
        plates: (4, 2) corners each, pixels.
        unclear: (4, 2) each.
    """

    photo: str
    plates: tuple[Quad, ...]
    unclear: tuple[Quad, ...]


def read_labels(file: Path) -> list[LabelledPhoto]:
    """All lines of a file."""
    return [_labelled(json.loads(line)) for line in file.read_text(encoding="utf-8").splitlines()]


def _labelled(line: dict[str, object]) -> LabelledPhoto:
    return LabelledPhoto(
        photo=str(line["photo"]), plates=_quads(line.get("plates", [])), unclear=_quads(line.get("unclear", []))
    )


def _quads(values: object) -> tuple[Quad, ...]:
    if not isinstance(values, Sequence):
        return ()
    return tuple(np.asarray(quad, dtype=np.float64).reshape(-1, 2) for quad in values)
