"""When a hold on automatic offers ends: only for a reason that can be stated.

A hold ends when a model becomes champion whose gates passed on photos of its kind, when drift is gone, or by a person's
word. Gates that could not decide, or that did not look at such photos, are no reason.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from coachwork.monitoring.drift import Cause
from coachwork.reactions.reaction import Reaction

PASSED = "passed: "
"""How what a gate found on a slice begins where it passed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """What a new champion means for a hold.

    Attributes:
        ends: whether it ends.
        why: what the gates found on photos of its kind, or that they found nothing; a clause.
    """

    ends: bool
    why: str


def gate_slice(hold: Reaction) -> str:
    """The slice of the gates that speaks for a hold's photos; empty where none does."""
    if hold.photos.brightness_below is not None:
        return "dark"
    return "blurred" if hold.detail.get("cause") == Cause.BLUR.value else ""


def ruling(hold: Reaction, slices: Mapping[str, str]) -> Ruling:
    """Whether a hold ends with a new champion.

    Args:
        hold: that stands.
        slices: what the champion's gates found, as "dark, AP50" -> "passed: 21.6 -> 23.0 on 90 photos".
    """
    kind = gate_slice(hold)
    if not kind:
        return Ruling(ends=False, why=f"no gate looks at the slice {hold.photos.name!r} by itself")
    found = {name: told for name, told in slices.items() if name.split(",")[0] == kind}
    if not found:
        return Ruling(ends=False, why=f"its gates did not look at {kind} photos")
    why = "; ".join(f"{name} {told}" for name, told in found.items())
    return Ruling(ends=all(told.startswith(PASSED) for told in found.values()), why=why)
