"""From a source's outlines, boxes and run lengths to damage shapes of the upright photo."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from coachwork.annotations.outlines import box_polygon, crosses_itself, cut_at_frame, is_upright_rectangle, overshoot
from coachwork.annotations.placement import Placement
from coachwork.annotations.problems import AnnotationError, ProblemCode, ProblemLog, Sighting
from coachwork.datasets.sample import DamageShape
from coachwork.geometry.box import Box
from coachwork.geometry.mask import Mask, mask_from_rle
from coachwork.geometry.polygon import Polygon, as_polygon, polygon_area, polygons_box, rasterise
from coachwork.geometry.rotated_box import RotatedBox
from coachwork.taxonomy import Kind, LabelMap, LabelRule, Severity

ROUNDING_PX = 1.5
"""Annotation tools overshoot the frame by up to a pixel when they round; that much is cut without a word."""
MOST_NUMBERS = 200_000
"""Numbers of one outline part: more is no hand-drawn outline."""
FARTHEST_PX = 1e7
"""Coordinates beyond this are no pixels of any photo."""
NO_ATTRIBUTES: Mapping[str, str] = {}


@dataclass(slots=True, kw_only=True)
class ShapeReader:
    """Turns the shapes of one photo into `DamageShape`, and keeps count of what that photo lost.

    Attributes:
        label_map: meaning of the labels.
        placement: where the source's coordinates lie in the photo.
        log: where problems go.
        shapes: those read so far.
        dropped: label -> shapes dropped on purpose.
    """

    label_map: LabelMap
    placement: Placement
    log: ProblemLog
    shapes: list[DamageShape] = field(default_factory=list)
    dropped: Counter[str] = field(default_factory=Counter)
    _lost: set[Kind | None] = field(default_factory=set)

    @property
    def annotated(self) -> frozenset[Kind]:
        """Types whose absence in this photo means "not there": without those of which a shape was left out."""
        if None in self._lost:
            return frozenset()
        return self.label_map.annotates - self._lost

    def lose(self, error: AnnotationError, rule: LabelRule | None = None) -> None:
        """Notes a shape that had to be left out; of which type is unknown without a rule."""
        self.log.take(error)
        if rule is None or rule.dropped is None:
            self._lost.add(None if rule is None else rule.type)

    def rule(self, label: str, place: str) -> LabelRule:
        """The label's meaning.

        Raises:
            AnnotationError: the label map does not know the label.
        """
        rule = self.label_map.rule(label)
        if rule is None:
            what = f"the label map {self.label_map.name!r} does not know {label!r}"
            raise self.log.fault(ProblemCode.LABEL_UNKNOWN, place, what)
        return rule

    def add_polygons(
        self,
        parts: Sequence[Sequence[float] | Polygon],
        *,
        label: str,
        place: str,
        severity: Severity | None = None,
        crowd: bool = False,
        attributes: Mapping[str, str] = NO_ATTRIBUTES,
    ) -> Box | None:
        """Adds a shape of one or more outline parts; returns its box, None where the label is dropped.

        Raises:
            AnnotationError: nothing of the outline can be used.
        """
        rule = self.rule(label, place)
        if rule.dropped is not None:
            self.dropped[label] += 1
            return None
        polygons = [
            polygon
            for index, part in enumerate(parts)
            if (polygon := self._part(part, f"{place}[{index}]" if len(parts) > 1 else place)) is not None
        ]
        if not polygons or not self._covers_pixels(polygons):
            what = "the outline covers nothing of the photo"
            raise self.log.fault(ProblemCode.SHAPE_EMPTY, place, what, seen=self._seen(*polygons))
        box = polygons_box(polygons)
        if self.label_map.boxes_as_polygons and len(polygons) == 1 and is_upright_rectangle(polygons[0]):
            polygons = []
        for part in [[polygon] for polygon in polygons] if rule.apart and polygons else [polygons]:
            own = polygons_box(part) if part else box
            self._add(rule, label, box=own, polygons=tuple(part), severity=severity, crowd=crowd, attributes=attributes)
        return box

    def add_box(
        self,
        box: Box,
        *,
        label: str,
        place: str,
        severity: Severity | None = None,
        crowd: bool = False,
        attributes: Mapping[str, str] = NO_ATTRIBUTES,
    ) -> None:
        """Adds a shape of which only the box is known.

        Raises:
            AnnotationError: the box has no area in the photo.
        """
        rule = self.rule(label, place)
        if rule.dropped is not None:
            self.dropped[label] += 1
            return
        if max(map(abs, box.xyxy)) > FARTHEST_PX:
            raise self.log.fault(ProblemCode.NUMBER_BAD, place, f"{box.xyxy} are no pixels of a photo")
        corners = self.placement.points(np.array([[box.x_min, box.y_min], [box.x_max, box.y_max]], dtype=np.float64))
        placed = polygons_box([corners])
        inside = placed.clipped(self.placement.frame)
        if inside.area <= 0:
            what = f"the box of {box.width:g} x {box.height:g} px covers nothing of the photo"
            raise self.log.fault(ProblemCode.SHAPE_EMPTY, place, what, seen=self._seen(box_polygon(placed)))
        self._tell_overshoot(box_polygon(placed), place)
        self._add(rule, label, box=inside, severity=severity, crowd=crowd, attributes=attributes)

    def add_rotated_box(
        self,
        rotated: RotatedBox,
        *,
        label: str,
        place: str,
        severity: Severity | None = None,
        attributes: Mapping[str, str] = NO_ATTRIBUTES,
    ) -> None:
        """Adds a shape of which only a turned box is known; its box is the upright one around it, cut at the frame.

        Raises:
            AnnotationError: the box has no area in the photo.
        """
        if rotated.angle % 360 == 0:
            self.add_box(rotated.box, label=label, place=place, severity=severity, attributes=attributes)
            return
        rule = self.rule(label, place)
        if rule.dropped is not None:
            self.dropped[label] += 1
            return
        if max(map(abs, rotated.box.xyxy)) > FARTHEST_PX:
            raise self.log.fault(ProblemCode.NUMBER_BAD, place, f"{rotated.box.xyxy} are no pixels of a photo")
        placed = rotated
        if not self.placement.is_identity:
            placed = RotatedBox.from_corners(self.placement.points(rotated.corners))
        inside = placed.box.clipped(self.placement.frame)
        if min(inside.width, inside.height, placed.width, placed.height) <= 0:
            what = f"the box of {rotated.width:g} x {rotated.height:g} px covers nothing of the photo"
            raise self.log.fault(ProblemCode.SHAPE_EMPTY, place, what, seen=self._seen(placed.corners))
        self._add(rule, label, box=inside, rotated=placed, severity=severity, crowd=False, attributes=attributes)

    def add_rle(
        self,
        counts: list[int],
        *,
        label: str,
        place: str,
        severity: Severity | None = None,
        crowd: bool = False,
        attributes: Mapping[str, str] = NO_ATTRIBUTES,
    ) -> Box | None:
        """Adds a shape of column-major run lengths over the stated frame; returns its box.

        Raises:
            AnnotationError: the runs do not fill the frame, or cover nothing.
        """
        stated = self.placement.stated
        try:
            mask = mask_from_rle({"size": [stated.height, stated.width], "counts": counts})
        except (ValueError, OverflowError) as error:
            raise self.log.fault(ProblemCode.RLE_BROKEN, place, str(error)) from None
        return self.add_mask(mask, label=label, place=place, severity=severity, crowd=crowd, attributes=attributes)

    def add_pixels(
        self,
        full: NDArray[np.bool_],
        *,
        label: str,
        place: str,
        severity: Severity | None = None,
        attributes: Mapping[str, str] = NO_ATTRIBUTES,
    ) -> Box | None:
        """Adds a shape of pixels (H, W) bool of the stated frame; returns its box.

        Raises:
            AnnotationError: no pixel is set, or the array has not the stated frame's size.
        """
        stated = self.placement.stated
        if full.shape != (stated.height, stated.width):
            what = f"the mask is {full.shape[1]} x {full.shape[0]} px, the photo {stated.width} x {stated.height}"
            raise self.log.fault(ProblemCode.SIZE_MISMATCH, place, what)
        mask = Mask.from_full(full)
        return self.add_mask(mask, label=label, place=place, severity=severity, attributes=attributes)

    def add_mask(
        self,
        mask: Mask,
        *,
        label: str,
        place: str,
        severity: Severity | None = None,
        crowd: bool = False,
        attributes: Mapping[str, str] = NO_ATTRIBUTES,
    ) -> Box | None:
        """Adds a shape of pixels of the stated frame; returns its box, None where the label is dropped.

        Raises:
            AnnotationError: no pixel is set.
        """
        rule = self.rule(label, place)
        if rule.dropped is not None:
            self.dropped[label] += 1
            return None
        if not self.placement.is_identity:
            mask = Mask.from_full(self.placement.pixels(mask.full()))
        if mask.area == 0:
            raise self.log.fault(ProblemCode.SHAPE_EMPTY, place, "the mask covers nothing")
        self._add(rule, label, box=mask.box, rle=mask, severity=severity, crowd=crowd, attributes=attributes)
        return mask.box

    def _add(
        self,
        rule: LabelRule,
        label: str,
        *,
        box: Box,
        polygons: tuple[Polygon, ...] = (),
        rle: Mask | None = None,
        rotated: RotatedBox | None = None,
        severity: Severity | None,
        crowd: bool,
        attributes: Mapping[str, str],
    ) -> None:
        self.shapes.append(
            DamageShape(
                type=rule.type,
                box=box,
                polygons=polygons,
                rle=rle,
                crowd=crowd,
                severity=rule.severity or severity,
                label=label,
                rotated=rotated,
                attributes=attributes,
            )
        )

    def _part(self, part: Sequence[float] | Polygon, place: str) -> Polygon | None:
        """One outline part in the upright photo, or None (told) where it is no outline."""
        if len(part) > MOST_NUMBERS:
            self.log.add(ProblemCode.SHAPE_EMPTY, place, f"an outline of {len(part)} numbers", done="part left out")
            return None
        try:
            drawn = as_polygon(part)
            if np.abs(drawn).max() > FARTHEST_PX:
                what = "the outline's numbers are no pixels of a photo"
                self.log.add(ProblemCode.NUMBER_BAD, place, what, done="part left out")
                return None
            polygon = as_polygon(self.placement.points(drawn))
        except ValueError as error:
            self.log.add(ProblemCode.SHAPE_EMPTY, place, str(error), done="part left out")
            return None
        inside = cut_at_frame(polygon, self.placement.frame)
        if inside is None:
            what, seen = "the outline has no area in the photo", self._seen(polygon)
            self.log.add(ProblemCode.SHAPE_EMPTY, place, what, done="part left out", seen=seen)
            return None
        self._tell_overshoot(polygon, place)
        if crosses_itself(polygon):
            what, seen = "the outline crosses itself", self._seen(polygon)
            self.log.add(ProblemCode.SELF_CROSSING, place, what, done="filled as it is drawn", seen=seen)
        return inside

    def _tell_overshoot(self, polygon: Polygon, place: str) -> None:
        pixels = overshoot(polygon, self.placement.frame)
        if pixels > ROUNDING_PX:
            what = f"the shape leaves the photo by {pixels:.1f} px"
            self.log.add(ProblemCode.OUT_OF_FRAME, place, what, done="cut at the edge", seen=self._seen(polygon))

    def _seen(self, *outlines: Polygon) -> Sighting | None:
        """Where a report can show outlines, pixels of the upright photo."""
        photo = self.placement.photo
        return Sighting(photo=photo, outlines=outlines) if photo is not None and outlines else None

    def _covers_pixels(self, polygons: list[Polygon]) -> bool:
        """Whether the outlines cover a pixel; only thin ones are rasterised for it."""
        for polygon in polygons:
            box = polygons_box([polygon])
            if polygon_area(polygon) >= 3 * max(box.width, box.height):
                return True
        return rasterise(polygons, self.placement.frame).area > 0
