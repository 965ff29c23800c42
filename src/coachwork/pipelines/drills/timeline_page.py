"""The timeline of a drill as one self-contained HTML page, drawn as SVG."""

from pathlib import Path
from typing import Any

from coachwork.pipelines.drills.timeline import DrillReport, Lane, Moment
from coachwork.reports.pages import render_page, write_page

_TEMPLATE = Path(__file__).with_name("timeline.html.j2")
_DRAWING = Path(__file__).with_name("timeline.svg.j2")
_WIDTH, _LEFT, _RIGHT, _LANE = 1100, 96, 24, 44
_TOP = 30


def write_timeline(report: DrillReport, path: Path) -> Path:
    """Writes the page, and the drawing alone beside it as SVG; gives the page's path.

    Raises:
        OutputError: it cannot be written.
    """
    last = max((one.at_s + one.took_s for one in report.moments), default=1.0) or 1.0
    lanes = [lane for lane in Lane if any(one.lane is lane for one in report.moments)]
    rows = {lane: _TOP + _LANE * place for place, lane in enumerate(lanes)}
    drawing: dict[str, Any] = {
        "width": _WIDTH,
        "height": _TOP + _LANE * len(lanes) + 24,
        "lanes": [(lane.value, rows[lane], _LANE) for lane in lanes],
        "moments_drawn": [_mark(one, rows[one.lane], last) for one in report.moments],
        "ticks": [(_x(at, last), _clock(at)) for at in _ticks(last)],
    }
    moments = [(_clock(one.at_s + one.took_s), one) for one in report.moments]
    title = f"Drill: {report.name.replace('-', ' ')}"
    write_page(path, render_page(_TEMPLATE, title=title, report=report, moments=moments, **drawing))
    write_page(path.with_suffix(".svg"), render_page(_DRAWING, **drawing))
    return path


def _x(at_s: float, last: float) -> float:
    return round(_LEFT + (_WIDTH - _LEFT - _RIGHT) * at_s / last, 1)


def _mark(one: Moment, top: int, last: float) -> dict[str, Any]:
    start, end = _x(one.at_s, last), _x(one.at_s + one.took_s, last)
    return {
        "x": start,
        "width": max(round(end - start, 1), 5.0),
        "y": top,
        "lane": one.lane.value,
        "words": f"{_clock(one.at_s)}  {one.words}",
    }


def _ticks(last: float) -> list[float]:
    step = next(
        (one for one in (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1200, 3600) if last / one <= 12), max(last / 10, 1.0)
    )
    return [step * place for place in range(int(last // step) + 1)]


def _clock(seconds: float) -> str:
    """As minutes and seconds.

    >>> _clock(75.4)
    '1:15'
    """
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"
