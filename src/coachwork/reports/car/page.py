"""The report of a car as one HTML page that loads nothing from elsewhere."""

import base64
from collections.abc import Mapping, Sequence
from pathlib import Path

from markupsafe import Markup

from coachwork.reports.car.contents import ReportContents
from coachwork.reports.car.estimate_contents import CHARGES
from coachwork.reports.car.pictures import PhotoPictures
from coachwork.reports.car.wording import listed
from coachwork.reports.pages import render_page

_TEMPLATE = Path(__file__).with_name("report.html.j2")

EXPLAINED = (
    "A damage has the same number in every table and picture. The probability, found for each type by itself, says in "
    "how many of such cases it is right. A severity with two ends could not be told more closely. Filled numbers are "
    "likely damages, hollow ones possible: they are wrong more often than right."
)
MADE = (
    "Made from photos alone by models that find what they have learnt to see; hidden, mechanical and electrical damage "
    "is not seen. It does not replace an inspection where safety depends on it. Left and right are the driver's."
)
NOTHING_PRICED = "There is nothing to price: no damage is listed. That alone does not say that the car has none."
"""Sentences that page and document have in common."""


def report_page(
    report: ReportContents,
    pictures: Sequence[PhotoPictures],
    missing: Mapping[int, str] | None = None,
) -> str:
    """The page.

    Args:
        report: what it shows.
        pictures: of the photos that are at hand.
        missing: place of each other photo -> why it has none.
    """
    return render_page(
        _TEMPLATE,
        report=report,
        car_map=Markup(report.car_map),  # noqa: S704 - drawn by car_map.py from names of the taxonomy and numbers
        charges=CHARGES,
        explained=EXPLAINED,
        made=MADE,
        nothing_priced=NOTHING_PRICED,
        private=private_words(pictures),
        pictures={one.place: _uri(one.shown) for one in pictures},
        crops={number: _uri(crop) for one in pictures for number, crop in one.crops.items()},
        missing=dict(missing or {}),
    )


def private_words(pictures: Sequence[PhotoPictures]) -> str:
    """What is said of faces and number plates on the pictures; empty without pictures."""
    if not pictures:
        return ""
    if any(one.private is None for one in pictures):
        return "The pictures show faces and number plates as the photos do."
    count = sum(one.private or 0 for one in pictures)
    if not count:
        return "Nothing that looks like a face or a number plate was found in the photos."
    places = f"{count} places that look" if count != 1 else "One place that looks"
    told = f"{places} like a face or a number plate {'are' if count != 1 else 'is'} hidden in the pictures."
    covered = sorted({number for one in pictures for number in one.covered})
    if covered:
        told += f" That hides a good part of damage {listed(covered)} here."
    return f"{told} The photos themselves are unchanged."


def _uri(jpeg: bytes) -> str:
    return "data:image/jpeg;base64," + base64.b64encode(jpeg).decode("ascii")
