"""Cars, schemes and policies for tests of valuations."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from functools import cache
from typing import Any

from coachwork.estimates.case_json import CarCase
from coachwork.estimates.damage import RepairDamage
from coachwork.estimates.readings import Reading
from coachwork.inspections.coverage import PartCoverage, Sight
from coachwork.inspections.vehicle import Vehicle
from coachwork.taxonomy import CarPart
from coachwork.valuation.grading import grade_car
from coachwork.valuation.policy import DeductionPolicy, Method
from coachwork.valuation.policy_toml import read_policy, sample_policy_path
from coachwork.valuation.scheme import Scheme
from coachwork.valuation.scheme_toml import find_scheme
from coachwork.valuation.valuation import Valuation, value_car
from tests.estimates.cards import D, sample_card

TODAY = date(2026, 11, 21)
SEEN = tuple(PartCoverage(part=part, sight=Sight.WELL) for part in CarPart)
CAR = Vehicle(year=2024, mileage_km=D(41_000), market_value=D(14_500), new_price=D(27_000), currency="USD")


@cache
def scheme(name: str) -> Scheme:
    return find_scheme(name)


@cache
def policy(method: Method = Method.RUHKOPF_SAHM) -> DeductionPolicy:
    return read_policy(sample_policy_path(), method=method)


def without_fair_wear(method: Method = Method.NONE) -> DeductionPolicy:
    return replace(policy(method), fair_wear=None)


def grades(name: str, *damages: RepairDamage) -> tuple[str, ...]:
    """The grade in each reading."""
    found = grade_car(damages, scheme(name), sample_card())
    return tuple(found.read[reading].grade.name for reading in Reading)


def grade(name: str, *damages: RepairDamage) -> str:
    """The grade, which must be the same in each reading."""
    (found,) = set(grades(name, *damages))
    return found


def value(damages: Sequence[RepairDamage] = (), **changes: Any) -> Valuation:
    """A car of which everything was seen, valued by the samples unless said otherwise."""
    given: dict[str, Any] = {
        "case": CarCase(damages=tuple(damages), coverage=SEEN),
        "scheme": scheme("nama"),
        "policy": policy(),
        "card": sample_card(),
        "vehicle": CAR,
        "on": TODAY,
    } | changes
    return value_car(given.pop("case"), **given)
