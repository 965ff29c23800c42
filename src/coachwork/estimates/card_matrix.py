"""The PDR matrix of a rate card, read from TOML."""

from itertools import pairwise
from typing import Any

from coachwork.estimates.items import Material, material_of
from coachwork.estimates.money import ZERO
from coachwork.estimates.rate_card import PdrMatrix, PdrSize
from coachwork.span import Span
from coachwork.taxonomy import Item
from coachwork.toml_tables import TomlTable

_NOTHING = Span(low=ZERO, high=ZERO)


def read_matrix(table: TomlTable) -> PdrMatrix:
    """The matrix; what is wrong in it is noted in the document.

    Prices must not fall from one size to the next, nor from one count to the next: more damage would cost less.
    """
    table.only(("source", "items", "counts", "sizes", "aluminium", "hard_access"))
    counts = _counts(table)
    sizes = tuple(
        _size(table, place, value, len(counts)) for place, value in enumerate(table.list_of("sizes"), start=1)
    )
    if not sizes:
        table.wrong("sizes", "is missing: list rows such as {name = 'quarter', up_to_mm = 25, prices = [[150, 225]]}")
    for smaller, larger in pairwise(sizes):
        if larger.up_to_mm <= smaller.up_to_mm:
            table.wrong("sizes", f"{larger.name} must be larger than {smaller.name}")
        if any(_falls(one, other) for one, other in zip(smaller.prices, larger.prices, strict=False)):
            table.wrong("sizes", f"{larger.name} must not cost less than {smaller.name}")
    return PdrMatrix(
        items=frozenset(_panels(table)),
        counts=counts,
        sizes=sizes,
        aluminium=table.span("aluminium", high=10, default=_NOTHING),
        hard_access=table.span("hard_access", high=10, default=_NOTHING),
    )


def _falls(before: Span, after: Span) -> bool:
    return after.low < before.low or after.high < before.high


def _counts(table: TomlTable) -> tuple[int, ...]:
    counts = table.list_of("counts")
    usable = all(isinstance(count, int) and not isinstance(count, bool) and count > 0 for count in counts)
    if not counts or not usable or any(after <= before for before, after in pairwise(counts)):
        table.wrong("counts", "must be rising whole numbers, the largest count of each column, such as [1, 4, 15]")
        return (1,)
    return tuple(counts)


def _size(table: TomlTable, place: int, value: Any, columns: int) -> PdrSize:
    if not isinstance(value, dict):
        table.wrong("sizes", f"row {place} must look like {{name = 'quarter', up_to_mm = 25, prices = [[150, 225]]}}")
        value = {"name": "?", "up_to_mm": place, "prices": [0] * columns}
    row = TomlTable(table.document, value, (*table.path, "sizes", f"row {place}"))
    row.only(("name", "up_to_mm", "prices"))
    prices = tuple(row.as_span("prices", price) for price in row.list_of("prices"))
    if len(prices) != columns:
        row.wrong("prices", f"must have one price for each of the {columns} counts, has {len(prices)}")
        prices = (_NOTHING,) * columns
    if any(_falls(before, after) for before, after in pairwise(prices)):
        row.wrong("prices", "must not fall as the count rises")
    return PdrSize(name=row.text("name"), up_to_mm=row.number("up_to_mm"), prices=prices)


def _panels(table: TomlTable) -> list[Item]:
    metal = [item for item in Item if material_of(item) is Material.METAL]
    found = []
    for name in table.list_of("items"):
        if name in metal:
            found.append(Item(name))
        else:
            table.wrong("items", f"names {name!r}, which is no metal panel: known are {', '.join(metal)}")
    return found
