"""Whether repairing a car is worth it: the total-loss rule of a rate card against the car's value."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from coachwork.estimates.money import MoneyRange
from coachwork.estimates.rate_card import TotalLossLimit, TotalLossRule


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
        return _unknown("the rate card has no table [total_loss]")
    if market_value is None:
        return _unknown("the vehicle's market_value is not stated")
    if rule.rule is TotalLossRule.THRESHOLD:
        limit, how = rule.share * market_value, f"{(rule.share * 100).normalize():f} % of {market_value:,}"
    elif salvage_value is None:
        return _unknown("the vehicle's salvage_value is not stated, which the formula needs")
    else:
        limit, how = (
            max(Decimal(0), market_value - salvage_value),
            f"{market_value:,} less salvage of {salvage_value:,}",
        )
    if repair.lower >= limit:
        outcome = TotalLoss.YES
    elif repair.upper >= limit:
        outcome = TotalLoss.POSSIBLE
    else:
        outcome = TotalLoss.NO
    return TotalLossFinding(
        outcome=outcome, limit=limit, why=f"the limit is {limit:,} {repair.currency}, that is {how}"
    )


def _unknown(why: str) -> TotalLossFinding:
    return TotalLossFinding(outcome=TotalLoss.UNKNOWN, limit=None, why=why)
