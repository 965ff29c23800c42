"""Settlements as JSON, by the schema ``coachwork.settlement/1`` (docs/settling.md); amounts are texts, never floats."""

from typing import Any

from coachwork.claims.fraud_json import findings_to_json
from coachwork.claims.settlement import Settlement
from coachwork.estimates.estimate_json import estimate_to_json
from coachwork.estimates.readings import Reading
from coachwork.reasons import with_reasons

SCHEMA = "coachwork.settlement/1"


def settlement_to_json(settlement: Settlement) -> dict[str, Any]:
    """The settlement as plain JSON values, with the estimate that it rests on."""
    policy, loss, payout = settlement.policy, settlement.loss, settlement.payout
    told = {
        "schema": SCHEMA,
        "route": settlement.route.value,
        "policy": {
            "name": policy.name,
            "version": policy.version,
            "sample": policy.sample,
            "sha256": policy.sha256,
            "deductible": str(policy.deductible),
            "limit": None if policy.limit is None else str(policy.limit),
        },
        "loss": {
            "on": None if loss.on is None else loss.on.isoformat(),
            "cause": None if loss.cause is None else loss.cause.value,
            "injured": loss.injured,
            "drivable": loss.drivable,
            "place": None if loss.place is None else list(loss.place),
        },
        "payout": {
            "lower": str(payout.lower),
            "likely": str(payout.likely),
            "upper": str(payout.upper),
            "currency": payout.currency,
        },
        "lines": [
            {"what": line.what, **{reading.value: str(line.amounts[reading.place]) for reading in Reading}}
            for line in settlement.lines
        ],
        "rules": [
            {"rule": one.rule.value, "holds": one.holds, "words": one.rule.words, "why": one.why}
            for one in settlement.findings
        ],
        "excluded": list(settlement.excluded),
        "fraud": None if settlement.fraud is None else findings_to_json(settlement.fraud),
        "estimate": estimate_to_json(settlement.estimate),
    }
    return with_reasons(told)
