"""CVAT's shapes as damage shapes: boxes, turned boxes, outlines, ellipses and masks."""

import math
from collections.abc import Iterable, Sequence
from itertools import chain

import numpy as np

from coachwork.annotations.attributes import SEVERITY, severity_of, texts_of
from coachwork.annotations.cvat_document import Drawn
from coachwork.annotations.json_values import as_flag, as_number
from coachwork.annotations.outlines import ellipse
from coachwork.annotations.problems import AnnotationError, ProblemCode, ProblemLog
from coachwork.annotations.shapes import FARTHEST_PX, MOST_NUMBERS, ShapeReader
from coachwork.geometry.box import Box
from coachwork.geometry.mask import Mask
from coachwork.geometry.polygon import Polygon
from coachwork.geometry.rotated_box import RotatedBox
from coachwork.geometry.size import Size

CROWD = "crowd"
"""Attribute in which Coachwork writes that a shape is a region of many."""
ORDINARY = {"occluded": "0", "z_order": "0", "source": "manual", "group_id": "0", "keyframe": "1"}
"""What CVAT says of every shape beside its label -> the value that says nothing."""
TRACK = "track"
"""Attribute that keeps which shapes of several frames are one thing."""
NO_AREA = frozenset({"polyline", "points", "cuboid", "skeleton"})


def add_shapes(shapes: Iterable[Drawn], reader: ShapeReader) -> None:
    """Adds all shapes of one photo to the reader, the farthest first; what cannot be used becomes a problem.

    Outlines of one group and label are parts of one damage, as in CVAT's own COCO export.
    """
    groups: dict[tuple[str, str], list[Drawn]] = {}
    for drawn in sorted(shapes, key=_depth):
        group = drawn.values.get("group_id", "0").strip()
        joined = drawn.kind == "polygon" and group not in {"", "0"}
        groups.setdefault((group, drawn.values.get("label", "")) if joined else (drawn.place, ""), []).append(drawn)
    for group_of_shapes in groups.values():
        rule = None
        try:
            label = _label(group_of_shapes[0], reader.log)
            rule = reader.rule(label, f"{group_of_shapes[0].place}.label")
            _add(group_of_shapes, label, reader)
        except AnnotationError as error:
            reader.lose(error, rule)


def _depth(drawn: Drawn) -> float:
    """Place in the stack; CVAT draws greater ones over smaller ones."""
    try:
        depth = float(drawn.values.get("z_order", 0))
    except ValueError:
        return 0.0
    return depth if math.isfinite(depth) else 0.0


def _label(drawn: Drawn, log: ProblemLog) -> str:
    label = drawn.values.get("label", "").strip()
    if not label:
        raise log.fault(ProblemCode.LABEL_MISSING, f"{drawn.place}.label", f"the {drawn.kind[:40]} has no label")
    return label


def _add(parts: Sequence[Drawn], label: str, reader: ShapeReader) -> None:
    drawn, log = parts[0], reader.log
    where, severity = drawn.place, severity_of(drawn.attributes)
    crowd = as_flag(drawn.attributes.get(CROWD) or 0, log, f"{where}.{CROWD}")
    attributes = _attributes(drawn, grouped=len(parts) > 1)
    if drawn.kind == "box":
        _add_box(drawn, label, reader, crowd=crowd, attributes=attributes)
    elif drawn.kind == "mask":
        mask = _mask(drawn, reader.placement.stated, log)
        reader.add_mask(mask, label=label, place=f"{where}.rle", severity=severity, crowd=crowd, attributes=attributes)
    elif drawn.kind in {"polygon", "ellipse"}:
        if len(parts) > 1:
            where = f"{where} (group {drawn.values['group_id']})"
        outlines = [_ellipse(drawn, log)] if drawn.kind == "ellipse" else [_points(part, log) for part in parts]
        reader.add_polygons(outlines, label=label, place=where, severity=severity, crowd=crowd, attributes=attributes)
    else:
        what = f"shapes such as {drawn.kind} have no area"
        if drawn.kind not in NO_AREA:
            what = f"the unknown shape {drawn.kind[:40]!r}"
        raise log.fault(ProblemCode.SHAPE_UNSUPPORTED, where, what)


def _attributes(drawn: Drawn, *, grouped: bool) -> dict[str, str]:
    """What is said of a shape beside label and place, in CVAT's own words where they say something, and the task's."""
    own = {name: drawn.values[name] for name, usual in ORDINARY.items() if drawn.values.get(name, usual) != usual}
    if TRACK in drawn.values:
        own[TRACK] = drawn.values[TRACK]
    if grouped:
        own.pop("group_id", None)
    return texts_of(own | drawn.attributes, without=frozenset({SEVERITY, CROWD}))


def _numbers(drawn: Drawn, *names: str, log: ProblemLog) -> list[float]:
    return [as_number(drawn.values.get(name), log, f"{drawn.place}.{name}") for name in names]


def _add_box(drawn: Drawn, label: str, reader: ShapeReader, *, crowd: bool, attributes: dict[str, str]) -> None:
    """Adds a box; a turned one is turned clockwise about its centre."""
    where, severity = drawn.place, severity_of(drawn.attributes)
    left, top, right, bottom = _numbers(drawn, "xtl", "ytl", "xbr", "ybr", log=reader.log)
    angle = as_number(drawn.values.get("rotation", 0), reader.log, f"{where}.rotation")
    if right < left or bottom < top:
        what = f"the box has the sides {right - left:g} x {bottom - top:g}"
        raise reader.log.fault(ProblemCode.SHAPE_EMPTY, where, what)
    if max(map(abs, (left, top, right, bottom))) > FARTHEST_PX:
        raise reader.log.fault(ProblemCode.NUMBER_BAD, where, "the box's numbers are no pixels of a photo")
    turned = math.remainder(angle, 360)
    if turned:
        rotated = RotatedBox(
            x=(left + right) / 2, y=(top + bottom) / 2, width=right - left, height=bottom - top, angle=turned
        )
        reader.add_rotated_box(rotated, label=label, place=where, severity=severity, attributes=attributes)
        return
    box = Box(x_min=left, y_min=top, x_max=right, y_max=bottom)
    reader.add_box(box, label=label, place=where, severity=severity, crowd=crowd, attributes=attributes)


def _ellipse(drawn: Drawn, log: ProblemLog) -> Polygon:
    x, y, across, down = _numbers(drawn, "cx", "cy", "rx", "ry", log=log)
    angle = as_number(drawn.values.get("rotation", 0), log, f"{drawn.place}.rotation")
    if min(across, down) <= 0 or max(across, down) > FARTHEST_PX:
        raise log.fault(ProblemCode.SHAPE_EMPTY, drawn.place, f"the ellipse has the radii {across:g} and {down:g}")
    return ellipse((x, y), (across, down), angle=math.radians(math.remainder(angle, 360)))


def _points(drawn: Drawn, log: ProblemLog) -> list[float]:
    """The numbers of ``x,y;x,y``."""
    where = f"{drawn.place}.points"
    pairs = drawn.values.get("points", "").strip().strip(";").split(";")
    if 2 * len(pairs) > MOST_NUMBERS:
        raise log.fault(ProblemCode.SHAPE_EMPTY, where, f"an outline of {len(pairs)} points")
    split = [pair.split(",") for pair in pairs]
    for index, pair in enumerate(split):
        if len(pair) != 2:
            raise log.fault(ProblemCode.WRONG_TYPE, f"{where}[{index}]", f"{pairs[index][:40]!r} is no x and y")
    return [as_number(text, log, where) for text in chain.from_iterable(split)]


def _mask(drawn: Drawn, frame: Size, log: ProblemLog) -> Mask:
    """The pixels of run lengths that go row by row through a crop of the picture, zeros first.

    Raises:
        AnnotationError: the crop leaves the picture, or the runs do not fill it.
    """
    where = f"{drawn.place}.rle"
    sides = _numbers(drawn, "left", "top", "width", "height", log=log)
    if not all(side.is_integer() and 0 <= side <= FARTHEST_PX for side in sides):
        raise log.fault(ProblemCode.NUMBER_BAD, drawn.place, "left, top, width and height are whole pixels")
    left, top, width, height = map(int, sides)
    if left + width > frame.width or top + height > frame.height:
        what = f"the mask of {width} x {height} px at {left}, {top} leaves the picture of {frame}"
        raise log.fault(ProblemCode.RLE_BROKEN, drawn.place, what)
    texts = drawn.values.get("rle", "").split(",")
    if len(texts) > width * height + 2:
        raise log.fault(ProblemCode.RLE_BROKEN, where, f"{len(texts)} runs for {width * height} pixels")
    runs = [as_number(text, log, where) for text in texts]
    if min(runs) < 0 or sum(runs) != width * height or not all(run.is_integer() for run in runs):
        what = f"the run lengths add up to {sum(runs):g}, the mask has {width * height} pixels"
        raise log.fault(ProblemCode.RLE_BROKEN, where, what)
    crop = np.repeat(np.arange(len(runs)) % 2 == 1, np.array(runs, dtype=np.int64)).reshape(height, width)
    part = Mask.from_full(crop) if crop.any() else Mask(crop=np.zeros((0, 0), dtype=np.bool_), x=0, y=0, frame=frame)
    return Mask(crop=part.crop, x=left + part.x, y=top + part.y, frame=frame) if part.area else part
