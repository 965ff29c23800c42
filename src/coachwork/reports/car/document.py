"""The whole inspection as one JSON document: what the report shows, and what it can be made from again.

It is the inspection by its schema ``coachwork.inspection/1`` with what was worked out from it beside: the estimate, the
settlement, the valuation, and when and by which Coachwork it was made.
"""

from datetime import date
from typing import Any

from coachwork import __version__
from coachwork.claims.settlement import Settlement
from coachwork.claims.settlement_json import settlement_to_json
from coachwork.estimates.estimate import Estimate
from coachwork.estimates.estimate_json import estimate_to_json
from coachwork.inspections.inspection import Inspection
from coachwork.inspections.inspection_json import inspection_to_json
from coachwork.valuation.valuation import Valuation
from coachwork.valuation.valuation_json import valuation_to_json


def inspection_document(
    inspection: Inspection,
    *,
    on: date,
    estimate: Estimate | None = None,
    settlement: Settlement | None = None,
    valuation: Valuation | None = None,
) -> dict[str, Any]:
    """The document as plain JSON values.

    Args:
        inspection: of the car.
        on: the day that the report states.
        estimate: of its damages; where there is a settlement or a valuation, they hold their own.
        settlement: of the claim.
        valuation: of the car.
    """
    return {
        **inspection_to_json(inspection),
        "made": {"on": on.isoformat(), "by": f"Coachwork {__version__}"},
        "estimate": None if estimate is None else estimate_to_json(estimate),
        "settlement": None if settlement is None else _without_estimate(settlement_to_json(settlement)),
        "valuation": None if valuation is None else _without_estimate(valuation_to_json(valuation)),
    }


def _without_estimate(values: dict[str, Any]) -> dict[str, Any]:
    """Settlements and valuations repeat the estimate of the same damages, which stands beside them here."""
    return {key: value for key, value in values.items() if key != "estimate"}
