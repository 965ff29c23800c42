"""Tables that are split where a terminal is too narrow for them, so that no figure is cut."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.table import Table

_GAP = 2
"""Blanks between two columns: the padding, and where rich would draw a line."""

_NAMES = (16, 28)
"""Characters that the first column has at least and at most; longer names go on in the next line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """What is to be printed.

    Attributes:
        heads: of the columns; the first column names the rows.
        rows: cells as text, as many in each as there are heads; a line end stands where a cell may be broken, and is a
            blank where it need not be.
        bold: places of the rows that stand out.
        left: places of the columns of words; those of figures stand to the right.
    """

    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    bold: Collection[int] = ()
    left: Collection[int] = (0,)


def narrow_tables(grid: Grid, room: int) -> "Iterator[Table]":
    """One table where the room is wide enough, else several, each with the first column.

    Args:
        grid: what is to be printed.
        room: characters of a line of the terminal.
    """
    columns = range(1, len(grid.heads))
    names = min(_NAMES[1], max(_longest(grid, 0, broken=False), len(grid.heads[0])))
    wide = [_longest(grid, place, broken=False) for place in columns]
    widest = [max(width, len(grid.heads[place])) for place, width in zip(columns, wide, strict=True)]
    least = [_longest(grid, place, broken=True) for place in columns]
    if names + sum(width + _GAP for width in wide) > room:
        names = min(names, max(_NAMES[0], room - sum(width + _GAP for width in least)))
    for group in column_groups(least, room - names):
        fitting = (widths for widths in (widest, wide) if sum(widths[place] + _GAP for place in group) <= room - names)
        chosen = next(fitting, least)
        yield _table(grid, {0: names} | {place + 1: chosen[place] for place in group}, broken=chosen is least)


def column_groups(widths: Sequence[int], room: int) -> list[list[int]]:
    """Places of columns in groups that fit, with a gap before each column; one that is too wide stands alone.

    >>> column_groups([5, 5, 9, 20, 1], 14)
    [[0, 1], [2], [3], [4]]
    """
    groups: list[list[int]] = []
    left = 0
    for place, width in enumerate(widths):
        if not groups or width + _GAP > left:
            groups.append([])
            left = room
        groups[-1].append(place)
        left -= width + _GAP
    return groups


def _longest(grid: Grid, place: int, *, broken: bool) -> int:
    """Characters of a column: of the longest cell or the longest part of one, at least of a word of the head."""
    parts = [part for row in grid.rows for part in (row[place].split("\n") if broken else [row[place]])]
    return max([_longest_word(grid.heads[place]), *(len(part) for part in parts)])


def _longest_word(text: str) -> int:
    return max((len(word) for word in text.split()), default=1)


def _table(grid: Grid, widths: Mapping[int, int], *, broken: bool) -> "Table":
    from rich import box
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, show_edge=False, header_style="bold", pad_edge=False, padding=(0, 1, 0, 0))
    for place, width in widths.items():
        table.add_column(
            escape(grid.heads[place]),
            justify="left" if place in grid.left else "right",
            width=width,
            overflow="fold",
        )
    for number, row in enumerate(grid.rows):
        cells = (escape(row[place] if broken else row[place].replace("\n", " ")) for place in widths)
        table.add_row(*cells, style="bold" if number in grid.bold else None)
    return table
