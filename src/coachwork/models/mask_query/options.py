"""Options of mask queries in a plan."""

from collections.abc import Iterator
from dataclasses import dataclass

from coachwork.models.family_options import FamilyOptions, below_one

HEADS = 8
"""Heads of each attention; they share the hidden width."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskQueryOptions(FamilyOptions):
    """How a net of mask queries is made.

    Attributes:
        queries: most damages that a photo can have.
        layers: layers of the transformer decoder.
        hidden: width of queries, a multiple of 8.
        decoder: channels of the pixel decoder at strides 4, 8, 16 and 32.
    """

    queries: int = 50
    layers: int = 3
    hidden: int = 128
    decoder: tuple[int, int, int, int] = (32, 64, 96, 128)

    def faults(self, backbone: str) -> Iterator[str]:  # noqa: ARG002 - any will do
        """See `FamilyOptions.faults`."""
        yield from below_one(self, "queries", "layers", "decoder")
        if self.hidden < 1 or self.hidden % HEADS:
            yield f"hidden: expected a multiple of {HEADS}, got {self.hidden}"
