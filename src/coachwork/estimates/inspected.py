"""The damages of an inspection as what an estimate is made of."""

from decimal import Decimal

from coachwork.estimates.damage import RepairDamage
from coachwork.inspections.inspection import Inspection
from coachwork.inspections.size import SizeEstimate
from coachwork.span import Span


def repair_damages(inspection: Inspection) -> tuple[RepairDamage, ...]:
    """Each damage of the car once; what the photos do not tell stays unknown.

    They are named "damage 1" and so on, in the inspection's order.
    """
    found = []
    for number, damage in enumerate(inspection.damages, start=1):
        severity, probability = inspection.severity(damage), inspection.probability(damage)
        found.append(
            RepairDamage(
                name=f"damage {number}",
                type=damage.type,
                part=damage.part,
                size_mm=_span(inspection.size(damage)),
                severity=() if severity is None else severity.levels,
                confidence=None if probability is None else Decimal(str(round(probability, 4))),
            )
        )
    return tuple(found)


def _span(size: SizeEstimate | None) -> Span | None:
    """A size in millimetres to a tenth, as files have it."""
    if size is None:
        return None
    low, high = (Decimal(str(end)) for end in size.rounded)
    return Span(low=low, high=high)
