"""Holds on automatic offers: which of those that stand concern a case, by the photos that it was judged by."""

from collections.abc import Mapping, Sequence
from typing import Any

from coachwork.reactions.reaction import Reaction
from coachwork.reasons import said


def holds_on(tenant: str, inspection: Mapping[str, Any], holds: Sequence[Reaction]) -> tuple[str, ...]:
    """Why offers on a case are held back at the moment, a clause for each hold that concerns it.

    Args:
        tenant: whose case it is.
        inspection: ``coachwork.inspection/1`` of its photos.
        holds: that stand. One that names tenants concerns theirs alone; what a case does not tell, such as the camera
            of a photo, keeps no hold from concerning it.
    """
    found = []
    for hold in holds:
        tenants = hold.detail.get("tenants")
        if tenants and tenant not in tenants:
            continue
        count = sum(hold.photos.holds(brightness=_brightness(photo)) for photo in inspection["photos"])
        if count:
            whole = len(inspection["photos"])
            found.append(
                said(
                    "settlement.held",
                    count=count,
                    all=whole,
                    slice=hold.photos.name,
                    since=f"{hold.at:%Y-%m-%d %H:%M}",
                    reaction=hold.number,
                )
            )
    return tuple(found)


def _brightness(photo: Mapping[str, Any]) -> float:
    """Of the quality that the assessment measured, 0..1."""
    value = photo["quality"]["brightness"]
    return float(value)
