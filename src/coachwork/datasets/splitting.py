"""Splits that do not leak: photos that belong together lie on one side, whatever the rule is."""

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from coachwork.datasets.sample import Sample, Split
from coachwork.datasets.version import SplitRule, Version
from coachwork.photos.fingerprint import cluster_near_duplicates

STRICTNESS = {Split.TRAIN: 0, Split.VAL: 1, Split.TEST: 2}
"""Where near-duplicates lie on several sides, all of them go to the strictest, and training gives up the copies."""


def clusters_of(samples: Sequence[Sample]) -> tuple[int, ...]:
    """Cluster number of each sample, by three signs: equal bytes, near-duplicate fingerprints, a cluster that is known.

    Mirror images are near-duplicates: a model that learned from the one has seen the other. Numbers have gaps. Samples
    without a fingerprint are held together by the other two signs alone.
    """
    above = list(range(len(samples)))

    def top(place: int) -> int:
        while above[place] != place:
            above[place] = above[above[place]]
            place = above[place]
        return place

    first: dict[tuple[str, object], int] = {}

    def tie(place: int, sign: tuple[str, object]) -> None:
        one, other = top(place), top(first.setdefault(sign, place))
        above[max(one, other)] = min(one, other)

    printed = [(place, sample.fingerprint) for place, sample in enumerate(samples) if sample.fingerprint is not None]
    numbers = cluster_near_duplicates([value for _, value in printed], mirrored=True)
    for (place, _), number in zip(printed, numbers, strict=True):
        tie(place, ("fingerprint", number))
    for place, sample in enumerate(samples):
        tie(place, ("bytes", sample.sha256))
        if sample.cluster:
            tie(place, ("cluster", sample.cluster))
    return tuple(top(place) for place in range(len(samples)))


def draw(sizes: Mapping[str, int], *, val: float, test: float = 0.0, seed: int = 0) -> dict[str, Split]:
    """Draws clusters for test and val until these hold their parts of the photos; the rest is for training.

    The draw depends on the seed and the clusters' names alone, not on their order.

    Args:
        sizes: cluster -> number of its photos.
        val: part 0..1 of all these photos.
        test: the same.
        seed: of the draw.
    """
    total = sum(sizes.values())
    room = {Split.TEST: round(test * total), Split.VAL: round(val * total)}
    drawn: dict[str, Split] = {}
    for name in sorted(sizes, key=lambda name: hashlib.sha256(f"{seed}:{name}".encode()).digest()):
        fitting = [split for split, left in room.items() if sizes[name] <= left]
        drawn[name] = fitting[0] if fitting else Split.TRAIN
        if fitting:
            room[fitting[0]] -= sizes[name]
    return drawn


def split_again(version: Version, rule: SplitRule) -> Version:
    """The same photos, split by another rule, as a child of the version.

    A cluster with a photo in one of the splits that the rule keeps goes whole to the strictest such split; all others
    are drawn. Clusters are found anew, so a leak in the version does not survive.
    """
    groups: dict[int, list[Sample]] = defaultdict(list)
    for sample, number in zip(version.samples, clusters_of(version.samples), strict=True):
        groups[number].append(sample)
    named = {min(sample.sha256 for sample in group)[:16]: group for group in groups.values()}
    splits: dict[str, Split] = {}
    for name, group in named.items():
        kept = [sample.split for sample in group if sample.split in rule.keep]
        if kept:
            splits[name] = max(kept, key=STRICTNESS.__getitem__)
    free = {name: len(group) for name, group in named.items() if name not in splits}
    splits |= draw(free, val=rule.val, test=rule.test, seed=rule.seed)
    samples = [replace(sample, split=splits[name], cluster=name) for name, group in named.items() for sample in group]
    samples.sort(key=order)
    return Version.of(samples, version.sources, rule=rule, parents=[version.digest])


def order(sample: Sample) -> tuple[str, str, str, str]:
    """The order of samples in a version: by split, source, name and digest."""
    return sample.split, sample.source, sample.name, sample.sha256
