"""What is told of a case as JSON, as tables keep it and the API shows it."""

from datetime import date
from typing import Any

from coachwork.cases.case import Facts, Purpose
from coachwork.claims.claim_files import Cause, Loss
from coachwork.inspections.vehicle_json import vehicle_from_json, vehicle_to_json
from coachwork.json_objects import JsonObject


def facts_to_json(facts: Facts) -> dict[str, Any]:
    """The facts as plain JSON values; null is "not known"."""
    loss = facts.loss
    return {
        "reference": facts.reference,
        "purpose": facts.purpose.value,
        "vehicle": None if facts.vehicle is None else vehicle_to_json(facts.vehicle),
        "loss": {
            "on": None if loss.on is None else loss.on.isoformat(),
            "cause": None if loss.cause is None else loss.cause.value,
            "injured": loss.injured,
            "drivable": loss.drivable,
        },
    }


def facts_from_json(values: JsonObject) -> Facts:
    """The facts of such an object; whatever is missing is not known.

    Raises:
        JsonFileError: a field is wrong.
    """
    vehicle, loss = values.object_or_none("vehicle"), values.object_or_none("loss")
    return Facts(
        reference=values.text("reference", default=""),
        purpose=values.choice_or_none("purpose", Purpose) or Purpose.CLAIM,
        vehicle=None if vehicle is None else vehicle_from_json(vehicle),
        loss=Loss() if loss is None else _loss(loss),
    )


def _loss(values: JsonObject) -> Loss:
    text = values.text("on", default="")
    try:
        day = date.fromisoformat(text) if text else None
    except ValueError:
        raise values.wrong(key="on", why=f"must be a day such as 2026-03-15, is {text!r}") from None
    return Loss(
        on=day,
        cause=values.choice_or_none("cause", Cause),
        injured=values.flag_or_none("injured"),
        drivable=values.flag_or_none("drivable"),
    )
