"""What an inspection comes to, after what people corrected: the damages that stand, the estimate, the settlement."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from coachwork.cases.case import Case, Purpose
from coachwork.cases.corrections import Correction, corrected_case, standing_damages, standing_to_json
from coachwork.cases.work_corrections import work_of
from coachwork.casework.holding import holds_on
from coachwork.casework.prices import Prices
from coachwork.claims.fraud_json import findings_of
from coachwork.claims.settlement import settle
from coachwork.claims.settlement_json import settlement_to_json
from coachwork.estimates.case_json import case_of
from coachwork.estimates.estimate import make_estimate
from coachwork.estimates.estimate_json import estimate_to_json


@dataclass(frozen=True, slots=True, kw_only=True)
class Priced:
    """What a case comes to; plain JSON values.

    Attributes:
        estimate: ``coachwork.estimate/1``.
        settlement: ``coachwork.settlement/1``; None where the case is no claim.
        damages: that stand; None where nobody corrected any.
    """

    estimate: Mapping[str, Any]
    settlement: Mapping[str, Any] | None
    damages: Sequence[Mapping[str, Any]] | None


def priced_case(
    case: Case,
    inspection: Mapping[str, Any],
    corrections: Sequence[Correction],
    prices: Prices,
    signals: Mapping[str, Any] | None = None,
) -> Priced:
    """Prices a case.

    Args:
        case: with its facts.
        inspection: ``coachwork.inspection/1`` of its photos.
        corrections: of the case, the first one first.
        prices: the tables.
        signals: of fraud, of claims; None where nobody looked, and then no offer goes out without a person.

    Raises:
        DamagesFileError: the inspection is malformed.
        EstimateError, SettlementError: tables, damages and facts do not go together.
    """
    standing = standing_damages(inspection, corrections)
    car = corrected_case(case_of(_with_decimals(inspection), f"case {case.id}"), standing)
    facts = case.facts
    work = work_of(standing.work)
    estimate = estimate_to_json(make_estimate(car.damages, prices.card, facts.vehicle, changes=work))
    settlement = None
    if facts.purpose is Purpose.CLAIM:
        fraud = None if signals is None else findings_of(signals)
        found = settle(
            car,
            loss=facts.loss,
            policy=prices.policy,
            card=prices.card,
            vehicle=facts.vehicle,
            fraud=fraud,
            holds=holds_on(case.tenant, inspection, prices.holds()),
            changes=work,
        )
        settlement = settlement_to_json(found)
    damages = standing_to_json(standing) if standing.corrected else None
    return Priced(estimate=estimate, settlement=settlement, damages=damages)


def _with_decimals(values: Mapping[str, Any]) -> Any:
    """Plain JSON values as the readers of amounts want them: numbers with a point as Decimal."""
    return json.loads(json.dumps(values), parse_float=Decimal)
