"""What the car map says of each part: its worst likely damage, else what is possible, else how well it was seen."""

from collections.abc import Mapping, Sequence
from typing import Any

from coachwork.inspections.vehicle import Body
from coachwork.reports.car.car_map import CarMap, PartState
from coachwork.reports.car.damage_contents import ReportDamage
from coachwork.reports.car.map_outlines import MapBody
from coachwork.taxonomy import CarPart

SIGHTS = {"well": PartState.WELL, "poorly": PartState.POORLY, "not": PartState.NOT}
"""How well a part was seen -> what the map says of it without damage."""

WITH_BOOT = frozenset({Body.SALOON, Body.COUPE, Body.CONVERTIBLE})
"""Bodies with a boot lid; the others have a tailgate or a load bed."""


def car_map_of(document: Mapping[str, Any], damages: Sequence[ReportDamage]) -> CarMap:
    """The map of a document's car."""
    states = {CarPart(one["part"]): SIGHTS[one["sight"]] for one in document.get("coverage", ())}
    numbers: dict[CarPart, list[int]] = {}
    order = list(PartState)
    for damage, told in zip(damages, document["damages"], strict=True):
        if told["part"] is None:
            continue
        part = CarPart(told["part"])
        numbers.setdefault(part, []).append(damage.number)
        state = _state(damage)
        now = states.get(part, PartState.UNTOLD)
        states[part] = min(now, state, key=order.index)
    return CarMap(
        states=states,
        numbers=numbers,
        possible=frozenset(damage.number for damage in damages if not damage.likely),
        body=map_body(_body_of(document), states),
    )


def _state(damage: ReportDamage) -> PartState:
    if not damage.likely:
        return PartState.POSSIBLE
    return PartState(damage.worst) if damage.worst else PartState.UNRATED


def map_body(told: Body | None, states: Mapping[CarPart, PartState]) -> MapBody:
    """By the car's body, where it is told; else by which of the two rears the photos show."""
    if told is not None:
        return MapBody.BOOT if told in WITH_BOOT else MapBody.TAILGATE
    order = list(PartState)
    boot = states.get(CarPart.BOOT_LID, PartState.UNTOLD)
    tailgate = states.get(CarPart.TAILGATE_OR_LOAD_BED, PartState.UNTOLD)
    return MapBody.TAILGATE if order.index(tailgate) < order.index(boot) else MapBody.BOOT


def _body_of(document: Mapping[str, Any]) -> Body | None:
    told = (document.get("vehicle") or {}).get("body")
    return Body(told) if told else None
