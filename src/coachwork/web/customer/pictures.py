"""Pictures of a customer's photos: always encoded anew, small, with faces and number plates hidden; made once."""

import threading
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

import numpy as np

from coachwork.cases.case import CasePhoto, CaseResult
from coachwork.casework.service import Service
from coachwork.geometry.box import Box
from coachwork.geometry.mask import mask_from_rle
from coachwork.photos.privacy import PrivateRegion
from coachwork.photos.reading import Photo, read_photo
from coachwork.reports.car.pictures import Finder, derived_pixels
from coachwork.reports.display import display_copy
from coachwork.reports.overlay import DrawnShape, colour_of, draw_shapes
from coachwork.reports.pictures import jpeg_of
from coachwork.web.customer.contents import ShownDamage

THUMBNAIL_PX = 480
SHOWN_PX = 1200
_NUMBER_SCALE = 2.2
_MOST_BYTES = 64 * 2**20
_MOST_FOUND = 10_000


def forget_pictures(tenant: str, sha256: str) -> None:
    """Lets nothing of a photo that was removed stay in memory."""
    _kept.drop(tenant, sha256)
    _found.pop((tenant, sha256), None)


class _Kept:
    """Pictures in memory, the ones that were not asked for longest go first."""

    def __init__(self) -> None:
        self._pictures: OrderedDict[tuple[str, ...], bytes] = OrderedDict()
        self._bytes, self._lock = 0, threading.Lock()

    def get(self, key: tuple[str, ...]) -> bytes | None:
        with self._lock:
            if key in self._pictures:
                self._pictures.move_to_end(key)
            return self._pictures.get(key)

    def drop(self, tenant: str, sha256: str) -> None:
        with self._lock:
            for key in [key for key in self._pictures if key[1:3] == (tenant, sha256)]:
                self._bytes -= len(self._pictures.pop(key))

    def put(self, key: tuple[str, ...], data: bytes) -> None:
        with self._lock:
            self._bytes += len(data) - len(self._pictures.pop(key, b""))
            self._pictures[key] = data
            while self._bytes > _MOST_BYTES and len(self._pictures) > 1:
                self._bytes -= len(self._pictures.popitem(last=False)[1])


_kept = _Kept()
_found: dict[tuple[str, str], Sequence[PrivateRegion]] = {}
_drawing = threading.Semaphore(2)


def thumbnail(service: Service, tenant: str, photo: CasePhoto) -> bytes:
    """A photo as a small JPEG.

    Raises:
        PhotoStoreError: it cannot be read.
    """
    key = ("thumbnail", tenant, photo.sha256)
    known = _kept.get(key)
    if known is None:
        read = _read(service, tenant, photo, 2 * THUMBNAIL_PX)
        with _drawing:
            pixels, _ = derived_pixels(read, _finder(service, tenant))
        known = jpeg_of(display_copy(pixels, THUMBNAIL_PX))
        _kept.put(key, known)
    return known


def damage_picture(
    service: Service, tenant: str, photo: CasePhoto, result: CaseResult, damages: Sequence[ShownDamage]
) -> bytes:
    """A photo as a JPEG with its damages drawn, numbered as in the list beside it.

    Args:
        service: that keeps it.
        tenant: whose it is.
        photo: which.
        result: of the case.
        damages: of the case, as they are listed.

    Raises:
        PhotoStoreError: it cannot be read.
    """
    key = ("damages", tenant, photo.sha256, str(damages), result.made.isoformat())
    known = _kept.get(key)
    if known is None:
        read = _read(service, tenant, photo, SHOWN_PX)
        with _drawing:
            pixels, _ = derived_pixels(read, _finder(service, tenant))
            shapes = _shapes(photo, result, damages)
            drawn = draw_shapes(pixels, shapes, size=read.size, longest=SHOWN_PX, label_scale=_NUMBER_SCALE)
        known = jpeg_of(drawn)
        _kept.put(key, known)
    return known


def _finder(service: Service, tenant: str) -> Finder:
    """What finds faces and number plates; what was found on a photo is remembered."""

    def find(photo: Photo) -> Sequence[PrivateRegion]:
        key = (tenant, photo.sha256)
        found = _found.get(key)
        if found is None:
            found = service.private_regions(photo)
            if len(_found) >= _MOST_FOUND:
                _found.clear()
            _found[key] = found
        return found

    return find


def _read(service: Service, tenant: str, photo: CasePhoto, longest: int) -> Photo:
    return read_photo(service.photo_store.get(tenant, photo.sha256), name=photo.name, min_side=longest)


def _shapes(photo: CasePhoto, result: CaseResult, damages: Sequence[ShownDamage]) -> list[DrawnShape]:
    found = []
    for damage in damages:
        for view in damage.views:
            told = result.inspection["photos"][view["photo"]]
            if told["photo"]["sha256"] == photo.sha256:
                found.append(_shape(damage, view, told))
    return found


def _shape(damage: ShownDamage, view: dict[str, Any], told: dict[str, Any]) -> DrawnShape:
    label, colour = str(damage.number), colour_of(damage.kind)
    if view.get("outline"):
        points = np.asarray(view["outline"], dtype=np.float64)
        edges = (*points.min(axis=0), *points.max(axis=0))
        return DrawnShape(box=_box(edges), mask=None, label=label, colour=colour)
    seen = told["damages"][view["damage"]]
    mask = None if seen["mask"] is None else mask_from_rle(dict(seen["mask"]))
    return DrawnShape(box=_box(seen["box"]), mask=mask, label=label, colour=colour)


def _box(edges: Sequence[float]) -> Box:
    x_min, y_min, x_max, y_max = (float(edge) for edge in edges)
    return Box(x_min=x_min, y_min=y_min, x_max=x_max, y_max=y_max)
