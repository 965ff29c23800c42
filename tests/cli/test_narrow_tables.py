from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from coachwork.cli.narrow_tables import Grid, column_groups, narrow_tables

WORDS = st.text(st.sampled_from("abc[]1"), min_size=1, max_size=9)


def printed(grid: Grid, width: int) -> str:
    console = Console(width=width, color_system=None)
    with console.capture() as captured:
        for table in narrow_tables(grid, console.width):
            console.print(table)
    return captured.get()


def test_a_grid_without_rows_shows_its_heads() -> None:
    assert {"model", "mask", "AP50"} <= set(printed(Grid(heads=["model", "mask AP50"], rows=[]), 80).split())


def test_cells_are_broken_only_where_they_must_be() -> None:
    grid = Grid(heads=["model", "AP"], rows=[["a", "9.9\n\N{PLUS-MINUS SIGN} 0.6"]])
    assert "9.9 \N{PLUS-MINUS SIGN} 0.6" in printed(grid, 80)
    assert "9.9 \N{PLUS-MINUS SIGN}" not in printed(grid, 12)


def test_what_does_not_fit_stands_in_tables_below() -> None:
    grid = Grid(heads=["model", *(f"column{number}" for number in range(12))], rows=[["one", *map(str, range(12))]])
    assert printed(grid, 200).count("model") == 1
    narrow = printed(grid, 80)
    assert narrow.count("model") == narrow.count("one") == 2
    assert max(len(line) for line in narrow.splitlines()) <= 80


@given(
    heads=st.lists(WORDS, min_size=2, max_size=14),
    rows=st.integers(1, 3),
    width=st.integers(40, 120),
    data=st.data(),
)
def test_nothing_is_cut(heads: Sequence[str], rows: int, width: int, data: st.DataObject) -> None:
    cells = [[data.draw(WORDS) for _ in heads] for _ in range(rows)]
    text = printed(Grid(heads=heads, rows=cells), width)
    assert max(len(line) for line in text.splitlines()) <= width
    for row in cells:
        for cell in row:
            assert cell in text


@given(widths=st.lists(st.integers(1, 30)), room=st.integers(1, 90))
def test_groups_hold_every_column_once(widths: list[int], room: int) -> None:
    groups = column_groups(widths, room)
    assert [place for group in groups for place in group] == list(range(len(widths)))
    assert all(len(group) == 1 or sum(widths[place] + 2 for place in group) <= room for group in groups)
