"""Valuations as JSON, by the schema ``coachwork.valuation/1`` (docs/valuation.md); amounts are texts, never floats."""

from collections.abc import Iterable
from typing import Any

from coachwork.estimates.estimate_json import estimate_to_json
from coachwork.estimates.readings import Reading
from coachwork.reasons import with_reasons
from coachwork.valuation.deduction import DeductionLine
from coachwork.valuation.grading import ReadGrade
from coachwork.valuation.rating import Rating
from coachwork.valuation.scheme import Scheme
from coachwork.valuation.valuation import Valuation

SCHEMA = "coachwork.valuation/1"


def valuation_to_json(valuation: Valuation) -> dict[str, Any]:
    """The valuation as plain JSON values, with the estimate that it rests on."""
    condition, grading, deduction = valuation.condition, valuation.grading, valuation.deduction
    policy = condition.policy
    told = {
        "schema": SCHEMA,
        "on": condition.on.isoformat(),
        "vehicle": valuation.estimate.vehicle.description,
        "proof": {
            "proven": valuation.proof.proven,
            "unseen": [part.value for part in valuation.proof.unseen],
            "why": valuation.proof.why,
        },
        "scheme": _scheme(grading.scheme),
        "grade": None
        if valuation.is_unknown
        else {reading.value: _grade(grading.read[reading], grading.scheme) for reading in Reading},
        "fair_wear": None
        if policy.fair_wear is None
        else {
            "scheme": _scheme(policy.fair_wear),
            **{reading.value: _ratings(condition.wear[reading], policy.fair_wear) for reading in Reading},
        },
        "policy": {
            "name": policy.name,
            "version": policy.version,
            "sample": policy.sample,
            "sha256": policy.sha256,
            "channel": policy.channel,
            "method": policy.method.value,
        },
        "deduction": None
        if deduction is None
        else {
            "lower": str(deduction.lower),
            "likely": str(deduction.likely),
            "upper": str(deduction.upper),
            "currency": deduction.currency,
            "at_least": valuation.is_least,
        },
        "lines": [] if deduction is None else [_line(line) for line in valuation.lines],
        "open": [{"what": one.what, "why": one.why, "table": one.table} for one in valuation.open],
        "notes": list(valuation.notes),
        "estimate": estimate_to_json(valuation.estimate),
    }
    return with_reasons(told)


def _scheme(scheme: Scheme) -> dict[str, str]:
    return {"name": scheme.name, "title": scheme.title, "source": scheme.source, "sha256": scheme.sha256}


def _grade(read: ReadGrade, scheme: Scheme) -> dict[str, Any]:
    return {
        "grade": read.grade.name,
        "words": read.grade.words,
        "why": list(read.why),
        "counts": dict(read.tally.counts),
        "points": str(read.tally.points),
        "damages": _ratings(read.ratings, scheme),
    }


def _ratings(ratings: Iterable[Rating], scheme: Scheme) -> list[dict[str, Any]]:
    return [
        {
            "damage": rating.damage.name,
            "class": scheme.classes[rating.level].name,
            "rule": rating.rule.name,
            "words": rating.rule.words,
            "why": rating.why,
        }
        for rating in ratings
    ]


def _line(line: DeductionLine) -> dict[str, Any]:
    told = zip(Reading, line.amounts, line.formulas, strict=True)
    return {
        "kind": line.kind.value,
        **{reading.value: {"amount": str(amount), "formula": formula} for reading, amount, formula in told},
        "sources": list(line.sources),
    }
