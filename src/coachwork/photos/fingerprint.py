"""Recognises a photo that was resized, compressed again or brightened, by a 64-bit perceptual hash."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

_SIDE = 32
_KEPT = 8

NEAR_DUPLICATE_BITS = 10
"""Bits in which near-duplicates may differ.

From ``benchmarks/fingerprint.py`` on real photos of cars: at 10 bits all compressed, shrunk and stretched copies are
found, 98 % of those with a date stamp and 96 % of those cropped by 2 % on each side, while 2 of 319,600 pairs of
different photos come as near; at 14 bits it would be 17 pairs, and chains of them would grow together.
"""


def fingerprint(pixels: NDArray[np.uint8]) -> int:
    """64-bit perceptual hash of a photo: signs of its lowest cosine frequencies against their median.

    Args:
        pixels: (h, w, 3) uint8 RGB upright, at any resolution.

    Source: Zauner, "Implementation and benchmarking of perceptual image hash functions", 2010, section 3.2 (DCT hash).
    """
    small = cv2.resize(pixels, (_SIDE * 4, _SIDE * 4), interpolation=cv2.INTER_AREA)
    grey = cv2.resize(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), (_SIDE, _SIDE), interpolation=cv2.INTER_AREA)
    low = cv2.dct(grey.astype(np.float32))[1 : _KEPT + 1, 1 : _KEPT + 1]
    bits = np.packbits(low > np.median(low))
    return int.from_bytes(bits.tobytes(), "big")


def hamming(first: int, second: int) -> int:
    """Number of bits in which two fingerprints differ, 0..64.

    >>> hamming(0b1100, 0b1010)
    2
    """
    return (first ^ second).bit_count()


def cluster_near_duplicates(fingerprints: Sequence[int], max_distance: int = NEAR_DUPLICATE_BITS) -> tuple[int, ...]:
    """Cluster number of each photo; photos that a chain of near-duplicates links share one.

    Numbers count from 0 in order of the clusters' first members, so equal input gives equal output. Costs one
    comparison of a photo with all that have no cluster yet, per photo: well under a second for 10,000.

    Args:
        fingerprints: one per photo.
        max_distance: bits that may differ between near-duplicates.
    """
    clusters = [0] * len(fingerprints)
    places = np.arange(len(fingerprints))
    waiting = np.array(fingerprints, dtype=np.uint64)
    number = 0
    while waiting.size:
        clusters[places[0]] = number
        frontier = [waiting[0]]
        places, waiting = places[1:], waiting[1:]
        while frontier:
            near = np.bitwise_count(waiting ^ frontier.pop()) <= max_distance
            if near.any():
                for place in places[near]:
                    clusters[place] = number
                frontier.extend(np.unique(waiting[near]))
                places, waiting = places[~near], waiting[~near]
        number += 1
    return tuple(clusters)
