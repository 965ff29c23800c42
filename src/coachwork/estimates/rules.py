"""The rules by which an estimate is made, in the words that a person in a body shop uses.

The figures within the rules (limits, shares, times) are the rate card's; every line of an estimate names its rules.
"""

from enum import StrEnum

from coachwork.reasons import Reason, said


class Operation(StrEnum):
    """What is done, in the trade's words; the order of an item's lines."""

    POLISH = "polish"
    TOUCH_UP = "touch-up"
    PDR = "PDR"
    GLASS_REPAIR = "glass repair"
    REFURBISH = "refurbish"
    REPAIR = "repair"
    REMOVE_INSTALL = "R&I"
    REPLACE = "replace"
    EDGING = "edging"
    REFINISH = "refinish"
    BLEND = "blend"
    ALLOWANCE = "allowance"
    EXTRA = "additional work"


class Rule(StrEnum):
    """A rule of estimating; `words` says it."""

    POLISH = "polish"
    TOUCH_UP = "touch-up"
    PDR = "pdr"
    GLASS_REPAIR = "glass-repair"
    REFURBISH = "refurbish"
    REPAIR = "repair"
    REMOVE_INSTALL = "remove-install"
    LABOUR_OVERLAP = "labour-overlap"
    NOT_REPAIRABLE = "not-repairable"
    TOO_LARGE = "too-large"
    REPAIR_OR_REPLACE = "repair-or-replace"
    CHEAPEST = "cheapest"
    EDGING = "edging"
    REFINISH = "refinish"
    OVERLAP = "overlap"
    COATS = "coats"
    BLEND = "blend"
    ALLOWANCE = "allowance"
    TOTAL_LOSS = "total-loss"
    BETTERMENT = "betterment"
    PRIOR = "prior"
    BY_HAND = "by-hand"

    @property
    def words(self) -> Reason:
        """The rule as a sentence without its full stop."""
        return said(f"estimate_rule.{self.value}")
