"""What is known of the sizes of cars and of their plates, by which photos get their scale.

The dimensions of cars come from `car_sizes.csv`: models that are common in Europe, Turkey, India, South-east Asia and
the United States, as their makers publish wheelbase, length and width without mirrors (rounded to 5 mm), with the tyre
of the basic version. It stands for what is on the road; a single car may have other wheels. Logarithms of sizes are
used throughout, as a spread of 5 % is the same for a small and a large thing.
"""

import csv
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from coachwork.inspections.vehicle import Body

FITTED_SPREAD = 0.02
"""Log spread added to each dimension: other tyres than the basic version's, wear, load, trim."""

_TYRE = re.compile(r"(\d{3})/(\d{2})R(\d{2})")


class Known(StrEnum):
    """A dimension of a car that photos show."""

    TYRE = "tyre"
    WHEELBASE = "wheelbase"
    WIDTH = "width"


@dataclass(frozen=True, slots=True, kw_only=True)
class CarModel:
    """The dimensions of one model.

    Attributes:
        model: make and model.
        body: its shape.
        tyre_mm: outer diameter of the tyres.
        wheelbase_mm: between the centres of front and rear wheels.
        width_mm: without mirrors.
    """

    model: str
    body: Body
    tyre_mm: float
    wheelbase_mm: float
    width_mm: float

    def size_mm(self, known: Known) -> float:
        """One of its dimensions."""
        return {Known.TYRE: self.tyre_mm, Known.WHEELBASE: self.wheelbase_mm, Known.WIDTH: self.width_mm}[known]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CarSizes:
    """What is known of the dimensions of a car.

    Attributes:
        log_mm: (K,) float64, mean natural logarithms of the millimetres, in the order of `Known`.
        covariance: (K, K) float64 of these logarithms among cars.
    """

    log_mm: NDArray[np.float64]
    covariance: NDArray[np.float64]

    def middle_mm(self, known: Known) -> float:
        """The middle of a dimension."""
        return math.exp(self.log_mm[list(Known).index(known)])

    def log_sd(self, known: Known) -> float:
        """Standard deviation of its natural logarithm."""
        place = list(Known).index(known)
        return math.sqrt(self.covariance[place, place])


@dataclass(frozen=True, slots=True, kw_only=True)
class PlateSize:
    """A number plate, in millimetres."""

    width_mm: float
    height_mm: float


class Market(StrEnum):
    """Where a car is registered, which says how large its plates are."""

    EU = "eu"
    UK = "uk"
    US = "us"
    TURKEY = "turkey"
    INDIA = "india"

    @property
    def plate(self) -> PlateSize:
        """The market's common plate for cars.

        Sources: EU and Turkey 520 x 110 mm (the common size, as DIN 74069 has it); UK 520 x 111 mm (BS AU 145e); US
        12 x 6 inches (SAE J686); India 500 x 120 mm (AIS-159, Central Motor Vehicles Rules, rule 50).
        """
        width, height = {
            Market.EU: (520, 110),
            Market.UK: (520, 111),
            Market.US: (305, 152),
            Market.TURKEY: (520, 110),
            Market.INDIA: (500, 120),
        }[self]
        return PlateSize(width_mm=width, height_mm=height)


def tyre_diameter_mm(tyre: str) -> float:
    """Outer diameter by a tyre's size: rim in inches and twice the height of its side (ISO 4000-1).

    Raises:
        ValueError: it is not written like 205/55R16.

    >>> round(tyre_diameter_mm("205/55R16"), 1)
    631.9
    """
    match = _TYRE.fullmatch(tyre)
    if match is None:
        message = f"a tyre's size is written like 205/55R16, not {tyre!r}"
        raise ValueError(message)
    width, ratio, rim = (int(number) for number in match.groups())
    return rim * 25.4 + 2 * width * ratio / 100


@cache
def car_models() -> tuple[CarModel, ...]:
    """All rows of the table."""
    text = (resources.files("coachwork.inspections") / "car_sizes.csv").read_text(encoding="utf-8")
    return tuple(
        CarModel(
            model=row["model"],
            body=Body(row["body"]),
            tyre_mm=tyre_diameter_mm(row["tyre"]),
            wheelbase_mm=float(row["wheelbase_mm"]),
            width_mm=float(row["width_mm"]),
        )
        for row in csv.DictReader(text.splitlines())
    )


@cache
def car_sizes(body: Body | None) -> CarSizes:
    """What is known of a car of a body, or of any car where it is not known."""
    return _spread([one for one in car_models() if body is None or one.body is body])


def _spread(models: Sequence[CarModel]) -> CarSizes:
    logs = np.log([[one.size_mm(known) for known in Known] for one in models])
    covariance = np.cov(logs, rowvar=False) * (1 + 1 / len(models)) + FITTED_SPREAD**2 * np.eye(len(Known))
    return CarSizes(log_mm=logs.mean(axis=0), covariance=covariance)
