"""A chart of differences with their intervals, one row each, around a line at zero."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

_ROW, _TOP, _END = 22, 26, 18
"""Height of a row, room above for what the sides mean, room at the right, user units."""

_LETTER = 6.6
"""Width of a letter at 12 px, on average."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """One value with its interval.

    Attributes:
        value, low, high: percentage points; low and high None for no interval.
        series: 1, 2, 3 ..., which colour of the style sheet.
    """

    value: float
    low: float | None
    high: float | None
    series: int = 1


def interval_chart(
    rows: Sequence[tuple[str, Sequence[Interval]]],
    *,
    title: str,
    left: str,
    right: str,
    legend: Sequence[tuple[str, int]] = (),
    width: int = 330,
) -> Markup:
    """Intervals around zero; all rows share one scale.

    Args:
        rows: name and intervals of each row.
        title: what a screen reader says.
        left: what a value below zero means.
        right: what a value above zero means.
        legend: name and colour series of the intervals of a row, where there is more than one.
        width: of the plot, user units.
    """
    reach = _reach([end for _, intervals in rows for one in intervals for end in (one.value, one.low, one.high)])
    lines = [max(1, len(intervals)) for _, intervals in rows]
    names = 20 + _LETTER * max((len(name) for name, _ in rows), default=0)
    head = _TOP + (18 if legend else 0)
    bottom = head + _ROW * sum(lines)

    def x(value: float) -> float:
        return names + width * (value + reach) / (2 * reach)

    parts = [f'<text x="{x(0) - 8:.1f}" y="12" class="end mark">\N{LEFTWARDS ARROW} {escape(left)}</text>']
    parts.append(f'<text x="{x(0) + 8:.1f}" y="12" class="mark">{escape(right)} \N{RIGHTWARDS ARROW}</text>')
    parts += _legend(legend, x=names, y=head - 8)
    for mark in (-reach, -reach / 2, 0, reach / 2, reach):
        parts.append(f'<path class="{"guide" if mark == 0 else "grid"}" d="M{x(mark):.1f} {head - 4}V{bottom}"/>')
        text = f"{mark:+g}" if mark else "0"
        parts.append(f'<text x="{x(mark):.1f}" y="{bottom + 14}" class="middle mark">{text}</text>')
    y = float(head)
    for (name, intervals), count in zip(rows, lines, strict=True):
        parts.append(f'<text x="{names - 10:.1f}" y="{y + _ROW * count / 2 + 4:.1f}" class="end">{escape(name)}</text>')
        for one in intervals:
            parts.append(_drawn(one, x, y + _ROW / 2))
            y += _ROW
        y += 0 if intervals else _ROW
    whole = round(names) + width + _END
    opening = f'<svg viewBox="0 0 {whole} {bottom + 22}" width="{whole}" height="{bottom + 22}" role="img">'
    return Markup(f"{opening}<title>{escape(title)}</title>{''.join(parts)}</svg>")  # noqa: S704  escaped above


def _drawn(one: Interval, x: Callable[[float], float], y: float) -> str:
    dot = f'<circle class="fill s{one.series}" cx="{x(one.value):.1f}" cy="{y:.1f}" r="4"/>'
    if one.low is None or one.high is None:
        return dot
    bar = f"M{x(one.low):.1f} {y:.1f}H{x(one.high):.1f}"
    ends = "".join(f"M{x(end):.1f} {y - 4:.1f}v8" for end in (one.low, one.high))
    return f'<path class="line s{one.series}" d="{bar}{ends}"/>{dot}'


def _legend(entries: Sequence[tuple[str, int]], *, x: float, y: float) -> list[str]:
    parts = []
    for name, series in entries:
        parts.append(f'<circle class="fill s{series}" cx="{x + 4:.1f}" cy="{y - 4:.1f}" r="4"/>')
        parts.append(f'<text x="{x + 14:.1f}" y="{y}">{escape(name)}</text>')
        x += 34 + 7 * len(name)
    return parts


def _reach(values: Sequence[float | None]) -> float:
    """A round number that no value exceeds."""
    most = max((abs(value) for value in values if value is not None), default=0.0)
    return float(next((mark for mark in (1, 2, 4, 6, 10, 20, 30, 40, 60, 80) if mark >= most), 100))
