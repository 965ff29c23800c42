"""What `[model.options]` of a plan may hold, whatever the family."""

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyOptions:
    """Options that all families have; each adds its own in its `options.py`, free of torch, so that plans read quickly.

    Attributes:
        frozen_stages: how many of the backbone's first stages learn nothing.
    """

    frozen_stages: int = 2

    def faults(self, backbone: str) -> Iterator[str]:  # noqa: ARG002 - families look at it
        """What is wrong with the family's own options on a backbone, each begun by the option's name."""
        yield from ()


def below_one(options: FamilyOptions, *names: str) -> Iterator[str]:
    """Faults of the options with these names that are less than 1, or lists with such a number."""
    for name in names:
        value = getattr(options, name)
        if isinstance(value, tuple) and min(value) < 1:
            yield f"{name}: expected whole numbers from 1, got {list(value)}"
        elif isinstance(value, int) and value < 1:
            yield f"{name}: expected a whole number from 1, got {value}"
