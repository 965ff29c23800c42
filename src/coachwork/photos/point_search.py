"""Finds among millions of kept photos the few that share points with one: codes sorted by their lowest bits.

The arrays lie in files and are mapped, so that several processes share one copy in the system's cache. A lookup touches
only the buckets of its own words; buckets that are long because everything falls into them tell nothing and are
passed over.
"""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from coachwork.photos.point_codes import DOUBTFUL_BITS, KEPT_POINTS, WORD_BITS, PointCodes

_WORDS = 1 << WORD_BITS
_NEAR_BITS = 10
"""Bits that the codes of one point in two copies may differ by, at first sight."""

_LONGEST_BUCKET = 64
_BUCKET_SHARE = 5e-6
"""Buckets that hold more than a share of all points, and more than `_LONGEST_BUCKET`, are passed over."""

_FILES = ("starts", "codes", "owners")


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A kept photo that may be a copy.

    Attributes:
        photo: its number.
        weight: what the shared points count together, rare ones more.
    """

    photo: int
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PointTable:
    """The codes of many photos in the order of their words.

    Attributes:
        starts: (2**20 + 1,) int64: where each word's bucket begins.
        codes: (N,) uint64.
        owners: (N,) uint32: number of the photo that each belongs to.
    """

    starts: NDArray[np.int64]
    codes: NDArray[np.uint64]
    owners: NDArray[np.uint32]

    @classmethod
    def of(cls, photos: Iterable[tuple[int, NDArray[np.uint64]]]) -> "PointTable":
        """Sorts the codes of photos, each with its number."""
        owners, codes = [np.zeros(0, dtype=np.uint32)], [np.zeros(0, dtype=np.uint64)]
        for number, ones in photos:
            codes.append(ones)
            owners.append(np.full(len(ones), number, dtype=np.uint32))
        every = np.concatenate(codes)
        words = (every & np.uint64(_WORDS - 1)).astype(np.uint32)
        order = np.argsort(words, kind="stable")
        starts = np.zeros(_WORDS + 1, dtype=np.int64)
        np.cumsum(np.bincount(words, minlength=_WORDS), out=starts[1:])
        return cls(starts=starts, codes=every[order], owners=np.concatenate(owners)[order])

    def write(self, folder: Path) -> None:
        """Keeps the table in a new folder; it is durable when this returns."""
        folder.mkdir(parents=True)
        for name in _FILES:
            with (folder / f"{name}.npy").open("wb") as file:
                np.save(file, getattr(self, name))
                file.flush()
                os.fsync(file.fileno())

    @classmethod
    def mapped(cls, folder: Path) -> "PointTable":
        """The table that `write` made, read where it is looked at.

        Raises:
            OSError, ValueError: it is not there, or not whole.
        """
        found = [np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False) for name in _FILES]
        starts, codes, owners = found
        if starts.shape != (_WORDS + 1,) or len(codes) != len(owners) or (len(codes) != starts[-1]):
            message = f"the table in {folder} is not whole"
            raise ValueError(message)
        return cls(starts=starts, codes=codes, owners=owners)

    def candidates(self, photo: PointCodes, *, most: int = 20) -> tuple[Candidate, ...]:
        """The kept photos that share most with one, best first.

        A point that few photos have near counts more than one that many have (the squared logarithm of its rarity, as
        in Jegou, Douze and Schmid, CVPR 2009), a nearer code more than a farther one, and each point once for a photo.
        """
        at, asked = self._looked_up(photo)
        if not len(at):
            return ()
        bits = np.bitwise_count(self.codes[at] ^ photo.codes[asked])
        near = np.flatnonzero(bits <= _NEAR_BITS)
        if not len(near):
            return ()
        order = np.lexsort((bits[near], asked[near], self.owners[at[near]]))
        owners, asked, bits = self.owners[at[near]][order], asked[near][order], bits[near][order]
        nearest = np.ones(len(owners), dtype=np.bool_)
        nearest[1:] = (owners[1:] != owners[:-1]) | (asked[1:] != asked[:-1])
        owners, asked, bits = owners[nearest], asked[nearest], bits[nearest]
        common = np.bincount(asked, minlength=len(photo))[asked]
        points = np.log(2 + len(self.codes) / KEPT_POINTS / common) ** 2 * (1.3 - bits / _NEAR_BITS)
        starts = np.flatnonzero(np.r_[True, owners[1:] != owners[:-1]])
        weights = np.add.reduceat(points, starts)
        best = np.lexsort((owners[starts], -weights))[:most]
        return tuple(Candidate(photo=int(owners[starts[row]]), weight=float(weights[row])) for row in best)

    def _looked_up(self, photo: PointCodes) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Places (N,) in the table that share a word with a point, and that point's row (N,)."""
        words = (photo.codes & np.uint64(_WORDS - 1)).astype(np.int64)
        probes = np.stack([words ^ change for change in _changes(photo.doubtful)])
        starts = self.starts[probes]
        lengths = self.starts[probes + 1] - starts
        most = max(_LONGEST_BUCKET, int(_BUCKET_SHARE * len(self.codes)))
        told = (lengths > 0) & (lengths <= most)
        rows = np.broadcast_to(np.arange(len(words)), probes.shape)[told]
        starts, lengths = starts[told], lengths[told]
        before = np.cumsum(lengths) - lengths
        at = np.repeat(starts - before, lengths) + np.arange(int(lengths.sum()))
        return at, np.repeat(rows, lengths)


def _changes(doubtful: NDArray[np.uint8]) -> Iterator[NDArray[np.int64]]:
    """What the words (N,) are changed by to be looked up: each choice of their doubtful bits."""
    bits = np.int64(1) << doubtful.astype(np.int64)
    for choice in range(1 << DOUBTFUL_BITS):
        chosen = [place for place in range(DOUBTFUL_BITS) if choice >> place & 1]
        yield bits[:, chosen].sum(axis=1)
