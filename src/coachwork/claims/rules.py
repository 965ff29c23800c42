"""The rules by which a claim is routed, in the words of a claims department."""

from enum import StrEnum


class RoutingRule(StrEnum):
    """A rule of settlement; `words` says it."""

    IN_FORCE = "in-force"
    CAUSE = "cause"
    COVERED_DAMAGE = "covered-damage"
    NO_TOTAL_LOSS = "no-total-loss"
    NO_INJURY = "no-injury"
    DRIVABLE = "drivable"
    NO_GRAVE_DAMAGE = "no-grave-damage"
    SURE = "sure"
    NOTHING_OPEN = "nothing-open"
    SEEN = "seen"
    NARROW = "narrow"
    SMALL = "small"
    ABOVE_DEDUCTIBLE = "above-deductible"
    NO_SIGN_OF_FRAUD = "no-sign-of-fraud"
    NO_HOLD = "no-hold"
    REAL_FIGURES = "real-figures"

    @property
    def words(self) -> str:
        """The rule as a sentence without its full stop."""
        return RULES[self]


RULES: dict[RoutingRule, str] = {
    RoutingRule.IN_FORCE: "The policy is in force on the day of the loss",
    RoutingRule.CAUSE: "The policy covers the cause of the loss",
    RoutingRule.COVERED_DAMAGE: "There is damage that the policy does not exclude",
    RoutingRule.NO_TOTAL_LOSS: "Repairing the car is worth it",
    RoutingRule.NO_INJURY: "Nobody was injured",
    RoutingRule.DRIVABLE: "The car can still be driven",
    RoutingRule.NO_GRAVE_DAMAGE: "No damage is of a type, or on a welded panel, that a person must look at",
    RoutingRule.SURE: "Every damage that may count is as sure as the policy asks for, on a known part",
    RoutingRule.NOTHING_OPEN: "The estimate could price everything",
    RoutingRule.SEEN: "The photos show every part of the car that must be seen",
    RoutingRule.NARROW: "The upper figure of the repair is near the likely one",
    RoutingRule.SMALL: "The upper figure of the payout is within what may be offered without a person",
    RoutingRule.ABOVE_DEDUCTIBLE: "Something is paid after the deductible: a person tells a customer of nothing",
    RoutingRule.NO_SIGN_OF_FRAUD: "Nothing about the photos says strongly that the claim is not as it is told",
    RoutingRule.NO_HOLD: "Nothing holds offers back on photos like these at the moment",
    RoutingRule.REAL_FIGURES: "Neither rate card nor policy is a sample",
}
"""Every rule's sentence."""
