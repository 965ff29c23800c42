"""One self-contained HTML page of what is wrong with annotation files, with crops of the shapes that it is about."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from coachwork.annotations.problems import Problem, ProblemCode, Sighting, count_by_code
from coachwork.photos.reading import PhotoError, read_photo
from coachwork.reports.overlay import Colour
from coachwork.reports.pages import render_page, write_page
from coachwork.reports.pictures import data_uri_of
from coachwork.reports.problem_meanings import MEANINGS
from coachwork.reports.shape_pictures import outline_pictures

SHOWN_CROPS = 12
SHOWN_ROWS = 200
_TEMPLATE = Path(__file__).with_name("problem_report.html.j2")
_COLOURS: tuple[Colour, ...] = ((255, 221, 0), (255, 85, 170), (85, 221, 255))
"""Of the parts of a shape, or of the two shapes of a pair, in turn."""


def write_problem_report(
    problems: Sequence[Problem],
    path: Path,
    *,
    title: str,
    about: Mapping[str, str],
    crops: int = SHOWN_CROPS,
    rows: int = SHOWN_ROWS,
) -> None:
    """Writes the page.

    Args:
        problems: of an import, perhaps none.
        path: the HTML file.
        title: of the page.
        about: what was read, as text.
        crops: shown of each kind at most; a photo that cannot be opened any more is passed over.
        rows: listed of each kind at most, besides those with a crop.
    """
    lost = sum(not problem.code.is_note for problem in problems)
    page = render_page(
        _TEMPLATE,
        title=title,
        about=about,
        sections=[_section(code, problems, crops, rows) for code in count_by_code(problems)],
        lost=lost,
        notes=len(problems) - lost,
    )
    write_page(path, page)


def _section(code: ProblemCode, problems: Sequence[Problem], crops: int, rows: int) -> dict[str, Any]:
    """What the page shows of one kind: crops first, then the others as a table."""
    pictures: list[dict[str, Any]] = []
    listed: list[Problem] = []
    own = [problem for problem in problems if problem.code is code]
    for problem in own:
        picture = _picture(problem) if len(pictures) < crops else None
        if picture is not None:
            pictures.append(picture)
        else:
            listed.append(problem)
    return {
        "code": code,
        "words": code.value.replace("_", " "),
        "meaning": MEANINGS.get(code, ""),
        "count": len(own),
        "pictures": pictures,
        "listed": listed[:rows],
        "left": max(0, len(listed) - rows),
    }


def _picture(problem: Problem) -> dict[str, Any] | None:
    """The problem's place as photographed and with its outlines; None where there is nothing to show."""
    if problem.seen is None:
        return None
    try:
        plain, drawn = _drawn(problem.seen)
    except PhotoError:
        return None
    return {
        "problem": problem,
        "plain": data_uri_of(plain),
        "drawn": data_uri_of(drawn),
        "photo": problem.seen.photo.name,
    }


def _drawn(seen: Sighting) -> Any:
    photo = read_photo(seen.photo)
    outlines = [(outline, _COLOURS[place % len(_COLOURS)]) for place, outline in enumerate(seen.outlines)]
    return outline_pictures(photo.pixels, outlines, size=photo.size)
