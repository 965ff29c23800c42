"""A second look at a photo: what a model says of its mirror image, turned back and averaged with the first.

Costs a second run. It can be had of models whose outputs lie on grids, where each place has its mirror image: detectors
that answer once a cell of a pyramid (`boxes_semantic`), and maps of pixels (`semantic`). Queries (`boxes_maps`) and
lists of boxes (`boxes_masks`, `boxes_windows`) have no such places.
"""

from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from coachwork.geometry.pyramid import LEVELS
from coachwork.geometry.size import Size
from coachwork.inference.decoding import DecodingKind
from coachwork.taxonomy import Kind

_Arrays = dict[str, NDArray[np.generic]]


def why_one_look(
    kind: DecodingKind, outputs: Mapping[str, NDArray[np.generic]], *, size: Size, types: Sequence[Kind]
) -> str:
    """Why a model cannot be given a second look, by outputs of it; empty where it can."""
    if {one.mirrored for one in types} != set(types):
        return "it knows one side of a part without the other"
    if kind not in {DecodingKind.BOXES_SEMANTIC, DecodingKind.SEMANTIC}:
        return f"outputs of the kind {kind} have no mirror image"
    cells = len(_mirrored_cells(size))
    if "boxes" in outputs and outputs["boxes"].shape[-2] != cells:
        return f"its {outputs['boxes'].shape[-2]} boxes do not lie on the {cells} cells of the pyramid of {size}"
    return ""


def averaged(
    seen: Mapping[str, NDArray[np.generic]],
    mirrored: Mapping[str, NDArray[np.generic]],
    *,
    size: Size,
    types: Sequence[Kind],
) -> _Arrays:
    """Both looks as one; for models of which `why_one_look` knows nothing against it.

    Args:
        seen: outputs of the letterboxed photo, as `coachwork.inference.decoding` lists them, with a leading batch axis.
        mirrored: those of the same picture turned left to right.
        size: of the model's input.
        types: (C,) what the channels mean; a left door is a right one in the mirror.

    Returns:
        The means; what the model says of the photo as a whole beside its score (`embedding`) stays that of the photo.
    """
    other = [types.index(kind.mirrored) for kind in types]
    both: _Arrays = dict(seen)
    for name in seen.keys() & {"boxes", "scores", "masks", "photo_score"}:
        turned = np.asarray(mirrored[name], dtype=np.float32)
        if name == "masks":
            turned = turned[..., other, :, ::-1]
        elif name in {"boxes", "scores"}:
            turned = turned[..., _mirrored_cells(size), :]
            turned = turned[..., other] if name == "scores" else _turned_boxes(turned, size.width)
        both[name] = (np.asarray(seen[name], dtype=np.float32) + turned) / 2
    return both


def _turned_boxes(boxes: NDArray[np.float32], width: int) -> NDArray[np.float32]:
    return np.stack((width - boxes[..., 2], boxes[..., 1], width - boxes[..., 0], boxes[..., 3]), axis=-1)


@cache
def _mirrored_cells(size: Size) -> NDArray[np.int64]:
    """(A,) for each cell of the pyramid, row by row, which one lies there in the mirror."""
    places, before = [], 0
    for level in LEVELS:
        rows, columns = -(-size.height // 2**level), -(-size.width // 2**level)
        grid = np.arange(before, before + rows * columns).reshape(rows, columns)
        places.append(grid[:, ::-1].reshape(-1))
        before += rows * columns
    return np.concatenate(places)
