"""The report of a car as one HTML page that loads nothing from elsewhere."""

import base64
from collections.abc import Mapping, Sequence
from pathlib import Path

from markupsafe import Markup

from coachwork.reasons import ENGLISH, Wording
from coachwork.reports.car.contents import ReportContents
from coachwork.reports.car.estimate_contents import CHARGES
from coachwork.reports.car.pictures import PhotoPictures
from coachwork.reports.pages import render_page

_TEMPLATE = Path(__file__).with_name("report.html.j2")


def report_page(
    report: ReportContents,
    pictures: Sequence[PhotoPictures],
    missing: Mapping[int, str] | None = None,
    w: Wording = ENGLISH,
) -> str:
    """The page.

    Args:
        report: what it shows.
        pictures: of the photos that are at hand.
        missing: place of each other photo -> why it has none.
        w: the language of the contents.
    """
    return render_page(
        _TEMPLATE,
        report=report,
        car_map=Markup(report.car_map),  # noqa: S704 - drawn by car_map.py from names of the taxonomy and numbers
        charges=CHARGES,
        private=private_words(pictures, w),
        pictures={one.place: _uri(one.shown) for one in pictures},
        crops={number: _uri(crop) for one in pictures for number, crop in one.crops.items()},
        missing=dict(missing or {}),
    )


def private_words(pictures: Sequence[PhotoPictures], w: Wording = ENGLISH) -> str:
    """What is said of faces and number plates on the pictures; empty without pictures."""
    if not pictures:
        return ""
    if any(one.private is None for one in pictures):
        return w.say("private.shown")
    count = sum(one.private or 0 for one in pictures)
    if not count:
        return w.say("private.nothing")
    told = w.say("private.places", count=count) if count != 1 else w.say("private.place")
    covered = sorted({number for one in pictures for number in one.covered})
    if covered:
        told += f" {w.say('private.covered', numbers=covered)}"
    return f"{told} {w.say('private.unchanged')}"


def _uri(jpeg: bytes) -> str:
    return "data:image/jpeg;base64," + base64.b64encode(jpeg).decode("ascii")
