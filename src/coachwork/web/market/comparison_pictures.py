"""Pictures of a comparison: the same place on photos of both inspections, faces and number plates hidden."""

import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from coachwork.cases.comparison import Comparison
from coachwork.casework.service import Service
from coachwork.geometry.box import Box
from coachwork.geometry.mask import mask_from_rle
from coachwork.inspections.changes import State
from coachwork.photos.reading import read_photo
from coachwork.reports.car.pictures import derived_pixels
from coachwork.reports.changes_page import COLOURS
from coachwork.reports.overlay import DrawnShape, draw_shapes
from coachwork.reports.pictures import crop_around, jpeg_of

_LONGEST_PX = 1400
_CROP_PX = 640
_ROOM = 0.8
_LEAST_ROOM = 0.1
"""Share of the photo's longer side."""

_MOST_KEPT = 500
_FRAME = (255, 255, 255)
_kept: OrderedDict[tuple[str, int, str], bytes] = OrderedDict()
_lock, _drawing = threading.Lock(), threading.Semaphore(2)


@dataclass(frozen=True, slots=True, kw_only=True)
class LookedAt:
    """What a picture shows.

    Attributes:
        kind: `damage` where the side has it, `place` where it would lie, `part` where the photo shows that alone.
        photo: place among the side's photos, from 0.
        box: x_min, y_min, x_max, y_max in pixels of the upright photo; None shows all of it.
        mask: run lengths of the damage; None where there are none.
    """

    kind: str
    photo: int
    box: tuple[float, ...] | None
    mask: Mapping[str, Any] | None = None


def looked_at(one: Comparison, told: Mapping[str, Any], side: str) -> LookedAt | None:
    """What one side shows of a change of ``coachwork.changes/1``; None where it shows nothing of it."""
    inspection = (one.found or {})[side]["inspection"]
    if told[side]:
        view = _view(told, side, inspection)
        damage = inspection["photos"][view["photo"]]["damages"][view["damage"]]
        return LookedAt(kind="damage", photo=view["photo"], box=tuple(damage["box"]), mask=damage["mask"])
    seen = told["sighting"]
    if seen is None:
        return None
    box = None if seen["box"] is None else tuple(seen["box"])
    return LookedAt(kind="part" if box is None else "place", photo=seen["photo"], box=box)


def change_picture(service: Service, one: Comparison, place: int, side: str) -> bytes | None:
    """A JPEG of what one side shows of a change; None where there is nothing to show.

    Raises:
        PhotoStoreError: the photo cannot be read.
    """
    changes = [] if one.found is None else one.found["changes"]["changes"]
    if not 0 <= place < len(changes):
        return None
    told = changes[place]
    seen = looked_at(one, told, side)
    if seen is None:
        return None
    key = (one.id, place, side)
    with _lock:
        if key in _kept:
            _kept.move_to_end(key)
            return _kept[key]
    data = _drawn(service, one, seen, side, State(told["state"]))
    with _lock:
        _kept[key] = data
        while len(_kept) > _MOST_KEPT:
            _kept.popitem(last=False)
    return data


def _view(told: Mapping[str, Any], side: str, inspection: Mapping[str, Any]) -> dict[str, int]:
    """The view that was compared, where both sides have the damage; else the surest one."""
    if told["before"] and told["after"] and told["evidence"]:
        first = told["evidence"][0][side]
        return {"photo": first["photo"], "damage": first["view"]}
    view: dict[str, int] = inspection["damages"][told[side][0]]["views"][0]
    return view


def _drawn(service: Service, one: Comparison, seen: LookedAt, side: str, state: State) -> bytes:
    photo = (one.found or {})[side]["inspection"]["photos"][seen.photo]["photo"]
    data = service.photo_store.get(one.tenant, photo["sha256"])
    with _drawing:
        read = read_photo(data, name=photo["file"], min_side=_LONGEST_PX)
        pixels, _ = derived_pixels(read, service.private_regions)
        if seen.box is None:
            return jpeg_of(draw_shapes(pixels, [], size=read.size, longest=_CROP_PX))
        box = _box(seen.box).clipped(read.size)
        mask = None if seen.mask is None else mask_from_rle(dict(seen.mask))
        colour = COLOURS[state] if seen.kind == "damage" else _FRAME
        shapes = [DrawnShape(box=box, mask=mask, label="", colour=colour)]
        drawn = draw_shapes(pixels, shapes, size=read.size, longest=_LONGEST_PX)
        shown = _wider(box, least=_LEAST_ROOM * read.size.longest).clipped(read.size)
        return jpeg_of(crop_around(drawn, shown, size=read.size, longest=_CROP_PX))


def _wider(box: Box, *, least: float) -> Box:
    """A box with what surrounds it, at least so many pixels a side: of a small damage one must see where it is."""
    room = max(_ROOM * max(box.width, box.height), least)
    return Box(x_min=box.x_min - room, y_min=box.y_min - room, x_max=box.x_max + room, y_max=box.y_max + room)


def _box(edges: tuple[float, ...]) -> Box:
    x_min, y_min, x_max, y_max = edges
    return Box(x_min=x_min, y_min=y_min, x_max=x_max, y_max=y_max)
