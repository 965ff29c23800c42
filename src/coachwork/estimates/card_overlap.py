"""The table of a rate card that says what work two items have in common."""

from collections.abc import Mapping
from decimal import Decimal

from coachwork.estimates.money import ZERO
from coachwork.estimates.rate_card import ItemHours
from coachwork.taxonomy import Item
from coachwork.toml_tables import TomlTable

_SEVERAL = {Item.WHEEL, Item.TYRE, Item.AIRBAGS}


def read_overlap(table: TomlTable, hours: Mapping[Item, ItemHours]) -> dict[frozenset[Item], Decimal]:
    """Hours by pair; each pair stands under either of its items.

    Args:
        table: such as ``front_bumper = {front_left_wing = 0.3}``; what is wrong is noted in its document.
        hours: of the card; no item shares more than its own R&I.
    """
    single = [item for item in Item if item not in _SEVERAL]
    table.only(("source", *single))
    found: dict[frozenset[Item], Decimal] = {}
    for one in single:
        if one in table:
            near = table.table(one)
            near.only(other for other in single if other is not one)
            for other in single:
                if other in near and other is not one:
                    if frozenset({one, other}) in found:
                        near.wrong(other, f"is told a second time: it stands under {other} as well")
                    found[frozenset({one, other})] = near.number(other, high=100)
    for item in single:
        shared = sum((time for pair, time in found.items() if item in pair), ZERO)
        own = hours.get(item, ItemHours()).remove_install
        if own is not None and shared > own:
            table.wrong(item, f"has {shared} h in common with others, more than its remove_install of {own} h")
    return found
