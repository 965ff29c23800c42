"""Estimates as JSON, by the schema ``coachwork.estimate/1`` (docs/estimates.md); amounts are texts, never floats."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from coachwork.estimates.damage import RepairDamage
from coachwork.estimates.estimate import Estimate
from coachwork.estimates.line import Line
from coachwork.estimates.money import MoneyRange
from coachwork.estimates.readings import Reading
from coachwork.estimates.rules import Operation, Rule
from coachwork.estimates.work_changes import WorkChange, WorkDeed
from coachwork.reasons import with_reasons
from coachwork.taxonomy import Item

SCHEMA = "coachwork.estimate/1"


def estimate_to_json(estimate: Estimate) -> dict[str, Any]:
    """The estimate as plain JSON values."""
    card, loss = estimate.card, estimate.total_loss
    used = {rule for plan in estimate.plans.values() for line in plan.lines for rule in line.rules}
    tables = {table.split(".")[0] for plan in estimate.plans.values() for line in plan.lines for table in line.tables}
    told: dict[str, Any] = {
        "schema": SCHEMA,
        "rate_card": {
            "name": card.name,
            "version": card.version,
            "region": card.region,
            "currency": card.currency,
            "sample": card.sample,
            "sha256": card.sha256,
        },
        "vehicle": estimate.vehicle.description,
        "damages": [_damage(one) for one in estimate.damages],
        "plans": {
            reading.value: {
                "total": str(estimate.plans[reading].total),
                "lines": [_line(line) for line in estimate.plans[reading].lines],
            }
            for reading in Reading
        },
        "total": _range(estimate.total),
        "prior": [str(amount) for amount in estimate.prior],
        "betterment": [str(amount) for amount in estimate.betterment],
        "payable": _range(estimate.payable),
        "total_loss": {
            "outcome": loss.outcome.value,
            "limit": None if loss.limit is None else str(loss.limit),
            "why": loss.why,
        },
        "open": [{"what": one.what, "why": one.why, "table": one.table} for one in estimate.open],
        "notes": list(estimate.notes),
        "rules": {rule.value: rule.words for rule in Rule if rule in used},
        "sources": {table: card.sources[table] for table in sorted(tables) if table in card.sources},
    } | ({"changes": [change_to_json(one) for one in estimate.changes]} if estimate.changes else {})
    return with_reasons(told)


def change_to_json(one: WorkChange) -> dict[str, Any]:
    """What a person decided about a line, as plain JSON values."""
    return {
        "number": one.number,
        "deed": one.deed.value,
        "item": one.item.value,
        "place": one.place,
        "operation": one.operation.value,
        "instead": None if one.instead is None else one.instead.value,
        "hours": None if one.hours is None else str(one.hours),
        "parts": None if one.parts is None else str(one.parts),
        "net": None if one.net is None else str(one.net),
        "reason": one.reason,
        "by": one.by,
    }


def change_of_json(values: Mapping[str, Any]) -> WorkChange:
    """The change that `change_to_json` told.

    Raises:
        KeyError, ValueError: the values are no such object.
        WorkChangeError: they do not go together.
    """
    return WorkChange(
        number=int(values.get("number", 0)),
        deed=WorkDeed(values["deed"]),
        item=Item(values["item"]),
        place=str(values.get("place", "")),
        operation=Operation(values["operation"]),
        instead=None if values.get("instead") is None else Operation(values["instead"]),
        **{key: None if values.get(key) is None else Decimal(values[key]) for key in ("hours", "parts", "net")},
        reason=str(values.get("reason", "")),
        by=str(values.get("by", "")),
    )


def _range(amounts: MoneyRange) -> dict[str, str]:
    return {
        "lower": str(amounts.lower),
        "likely": str(amounts.likely),
        "upper": str(amounts.upper),
        "currency": amounts.currency,
    }


def _line(line: Line) -> dict[str, Any]:
    return {
        "item": line.item.value,
        "place": line.place,
        "operation": line.operation.value,
        "hours": None if line.hours is None else str(line.hours),
        "labour_class": None if line.labour_class is None else line.labour_class.value,
        "labour": str(line.labour),
        "parts": str(line.parts),
        "materials": str(line.materials),
        "sublet": str(line.sublet),
        "tax": str(line.tax),
        "amount": str(line.amount),
        "damages": list(line.damages),
        "rules": [rule.value for rule in line.rules],
        "tables": list(line.tables),
        "why": line.why,
    }


def _damage(one: RepairDamage) -> dict[str, Any]:
    return {
        "name": one.name,
        "type": one.type.value,
        "part": None if one.part is None else one.part.value,
        "place": one.place,
        "count": one.count,
        "size_mm": None if one.size_mm is None else [str(one.size_mm.low), str(one.size_mm.high)],
        "severity": [level.value for level in one.severity],
        "paint_broken": one.paint_broken,
        "access": None if one.access is None else one.access.value,
        "confidence": None if one.confidence is None else str(one.confidence),
        "prior": one.prior,
    }
