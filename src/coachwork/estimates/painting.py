"""What painting a car costs: the hours of all panels together, priced as a whole and shared out to lines."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from coachwork.estimates.items import LabourClass
from coachwork.estimates.line import Line, item_words, labour_price, open_entry, taxed, work_words
from coachwork.estimates.money import ZERO, rounded, shared_out
from coachwork.estimates.rate_card import Charge, RateCard
from coachwork.estimates.readings import OpenItem, ReadDamage, Reading, paint_of
from coachwork.estimates.refinish import PaintJob, PanelTime
from coachwork.estimates.rules import Operation, Rule
from coachwork.inspections.vehicle import Vehicle
from coachwork.reasons import said
from coachwork.taxonomy import Item


class Painting:
    """Painting of one car by one card, in one reading."""

    def __init__(self, card: RateCard, vehicle: Vehicle, reading: Reading) -> None:
        self.card = card
        self._known: dict[frozenset[Item], Decimal] = {}
        base = {item: times.refinish for item, times in card.hours.items() if times.refinish is not None}
        paint = paint_of(vehicle, reading)
        self.job = PaintJob(
            times=card.refinish, base=base, paint=paint, two_tone=vehicle.two_tone, absent=vehicle.absent
        )

    def can_paint(self, item: Item) -> bool:
        """Whether the card has a time for it."""
        return item in self.job.base

    def amount(self, panels: frozenset[Item]) -> Decimal:
        """Painting these panels, with tax."""
        if panels not in self._known:
            charges = self._charges(self.job.hours(panels))
            self._known[panels] = sum((amount + tax for amount, tax in charges), ZERO)
        return self._known[panels]

    def least(self, item: Item) -> Decimal:
        """What refinishing the panel adds at the least, whatever else is painted, but for rounding."""
        if not self.can_paint(item):
            return ZERO
        rate = self.card.labour.get(LabourClass.REFINISH, ZERO)
        return self.job.least_more(item) * rate * (1 + (self.card.taxes or {}).get(Charge.LABOUR, ZERO))

    def lines(
        self, panels: Sequence[Item], damages: Mapping[tuple[Item, str], Sequence[ReadDamage]]
    ) -> tuple[list[Line], list[OpenItem]]:
        """A line for each refinished and each blended panel; rounded as a whole and shared out by their hours."""
        times = self.job.panels(panels)
        hours = [panel.hours for panel in times]
        amounts = [
            shared_out(amount, hours, self.card.decimals)
            for charge in self._charges(sum(hours, ZERO))
            for amount in charge
        ]
        lines = [
            _paint_line(panel, labour, materials, labour_tax + materials_tax, damages)
            for panel, labour, labour_tax, materials, materials_tax in zip(times, *amounts, strict=True)
        ]
        lacking = [
            open_entry(
                work_words(item_words(item, ""), Operation.BLEND), f"hours.{item.value}", said("lacking.refinish_time")
            )
            for item in self.job.beside(panels)
            if not self.can_paint(item)
        ]
        return lines, lacking

    def _charges(self, hours: Decimal) -> tuple[tuple[Decimal, Decimal], tuple[Decimal, Decimal]]:
        """Labour and materials for so many paint hours, each with its tax, rounded as a whole."""
        card = self.card
        labour = labour_price(card, LabourClass.REFINISH, hours) or ZERO
        materials = rounded(hours * (card.paint_per_hour or ZERO), card.decimals)
        if card.materials_cap is not None:
            materials = min(materials, rounded(card.materials_cap, card.decimals))
        return (labour, taxed(card, Charge.LABOUR, labour)), (materials, taxed(card, Charge.MATERIALS, materials))


def _paint_line(
    panel: PanelTime,
    labour: Decimal,
    materials: Decimal,
    tax: Decimal,
    damages: Mapping[tuple[Item, str], Sequence[ReadDamage]],
) -> Line:
    blended = panel.blend is not None
    if blended:
        why = said("hours.blend", hours=panel.blend, base=panel.base, clear=panel.blend_clear)
        rules: tuple[Rule, ...] = (Rule.BLEND,)
    else:
        parts = [said("hours.hours", hours=panel.base)]
        parts += [said("hours.overlap", hours=panel.overlap)] if panel.overlap else []
        parts += [said("hours.coat", coat=coat, hours=hours) for coat, hours in panel.coats.items()]
        why = said("joined.listed", parts=parts)
        rules = (Rule.REFINISH, *([Rule.OVERLAP] if panel.overlap else []), *([Rule.COATS] if panel.coats else []))
    return Line(
        item=panel.item,
        operation=Operation.BLEND if blended else Operation.REFINISH,
        hours=panel.hours,
        labour_class=LabourClass.REFINISH,
        labour=labour,
        materials=materials,
        tax=tax,
        damages=tuple(one.damage.name for one in damages.get((panel.item, ""), ())) if not blended else (),
        rules=rules,
        tables=("labour", "materials", "refinish", f"hours.{panel.item.value}"),
        why=why,
    )
