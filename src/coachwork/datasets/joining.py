"""Samples of one or more sources become one dataset: splits without leaks, each photo once."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from coachwork.datasets.sample import Sample, Split
from coachwork.datasets.splitting import STRICTNESS, draw, order
from coachwork.photos.fingerprint import MIRRORED_BITS, NEAR_DUPLICATE_BITS, hamming, mirrored_fingerprint


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Candidate:
    """A sample before its split and cluster are known.

    Attributes:
        sample: its `split` and `cluster` are not looked at.
        stated: the split that its source states, if any.
        origin: the file or dataset it comes from, for reports.
    """

    sample: Sample
    stated: Split | None
    origin: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Leak:
    """A photo that its source had put on the other side of a split from its near-duplicate.

    Attributes:
        photo: the one that moved.
        twin: a near-duplicate that was in the stricter split.
        moved_to: the split of both now.
    """

    photo: Candidate
    twin: Candidate
    moved_to: Split

    @property
    def words(self) -> str:
        """What the photo is to its twin."""
        one, other = self.photo.sample, self.twin.sample
        if one.sha256 == other.sha256:
            return "byte for byte the same photo as"
        if one.fingerprint is None or other.fingerprint is None:
            return "a near-duplicate of"
        if hamming(one.fingerprint, other.fingerprint) <= NEAR_DUPLICATE_BITS:
            return "a near-duplicate of"
        turned = hamming(mirrored_fingerprint(one.fingerprint), other.fingerprint) <= MIRRORED_BITS
        return "a mirror image of" if turned else "by a chain of near-duplicates the same as"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Copy:
    """A photo that is byte for byte another one and was joined with it.

    Attributes:
        photo: the one that went.
        kept: the one that stands for both.
        agrees: whether both were annotated alike (or their annotations complete each other).
    """

    photo: Candidate
    kept: Candidate
    agrees: bool


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Joined:
    """The outcome of `join`: samples sorted by split, source and name, and what was done to get there."""

    samples: tuple[Sample, ...]
    leaks: tuple[Leak, ...]
    copies: tuple[Copy, ...]


def join(candidates: Sequence[Candidate], clusters: Sequence[int], *, val: float = 0.2, seed: int = 0) -> Joined:
    """Gives every candidate a split and a cluster, and joins byte-identical photos.

    A cluster whose members state different splits goes whole to the strictest one (test, then val), so that training
    gives up the copies. Clusters without a stated split are drawn for val until it holds the fraction `val` of such
    photos; the draw depends on the seed and the photos' digests alone, not on their order.

    Args:
        candidates: all samples, those of an existing dataset with their split as `stated`.
        clusters: cluster number of each candidate; near-duplicates share it.
        val: fraction 0..1.
        seed: of the draw.
    """
    members: dict[int, list[Candidate]] = defaultdict(list)
    for candidate, cluster in zip(candidates, clusters, strict=True):
        members[cluster].append(candidate)
    groups = list(members.values())
    free = [group for group in groups if all(candidate.stated is None for candidate in group)]
    drawn = draw({_cluster_name(group): len(group) for group in free}, val=val, seed=seed)
    samples: list[Sample] = []
    leaks: list[Leak] = []
    copies: list[Copy] = []
    for group in groups:
        name = _cluster_name(group)
        twin = max(group, key=_strictness)
        split = twin.stated or drawn[name]
        leaks.extend(
            Leak(photo=candidate, twin=twin, moved_to=split)
            for candidate in group
            if candidate.stated is not None and candidate.stated is not split
        )
        kept, joined = _join_copies(group)
        copies.extend(joined)
        samples.extend(replace(sample, split=split, cluster=name) for sample in kept)
    samples.sort(key=order)
    return Joined(samples=tuple(samples), leaks=tuple(leaks), copies=tuple(copies))


def _cluster_name(group: Sequence[Candidate]) -> str:
    return min(candidate.sample.sha256 for candidate in group)[:16]


def _strictness(candidate: Candidate) -> int:
    return -1 if candidate.stated is None else STRICTNESS[candidate.stated]


def _join_copies(group: Sequence[Candidate]) -> tuple[list[Sample], list[Copy]]:
    """Joins photos with the same bytes; the one of the strictest split, then the fuller annotated one, stays."""
    by_digest: dict[str, list[Candidate]] = defaultdict(list)
    for candidate in group:
        by_digest[candidate.sample.sha256].append(candidate)
    kept: list[Sample] = []
    copies: list[Copy] = []
    for same in by_digest.values():
        first, *others = sorted(
            same, key=lambda one: (-_strictness(one), -len(one.sample.shapes), one.sample.name, one.origin)
        )
        sample = first.sample
        for other in others:
            copies.append(Copy(photo=other, kept=first, agrees=_agree(sample, other.sample)))
            sample = _completed(sample, other.sample)
        kept.append(sample)
    return kept, copies


def _completed(sample: Sample, other: Sample) -> Sample:
    """The sample with the other's knowledge of types that the sample itself knows nothing of."""
    known = sample.annotated | {shape.type for shape in sample.shapes}
    new = other.annotated - known
    shapes = tuple(shape for shape in other.shapes if shape.type in new)
    return replace(sample, annotated=sample.annotated | new, shapes=sample.shapes + shapes)


def _agree(sample: Sample, other: Sample) -> bool:
    """Whether both say the same of the types that both annotate."""
    if sample.annotated and other.annotated:
        both: frozenset[object] = sample.annotated & other.annotated
        return _outline(sample, both) == _outline(other, both)
    return _outline(sample, None) == _outline(other, None)


def _outline(sample: Sample, kinds: frozenset[object] | None) -> list[tuple[str, tuple[int, ...]]]:
    return sorted(
        (str(shape.type), tuple(round(edge) for edge in shape.box.xyxy))
        for shape in sample.shapes
        if kinds is None or shape.type in kinds
    )
