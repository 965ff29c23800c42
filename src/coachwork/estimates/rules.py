"""The rules by which an estimate is made, in the words that a person in a body shop uses.

The figures within the rules (limits, shares, times) are the rate card's; every line of an estimate names its rules.
"""

from enum import StrEnum


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
    def words(self) -> str:
        """The rule as a sentence without its full stop."""
        return RULES[self]


RULES: dict[Rule, str] = {
    Rule.POLISH: "A scratch that has not gone through the clear coat, up to the card's length, is polished out",
    Rule.TOUCH_UP: "A paint chip up to the card's size is touched up",
    Rule.PDR: (
        "A dent with intact paint on a metal panel that can be reached from behind is pushed out without paint (PDR),"
        " if it is not severe and the card's matrix has its size and count"
    ),
    Rule.GLASS_REPAIR: "A chip or crack in the windscreen up to the card's size is filled",
    Rule.REFURBISH: "A damaged wheel rim that is not cracked is refurbished at a fixed price",
    Rule.REPAIR: "What damages paint or cannot be pushed out is repaired by hours for type and size, then refinished",
    Rule.REMOVE_INSTALL: "Handles, trim and lining in the way are removed and installed again (R&I)",
    Rule.LABOUR_OVERLAP: "Where two items come off, what their R&I has in common by the card is counted once",
    Rule.NOT_REPAIRABLE: (
        "Broken glass, broken lamps, cracked plastic, cracked wheels, tyres, airbags and missing parts are replaced"
    ),
    Rule.TOO_LARGE: "Damage larger than the card's repair times reach, or a severe dent in plastic, means replacing",
    Rule.REPAIR_OR_REPLACE: (
        "A part is replaced where its repair hours would cost more than the card's share of part, fitting, refinish"
    ),
    Rule.CHEAPEST: "Among the ways that the rules allow, the car is repaired in the cheapest one, taken together",
    Rule.EDGING: "A new part is also painted on its edges",
    Rule.REFINISH: "A repaired or new painted part is refinished in full",
    Rule.OVERLAP: "The largest panel is painted in full; further ones save time, more where they touch a painted one",
    Rule.COATS: "Clear coat, two-tone and tri-coat add a share of the paint time, less for further panels, up to a cap",
    Rule.BLEND: "In metallic, pearl and tri-coat colours metal panels beside a refinished one are blended, not sills",
    Rule.ALLOWANCE: "The upper figure allows for damage that photos do not show where a part is repaired or replaced",
    Rule.TOTAL_LOSS: "A car whose repair reaches the card's limit against its value is a total loss",
    Rule.BETTERMENT: "A worn part that is replaced by a new one is paid for less its wear",
    Rule.PRIOR: "What repairing the prior damages alone would cost is taken off",
    Rule.BY_HAND: "A person decided on the operation, its hours or its price; the line says why",
}
"""Every rule's sentence."""
