"""What a calibration of the verdict was worth on pictures that it had not seen, as a card keeps it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldOut:
    """One kind of picture at one miss rate, each picture judged by a calibration fitted on other cars.

    Attributes:
        miss_rate: that was promised, 0..1.
        group: kind of picture, such as "claims photos".
        damaged: damaged pictures.
        missed: of these, how many were called "none".
        undamaged: undamaged pictures.
        called_none: of these, how many were called "none".
        called_damaged: of these, how many were called "damaged".
    """

    miss_rate: float
    group: str
    damaged: int
    missed: int
    undamaged: int
    called_none: int
    called_damaged: int

    def __post_init__(self) -> None:
        counts = (self.missed, self.called_none, self.called_damaged)
        if not (0 < self.miss_rate < 1 and min(counts) >= 0 and self.missed <= self.damaged):
            message = f"{self.group}: counts start at 0, at most as many missed as there are, got {counts}"
            raise ValueError(message)
        if self.called_none + self.called_damaged > self.undamaged:
            message = f"{self.group}: {self.undamaged} undamaged pictures cannot be called so often, got {counts}"
            raise ValueError(message)
