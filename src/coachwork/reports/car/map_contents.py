"""What the car map says of each part: its worst likely damage, else what is possible, else how well it was seen."""

from collections.abc import Mapping, Sequence
from typing import Any

from coachwork.inspections.vehicle import Body
from coachwork.reports.car.car_map import CarMap, PartState
from coachwork.reports.car.damage_contents import ReportDamage
from coachwork.reports.car.map_outlines import MapBody
from coachwork.taxonomy import CarPart

_SIGHTS = {"well": PartState.WELL, "poorly": PartState.POORLY, "not": PartState.NOT}
WITH_BOOT = frozenset({Body.SALOON, Body.COUPE, Body.CONVERTIBLE})
"""Bodies with a boot lid; the others have a tailgate or a load bed."""


def car_map_of(document: Mapping[str, Any], damages: Sequence[ReportDamage]) -> CarMap:
    """The map of a document's car."""
    states = {CarPart(one["part"]): _SIGHTS[one["sight"]] for one in document.get("coverage", ())}
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
        body=_body(document, states),
    )


def _state(damage: ReportDamage) -> PartState:
    if not damage.likely:
        return PartState.POSSIBLE
    return PartState(damage.worst) if damage.worst else PartState.UNRATED


def _body(document: Mapping[str, Any], states: Mapping[CarPart, PartState]) -> MapBody:
    """By the car's body, where it is told; else by which of the two rears the photos show."""
    told = (document.get("vehicle") or {}).get("body")
    if told:
        return MapBody.BOOT if Body(told) in WITH_BOOT else MapBody.TAILGATE
    order = list(PartState)
    boot = states.get(CarPart.BOOT_LID, PartState.UNTOLD)
    tailgate = states.get(CarPart.TAILGATE_OR_LOAD_BED, PartState.UNTOLD)
    return MapBody.TAILGATE if order.index(tailgate) < order.index(boot) else MapBody.BOOT
