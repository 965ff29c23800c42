"""Options of the U-Net in a plan."""

from collections.abc import Iterator
from dataclasses import dataclass

from coachwork.models.family_options import FamilyOptions, below_one


@dataclass(frozen=True, slots=True, kw_only=True)
class UnetOptions(FamilyOptions):
    """How a U-Net is made.

    Attributes:
        channels: of the last decoder block.
    """

    channels: int = 64

    def faults(self, backbone: str) -> Iterator[str]:  # noqa: ARG002 - any will do
        """See `FamilyOptions.faults`."""
        yield from below_one(self, "channels")
