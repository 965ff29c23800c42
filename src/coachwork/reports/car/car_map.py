"""The car map: every part of the car in the colour of its worst damage, or of how well the photos show it.

Drawn as SVG that loads nothing and holds no text of the user, so that it can stand in a page or in a document.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from html import escape

from coachwork.reasons import ENGLISH, Reason, Wording, said
from coachwork.reports.car.map_outlines import (
    DECORATION,
    GRILLE,
    HEIGHT,
    WHEEL_RADIUS,
    WHEELS,
    WIDTH,
    MapBody,
    mirrored,
    outlines,
)
from coachwork.taxonomy import CarPart


class PartState(StrEnum):
    """What the map says of a part, the gravest first."""

    SEVERE = "severe"
    MODERATE = "moderate"
    MINOR = "minor"
    UNRATED = "unrated"
    POSSIBLE = "possible"
    WELL = "well"
    POORLY = "poorly"
    NOT = "not"
    UNTOLD = "untold"

    @property
    def is_damaged(self) -> bool:
        """Whether a likely damage lies on the part."""
        return self in {PartState.SEVERE, PartState.MODERATE, PartState.MINOR, PartState.UNRATED}

    @property
    def words(self) -> Reason:
        """As the legend has it."""
        return said(f"map.{self.value}")


_FILLS = {
    PartState.SEVERE: "#d1382c",
    PartState.MODERATE: "#f29a4a",
    PartState.MINOR: "#fbdf7a",
    PartState.UNRATED: "#b9a3dc",
    PartState.POSSIBLE: "#cfe3f5",
    PartState.WELL: "#ffffff",
    PartState.POORLY: "#e6e9ec",
    PartState.NOT: "#aab2ba",
    PartState.UNTOLD: "url(#hatch)",
}
"""Severities grow darker, so that they stay in order in grey print and for every kind of colour vision; numbers mark
damaged parts besides."""

_INK, _SOFT = "#2b333b", "#68727d"
_HATCH = (
    '<defs><pattern id="hatch" width="7" height="7" patternUnits="userSpaceOnUse">'
    '<rect width="7" height="7" fill="#f4f5f6"/><path d="M-1 8 L8 -1" stroke="#aab2ba" stroke-width="1.2"/>'
    "</pattern></defs>"
)
_BADGE = 8.5
_STEP = 2 * _BADGE + 1
_MOST = 8
_LEGEND_COLUMNS = 3
_FONT = "'Source Sans 3', 'Source Sans Pro', 'Liberation Sans', Arial, sans-serif"


@dataclass(frozen=True, slots=True, kw_only=True)
class CarMap:
    """What is drawn.

    Attributes:
        states: of the parts; one that is missing is drawn as untold.
        numbers: part -> the numbers of its damages.
        possible: numbers of those that are possible only; they are drawn hollow.
        body: which rear the car has.
    """

    states: Mapping[CarPart, PartState]
    numbers: Mapping[CarPart, Sequence[int]]
    possible: frozenset[int] = frozenset()
    body: MapBody = MapBody.BOOT

    @property
    def placed(self) -> frozenset[int]:
        """Numbers that stand on the map: not those of wheels, whose place is not told."""
        drawn = outlines(self.body)
        return frozenset(number for part, numbers in self.numbers.items() if part in drawn for number in numbers)

    def state(self, part: CarPart) -> PartState:
        """Of a part."""
        return self.states.get(part, PartState.UNTOLD)


def draw_car_map(car: CarMap, w: Wording = ENGLISH) -> str:
    """The map as one SVG element, with its legend in a language."""
    parts = outlines(car.body)
    shown = [*parts, CarPart.WHEEL]
    states = [state for state in PartState if any(car.state(part) is state for part in shown)]
    legend = -(-len(states) // _LEGEND_COLUMNS) * 20
    pieces = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT + 12 + legend}" role="img"',
        f'aria-label="{escape(_told(car, w))}" font-family="{_FONT}">',
        _HATCH,
        f'<g stroke="{_INK}" stroke-width="1.3" stroke-linejoin="round">',
        f'<path d="{GRILLE}" fill="#f4f5f6" stroke="{_SOFT}" stroke-width=".8"/>',
        *(_part(part, outline.path, car.state(part), w) for part, outline in parts.items()),
        *_wheels(car.state(CarPart.WHEEL)),
        "</g>",
        *(
            f'<path d="{path}" fill="none" stroke="{_SOFT}" stroke-width=".8"/>'
            for path in (DECORATION[car.body], mirrored(DECORATION[car.body]))
        ),
        *_directions(w),
    ]
    for part, numbers in car.numbers.items():
        if part in parts:
            pieces += _badges(numbers, parts[part].x, parts[part].y, parts[part].columns, car.possible)
    return "\n".join([*pieces, *_legend(states, w), "</svg>"])


def _told(car: CarMap, w: Wording) -> str:
    damaged = [part for part in CarPart if car.state(part).is_damaged]
    return w.say("map.damaged", parts=damaged) if damaged else w.say("map.undamaged")


def _part(part: CarPart, path: str, state: PartState, w: Wording) -> str:
    title = f"{w.term('part', part.value)}: {w.words(state.words)}"
    return f'<path d="{path}" fill="{_FILLS[state]}"><title>{escape(title)}</title></path>'


def _wheels(state: PartState) -> Iterator[str]:
    for x, y in (*WHEELS, *((x, HEIGHT - y) for x, y in WHEELS)):
        yield f'<circle cx="{x}" cy="{y}" r="{WHEEL_RADIUS}" fill="{_FILLS[state]}"/>'
        yield f'<circle cx="{x}" cy="{y}" r="{WHEEL_RADIUS / 2}" fill="none" stroke="{_SOFT}" stroke-width=".8"/>'


def _directions(w: Wording) -> Iterator[str]:
    for side, x, y in (("right", WIDTH / 2, 8), ("left", WIDTH / 2, HEIGHT - 2)):
        words = escape(w.say(f"map.{side}"))
        yield f'<text x="{x:g}" y="{y}" font-size="11" text-anchor="middle" fill="{_SOFT}">{words}</text>'
    for side, x, turn in (("front", 22, -90), ("rear", WIDTH - 22, 90)):
        words = escape(w.say(f"map.{side}"))
        place = f'transform="translate({x} {HEIGHT / 2:g}) rotate({turn})"'
        yield f'<text {place} font-size="11" text-anchor="middle" fill="{_SOFT}">{words}</text>'


def _badges(numbers: Sequence[int], x: float, y: float, columns: int, possible: frozenset[int]) -> Iterator[str]:
    """Numbers in rows around a point; where there are too many, how many more."""
    told = [(str(number), number in possible) for number in numbers[:_MOST]]
    if len(numbers) > _MOST:
        told[-1] = (f"+{len(numbers) - _MOST + 1}", all(number in possible for number in numbers[_MOST - 1 :]))
    rows = [told[start : start + columns] for start in range(0, len(told), columns)]
    for row, badges in enumerate(rows):
        centre_y = y + (row - (len(rows) - 1) / 2) * _STEP
        for column, (word, hollow) in enumerate(badges):
            yield _badge(word, x + (column - (len(badges) - 1) / 2) * _STEP, centre_y, hollow=hollow)


def _badge(word: str, x: float, y: float, *, hollow: bool) -> str:
    ring, ground, ink = (_INK, "#fff", _INK) if hollow else ("#fff", _INK, "#fff")
    return (
        f'<circle cx="{x:g}" cy="{y:g}" r="{_BADGE}" fill="{ground}" stroke="{ring}" stroke-width="1.2"/>'
        f'<text x="{x:g}" y="{y + 3.6:g}" font-size="{10 if len(word) < 3 else 8}" font-weight="600" '
        f'text-anchor="middle" fill="{ink}">{word}</text>'
    )


def _legend(states: Sequence[PartState], w: Wording) -> Iterator[str]:
    for place, state in enumerate(states):
        x = 20 + (place % _LEGEND_COLUMNS) * (WIDTH - 20) / _LEGEND_COLUMNS
        y = HEIGHT + 12 + place // _LEGEND_COLUMNS * 20
        words = escape(w.words(state.words))
        yield (
            f'<rect x="{x:g}" y="{y:g}" width="18" height="12" rx="2" fill="{_FILLS[state]}" stroke="{_INK}" '
            f'stroke-width=".8"/><text x="{x + 25:g}" y="{y + 10:g}" font-size="12" fill="{_INK}">{words}</text>'
        )
