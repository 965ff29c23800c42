"""A contact sheet of the photos that were chosen to be annotated next, each with the reasons."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from coachwork.datasets.candidates import LeftOut, reasons_left_out
from coachwork.datasets.selection import Choice
from coachwork.photos.reading import PhotoError, read_photo
from coachwork.reports.pages import render_page, write_page
from coachwork.reports.pictures import data_uri_of
from coachwork.reports.shape_pictures import css_colour
from coachwork.taxonomy import Kind

_TEMPLATE = Path(__file__).with_name("selection_page.html.j2")
_LONGEST_PX = 420
_LEFT_OUT_SHOWN = 200


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ChosenPhoto:
    """A photo on the sheet.

    Attributes:
        choice: what was chosen.
        reasons: why, sentences.
        path: the photo's file.
    """

    choice: Choice
    reasons: Sequence[str]
    path: Path


def write_selection_page(
    chosen: Sequence[ChosenPhoto],
    path: Path,
    *,
    about: Mapping[str, str],
    left_out: Sequence[LeftOut] = (),
    seen: Callable[[], None] = lambda: None,
) -> None:
    """Writes the sheet, one file that loads nothing from elsewhere.

    Args:
        chosen: the most useful first.
        path: the HTML file.
        about: name -> text at the top of the page.
        left_out: photos that are not worth annotating.
        seen: called for each photo that was drawn.
    """
    entries = []
    for rank, one in enumerate(chosen, start=1):
        entries.append({"rank": rank, "picture": _picture(one.path), **_words(one)})
        seen()
    page = render_page(
        _TEMPLATE,
        title="Photos to annotate next",
        about=about,
        entries=entries,
        left_out=left_out[:_LEFT_OUT_SHOWN],
        more=max(0, len(left_out) - _LEFT_OUT_SHOWN),
        why=reasons_left_out(left_out),
    )
    write_page(path, page)


def _words(one: ChosenPhoto) -> dict[str, Any]:
    choice = one.choice
    parts = [("uncertain", choice.uncertainty, 1), ("rare", choice.rarity, 3), ("new", choice.novelty.value, 4)]
    expected = sorted(choice.candidate.expected.items(), key=lambda pair: -pair[1])
    return {
        "name": choice.candidate.name,
        "reasons": one.reasons,
        "parts": parts,
        "probability": choice.candidate.damage_probability,
        "expected": [(kind.words, _colour(kind), count) for kind, count in expected[:4]],
    }


def _colour(kind: Kind) -> str:
    return css_colour(kind)


def _picture(path: Path) -> str:
    """The photo, small, as text for a page; empty where it cannot be read any more."""
    try:
        pixels = read_photo(path, min_side=_LONGEST_PX).pixels
    except PhotoError:
        return ""
    return data_uri_of(_small(pixels), quality=78)


def _small(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    height, width = pixels.shape[:2]
    ratio = _LONGEST_PX / max(height, width)
    if ratio >= 1:
        return pixels
    target = (max(1, round(width * ratio)), max(1, round(height * ratio)))
    return np.asarray(cv2.resize(pixels, target, interpolation=cv2.INTER_AREA), dtype=np.uint8)
