"""Rows of the tables as cases, photos, results, decisions and events."""

from typing import Any

from sqlalchemy import RowMapping

from coachwork.cases.case import (
    Approval,
    Case,
    CaseEvent,
    CasePhoto,
    CaseResult,
    CaseState,
    Decision,
    DecisionKind,
)
from coachwork.cases.damage_numbers import standing_numbers
from coachwork.cases.facts_json import facts_from_json
from coachwork.geometry.size import Size
from coachwork.json_objects import JsonObject


def case_of(row: RowMapping) -> Case:
    """A row of `cases`."""
    return Case(
        id=row["id"],
        tenant=row["tenant"],
        facts=facts_from_json(JsonObject(row["facts"], file=f"case {row['id']}", where="facts")),
        state=CaseState(row["state"]),
        revision=row["revision"],
        version=row["version"],
        opened=row["opened"],
        changed=row["changed"],
        problem=row["problem"],
    )


def photo_of(row: RowMapping) -> CasePhoto:
    """A row of `photos`."""
    return CasePhoto(
        id=row["id"],
        place=row["place"],
        sha256=row["sha256"],
        name=row["name"],
        media_type=row["media_type"],
        bytes=row["bytes"],
        size=Size(height=row["height"], width=row["width"]),
        usable=row["usable"],
        advice=tuple(row["advice"]),
        added=row["added"],
    )


def photo_row(photo: CasePhoto) -> dict[str, Any]:
    """The columns of a photo but its case and place."""
    return {
        "id": photo.id,
        "sha256": photo.sha256,
        "name": photo.name,
        "media_type": photo.media_type,
        "bytes": photo.bytes,
        "width": photo.size.width,
        "height": photo.size.height,
        "usable": photo.usable,
        "advice": list(photo.advice),
        "added": photo.added,
    }


def result_of(row: RowMapping) -> CaseResult:
    """A row of `results` that is complete."""
    return CaseResult(
        revision=row["revision"],
        inspection=row["inspection"],
        estimate=row["estimate"],
        settlement=row["settlement"],
        made=row["made"],
        damages=None if row["damages"] is None else standing_numbers(row["damages"], row["inspection"]),
    )


def decision_of(row: RowMapping) -> Decision:
    """A row of `decisions`, before anybody's approval is looked at."""
    return Decision(
        id=row["id"],
        revision=row["revision"],
        kind=DecisionKind(row["kind"]),
        amount=row["amount"],
        currency=row["currency"],
        reason=row["reason"],
        by=row["by"],
        at=row["at"],
        person=row["person"],
        approval=Approval.AWAITED if row["needs_approval"] else Approval.NOT_NEEDED,
    )


def event_of(row: RowMapping) -> CaseEvent:
    """A row of `events`."""
    return CaseEvent(
        number=row["number"], case=row["case"], kind=row["kind"], by=row["by"], at=row["at"], detail=row["detail"]
    )
