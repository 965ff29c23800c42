"""Photos of a dataset that show the same: near-duplicates, mirrored copies, and pairs that lie across a split."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from coachwork.datasets.looks import PhotoLook, alike
from coachwork.datasets.sample import Sample
from coachwork.photos.fingerprint import NEAR_DUPLICATE_BITS, cluster_near_duplicates
from coachwork.taxonomy import Kind

MIRRORED_CORRELATION = 0.95
"""Of 120 real photos all turned copies reach it that were compressed or shrunk, 98 % of those brightened by a third,
71 % of those cropped by 2 % on each side; two cars on one turntable, seen from left and right, reach 0.94."""
_ROWS_AT_ONCE = 512


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NearDuplicates:
    """Photos that a chain of near-duplicates links.

    Attributes:
        samples: two or more, sorted by split, source and name.
        mirrored: whether they are alike only with one of them turned left to right.
    """

    samples: tuple[Sample, ...]
    mirrored: bool = False

    @property
    def leaks(self) -> bool:
        """Whether they lie in more than one split, so that a model is measured on what it was trained on."""
        return len({sample.split for sample in self.samples}) > 1

    @property
    def disagree(self) -> bool:
        """Whether two of them were looked through for the same types and hold different numbers of them."""
        return any(
            counts[kind] != other[kind]
            for (sample, counts), (twin, other) in _pairs([(sample, _counts(sample)) for sample in self.samples])
            for kind in sample.annotated & twin.annotated
        )

    def as_json(self) -> dict[str, Any]:
        """The group as JSON values."""
        return {
            "mirrored": self.mirrored,
            "leak": self.leaks,
            "annotated_differently": self.disagree,
            "photos": [
                {
                    "photo": sample.sha256,
                    "name": sample.name,
                    "source": sample.source,
                    "split": sample.split.value,
                    "shapes": len(sample.shapes),
                }
                for sample in self.samples
            ],
        }


def near_duplicates(samples: Sequence[Sample], looks: Sequence[PhotoLook]) -> tuple[NearDuplicates, ...]:
    """Groups of near-duplicates and pairs of mirrored copies: leaks first, then the largest groups.

    Args:
        samples: of one dataset.
        looks: of the same photos, in the same order; photos that cannot be read have no duplicates.
    """
    known = [(sample, look) for sample, look in zip(samples, looks, strict=True) if look.fingerprint is not None]
    groups: dict[int, list[Sample]] = defaultdict(list)
    numbers = cluster_near_duplicates([look.fingerprint or 0 for _, look in known])
    for (sample, _), number in zip(known, numbers, strict=True):
        groups[number].append(sample)
    found = [NearDuplicates(samples=_sorted(group)) for group in groups.values() if len(group) > 1]
    found += [
        NearDuplicates(samples=_sorted([known[i][0], known[j][0]]), mirrored=True)
        for i, j in _mirrored_pairs([look for _, look in known])
        if numbers[i] != numbers[j]
    ]
    found.sort(key=lambda group: (not group.leaks, group.mirrored, -len(group.samples), group.samples[0].sha256))
    return tuple(found)


def _sorted(group: Sequence[Sample]) -> tuple[Sample, ...]:
    return tuple(sorted(group, key=lambda sample: (sample.split, sample.source, sample.name, sample.sha256)))


def _mirrored_pairs(looks: Sequence[PhotoLook]) -> Iterator[tuple[int, int]]:
    """Places i < j of photos of which one is the other turned left to right, by fingerprint and thumbnail."""
    plain = np.array([look.fingerprint or 0 for look in looks], dtype=np.uint64)
    turned = np.array([look.mirrored or 0 for look in looks], dtype=np.uint64)
    for start in range(0, len(looks), _ROWS_AT_ONCE):
        bits = np.bitwise_count(turned[start : start + _ROWS_AT_ONCE, None] ^ plain[None, :])
        for row, j in np.argwhere(bits <= NEAR_DUPLICATE_BITS):
            i = start + int(row)
            if i < j and alike(looks[i], looks[j], mirrored=True) >= MIRRORED_CORRELATION:
                yield i, int(j)


def _counts(sample: Sample) -> Counter[Kind | None]:
    return Counter(shape.type for shape in sample.shapes)


def _pairs(
    counted: Sequence[tuple[Sample, Counter[Kind | None]]],
) -> Iterator[tuple[tuple[Sample, Counter[Kind | None]], tuple[Sample, Counter[Kind | None]]]]:
    for place, one in enumerate(counted):
        for other in counted[place + 1 :]:
            yield one, other
