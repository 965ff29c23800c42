"""A page of fraud findings: each sign with its sentence, and pictures side by side with the points that they share."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from coachwork.claims.checking import FraudCheck
from coachwork.claims.copy_signals import FoundCopy, KeptPhoto, changed
from coachwork.photos.problems import PhotoError
from coachwork.photos.reading import Photo, read_photo
from coachwork.reports.car.pictures import Finder, derived_pixels
from coachwork.reports.pages import render_page, write_page
from coachwork.reports.pictures import data_uri_of

_TEMPLATE = Path(__file__).with_name("fraud_page.html.j2")
_HEIGHT = 520
_GAP = 24
_LINE = (255, 140, 0)
_MOST_LINES = 24


def write_fraud_page(check: FraudCheck, path: Path, *, finder: Finder | None = None) -> None:
    """Writes the page, one file that loads nothing from elsewhere.

    Args:
        check: what was found.
        path: of the page.
        finder: of faces and number plates; what it finds is hidden in the pictures. None where nothing is to be.

    Raises:
        OSError: it cannot be written.
    """
    photos = {one.kept.name: one.photo for one in check.photos}
    findings = check.findings
    page = render_page(
        _TEMPLATE,
        title=f"Signs of fraud{', claim ' + findings.claim if findings.claim else ''}",
        findings=findings,
        pairs=list(_pairs(check.pairs, photos, finder)),
        notes=[_noted(one) for one in check.photos],
    )
    write_page(path, page)


def _pairs(
    pairs: Iterable[tuple[KeptPhoto, FoundCopy]], photos: Mapping[str, Photo], finder: Finder | None
) -> Iterable[dict[str, Any]]:
    for photo, found in pairs:
        pixels, _ = derived_pixels(photos[photo.name], finder)
        other, gone = _other(found.photo, finder)
        yield {
            "strong": found.copy.is_copy,
            "photo": photo.name,
            "other": found.photo.name,
            "claim": "" if found.photo.claim == photo.claim else found.photo.claim,
            "changed": ", ".join(changed(found.copy)),
            "points": found.copy.points,
            "likeness": found.copy.likeness,
            "gone": gone,
            "picture": data_uri_of(side_by_side(pixels, other, found)),
        }


def side_by_side(first: NDArray[np.uint8], second: NDArray[np.uint8], found: FoundCopy) -> NDArray[np.uint8]:
    """Two pictures (h, w, 3) beside each other at one height, with lines between the points that they share."""
    one, other = _at_height(first), _at_height(second)
    gap = np.full((_HEIGHT, _GAP, 3), 255, dtype=np.uint8)
    drawn = np.ascontiguousarray(np.hstack([one, gap, other]))
    step = max(1, len(found.copy.pairs) // _MOST_LINES)
    for here, there in found.copy.pairs[::step]:
        start = round(here[0] * one.shape[1]), round(here[1] * _HEIGHT)
        end = round(there[0] * other.shape[1]) + one.shape[1] + _GAP, round(there[1] * _HEIGHT)
        cv2.line(drawn, start, end, _LINE, 1, cv2.LINE_AA)
        for place in (start, end):
            cv2.circle(drawn, place, 4, (0, 0, 0), 3, cv2.LINE_AA)
            cv2.circle(drawn, place, 4, _LINE, 2, cv2.LINE_AA)
    return drawn


def _at_height(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    width = int(np.clip(round(pixels.shape[1] * _HEIGHT / pixels.shape[0]), 40, 4 * _HEIGHT))
    shrinks = pixels.shape[0] > _HEIGHT
    found = cv2.resize(pixels, (width, _HEIGHT), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
    return np.asarray(found, dtype=np.uint8)


def _other(kept: KeptPhoto, finder: Finder | None) -> tuple[NDArray[np.uint8], bool]:
    """The kept photo's pixels, and whether only its small grey picture is left."""
    try:
        photo = read_photo(Path(kept.file), min_side=640)
    except PhotoError:
        photo = None
    if photo is not None and photo.sha256 == kept.sha256:
        return derived_pixels(photo, finder)[0], False
    return np.repeat(kept.codes.thumbnail[:, :, None], 3, axis=2), True


def _noted(one: Any) -> dict[str, str]:
    notes = one.sent.notes
    where = "" if notes.latitude is None else f"{notes.latitude:.4f}, {notes.longitude:.4f}"
    taken = "" if notes.taken is None else str(notes.taken)
    return {
        "name": one.kept.name,
        "taken": taken,
        "where": where,
        "device": notes.device,
        "software": notes.software,
        "sha256": one.kept.sha256[:16],
    }
