"""The objects of one Example of the TF Object Detection API: feature lists become rows that agree in length."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coachwork.annotations.png_masks import png_size, read_png
from coachwork.annotations.problems import AnnotationError, ProblemCode, ProblemLog
from coachwork.annotations.tf_example import Feature, Key
from coachwork.geometry.box import Box
from coachwork.geometry.size import Size

StoredMask = bytes | NDArray[np.float32]
"""A PNG file, or (H, W) of 0 and 1."""
Masks = list[bytes] | NDArray[np.float32]
"""PNG files, or (N, H, W) of 0 and 1."""
MOST_OBJECTS = 20_000
FLAGS = {Key.DIFFICULT: "difficult", Key.TRUNCATED: "truncated", Key.OCCLUDED: "occluded"}
"""Flags of objects that are kept as attributes."""

FARTHEST_SHARE = 2.0
"""Shares of the photo's sides beyond this are pixels by mistake."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TfObject:
    """One object of an Example.

    Attributes:
        place: where it stands.
        box: xmin, ymin, xmax, ymax as shares of the photo's sides, as they stand in the record.
        text: its class as text, empty where there is none.
        label: its class as a number, None where there is none.
        crowd: whether it stands for several objects.
        attributes: flags that are set, and the view.
    """

    place: str
    box: tuple[float, float, float, float]
    text: str
    label: int | None
    crowd: bool
    attributes: Mapping[str, str]

    def pixels_box(self, frame: Size, log: ProblemLog) -> Box:
        """The box in pixels of a frame.

        Raises:
            AnnotationError: numbers that are no shares, or edges in the wrong order.
        """
        if not all(abs(edge) <= FARTHEST_SHARE for edge in self.box):  # also where it is no number
            shown = ", ".join(f"{edge:g}" for edge in self.box)
            what = f"the box ({shown}) should be in shares of the photo's sides, 0 to 1"
            raise log.fault(ProblemCode.NUMBER_BAD, self.place, what)
        x_min, y_min, x_max, y_max = self.box
        try:
            return Box(
                x_min=x_min * frame.width,
                y_min=y_min * frame.height,
                x_max=x_max * frame.width,
                y_max=y_max * frame.height,
            )
        except ValueError as error:
            raise log.fault(ProblemCode.NUMBER_BAD, self.place, str(error)) from None


def text_of(features: Mapping[str, Feature], key: Key) -> str:
    """The first text of a feature; empty where there is none."""
    values = features.get(key)
    return values[0].decode("utf-8", errors="replace").strip() if isinstance(values, list) and values else ""


def number_of(features: Mapping[str, Feature], key: Key) -> int | None:
    """The first whole number of a feature; None where there is none."""
    values = features.get(key)
    return int(values[0]) if isinstance(values, np.ndarray) and values.dtype == np.int64 and len(values) else None


def objects_of(features: Mapping[str, Feature], log: ProblemLog, place: str) -> list[TfObject]:
    """The objects of an Example.

    Raises:
        AnnotationError: lists of boxes and classes that do not pair, or of another kind than they must be.
    """
    edges = [_floats(features, key, log, place) for key in (Key.X_MIN, Key.Y_MIN, Key.X_MAX, Key.Y_MAX)]
    count = max(map(len, edges))
    texts = _texts(features, log, place)
    labels = _integers(features, Key.CLASS_LABEL, log, place)
    lengths = {len(values) for values in edges} | {len(values) for values in (texts, labels) if len(values)}
    if len(lengths) > 1:
        counts = ", ".join(f"{len(edge)}" for edge in edges)
        what = f"boxes ({counts}), class texts ({len(texts)}) and class labels ({len(labels)}) do not pair"
        raise log.fault(ProblemCode.WRONG_TYPE, f"{place}.image/object", what)
    if count > MOST_OBJECTS:
        raise log.fault(ProblemCode.WRONG_TYPE, f"{place}.image/object", f"{count} objects are those of no photo")
    flags = {name: _flags(features, key, count) for key, name in FLAGS.items()}
    crowd = _flags(features, Key.IS_CROWD, count) | _flags(features, Key.GROUP_OF, count)
    views = features.get(Key.VIEW)
    return [
        TfObject(
            place=f"{place}.image/object[{index}]",
            box=(float(edges[0][index]), float(edges[1][index]), float(edges[2][index]), float(edges[3][index])),
            text=texts[index] if texts else "",
            label=int(labels[index]) if len(labels) else None,
            crowd=bool(crowd[index]),
            attributes={name: "true" for name, values in flags.items() if values[index]} | _view(views, index, count),
        )
        for index in range(count)
    ]


def masks_of(features: Mapping[str, Feature], count: int, frame: Size, log: ProblemLog, place: str) -> Masks:
    """The masks of an Example as they are stored, one for each object, PNG files or (N, H, W); empty where none are.

    Raises:
        AnnotationError: there are not as many as objects.
    """
    values = features.get(Key.MASK, [])
    if isinstance(values, np.ndarray):
        if len(values) == 0:
            return []
        if len(values) != count * frame.area:
            what = f"{len(values)} values are not {count} masks of {frame}"
            raise log.fault(ProblemCode.WRONG_TYPE, f"{place}.{Key.MASK}", what, done="the boxes alone are used")
        return values.astype(np.float32).reshape(count, frame.height, frame.width)
    if values and len(values) != count:
        what = f"{len(values)} masks for {count} objects"
        raise log.fault(ProblemCode.WRONG_TYPE, f"{place}.{Key.MASK}", what, done="the boxes alone are used")
    return values


def mask_pixels(stored: StoredMask, frame: Size, log: ProblemLog, place: str) -> NDArray[np.bool_]:
    """A mask's pixels, (H, W) bool; nothing is set where the object has a box alone.

    Raises:
        AnnotationError: it is no PNG file, or of another size.
    """
    if isinstance(stored, np.ndarray):
        return np.asarray(stored > 0.5)
    if png_size(stored) is None and not stored:
        return np.zeros((frame.height, frame.width), dtype=np.bool_)
    pixels = read_png(stored, frame, log, place)
    return np.asarray(pixels.any(axis=2) if pixels.ndim == 3 else pixels > 0)


def _floats(features: Mapping[str, Feature], key: Key, log: ProblemLog, place: str) -> NDArray[np.float32]:
    values = features.get(key, [])
    if isinstance(values, np.ndarray) and values.dtype == np.float32:
        return np.asarray(values, dtype=np.float32)
    if len(values) == 0:
        return np.zeros(0, dtype=np.float32)
    raise _wrong_kind(key, "floats", log, place)


def _integers(features: Mapping[str, Feature], key: Key, log: ProblemLog, place: str) -> NDArray[np.int64]:
    values = features.get(key, [])
    if isinstance(values, np.ndarray) and values.dtype == np.int64:
        return np.asarray(values, dtype=np.int64)
    if len(values) == 0:
        return np.zeros(0, dtype=np.int64)
    raise _wrong_kind(key, "integers", log, place)


def _texts(features: Mapping[str, Feature], log: ProblemLog, place: str) -> list[str]:
    values = features.get(Key.CLASS_TEXT, [])
    if isinstance(values, list):
        return [value.decode("utf-8", errors="replace").strip()[:500] for value in values]
    if len(values) == 0:
        return []
    raise _wrong_kind(Key.CLASS_TEXT, "texts", log, place)


def _wrong_kind(key: Key, kind: str, log: ProblemLog, place: str) -> AnnotationError:
    return log.fault(ProblemCode.WRONG_TYPE, f"{place}.{key}", f"should hold {kind}")


def _flags(features: Mapping[str, Feature], key: Key, count: int) -> NDArray[np.bool_]:
    values = features.get(key)
    if isinstance(values, np.ndarray) and len(values) == count:
        return np.asarray(values != 0)
    return np.zeros(count, dtype=np.bool_)


def _view(views: Feature | None, index: int, count: int) -> dict[str, str]:
    if not isinstance(views, list) or len(views) != count:
        return {}
    view = views[index].decode("utf-8", errors="replace").strip()[:200]
    return {"view": view} if view and view.lower() != "unspecified" else {}
