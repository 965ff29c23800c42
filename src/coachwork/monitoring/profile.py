"""The reference that later photos are compared with: a sample of records, kept beside the bundle's model.

It holds figures of single photos and what they look like as 32 numbers each, no picture, no digest, no name.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from coachwork.monitoring.blocks import case_numbers
from coachwork.monitoring.photo_record import PhotoRecord

MOST_PHOTOS = 1000
FEWEST_PHOTOS = 100
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Profile:
    """A reference.

    Attributes:
        bundle: name of the damage model whose outputs it holds.
        bundle_digest: SHA-256 of the model's file, hex.
        how: on which photos it rests, in one sentence without full stop.
        made: ISO 8601 time.
        photos: how many were looked at; more than the sample holds, perhaps.
        records: the sample; without times and digests, cases being numbers.
        duplicates: share of the photos that another one was a copy of.
        none_usable: share of the cases without any usable photo.
    """

    bundle: str
    bundle_digest: str
    how: str
    made: str
    photos: int
    records: tuple[PhotoRecord, ...]
    duplicates: float = 0.0
    none_usable: float = 0.0
    _cases: NDArray[np.int64] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if not self.records:
            message = "a reference needs photos"
            raise ValueError(message)
        object.__setattr__(self, "_cases", case_numbers([one.case for one in self.records]))

    @property
    def cases(self) -> NDArray[np.int64]:
        """(N,) number of each record's case."""
        return self._cases


def make_profile(
    records: Sequence[PhotoRecord], *, how: str, made: str, most: int = MOST_PHOTOS, seed: int = 0
) -> Profile:
    """The reference that some records make, all of one bundle.

    Args:
        records: of photos that nothing was wrong with as a whole.
        how: on which photos it rests.
        made: ISO 8601 time.
        most: the sample holds at most so many photos, drawn by whole cases.
        seed: equal ones draw equal samples.

    Raises:
        ValueError: there are too few of them, or they are of several bundles.
    """
    bundles = {(one.bundle, one.bundle_digest) for one in records if one.readable}
    if len(bundles) > 1:
        names = ", ".join(sorted(f"{name} {digest[:12]}" for name, digest in bundles))
        message = f"the photos were assessed by several models ({names}): take those of one"
        raise ValueError(message)
    if not bundles or len(records) < FEWEST_PHOTOS:
        message = f"a reference needs {FEWEST_PHOTOS} photos, there are {len(records)}"
        raise ValueError(message)
    (name, digest) = next(iter(bundles))
    return Profile(
        bundle=name,
        bundle_digest=digest,
        how=how,
        made=made,
        photos=len(records),
        records=tuple(_anonymous(_sample(records, most, seed))),
        duplicates=duplicate_share(records),
        none_usable=none_usable_share(records),
    )


def duplicate_share(records: Sequence[PhotoRecord]) -> float:
    """Share of the photos whose file came earlier among them."""
    known = [one.sha256 for one in records if one.sha256]
    return 1 - len(set(known)) / len(known) if known else 0.0


def none_usable_share(records: Sequence[PhotoRecord]) -> float:
    """Share of the cases none of whose photos can be used."""
    usable: dict[str, bool] = {}
    for one in records:
        if one.case:
            usable[one.case] = usable.get(one.case, False) or one.usable
    return 1 - sum(usable.values()) / len(usable) if usable else 0.0


def _sample(records: Sequence[PhotoRecord], most: int, seed: int) -> list[PhotoRecord]:
    if len(records) <= most:
        return list(records)
    numbers = case_numbers([one.case for one in records])
    order = np.random.default_rng(seed).permutation(int(numbers.max()) + 1)
    sizes = np.bincount(numbers)[order]
    kept = set(order[np.cumsum(sizes) <= most].tolist())
    return [one for one, number in zip(records, numbers, strict=True) if int(number) in kept]


def _anonymous(records: Sequence[PhotoRecord]) -> list[PhotoRecord]:
    numbers = case_numbers([one.case for one in records])
    return [replace(one, at=_EPOCH, sha256="", case=str(number)) for one, number in zip(records, numbers, strict=True)]
