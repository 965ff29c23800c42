"""Return charges as JSON, within ``coachwork.valuation/1`` (docs/valuation.md); amounts are texts, never floats."""

from typing import Any

from coachwork.estimates.readings import Reading
from coachwork.reasons import with_reasons
from coachwork.valuation.return_charges import ReturnBill


def bill_to_json(bill: ReturnBill) -> dict[str, Any]:
    """The bill as plain JSON values."""
    charges, total = bill.charges, bill.total
    told: dict[str, Any] = {
        "list": {
            "name": charges.name,
            "title": charges.title,
            "source": charges.source,
            "sha256": charges.sha256,
            "fair_wear": charges.fair_wear.name,
        },
        "lines": [
            {
                "damage": line.damage.name,
                **{reading.value: str(line.amounts[reading.place]) for reading in Reading},
                "entries": {
                    reading.value: None if entry is None else entry.name for reading, entry in line.entries.items()
                },
            }
            for line in bill.lines
        ],
        "total": {
            "lower": str(total.lower),
            "likely": str(total.likely),
            "upper": str(total.upper),
            "currency": total.currency,
        },
        "open": [{"what": one.what, "why": one.why} for one in bill.open],
    }
    return with_reasons(told)
