"""What is known of one car, read from either JSON that tells it: a list of damages, or an inspection."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coachwork.assessments.verdict import Verdict
from coachwork.estimates import damages_json
from coachwork.estimates.damage import RepairDamage
from coachwork.estimates.damages_json import DamagesFileError, damages_of, load_json
from coachwork.inspections import inspection_json
from coachwork.inspections.coverage import PartCoverage, Sight
from coachwork.inspections.vehicle import Vehicle
from coachwork.inspections.vehicle_json import vehicle_from_json
from coachwork.json_objects import JsonFileError, JsonObject
from coachwork.taxonomy import CarPart

_OF_DAMAGE = {"type": "type", "part": "part", "size_mm": "size_mm", "severity": "severity", "probability": "confidence"}
"""Keys of a damage in an inspection -> what a list of damages calls them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CarCase:
    """The damages of one car, and what was looked at to find them.

    Attributes:
        damages: each once.
        coverage: how well each part was seen; empty where nobody tells.
        verdict: of the inspection; None where there was none.
        vehicle: that the inspection names; None where it names none.
    """

    damages: tuple[RepairDamage, ...]
    coverage: tuple[PartCoverage, ...] = ()
    verdict: Verdict | None = None
    vehicle: Vehicle | None = None


def read_case(path: Path) -> CarCase:
    """Reads ``coachwork.damages/1`` (docs/estimates.md) or ``coachwork.inspection/1`` (docs/inspecting.md).

    Raises:
        DamagesFileError: the file cannot be read, or one thing is wrong in it.
        ExceptionGroup: of several DamagesFileErrors.
    """
    return case_of(load_json(path), str(path))


def case_of(values: Any, file: str) -> CarCase:
    """What the values of either JSON say, numbers with a point as Decimal.

    Args:
        values: the object of the whole file.
        file: what errors call it.

    Raises:
        DamagesFileError: one thing is wrong in it.
        ExceptionGroup: of several DamagesFileErrors.
    """
    schema = values.get("schema") if isinstance(values, Mapping) else None
    known = (damages_json.SCHEMA, inspection_json.SCHEMA)
    if schema not in known or not isinstance(values.get("damages"), list):
        told = " or ".join(f'"{name}"' for name in known)
        why = f'must be an object with "schema": {told} and a list "damages"'
        raise DamagesFileError(file=file, where="", why=why)
    inspected = schema == inspection_json.SCHEMA
    listed = [_renamed(one) for one in values["damages"]] if inspected else values["damages"]
    return CarCase(
        damages=damages_of(listed, file),
        coverage=tuple(_coverage(values.get("coverage"), file)),
        verdict=_verdict(values.get("verdict"), file) if inspected else None,
        vehicle=_vehicle(values, file) if inspected else None,
    )


def _renamed(damage: Any) -> Any:
    """A damage of an inspection as a list of damages has it, named by its number; views and evidence stay behind."""
    if not isinstance(damage, Mapping):
        return damage
    named = {"name": f"damage {damage['number']}"} if "number" in damage else {}
    return named | {ours: damage[theirs] for theirs, ours in _OF_DAMAGE.items() if theirs in damage}


def _vehicle(values: Mapping[str, Any], file: str) -> Vehicle | None:
    try:
        told = JsonObject(values, file=file, where="").object_or_none("vehicle")
        return None if told is None else vehicle_from_json(told)
    except JsonFileError as error:
        raise DamagesFileError(file=file, where=error.where, why=error.why) from None


def _verdict(value: Any, file: str) -> Verdict:
    if value not in list(Verdict):
        raise DamagesFileError(file=file, where="verdict", why=f"must be one of {', '.join(Verdict)}, is {value!r}")
    return Verdict(value)


def _coverage(values: Any, file: str) -> Iterator[PartCoverage]:
    """How well each part was seen; the same part must not stand there twice."""
    if values is not None and not isinstance(values, list):
        raise DamagesFileError(file=file, where="coverage", why="must be a list")
    sights = {sight.name.lower(): sight for sight in Sight}
    told: set[CarPart] = set()
    for place, value in enumerate(values or ()):
        where = f"coverage[{place}]"
        if not isinstance(value, Mapping) or value.get("part") not in list(CarPart):
            raise DamagesFileError(file=file, where=where, why=f"must name a part of {', '.join(CarPart)}")
        part, sight = CarPart(value["part"]), value.get("sight")
        if not isinstance(sight, str) or sight not in sights:
            raise DamagesFileError(file=file, where=f"{where}.sight", why=f"must be one of {', '.join(sights)}")
        if part in told:
            raise DamagesFileError(file=file, where=where, why=f"tells of the {part.words} a second time")
        told.add(part)
        photos = value.get("photos", [])
        places = photos if isinstance(photos, list) and all(type(one) is int for one in photos) else []
        yield PartCoverage(part=part, sight=sights[sight], photos=tuple(places))
