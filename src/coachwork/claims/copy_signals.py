"""Signs from photos that were seen before: in another claim, or twice in this one."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations

from coachwork.claims.fraud_signals import FraudSignal, SignalKind, Strength
from coachwork.photos.copies import Copy, find_copy
from coachwork.photos.point_codes import PointCodes


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class KeptPhoto:
    """A photo that was sent in for a claim.

    Attributes:
        claim: its number.
        name: of the photo's file, as it may be shown.
        file: where it lay when it was looked at.
        sha256: of the file, hex.
        codes: by which it is known again.
    """

    claim: str
    name: str
    file: str
    sha256: str
    codes: PointCodes


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FoundCopy:
    """A photo that another one shares points with.

    Attributes:
        photo: the one that was kept before.
        copy: how the other lies on it.
    """

    photo: KeptPhoto
    copy: Copy


def copies_within(photos: Iterable[KeptPhoto]) -> Iterator[tuple[KeptPhoto, FoundCopy]]:
    """Pictures that a claim shows as two; the same file twice is passed over."""
    distinct = {one.sha256: one for one in photos}
    for first, second in combinations(distinct.values(), 2):
        copy = find_copy(first.codes, second.codes)
        if copy is not None and copy.is_copy:
            yield first, FoundCopy(photo=second, copy=copy)


def copy_signal(photo: KeptPhoto, found: FoundCopy) -> FraudSignal:
    """The sign that a photo gives which is a copy of another, or shows its scene.

    Args:
        photo: of the claim.
        found: the other one, of this claim or another.
    """
    copy, other = found.copy, found.photo
    kind, strength, words = _of_claim(photo, found) if photo.claim == other.claim else _of_another(photo, found)
    return FraudSignal(
        kind=kind,
        strength=strength,
        sentence=words,
        photos=(photo.name,),
        evidence={
            "points": copy.points,
            "likeness": round(copy.likeness, 3),
            "mirrored": copy.mirrored,
            "shown_share": round(copy.kept_share, 3),
            "other_claim": other.claim,
            "other_photo": other.name,
            "other_sha256": other.sha256,
        },
    )


def _of_another(photo: KeptPhoto, found: FoundCopy) -> tuple[SignalKind, Strength, str]:
    where = f"{found.photo.name} of claim {found.photo.claim}"
    if found.copy.is_copy:
        words = f"{photo.name} is the picture {where}{changed(found.copy)}."
        return SignalKind.PHOTO_OF_ANOTHER_CLAIM, Strength.STRONG, words
    words = f"{photo.name} shares {found.copy.points} points with {where}: perhaps the same car, perhaps the same yard."
    return SignalKind.SCENE_OF_ANOTHER_CLAIM, Strength.WEAK, words


def _of_claim(photo: KeptPhoto, found: FoundCopy) -> tuple[SignalKind, Strength, str]:
    words = f"{photo.name} is the picture {found.photo.name}{changed(found.copy)}"
    if found.copy.mirrored:
        return SignalKind.PHOTO_MIRRORED, Strength.STRONG, f"{words}."
    return SignalKind.PHOTO_TWICE, Strength.WEAK, f"{words}: people send a picture twice and mean nothing by it."


def changed(copy: Copy) -> str:
    """What was done to a picture, as the end of a sentence; empty where nothing is known of it.

    Only what the photo lacks of the kept one can be told as cut away: which of both came first, nobody knows.
    """
    done = ["mirrored"] if copy.mirrored else []
    if copy.kept_share < 0.97:
        done.append(f"cut to {100 * copy.kept_share:.0f} % of it")
    shown = ", ".join(done)
    return f", {shown}" if shown else ""
