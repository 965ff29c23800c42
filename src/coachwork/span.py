"""Figures that are known within bounds."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A figure that is known within bounds.

    Attributes:
        low, high: low is not above high.
    """

    low: Decimal
    high: Decimal

    def __post_init__(self) -> None:
        if self.low > self.high:
            message = f"the bounds {self.low} and {self.high} are the wrong way round"
            raise ValueError(message)

    @property
    def middle(self) -> Decimal:
        """Halfway between the bounds."""
        return (self.low + self.high) / 2
