"""Signs from photos that were seen before: in another claim, or twice in this one."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations

from coachwork.claims.fraud_signals import FraudSignal, SignalKind, Strength
from coachwork.photos.copies import Copy, find_copy
from coachwork.photos.point_codes import PointCodes
from coachwork.reasons import Reason, said


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
    other = said("fraud.photo_of_claim", photo=found.photo.name, claim=found.photo.claim)
    if found.copy.is_copy:
        words = said("fraud.copy", picture=_picture(photo, other, found.copy))
        return SignalKind.PHOTO_OF_ANOTHER_CLAIM, Strength.STRONG, words
    words = said("fraud.scene", photo=photo.name, points=found.copy.points, other=other)
    return SignalKind.SCENE_OF_ANOTHER_CLAIM, Strength.WEAK, words


def _of_claim(photo: KeptPhoto, found: FoundCopy) -> tuple[SignalKind, Strength, str]:
    picture = _picture(photo, found.photo.name, found.copy)
    if found.copy.mirrored:
        return SignalKind.PHOTO_MIRRORED, Strength.STRONG, said("fraud.copy", picture=picture)
    return SignalKind.PHOTO_TWICE, Strength.WEAK, said("fraud.twice", picture=picture)


def _picture(photo: KeptPhoto, other: str, copy: Copy) -> Reason:
    """That a photo is another picture, and what was done to it."""
    done = changed(copy)
    if not done:
        return said("fraud.picture", photo=photo.name, other=other)
    return said("fraud.picture_changed", photo=photo.name, other=other, done=done)


def changed(copy: Copy) -> tuple[Reason, ...]:
    """What was done to a picture, a clause each; none where nothing is known of it.

    Only what the photo lacks of the kept one can be told as cut away: which of both came first, nobody knows.
    """
    done = [said("fraud.mirrored")] if copy.mirrored else []
    if copy.kept_share < 0.97:
        done.append(said("fraud.cut", share=Decimal(f"{copy.kept_share:.2f}")))
    return tuple(done)
