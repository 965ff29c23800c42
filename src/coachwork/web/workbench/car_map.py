"""The car map of the case page: every part by its worst damage, each number a way to its damage in table and photos."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from coachwork.inspections.vehicle import Vehicle
from coachwork.reports.car.car_map import CarMap, PartState
from coachwork.reports.car.map_contents import SIGHTS, map_body
from coachwork.reports.car.map_outlines import (
    DECORATION,
    GRILLE,
    HEIGHT,
    WHEEL_RADIUS,
    WHEELS,
    WIDTH,
    mirrored,
    outlines,
)
from coachwork.taxonomy import CarPart, Severity

_STEP = 26
_RADIUS = 12.5


@dataclass(frozen=True, slots=True, kw_only=True)
class MappedDamage:
    """What the map needs of a damage.

    Attributes:
        number: in table and photos.
        part: that it lies on; None where nobody knows.
        severity: levels that are left open, mildest first.
        likely: whether it is rather there than not.
    """

    number: int
    part: CarPart | None
    severity: tuple[Severity, ...]
    likely: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MapBadge:
    """A damage's number on the map, centred at x, y."""

    number: int
    x: float
    y: float
    likely: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MapPart:
    """A part: path data, how it stands, and its damages' numbers."""

    part: CarPart
    path: str
    state: PartState
    numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownMap:
    """All of the map; coordinates are units of a drawing of `width` by `height`.

    Attributes:
        parts: in the order of drawing.
        badges: numbers of damages.
        lines: path data of what only decorates.
        wheels: centres.
        wheel_state: of all of them.
        states: that occur, for the legend.
        unplaced: numbers of damages that no part of the map carries.
    """

    parts: tuple[MapPart, ...]
    badges: tuple[MapBadge, ...]
    lines: tuple[str, ...]
    wheels: tuple[tuple[float, float], ...]
    wheel_state: PartState
    states: tuple[PartState, ...]
    unplaced: tuple[int, ...]
    width: int = WIDTH
    height: int = HEIGHT
    radius: float = _RADIUS
    wheel_radius: int = WHEEL_RADIUS


def shown_map(
    damages: Iterable[MappedDamage], coverage: Sequence[Mapping[str, Any]], vehicle: Vehicle | None
) -> ShownMap:
    """The map of a car.

    Args:
        damages: that stand.
        coverage: of ``coachwork.inspection/1``: how well each part was seen.
        vehicle: None where nothing is known of it.
    """
    states = {CarPart(one["part"]): SIGHTS[one["sight"]] for one in coverage}
    numbers: dict[CarPart, list[int]] = {}
    found = list(damages)
    order = list(PartState)
    for one in found:
        if one.part is not None:
            numbers.setdefault(one.part, []).append(one.number)
            states[one.part] = min(states.get(one.part, PartState.UNTOLD), _state(one), key=order.index)
    body = map_body(None if vehicle is None else vehicle.body, states)
    car = CarMap(states=states, numbers=numbers, body=body)
    drawn = outlines(body)
    placed = car.placed
    likely = {one.number for one in found if one.likely}
    parts = tuple(
        MapPart(part=part, path=outline.path, state=car.state(part), numbers=tuple(numbers.get(part, ())))
        for part, outline in drawn.items()
    )
    badges = [
        badge
        for part, own in numbers.items()
        if part in drawn
        for badge in _badges(own, drawn[part].x, drawn[part].y, drawn[part].columns, likely)
    ]
    shown = {car.state(part) for part in (*drawn, CarPart.WHEEL)}
    return ShownMap(
        parts=parts,
        badges=tuple(badges),
        lines=(GRILLE, DECORATION[body], mirrored(DECORATION[body])),
        wheels=(*WHEELS, *((x, HEIGHT - y) for x, y in WHEELS)),
        wheel_state=car.state(CarPart.WHEEL),
        states=tuple(state for state in PartState if state in shown),
        unplaced=tuple(one.number for one in found if one.number not in placed),
    )


def _state(damage: MappedDamage) -> PartState:
    if not damage.likely:
        return PartState.POSSIBLE
    return PartState(damage.severity[-1].value) if damage.severity else PartState.UNRATED


def _badges(numbers: Sequence[int], x: float, y: float, columns: int, likely: set[int]) -> Iterable[MapBadge]:
    """Numbers in rows around a point, inside of the drawing."""
    rows = [numbers[start : start + columns] for start in range(0, len(numbers), columns)]
    for row, own in enumerate(rows):
        at_y = y + (row - (len(rows) - 1) / 2) * _STEP
        for column, number in enumerate(own):
            at_x = x + (column - (len(own) - 1) / 2) * _STEP
            yield MapBadge(
                number=number,
                x=round(min(max(at_x, _RADIUS), WIDTH - _RADIUS), 1),
                y=round(min(max(at_y, _RADIUS), HEIGHT - _RADIUS), 1),
                likely=number in likely,
            )
