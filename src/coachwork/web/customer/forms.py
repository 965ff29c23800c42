"""What a customer tells on a form, read field by field; a problem is the key of the sentence that tells of it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from coachwork.cases.case import Facts
from coachwork.claims.claim_files import Cause, Loss
from coachwork.inspections.vehicle import Vehicle
from coachwork.inspections.vin import tidy_vin, vin_fault
from coachwork.storage.columns import now

FIELDS = ("on", "cause", "injured", "drivable", "make", "model", "year", "plate", "vin", "reference")
MOST_LETTERS = 100
_FIRST_YEAR = 1885
_FLAGS = {"yes": True, "no": False, "": None}
_BLANK = re.compile(r"\s+")


@dataclass(frozen=True, slots=True, kw_only=True)
class FactsForm:
    """A form as it was filled in.

    Attributes:
        values: field -> what stands there.
        problems: field -> last part of the sentence's key.
        facts: what it tells; None where there are problems.
    """

    values: Mapping[str, str]
    problems: Mapping[str, str] = field(default_factory=dict)
    facts: Facts | None = None


def form_of(facts: Facts) -> FactsForm:
    """The form, filled in with what is known."""
    vehicle, loss = facts.vehicle or Vehicle(), facts.loss
    values = {
        "on": "" if loss.on is None else loss.on.isoformat(),
        "cause": "" if loss.cause is None else loss.cause.value,
        "injured": _flag_text(loss.injured),
        "drivable": _flag_text(loss.drivable),
        "make": vehicle.make,
        "model": vehicle.model,
        "year": "" if vehicle.year is None else str(vehicle.year),
        "plate": vehicle.plate,
        "vin": vehicle.vin,
        "reference": facts.reference,
    }
    return FactsForm(values=values, facts=facts)


def read_form(told: Mapping[str, str], *, known: Facts, today: date, with_reference: bool) -> FactsForm:
    """Reads a form that was sent.

    Args:
        told: field -> text; what is missing is not told.
        known: what is known of the case already; what the form does not ask for stays.
        today: no loss is later, but for the customer's time zone.
        with_reference: whether the customer may say by what reference the case is known.
    """
    values = {name: _BLANK.sub(" ", told.get(name, "")).strip() for name in FIELDS}
    problems = {name: "long" for name in ("make", "model", "plate", "reference") if len(values[name]) > MOST_LETTERS}
    day = _day(values, today, problems)
    year = _year(values, today, problems)
    vin = tidy_vin(values["vin"])
    if vin and vin_fault(vin) is not None:
        problems["vin"] = "vin"
    if values["cause"] and values["cause"] not in list(Cause):
        problems["cause"] = "choice"
    for name in ("injured", "drivable"):
        if values[name] not in _FLAGS:
            problems[name] = "choice"
    if problems:
        return FactsForm(values=values, problems=problems)
    vehicle = replace(
        known.vehicle or Vehicle(),
        make=values["make"],
        model=values["model"],
        year=year,
        plate=values["plate"].upper(),
        vin=vin,
    )
    loss = Loss(
        on=day,
        cause=Cause(values["cause"]) if values["cause"] else None,
        injured=_FLAGS[values["injured"]],
        drivable=_FLAGS[values["drivable"]],
    )
    facts = replace(
        known,
        reference=values["reference"] if with_reference else known.reference,
        vehicle=None if vehicle == Vehicle() else vehicle,
        loss=replace(known.loss, on=loss.on, cause=loss.cause, injured=loss.injured, drivable=loss.drivable),
    )
    return FactsForm(values=values, facts=facts)


def form_values(form: FactsForm) -> dict[str, Any]:
    """What the form's template needs beside the form's address."""
    return {"form": form, "causes": list(Cause), "today": now().date()}


def _day(values: Mapping[str, str], today: date, problems: dict[str, str]) -> date | None:
    if not values["on"]:
        return None
    try:
        day = date.fromisoformat(values["on"])
    except ValueError:
        problems["on"] = "day"
        return None
    if day > today + timedelta(days=1):
        problems["on"] = "future"
    return day


def _year(values: Mapping[str, str], today: date, problems: dict[str, str]) -> int | None:
    text = values["year"]
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) == 4 and _FIRST_YEAR <= int(text) <= today.year + 1):
        problems["year"] = "year"
        return None
    return int(text)


def _flag_text(flag: bool | None) -> str:  # noqa: FBT001 (an answer, not a switch)
    return {True: "yes", False: "no", None: ""}[flag]
