"""The shapes of a Labelme file, and how those of one instance become one damage."""

import base64
import binascii
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coachwork.annotations.attributes import SEVERITY, texts_of
from coachwork.annotations.json_values import as_id, as_list, as_numbers, as_text
from coachwork.annotations.outlines import ellipse
from coachwork.annotations.png_masks import png_size, read_png
from coachwork.annotations.problems import ProblemCode, ProblemLog
from coachwork.annotations.shapes import FARTHEST_PX, MOST_NUMBERS, ShapeReader
from coachwork.geometry.box import Box
from coachwork.geometry.mask import Mask
from coachwork.geometry.polygon import Polygon, as_polygon, polygons_box, rasterise
from coachwork.geometry.rotated_box import RotatedBox
from coachwork.geometry.size import Size
from coachwork.taxonomy import Severity

CROWD_FLAG = "is_crowd"
"""Flag of a shape that covers a region of many."""
WITHOUT_AREA = frozenset({"line", "linestrip", "point", "points"})


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelmeShape:
    """One shape as it stands in the file.

    Attributes:
        place: where it stands.
        label: its label.
        kind: ``polygon``, ``rectangle``, ``rotation``, ``circle``, ``mask`` and so on.
        points: (M, 2) float64, pixels of the stated frame.
        mask: the text of a mask's PNG, base64; empty where there is none.
        group: shapes of the same group and label are parts of one instance; None for none.
        attributes: description, set flags, and X-AnyLabeling's attributes, the severity among them.
        crowd: whether it covers a region of many.
    """

    place: str
    label: str
    kind: str
    points: NDArray[np.float64]
    mask: str
    group: int | str | None
    attributes: Mapping[str, str]
    crowd: bool


def labelme_shape(value: dict[str, Any], place: str, log: ProblemLog) -> LabelmeShape:
    """One entry of `shapes`.

    Raises:
        AnnotationError: its label or points cannot be used.
    """
    if value.get("label") is None:
        raise log.fault(ProblemCode.LABEL_MISSING, f"{place}.label", "is missing")
    points = as_list(value.get("points"), log, f"{place}.points")
    if len(points) * 2 > MOST_NUMBERS:
        raise log.fault(ProblemCode.SHAPE_EMPTY, f"{place}.points", f"an outline of {len(points)} points")
    pairs = [as_numbers(point, log, f"{place}.points[{index}]") for index, point in enumerate(points)]
    if any(len(pair) != 2 for pair in pairs):
        raise log.fault(ProblemCode.WRONG_TYPE, f"{place}.points", "should be pairs of x and y")
    if pairs and max(abs(number) for pair in pairs for number in pair) > FARTHEST_PX:
        raise log.fault(ProblemCode.NUMBER_BAD, f"{place}.points", "the numbers are no pixels of a photo")
    flags = value.get("flags") if isinstance(value.get("flags"), dict) else {}
    stated = value.get("attributes") if isinstance(value.get("attributes"), dict) else {}
    named = {str(name): True for name, flag in dict(flags or {}).items() if flag is True and name != CROWD_FLAG}
    difficult = {"difficult": True} if value.get("difficult") is True else {}
    described = {"description": value.get("description") or ""}
    return LabelmeShape(
        place=place,
        label=as_text(value["label"], log, f"{place}.label"),
        kind=str(value.get("shape_type") or "polygon")[:40],
        points=np.array(pairs, dtype=np.float64).reshape(-1, 2),
        mask=value["mask"] if isinstance(value.get("mask"), str) else "",
        group=None if value.get("group_id") is None else as_id(value["group_id"], log, f"{place}.group_id"),
        attributes=texts_of(described | named | difficult | dict(stated or {}), without=frozenset()),
        crowd=dict(flags or {}).get(CROWD_FLAG) is True,
    )


def add_shapes(group: Sequence[LabelmeShape], reader: ShapeReader, *, severity: Severity | None) -> None:
    """Adds the shapes of one instance as one damage: a lone rectangle as a box, with a mask as pixels, else outlines.

    Raises:
        AnnotationError: one of them cannot be used.
    """
    first = group[0]
    attributes = {name: text for name, text in first.attributes.items() if name != SEVERITY}
    drawn = [_drawn(shape, reader.placement.stated, reader.log) for shape in group]
    label, place, crowd = first.label, first.place, any(shape.crowd for shape in group)
    if len(drawn) == 1 and isinstance(drawn[0], Box):
        reader.add_box(drawn[0], label=label, place=place, severity=severity, crowd=crowd, attributes=attributes)
    elif len(drawn) == 1 and isinstance(drawn[0], RotatedBox):
        reader.add_rotated_box(drawn[0], label=label, place=place, severity=severity, attributes=attributes)
    elif any(isinstance(shape, Mask) for shape in drawn):
        mask = _joined(drawn, reader.placement.stated)
        reader.add_mask(mask, label=label, place=place, severity=severity, crowd=crowd, attributes=attributes)
    else:
        outlines = [_outline(shape) for shape in drawn if not isinstance(shape, Mask)]
        reader.add_polygons(outlines, label=label, place=place, severity=severity, crowd=crowd, attributes=attributes)


Drawn = Box | RotatedBox | Polygon | Mask


def _drawn(shape: LabelmeShape, frame: Size, log: ProblemLog) -> Drawn:
    points, where = shape.points, f"{shape.place}.points"
    if shape.kind in WITHOUT_AREA:
        raise log.fault(ProblemCode.SHAPE_UNSUPPORTED, shape.place, f"a {shape.kind} has no area")
    if shape.kind == "polygon":
        return points
    if shape.kind == "mask":
        return _mask(shape, frame, log)
    if shape.kind == "rectangle":
        _check_points(shape, {2, 4}, log)
        return polygons_box([points])
    if shape.kind == "rotation":
        _check_points(shape, {4}, log)
        return RotatedBox.from_corners(points)
    if shape.kind == "circle":
        _check_points(shape, {2}, log)
        radius = math.dist(points[0], points[1])
        if radius <= 0:
            raise log.fault(ProblemCode.SHAPE_EMPTY, where, "a circle without a radius")
        return ellipse((float(points[0, 0]), float(points[0, 1])), (radius, radius))
    raise log.fault(ProblemCode.SHAPE_UNSUPPORTED, shape.place, f"the unknown shape {shape.kind!r}")


def _check_points(shape: LabelmeShape, counts: set[int], log: ProblemLog) -> None:
    if len(shape.points) not in counts:
        wanted = " or ".join(map(str, sorted(counts)))
        what = f"a {shape.kind} has {wanted} points, this one {len(shape.points)}"
        raise log.fault(ProblemCode.WRONG_TYPE, f"{shape.place}.points", what)


def _mask(shape: LabelmeShape, frame: Size, log: ProblemLog) -> Mask:
    """The pixels of a mask, whose picture begins at the first point; what leaves the photo is cut off."""
    place = f"{shape.place}.mask"
    if len(shape.points) == 0 or not shape.mask:
        raise log.fault(ProblemCode.FIELD_MISSING, place, "a mask needs a picture and its corners")
    try:
        content = base64.b64decode(shape.mask, validate=False)
    except (binascii.Error, ValueError):
        raise log.fault(ProblemCode.PHOTO_UNREADABLE, place, "is no base64 text") from None
    size = png_size(content)
    if size is None or size.height > 2 * frame.height or size.width > 2 * frame.width:
        raise log.fault(ProblemCode.PHOTO_UNREADABLE, place, "is no PNG picture of a size that fits the photo")
    pixels = read_png(content, size, log, place)
    crop = np.asarray(pixels > 0 if pixels.ndim == 2 else (pixels > 0).any(axis=2))
    x, y = (round(float(number)) for number in shape.points.min(axis=0))
    left, top = max(0, -x), max(0, -y)
    inside = np.ascontiguousarray(crop[top : max(top, frame.height - y), left : max(left, frame.width - x)])
    if not inside.any():
        raise log.fault(ProblemCode.SHAPE_EMPTY, place, "the mask covers nothing of the photo")
    part = Mask.from_full(inside)
    return Mask(crop=part.crop, x=part.x + x + left, y=part.y + y + top, frame=frame)


def _outline(shape: Box | RotatedBox | Polygon) -> Polygon:
    if isinstance(shape, RotatedBox):
        return shape.corners
    if isinstance(shape, Box):
        x_min, y_min, x_max, y_max = shape.xyxy
        return np.array([[x_min, y_min], [x_max, y_min], [x_max, y_max], [x_min, y_max]])
    return shape


def _joined(drawn: Sequence[Drawn], frame: Size) -> Mask:
    """All pixels that the shapes of an instance cover."""
    if len(drawn) == 1 and isinstance(drawn[0], Mask):
        return drawn[0]
    full = np.zeros((frame.height, frame.width), dtype=np.bool_)
    for shape in drawn:
        if isinstance(shape, Mask):
            full |= shape.full()
            continue
        try:
            full |= rasterise([as_polygon(_outline(shape))], frame).full()
        except ValueError:  # an outline of fewer than three points, beside a mask
            continue
    return Mask.from_full(full)
