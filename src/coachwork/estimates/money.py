"""Money and times: decimals with stated rounding, never floats."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

ZERO = Decimal(0)
TENTH = Decimal("0.1")
"""Body-shop times are written in tenths of an hour."""


def rounded(amount: Decimal, decimals: int) -> Decimal:
    """The amount to so many decimals, halves away from zero as on an invoice.

    >>> rounded(Decimal("131.425"), 2), rounded(Decimal("-0.5"), 0)
    (Decimal('131.43'), Decimal('-1'))
    """
    return amount.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)


def tenths(hours: Decimal) -> Decimal:
    """Hours to a tenth, halves up.

    >>> tenths(Decimal("2.6") * Decimal("0.20"))
    Decimal('0.5')
    """
    return hours.quantize(TENTH, rounding=ROUND_HALF_UP)


def plain(number: Decimal) -> Decimal:
    """The same number without zeros at its end.

    >>> plain(Decimal("1.50")), plain(Decimal("20"))
    (Decimal('1.5'), Decimal('20'))
    """
    return Decimal(f"{number.normalize():f}")


def shared_out(total: Decimal, weights: Sequence[Decimal], decimals: int) -> list[Decimal]:
    """A rounded total as rounded shares that add up to it exactly.

    Args:
        total: rounded already, not negative.
        weights: not negative; without any weight the shares are zero, and the total must be.
        decimals: of the shares.

    >>> shared_out(Decimal("10.00"), [Decimal(1), Decimal(1), Decimal(1)], 2)
    [Decimal('3.33'), Decimal('3.34'), Decimal('3.33')]
    """
    whole = sum(weights, ZERO)
    shares, passed, given = [], ZERO, ZERO
    for weight in weights:
        passed += weight
        upto = rounded(total * passed / whole, decimals) if whole else ZERO
        shares.append(upto - given)
        given = upto
    return shares


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyRange:
    """An amount as an interval with its likely value, in one currency.

    Attributes:
        lower, likely, upper: in this order, none negative.
        currency: ISO 4217.
    """

    lower: Decimal
    likely: Decimal
    upper: Decimal
    currency: str

    def __post_init__(self) -> None:
        if not 0 <= self.lower <= self.likely <= self.upper:
            message = f"amounts must rise from 0, got {self.lower}, {self.likely}, {self.upper}"
            raise ValueError(message)

    @classmethod
    def around(cls, amounts: Sequence[Decimal], currency: str) -> "MoneyRange":
        """The range of three amounts, of which the second is the likely one."""
        return cls(lower=min(amounts), likely=amounts[1], upper=max(amounts), currency=currency)

    @property
    def words(self) -> str:
        """As people read it.

        >>> MoneyRange.around([Decimal("90.00"), Decimal("1200.00"), Decimal("2000.00")], "USD").words
        '1,200.00 USD (90.00 to 2,000.00)'
        """
        if self.lower == self.upper:
            return f"{self.likely:,} {self.currency}"
        return f"{self.likely:,} {self.currency} ({self.lower:,} to {self.upper:,})"
