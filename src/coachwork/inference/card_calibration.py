"""The parts of a card that say how scores become probabilities and promises; cards of earlier versions lack them."""

from dataclasses import asdict
from typing import Any

from coachwork.assessments.miss_rate import DamagedGroup
from coachwork.assessments.verdict import VerdictCalibration
from coachwork.inference.card_fields import CardFields


def verdict_to_json(verdict: VerdictCalibration) -> dict[str, Any]:
    """The calibration of a photo's verdict as plain JSON values."""
    groups = [
        {
            "name": group.name,
            "pictures": group.pictures,
            "clusters": group.clusters,
            "lowest": [[probability, size] for probability, size in group.lowest],
        }
        for group in verdict.groups
    ]
    return asdict(verdict) | {"coefficients": dict(verdict.coefficients), "groups": groups}


def groups_from_json(verdict: CardFields) -> tuple[DamagedGroup, ...]:
    """The damaged calibration pictures by kind; none where the card has none.

    Raises:
        CardFieldError: a field is missing or wrong.
    """
    if verdict.values.get("groups") is None:
        return ()
    return tuple(
        group.made(
            DamagedGroup,
            name=group.text("name"),
            pictures=group.whole("pictures"),
            clusters=group.whole("clusters"),
            lowest=tuple((probability, int(size)) for probability, size in group.pairs("lowest")),
        )
        for group in verdict.each_inside("groups")
    )
