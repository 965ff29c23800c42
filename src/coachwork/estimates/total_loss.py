"""Whether repairing a car is worth it: the total-loss rule of a rate card against the car's value."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from coachwork.estimates.money import MoneyRange
from coachwork.estimates.rate_card import TotalLossLimit, TotalLossRule
from coachwork.reasons import said


class TotalLoss(StrEnum):
    """What the rule finds."""

    NO = "no"
    POSSIBLE = "possible"
    YES = "yes"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class TotalLossFinding:
    """What is found, and why.

    Attributes:
        outcome: possible where the interval of the repair holds the limit.
        limit: repair costs from which on the car is a total loss; None where it cannot be told.
        why: one sentence without its full stop.
    """

    outcome: TotalLoss
    limit: Decimal | None
    why: str


def find_total_loss(
    repair: MoneyRange, rule: TotalLossLimit | None, market_value: Decimal | None, salvage_value: Decimal | None
) -> TotalLossFinding:
    """Holds the cost of repair against the rule.

    The threshold rule: repair reaches a share of the market value. The formula: repair and salvage reach the market
    value.

    Args:
        repair: with tax, without prior damages.
        rule: of the rate card.
        market_value: before the damage, in the same currency; None where not stated.
        salvage_value: of the wreck; None where not stated.
    """
    if rule is None:
        return _unknown(said("total_loss.no_rule"))
    if market_value is None:
        return _unknown(said("total_loss.no_value"))
    if rule.rule is TotalLossRule.THRESHOLD:
        limit = rule.share * market_value
        how = said("total_loss.share", share=rule.share, value=market_value)
    elif salvage_value is None:
        return _unknown(said("total_loss.no_salvage"))
    else:
        limit = max(Decimal(0), market_value - salvage_value)
        how = said("total_loss.salvage", value=market_value, salvage=salvage_value)
    if repair.lower >= limit:
        outcome = TotalLoss.YES
    elif repair.upper >= limit:
        outcome = TotalLoss.POSSIBLE
    else:
        outcome = TotalLoss.NO
    why = said("total_loss.limit", limit=limit, currency=repair.currency, how=how)
    return TotalLossFinding(outcome=outcome, limit=limit, why=why)


def _unknown(why: str) -> TotalLossFinding:
    return TotalLossFinding(outcome=TotalLoss.UNKNOWN, limit=None, why=why)
