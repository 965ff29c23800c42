"""Two inspections of one car on one page: photo beside photo, each damage in the colour of what became of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coachwork.assessments.views import View
from coachwork.geometry.box import Box
from coachwork.inspections.changes import Change, Changes, State
from coachwork.inspections.inspection import Inspection
from coachwork.photos.reading import Photo
from coachwork.reports.car.pictures import Finder, derived_pixels
from coachwork.reports.overlay import Colour, DrawnShape, draw_shapes
from coachwork.reports.pages import render_page, write_page
from coachwork.reports.pictures import crop_around, data_uri_of

_TEMPLATE = Path(__file__).with_name("changes_page.html.j2")
_LONGEST_PX = 900
_CROP_PX = 460
_SHEET_PX = 420
_ROOM = 0.5
_LOOKED_AT: Colour = (255, 255, 255)

COLOURS: Mapping[State, Colour] = {
    State.NEW: (230, 60, 40),
    State.GROWN: (245, 150, 20),
    State.UNCERTAIN: (190, 110, 220),
    State.NOT_COMPARABLE: (150, 150, 150),
    State.UNCHANGED: (60, 140, 230),
    State.GONE: (40, 170, 90),
}
_MEANINGS = {
    State.NEW: "its place was seen well before, without it",
    State.GROWN: "it covers more than the difference between two photos explains",
    State.UNCERTAIN: "a person has to look",
    State.NOT_COMPARABLE: "its place was not seen well in the other inspection",
    State.UNCHANGED: "both inspections have it",
    State.GONE: "its place is seen well now, without it",
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Side:
    """One inspection, its photos, their pixels with what must be hidden hidden, and what became of its views."""

    inspection: Inspection
    photos: Mapping[int, Photo]
    pixels: Mapping[int, NDArray[np.uint8]]
    numbers: Mapping[View, tuple[int, State]]


def write_changes_page(
    changes: Changes,
    photos: tuple[Mapping[int, Photo], Mapping[int, Photo]],
    path: Path,
    *,
    finder: Finder | None = None,
) -> None:
    """Writes the page, one file that loads nothing from elsewhere.

    Args:
        changes: of two inspections.
        photos: of both, by their places; those that are missing are named instead of shown.
        path: the HTML file.
        finder: finds what must be hidden on a photo; None where nothing is to be hidden.
    """
    sides = tuple(
        _Side(
            inspection=inspection,
            photos=those,
            pixels={number: derived_pixels(photo, finder)[0] for number, photo in those.items()},
            numbers=_numbers(changes, later=bool(place)),
        )
        for place, (inspection, those) in enumerate(zip((changes.before, changes.after), photos, strict=True))
    )
    rows = [_row(changes, number, one, sides) for number, one in enumerate(changes.changes, start=1)]
    page = render_page(
        _TEMPLATE,
        warnings=changes.warnings,
        vehicle=next((s.inspection.vehicle.description for s in reversed(sides) if s.inspection.vehicle), ""),
        legend=[(state.value, _css(COLOURS[state]), len(changes.of(state)), _MEANINGS[state]) for state in State],
        rows=rows,
        sheets=[[_sheet(side, place) for place in range(len(side.inspection.photos))] for side in sides],
    )
    write_page(path, page)


def _numbers(changes: Changes, *, later: bool) -> dict[View, tuple[int, State]]:
    """Each view of an inspection with the number and the state of its change."""
    damages = (changes.after if later else changes.before).damages
    return {
        view: (number, one.state)
        for number, one in enumerate(changes.changes, start=1)
        for place in (one.after if later else one.before)
        for view in damages[place].views
    }


def _row(changes: Changes, number: int, one: Change, sides: tuple[_Side, ...]) -> dict[str, Any]:
    known = changes.damage(one)
    pair = next(((each.first, each.second) for each in one.evidence if one.before and one.after), None)
    pictures = []
    for later, side in enumerate(sides):
        places = one.after if later else one.before
        if places:
            view = pair[later] if pair else side.inspection.damages[places[0]].views[0]
            box = side.inspection.assessments[view.photo].damages[view.damage].box
            pictures.append(_crop(side, view.photo, box, f"photo {view.photo + 1}", number=number))
        elif one.sighting is not None and one.sighting.place is not None:
            pictures.append(
                _crop(side, one.sighting.photo, one.sighting.place, f"photo {one.sighting.photo + 1}, the same place")
            )
        elif one.sighting is not None:
            pictures.append(
                _crop(side, one.sighting.photo, None, f"photo {one.sighting.photo + 1}, which shows the part")
            )
        else:
            pictures.append({"picture": "", "caption": "not seen"})
    return {
        "number": number,
        "state": one.state.value,
        "colour": _css(COLOURS[one.state]),
        "what": known.type.words,
        "part": "part unknown" if known.part is None else known.part.words,
        "why": one.why[:1].upper() + one.why[1:] + ".",
        "pictures": pictures,
    }


def _crop(side: _Side, place: int, box: Box | None, caption: str, *, number: int = 0) -> dict[str, str]:
    """A place on a photo: with the damage of a number drawn, or framed where nothing was found; all of it without."""
    drawn = _drawn(side, place, only=number, extra=None if number else box)
    if drawn is None:
        return {"picture": "", "caption": f"{caption}: the photo is not at hand"}
    size = side.inspection.assessments[place].size
    shown = drawn if box is None else crop_around(drawn, _wider(box).clipped(size), size=size, longest=_CROP_PX)
    return {"picture": data_uri_of(shown, quality=82), "caption": caption}


def _wider(box: Box) -> Box:
    """A box with room around it for what surrounds it and for its label."""
    room = max(_ROOM * max(box.width, box.height), 1.0)
    return Box(x_min=box.x_min - room, y_min=box.y_min - room, x_max=box.x_max + room, y_max=box.y_max + room)


def _sheet(side: _Side, place: int) -> dict[str, str]:
    drawn = _drawn(side, place, longest=_SHEET_PX)
    name = Path(side.inspection.assessments[place].file).name
    return {"picture": "" if drawn is None else data_uri_of(drawn), "caption": f"{place + 1}  {name}"}


def _drawn(
    side: _Side, place: int, *, only: int | None = None, extra: Box | None = None, longest: int = _LONGEST_PX
) -> NDArray[np.uint8] | None:
    """The photo with what must be hidden hidden, and its damages, or one of them; None where it is not at hand."""
    photo = side.photos.get(place)
    if photo is None:
        return None
    shapes = []
    for place_of, damage in enumerate(side.inspection.assessments[place].damages):
        number, state = side.numbers[View(photo=place, damage=place_of)]
        if only is None or number == only:
            label = f"{number} {state.value}" if only is None else ""
            shapes.append(DrawnShape(box=damage.box, mask=damage.mask, label=label, colour=COLOURS[state]))
    if extra is not None:
        shapes.append(DrawnShape(box=extra.clipped(photo.size), mask=None, label="", colour=_LOOKED_AT))
    return draw_shapes(side.pixels[place], shapes, size=photo.size, longest=longest)


def _css(colour: Colour) -> str:
    return "rgb({}, {}, {})".format(*colour)
