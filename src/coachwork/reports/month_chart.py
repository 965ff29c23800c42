"""A small chart of one figure by month, with its intervals; gaps where nothing is known."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from markupsafe import Markup, escape

_WIDTH, _HEIGHT, _TOP, _BOTTOM = 360, 72, 8, 20  # the whole, the plot's height and the room around it, user units
_LETTER, _GAP = 6.3, 12  # width of a letter at 11 px, and what is left beside texts


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthPoint:
    """A month's figure.

    Attributes:
        name: of the month, as it is written below and beside the dot.
        value: None where it is not known.
        low, high: ends of its interval; None for none.
    """

    name: str
    value: float | None
    low: float | None = None
    high: float | None = None


def month_chart(points: Sequence[MonthPoint], *, title: str, words: Callable[[float], str]) -> Markup:
    """Dots joined by lines, an upright line for each interval; what a dot says is in its title, the axis holds 0.

    Args:
        points: the months, the first one first; at least one.
        title: what a screen reader says.
        words: puts a value into words.
    """
    ends = [end for one in points for end in (one.value, one.low, one.high) if end is not None]
    if not ends:
        return Markup()
    low, high = _reach(ends)
    left = _GAP + _LETTER * max(len(words(low)), len(words(high)))
    plot = _WIDTH - left - _GAP

    def place(number: int, value: float) -> tuple[float, float]:
        x = left + (plot * number / (len(points) - 1) if len(points) > 1 else plot / 2)
        return x, _TOP + _HEIGHT * (high - value) / (high - low)

    parts = [_grid(low, high, words, left)]
    parts += [_name(points, number, place(number, low)[0]) for number in sorted({0, len(points) - 1})]
    known = [(number, one, one.value) for number, one in enumerate(points) if one.value is not None]
    for (number, _, value), (after, _, later) in pairwise(known):
        if after == number + 1:
            (x, y), (x2, y2) = place(number, value), place(after, later)
            parts.append(f'<path class="line" d="M{x:.1f} {y:.1f}L{x2:.1f} {y2:.1f}"/>')
    for number, one, value in known:
        x, y = place(number, value)
        if one.low is not None and one.high is not None:
            top, bottom = place(number, one.high)[1], place(number, one.low)[1]
            parts.append(f'<path class="interval" d="M{x:.1f} {top:.1f}V{bottom:.1f}"/>')
        told = f"{one.name}: {words(value)}"
        parts.append(f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="3.2"><title>{escape(told)}</title></circle>')
    height = _TOP + _HEIGHT + _BOTTOM
    head = f'<svg class="months" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" height="{height}" role="img">'
    return Markup(f"{head}<title>{escape(title)}</title>{''.join(parts)}</svg>")  # noqa: S704  escaped above


def _grid(low: float, high: float, words: Callable[[float], str], left: float) -> str:
    parts, across = [], f"h{_WIDTH - left - _GAP + 8:.1f}"
    for value, y in ((high, float(_TOP)), (low, float(_TOP + _HEIGHT))):
        parts.append(f'<path class="grid" d="M{left - 4:.1f} {y:.1f}{across}"/>')
        parts.append(f'<text class="end" x="{left - 8:.1f}" y="{y + 4:.1f}">{escape(words(value))}</text>')
    if low < 0 < high:
        y = _TOP + _HEIGHT * high / (high - low)
        parts.append(f'<path class="zero" d="M{left - 4:.1f} {y:.1f}{across}"/>')
    return "".join(parts)


def _name(points: Sequence[MonthPoint], number: int, x: float) -> str:
    side = "middle" if len(points) == 1 else ("end" if number else "start")
    return f'<text class="{side}" x="{x:.1f}" y="{_TOP + _HEIGHT + 16}">{escape(points[number].name)}</text>'


def _reach(values: Sequence[float]) -> tuple[float, float]:
    """The axis' ends, never the same."""
    low, high = min(0.0, *values), max(0.0, *values)
    return (low, high) if high > low else (0.0, 1.0)
