"""One line of an estimate, and how its charges come about."""

from dataclasses import dataclass, replace
from decimal import Decimal

from coachwork.estimates.items import LabourClass
from coachwork.estimates.money import ZERO, rounded
from coachwork.estimates.rate_card import Charge, RateCard
from coachwork.estimates.readings import OpenItem
from coachwork.estimates.rules import Operation, Rule
from coachwork.reasons import Reason, said
from coachwork.taxonomy import Item


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One operation on one item; amounts in the card's currency, rounded, never negative.

    Attributes:
        item, place: what it is done to.
        operation: what is done.
        hours, labour_class: None where the price does not come from hours.
        labour, parts, materials, sublet: charges without tax.
        tax: on these, rounded for the line.
        damages: names of the damages that it mends.
        rules: that produced it.
        tables: of the rate card that its figures come from.
        why: how the figure comes about, where the rules do not say it.
    """

    item: Item
    place: str = ""
    operation: Operation
    hours: Decimal | None = None
    labour_class: LabourClass | None = None
    labour: Decimal = ZERO
    parts: Decimal = ZERO
    materials: Decimal = ZERO
    sublet: Decimal = ZERO
    tax: Decimal = ZERO
    damages: tuple[str, ...] = ()
    rules: tuple[Rule, ...]
    tables: tuple[str, ...]
    why: str = ""

    @property
    def net(self) -> Decimal:
        """Without tax."""
        return self.labour + self.parts + self.materials + self.sublet

    @property
    def amount(self) -> Decimal:
        """With tax."""
        return self.net + self.tax

    @property
    def words(self) -> Reason:
        """The item as people read it.

        >>> Line(item=Item.WHEEL, place="front left", operation=Operation.REFURBISH, rules=(), tables=()).words
        'front left wheel'
        """
        return item_words(self.item, self.place)


def item_words(item: Item, place: str) -> Reason:
    """An item as people read it, with its place where a car has several."""
    return said("item.placed", place=place, item=item) if place else said("item.item", item=item)


def work_words(item: str, operation: Operation) -> Reason:
    """What is done to an item, as people read it."""
    return said("item.work", item=item, operation=operation)


def taxed(card: RateCard, charge: Charge, amount: Decimal) -> Decimal:
    """The tax on a charge, rounded; nothing where the card has no table of taxes."""
    return rounded(amount * (card.taxes or {}).get(charge, ZERO), card.decimals)


def labour_price(card: RateCard, labour_class: LabourClass, hours: Decimal) -> Decimal | None:
    """So many hours of a class, rounded; None where the card has no such rate."""
    rate = card.labour.get(labour_class)
    return None if rate is None else rounded(rate * hours, card.decimals)


def open_entry(what: str, table: str, key: str) -> OpenItem:
    """What the card lacks, `key` in words."""
    return OpenItem(what=what, why=said("open.card_lacks", key=key, table=table), table=table)


def labour_line(
    card: RateCard, blank: Line, labour_class: LabourClass, hours: Decimal
) -> tuple[Line, tuple[OpenItem, ...]]:
    """A line with so many hours of a class, and what the card lacks to price them."""
    price = labour_price(card, labour_class, hours)
    line = replace(
        blank,
        hours=hours,
        labour_class=labour_class,
        labour=price or ZERO,
        tax=taxed(card, Charge.LABOUR, price or ZERO),
        tables=("labour", *blank.tables),
    )
    if price is not None:
        return line, ()
    rate = said("lacking.rate", labour=labour_class)
    return line, (open_entry(work_words(blank.words, blank.operation), "labour", rate),)


def remove_install(
    card: RateCard, item: Item, place: str, damages: tuple[str, ...]
) -> tuple[list[Line], list[OpenItem]]:
    """R&I of what is in the way of the item, where the card has a time for it."""
    hours = card.item_hours(item).remove_install
    if not hours:
        return [], []
    blank = Line(
        item=item,
        place=place,
        operation=Operation.REMOVE_INSTALL,
        damages=damages,
        rules=(Rule.REMOVE_INSTALL,),
        tables=(f"hours.{item.value}",),
    )
    line, missing = labour_line(card, blank, LabourClass.BODY, hours)
    return [line], list(missing)
