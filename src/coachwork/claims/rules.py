"""The rules by which a claim is routed, in the words of a claims department."""

from enum import StrEnum

from coachwork.reasons import Reason, said


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
    def words(self) -> Reason:
        """The rule as a sentence without its full stop."""
        return said(f"routing_rule.{self.value}")
