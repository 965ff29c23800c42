"""VIA files (1.0.x, 2.x, 3.x, projects, CSV): rectangles, circles, ellipses and polygons with free attributes."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from coachwork.annotations.attributes import SEVERITY, severity_of, texts_of
from coachwork.annotations.boxes import box_of_sides
from coachwork.annotations.contract import SAID_IN_FORMATS, AnnotatedPhoto, Format, Holding, Reading, has_suffix
from coachwork.annotations.json_values import as_flag, as_number, as_numbers, json_of
from coachwork.annotations.outlines import ellipse
from coachwork.annotations.photo_lookup import PhotoFile, PhotoLookup
from coachwork.annotations.photo_opening import open_named_photo
from coachwork.annotations.placement import Placement
from coachwork.annotations.problems import AnnotationError, ProblemCode, ProblemLog
from coachwork.annotations.shapes import FARTHEST_PX, ShapeReader
from coachwork.annotations.via_entries import load_via, looks_like_via_csv, looks_like_via_json
from coachwork.annotations.via_file import Entry, Region, ViaFile
from coachwork.annotations.via_writing import CROWD_KEY, GROUP_KEY, write_via
from coachwork.geometry.box import Box
from coachwork.geometry.polygon import Polygon
from coachwork.taxonomy import LabelMap

OWN_KEYS = frozenset({CROWD_KEY, GROUP_KEY, SEVERITY})
"""Attributes that never hold the label."""
DEMO_PHOTOS = frozenset({"test_pattern_qbist.jpg", "sinus_test_pattern.jpg", "a_swan_swimming_in_geneve_lake.jpg"})
"""Pictures that VIA 1.0.x carries inside itself; saved projects name them though nobody has the files."""


def detect_via(path: Path) -> float:
    """Confidence that a file is VIA's."""
    if path.suffix.lower() == ".csv":
        return 1.0 if looks_like_via_csv(path) else 0.0
    return 1.0 if looks_like_via_json(json_of(path)) else 0.0


def via_labels(path: Path) -> frozenset[str]:
    """All values of all region attributes: which attribute is the label is found later.

    Raises:
        AnnotationError: the file is useless as a whole.
    """
    via = load_via(path, ProblemLog(file=str(path)))
    return frozenset(
        label
        for entry in via.entries
        for region in entry.regions
        for key, value in region.attributes.items()
        if key not in OWN_KEYS
        for label in _values(value, via.options.get(key, {}))
    )


def read_via(path: Path, photos: PhotoLookup, label_map: LabelMap) -> Reading:
    """Reads a VIA file.

    VIA keeps a photo in the file once it was opened, drawn on or not, so a photo without regions counts as unlabelled,
    not as one without damage.

    Raises:
        AnnotationError: the file is useless as a whole.
    """
    log = ProblemLog(file=str(path))
    via = load_via(path, log)
    key = _label_key(via, label_map)
    dropped: Counter[str] = Counter()
    found = []
    for entry in _joined(via.entries, log):
        try:
            file = _open(entry, photos, log)
        except AnnotationError as error:
            log.take(error)
            continue
        found.append(_photo(entry, file, photos, _RegionReader(via, key, label_map, file, log), dropped))
    return Reading(photos=tuple(found), problems=tuple(log.problems), dropped=dict(dropped))


def _joined(entries: Iterable[Entry], log: ProblemLog) -> list[Entry]:
    """One entry for each photo: a name that stands in several entries means one photo."""
    by_name: dict[str, Entry] = {}
    for entry in entries:
        first = by_name.setdefault(entry.name, entry)
        if first is not entry:
            what = f"{entry.name!r} is listed a second time"
            log.add(ProblemCode.PHOTO_LISTED_TWICE, entry.place, what, done="annotations joined")
            first.regions.extend(entry.regions)
            first.broken.extend(entry.broken)
    return list(by_name.values())


def _open(entry: Entry, photos: PhotoLookup, log: ProblemLog) -> PhotoFile:
    try:
        return open_named_photo(entry.name, photos, log, f"{entry.place}.filename")
    except AnnotationError as error:
        if error.problem.code is ProblemCode.PHOTO_MISSING and entry.name in DEMO_PHOTOS and not entry.regions:
            what = f"{entry.name!r} is a demo picture of VIA itself, and there is no such file"
            raise log.fault(ProblemCode.PHOTO_MISSING, entry.place, what, done="photo left out") from None
        raise


def _photo(
    entry: Entry, file: PhotoFile, photos: PhotoLookup, regions: "_RegionReader", dropped: Counter[str]
) -> AnnotatedPhoto:
    reader = regions.shapes
    for error in entry.broken:
        reader.lose(error)
    groups: dict[str, list[Region]] = defaultdict(list)
    for region in entry.regions:
        group = region.attributes.get(GROUP_KEY)
        groups[f"group {group}" if isinstance(group, str) and group else region.place].append(region)
    for group_of_regions in groups.values():
        regions.read(group_of_regions)
    dropped.update(reader.dropped)
    return AnnotatedPhoto(
        name=entry.name,
        file=file,
        split=photos.split,
        annotated=reader.annotated if entry.regions else frozenset(),
        shapes=tuple(reader.shapes),
    )


def _values(value: object, options: dict[str, str]) -> list[str]:
    """Labels that an attribute's value states: a text, or the ticked options of a checkbox."""
    if isinstance(value, dict):
        ticked = [str(name) for name, tick in value.items() if str(tick).lower() in {"true", "1"}]
    elif isinstance(value, list):
        ticked = [str(entry) for entry in value]
    else:
        ticked = [] if value is None or isinstance(value, bool) else [str(value)]
    labels = (label.strip() for label in ticked)
    return [options.get(label, label) for label in labels if label]


def _label_key(via: ViaFile, label_map: LabelMap) -> str | None:
    """The attribute that holds the label: the one whose values the map knows most often, else the most used one."""
    known: Counter[str] = Counter()
    used: Counter[str] = Counter()
    for entry in via.entries:
        for region in entry.regions:
            for key, value in region.attributes.items():
                labels = [] if key in OWN_KEYS else _values(value, via.options.get(key, {}))
                used[key] += bool(labels)
                known[key] += any(label in label_map.rules for label in labels)
    return max(sorted(used), key=lambda key: (known[key], used[key]), default=None)


class _RegionReader:
    """Reads the regions of one photo into a `ShapeReader`."""

    def __init__(self, via: ViaFile, key: str | None, label_map: LabelMap, file: PhotoFile, log: ProblemLog) -> None:
        placement = Placement(frame=file.size, stated=file.size, photo=file.path)
        self.shapes = ShapeReader(label_map=label_map, placement=placement, log=log)
        self._key = key
        self._options = via.options.get(key or "", {})
        self._log = log

    def read(self, regions: list[Region]) -> None:
        """Adds the regions of one damage; a region with several labels is one damage of each."""
        first = regions[0]
        labels = _values(first.attributes.get(self._key), self._options) if self._key else []
        if not labels:
            stated = ", ".join(first.attributes) or "none"
            where = f"{first.place}.{first.attributes_key}"
            what = f"no label (attribute {self._key!r}; there are: {stated})"
            self.shapes.lose(self._log.fault(ProblemCode.LABEL_MISSING, where, what))
        for label in labels:
            try:
                rule = self.shapes.rule(label, f"{first.place}.{first.attributes_key}")
            except AnnotationError as error:
                self.shapes.lose(error)
                continue
            try:
                self._add(regions, label)
            except AnnotationError as error:
                self.shapes.lose(error, rule)

    def _add(self, regions: list[Region], label: str) -> None:
        where = f"{regions[0].place}.{regions[0].shape_key}"
        stated = regions[0].attributes
        severity = severity_of(stated)
        crowd = as_flag(stated.get(CROWD_KEY) or 0, self._log, f"{regions[0].place}.{CROWD_KEY}")
        attributes = texts_of(stated, without=OWN_KEYS | {self._key or ""})
        drawn = [_drawn(region.shape, self._log, f"{region.place}.{region.shape_key}") for region in regions]
        outlines = [shape for shape in drawn if not isinstance(shape, Box)]
        boxes = [shape for shape in drawn if isinstance(shape, Box)]
        if outlines:
            self.shapes.add_polygons(
                outlines, label=label, place=where, severity=severity, crowd=crowd, attributes=attributes
            )
        for box in boxes:
            self.shapes.add_box(box, label=label, place=where, severity=severity, crowd=crowd, attributes=attributes)


def _drawn(shape: dict[str, Any], log: ProblemLog, where: str) -> Box | Polygon | list[float]:
    """The region's outline, or a box for a rectangle, in the photo's pixels.

    Raises:
        AnnotationError: a kind of shape that has no area, or numbers that are wrong.
    """

    def numbers(*keys: str) -> list[float]:
        return [as_number(shape.get(key), log, f"{where}.{key}") for key in keys]

    name = str(shape.get("name"))
    if name == "rect":
        x, y, width, height = numbers("x", "y", "width", "height")
        return box_of_sides((x, y, width, height), log, where)
    if name == "circle":
        x, y, radius = numbers("cx", "cy", "r")
        _check_radii([radius], log, where)
        return ellipse((x, y), (radius, radius))
    if name == "ellipse":
        x, y, *radii = numbers("cx", "cy", "rx", "ry")
        _check_radii(radii, log, where)
        angle = as_number(shape.get("theta", 0), log, f"{where}.theta")
        return ellipse((x, y), (radii[0], radii[1]), angle=angle)
    if name == "polygon":
        xs = as_numbers(shape.get("all_points_x"), log, f"{where}.all_points_x")
        ys = as_numbers(shape.get("all_points_y"), log, f"{where}.all_points_y")
        if len(xs) != len(ys):
            raise log.fault(ProblemCode.WRONG_TYPE, where, f"{len(xs)} x and {len(ys)} y do not pair")
        return np.stack([xs, ys], axis=1).reshape(-1).tolist()
    what = f"a {name} has no area" if name in {"point", "polyline"} else f"the unknown shape {name[:40]!r}"
    raise log.fault(ProblemCode.SHAPE_UNSUPPORTED, where, what)


def _check_radii(radii: list[float], log: ProblemLog, where: str) -> None:
    if min(radii) <= 0 or max(radii) > FARTHEST_PX:
        raise log.fault(ProblemCode.SHAPE_EMPTY, where, f"a radius of {min(radii):g} to {max(radii):g} px")


VIA = Format(
    name="via",
    title="VIA",
    fits=has_suffix(".json", ".csv"),
    detect=detect_via,
    labels=via_labels,
    read=read_via,
    write=write_via,
    holds=SAID_IN_FORMATS - {Holding.ROTATED_BOXES, Holding.PIXELS, Holding.TAGS},
)
