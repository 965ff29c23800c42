"""A region of Label Studio as a damage: percent of the picture's sides become pixels."""

import base64
import binascii
import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from coachwork.annotations.attributes import SEVERITY, severity_of
from coachwork.annotations.json_values import as_list, as_number, as_numbers, as_text
from coachwork.annotations.label_studio_tasks import Region
from coachwork.annotations.outlines import ellipse
from coachwork.annotations.placement import stated_size
from coachwork.annotations.png_masks import read_png_cover
from coachwork.annotations.problems import AnnotationError, ProblemCode, ProblemLog
from coachwork.annotations.rle_pack import unpack_mask
from coachwork.annotations.shapes import MOST_NUMBERS, ShapeReader
from coachwork.geometry.mask import Mask
from coachwork.geometry.polygon import Polygon
from coachwork.geometry.rotated_box import RotatedBox
from coachwork.geometry.size import Size

CROWD = "is_crowd"
"""Question that Coachwork asks of a region, and COCO's word for one of many."""
FARTHEST_PERCENT = 1e6


def add_region(region: Region, reader: ShapeReader) -> None:
    """Adds a region to the reader, as one damage for each of its labels; what cannot be used becomes a problem."""
    if not region.labels:
        reader.lose(reader.log.fault(ProblemCode.LABEL_MISSING, region.place, "the region has no label"))
    for label in region.labels:
        rule = None
        try:
            rule = reader.rule(label, region.place)
            _check(region, reader)
            _add(region, label, reader)
        except AnnotationError as error:
            reader.lose(error, rule)


def _check(region: Region, reader: ShapeReader) -> None:
    """Refuses what was drawn on another picture than the photo as it is."""
    stated = stated_size(*region.original, reader.log, region.place)
    if stated is not None and stated != reader.placement.stated:
        what = f"the region is for {stated}, another one of the photo for {reader.placement.stated}"
        raise reader.log.fault(ProblemCode.SIZE_MISMATCH, region.place, what)
    if region.turned not in (0, 360):
        what = f"was drawn while the picture was turned by {str(region.turned)[:20]} degrees"
        raise reader.log.fault(ProblemCode.SHAPE_UNSUPPORTED, region.place, what)
    if region.item != 0:
        what = f"lies in picture {str(region.item)[:20]} of a task of several"
        raise reader.log.fault(ProblemCode.SHAPE_UNSUPPORTED, region.place, what)


def _add(region: Region, label: str, reader: ShapeReader) -> None:
    value, place, log, frame = region.value, f"{region.place}.value", reader.log, reader.placement.stated
    said = {name: text for name, text in region.attributes.items() if name not in {SEVERITY, CROWD}}
    severity = severity_of(region.attributes)
    crowd = region.attributes.get(CROWD) == "true"
    if "rle" in value or "imageDataURL" in value:
        mask = _brush(value, frame, log, place) if "rle" in value else _bitmask(value, frame, log, place)
        reader.add_mask(mask, label=label, place=place, severity=severity, crowd=crowd, attributes=said)
    elif "points" in value or "radiusX" in value:
        outline = _points(value, frame, log, place) if "points" in value else _ellipse(value, frame, log, place)
        reader.add_polygons([outline], label=label, place=place, severity=severity, crowd=crowd, attributes=said)
    elif {"x", "y", "width", "height"} <= value.keys():
        turned = _rectangle(value, frame, log, place)
        if turned.angle == 0:
            reader.add_box(turned.box, label=label, place=place, severity=severity, crowd=crowd, attributes=said)
        else:
            reader.add_rotated_box(turned, label=label, place=place, severity=severity, attributes=said)
    else:
        kind = ", ".join(sorted(key for key in value if not key.endswith("labels")))[:80]
        raise log.fault(ProblemCode.SHAPE_UNSUPPORTED, place, f"a region of {kind or 'nothing'} has no area")


def _percent(value: dict[str, Any], keys: tuple[str, ...], log: ProblemLog, place: str) -> Iterator[float]:
    for key in keys:
        number = as_number(value.get(key), log, f"{place}.{key}")
        if abs(number) > FARTHEST_PERCENT:
            raise log.fault(ProblemCode.NUMBER_BAD, f"{place}.{key}", f"{number:g} is no percentage of a photo")
        yield number


def _rectangle(value: dict[str, Any], frame: Size, log: ProblemLog, place: str) -> RotatedBox:
    """The box, which is turned clockwise about its top left corner, in pixels."""
    x, y, width, height = _percent(value, ("x", "y", "width", "height"), log, place)
    x, width = x * frame.width / 100, width * frame.width / 100
    y, height = y * frame.height / 100, height * frame.height / 100
    if width < 0 or height < 0:
        raise log.fault(ProblemCode.SHAPE_EMPTY, place, f"the box has the sides {width:g} x {height:g}")
    (degrees,) = _percent({"rotation": value.get("rotation") or 0}, ("rotation",), log, place)
    angle = math.remainder(degrees, 360)
    cos, sin = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    return RotatedBox(
        x=x + (width * cos - height * sin) / 2,
        y=y + (width * sin + height * cos) / 2,
        width=width,
        height=height,
        angle=angle,
    )


def _points(value: dict[str, Any], frame: Size, log: ProblemLog, place: str) -> Polygon:
    points = as_list(value["points"], log, f"{place}.points")
    if 2 * len(points) > MOST_NUMBERS:
        raise log.fault(ProblemCode.SHAPE_EMPTY, f"{place}.points", f"an outline of {len(points)} points")
    pairs = [as_numbers(point, log, f"{place}.points[{index}]") for index, point in enumerate(points)]
    if any(len(pair) != 2 for pair in pairs):
        raise log.fault(ProblemCode.WRONG_TYPE, f"{place}.points", "should be pairs of x and y")
    return np.array(pairs, dtype=np.float64).reshape(-1, 2) * (frame.width / 100, frame.height / 100)


def _ellipse(value: dict[str, Any], frame: Size, log: ProblemLog, place: str) -> Polygon:
    x, y, across, down = _percent(value, ("x", "y", "radiusX", "radiusY"), log, place)
    radii = across * frame.width / 100, down * frame.height / 100
    if min(radii) <= 0:
        raise log.fault(ProblemCode.SHAPE_EMPTY, place, f"an ellipse with the radii {radii[0]:g} and {radii[1]:g} px")
    (degrees,) = _percent({"rotation": value.get("rotation") or 0}, ("rotation",), log, place)
    return ellipse((x * frame.width / 100, y * frame.height / 100), radii, angle=math.radians(degrees))


def _brush(value: dict[str, Any], frame: Size, log: ProblemLog, place: str) -> Mask:
    packed = as_list(value["rle"], log, f"{place}.rle")
    try:
        return Mask.from_full(unpack_mask(bytes(packed), frame.height, frame.width))
    except (ValueError, TypeError) as error:
        raise log.fault(ProblemCode.RLE_BROKEN, f"{place}.rle", str(error)[:200]) from None


def _bitmask(value: dict[str, Any], frame: Size, log: ProblemLog, place: str) -> Mask:
    """The pixels that a picture within the file, as large as the photo, covers: black ones, the rest is transparent."""
    where = f"{place}.imageDataURL"
    address = as_text(value["imageDataURL"], log, where)
    try:
        content = base64.b64decode(address.partition("base64,")[2])
    except (binascii.Error, ValueError):
        raise log.fault(ProblemCode.PHOTO_UNREADABLE, where, "is no base64 text", done="mask left out") from None
    covered = read_png_cover(content, frame, log, where)
    if covered is None:
        what = "the bitmask has no transparency: it covers the whole picture"
        raise log.fault(ProblemCode.SHAPE_UNSUPPORTED, where, what)
    return Mask.from_full(covered)
