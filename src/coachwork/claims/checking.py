"""All checks of a claim's photos, put together."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from coachwork.claims.body_colour import BodyColour, colour_signals
from coachwork.claims.camera_signals import camera_signals
from coachwork.claims.claim_files import Loss
from coachwork.claims.copy_signals import FoundCopy, KeptPhoto, copies_within, copy_signal
from coachwork.claims.earlier_damage import signals_of_earlier
from coachwork.claims.fraud_signals import Check, FraudFindings, FraudSignal
from coachwork.claims.looking import LookedAt
from coachwork.claims.number_plates import plate_signals
from coachwork.estimates.case_json import read_case
from coachwork.inspections.number_plates import PlateReading
from coachwork.photos.point_codes import PointCodes

Find = Callable[[PointCodes], Sequence[FoundCopy]]
"""Looks a photo up in a register: kept photos that share points with it."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FraudCheck:
    """What was found, and what it can be shown with.

    Attributes:
        findings: the signs.
        photos: that were looked at.
        pairs: photos of the claim, each with one of another claim or of this one that is its copy or shows its scene.
    """

    findings: FraudFindings
    photos: tuple[LookedAt, ...]
    pairs: tuple[tuple[KeptPhoto, FoundCopy], ...]


def check_photos(
    photos: Sequence[LookedAt],
    *,
    claim: str,
    loss: Loss,
    find: Find | None = None,
    earlier: Sequence[FraudSignal] | None = None,
    colours: Sequence[BodyColour] | None = None,
    plates: Sequence[PlateReading] | None = None,
    plate: str = "",
) -> FraudCheck:
    """Holds the photos of a claim against each other, against a register and against what the customer tells.

    Args:
        photos: of the claim.
        claim: its number; photos that the register has of it are passed over.
        loss: what the customer tells.
        find: looks a photo up; None leaves other claims out.
        earlier: signs from an earlier inspection; None where there was none to compare with.
        colours: of the car on the photos that show enough of it; None where nobody looked.
        plates: of the car on the photos that show one; None where nobody looked.
        plate: that the customer told; empty where none was.
    """
    kept = [one.kept for one in photos]
    pairs = list(copies_within(kept))
    if find is not None:
        pairs += [(one, found) for one in kept for found in _of_others(find(one.codes), claim)]
    checks = [Check.CAMERA] if find is None else [Check.COPIES, Check.CAMERA]
    signals = [
        *(copy_signal(one, found) for one, found in pairs),
        *camera_signals([one.sent for one in photos], loss),
    ]
    if plates is not None:
        checks.append(Check.PLATES)
        signals += plate_signals(plates, plate)
    if colours is not None:
        checks.append(Check.COLOUR)
        signals += colour_signals(colours)
    if earlier is not None:
        checks.append(Check.EARLIER)
        signals += earlier
    digests = {one.kept.name: one.kept.sha256 for one in photos}
    return FraudCheck(
        findings=FraudFindings.of(claim, digests, checks, signals), photos=tuple(photos), pairs=tuple(pairs)
    )


def earlier_signals(now: Path, earlier: Path) -> tuple[FraudSignal, ...]:
    """Signs from two files of damages or inspections of one car.

    Raises:
        DamagesFileError: a file cannot be read, or one thing is wrong in it.
        ExceptionGroup: of several DamagesFileErrors.
    """
    return tuple(signals_of_earlier(read_case(now).damages, read_case(earlier).damages))


def _of_others(found: Sequence[FoundCopy], claim: str) -> Iterator[FoundCopy]:
    """Those of other claims that are copies or show the same scene; of the claim without a number, all."""
    for one in found:
        if (one.copy.is_copy or one.copy.is_scene) and not (claim and one.photo.claim == claim):
            yield one
