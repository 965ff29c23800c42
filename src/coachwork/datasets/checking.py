"""Whether a version is still what it says it is, and whether its splits leak."""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum

from coachwork.datasets.counts import counts_of
from coachwork.datasets.place import DatasetError
from coachwork.datasets.sample import Sample
from coachwork.datasets.splitting import clusters_of
from coachwork.datasets.store import DatasetStore
from coachwork.datasets.version import Version, photo_place

_FAR = 0.5
"""Pixels that a shape's box may lie outside its photo, as files round."""


class Fault(StrEnum):
    """What can be wrong with a version; the value is what programs read."""

    VERSION_BROKEN = "version_broken"
    COUNTS_DIFFER = "counts_differ"
    PHOTO_MISSING = "photo_missing"
    PHOTO_CHANGED = "photo_changed"
    PHOTO_MISPLACED = "photo_misplaced"
    PHOTO_TWICE = "photo_twice"
    LEAK = "leak"
    SHAPE_OUTSIDE = "shape_outside"

    @property
    def remedy(self) -> str:
        """What to do about it."""
        return _REMEDIES[self]


_REMEDIES = {
    Fault.VERSION_BROKEN: "bring objects/versions/DIGEST from another store, or delete the newest file of NAME/head",
    Fault.COUNTS_DIFFER: "written by another Coachwork or by hand: make it anew with  coachwork import",
    Fault.PHOTO_MISSING: "bring it back: coachwork dataset copy from another store, or import the source again",
    Fault.PHOTO_CHANGED: "delete the file, then bring it back: copy the dataset from another store, or import again",
    Fault.PHOTO_MISPLACED: "made by hand: make the dataset anew with  coachwork import",
    Fault.PHOTO_TWICE: "join them: coachwork dataset split makes a version with each photo's cluster on one side",
    Fault.LEAK: "coachwork dataset split STORE/NAME makes a version whose splits do not leak",
    Fault.SHAPE_OUTSIDE: "mend the annotation at its source and import it again",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is wrong.

    Attributes:
        fault: of what kind.
        where: the photo or file.
        what: what is wrong with it, in words.
    """

    fault: Fault
    where: str
    what: str


def check_version(
    store: DatasetStore,
    digest: str,
    *,
    bytes_too: bool = True,
    looked: Callable[[int, int], None] | None = None,
) -> tuple[Finding, ...]:
    """All that is wrong with a version: with its files, its photos, its splits and its shapes.

    Args:
        store: where it lies.
        digest: of the version.
        bytes_too: read every photo and compare its digest, besides looking whether it is there.
        looked: told of photos that were read: how many, of how many.
    """
    try:
        version = store.version(digest)
    except DatasetError as error:
        return (Finding(fault=Fault.VERSION_BROKEN, where=digest[:12], what=error.why),)
    missing = store.missing(version.samples)
    findings = [*_counts(version), *_places(version.samples), *_leaks(version.samples), *_shapes(version.samples)]
    findings += [
        Finding(fault=Fault.PHOTO_MISSING, where=sample.name, what=f"{sample.photo} is not there") for sample in missing
    ]
    if bytes_too:
        gone = {sample.photo for sample in missing}
        findings += _bytes(store, [sample for sample in version.samples if sample.photo not in gone], looked)
    return tuple(findings)


def _counts(version: Version) -> list[Finding]:
    found, stated = counts_of(version.samples), version.counts
    return [
        Finding(
            fault=Fault.COUNTS_DIFFER,
            where="manifest.json",
            what=f"states {key} {stated.get(key)}, samples.jsonl holds {found.get(key)}",
        )
        for key in sorted(found.keys() | stated.keys())
        if found.get(key) != stated.get(key)
    ]


def _places(samples: Sequence[Sample]) -> list[Finding]:
    return [
        Finding(fault=Fault.PHOTO_MISPLACED, where=sample.name, what=f"{sample.photo} is not named for {sample.sha256}")
        for sample in samples
        if sample.photo != photo_place(sample.sha256, f".{sample.photo.rpartition('.')[2]}")
    ]


def _leaks(samples: Sequence[Sample]) -> list[Finding]:
    """Photos that belong together and lie on several sides, and photos that are there twice."""
    groups: dict[int, list[Sample]] = defaultdict(list)
    for sample, cluster in zip(samples, clusters_of(samples), strict=True):
        groups[cluster].append(sample)
    findings = []
    for group in groups.values():
        if len({sample.split for sample in group}) > 1:
            shown = ", ".join(f"{sample.name!r} in {sample.split}" for sample in group[:4])
            rest = f" and {len(group) - 4} more" if len(group) > 4 else ""
            findings.append(
                Finding(fault=Fault.LEAK, where=group[0].name, what=f"near-duplicates or mirror images: {shown}{rest}")
            )
        known: dict[str, Sample] = {}
        for sample in group:
            first = known.setdefault(sample.sha256, sample)
            if first is not sample:
                what = f"byte for byte {first.name!r}"
                findings.append(Finding(fault=Fault.PHOTO_TWICE, where=sample.name, what=what))
    return findings


def _shapes(samples: Sequence[Sample]) -> list[Finding]:
    findings = []
    for sample in samples:
        for number, shape in enumerate(sample.shapes):
            x_min, y_min, x_max, y_max = shape.box.xyxy
            inside = min(x_min, y_min) >= -_FAR
            if not (inside and x_max <= sample.size.width + _FAR and y_max <= sample.size.height + _FAR):
                what = f"shape {number} ({shape.label or shape.type}) has a box that leaves the photo"
                findings.append(Finding(fault=Fault.SHAPE_OUTSIDE, where=sample.name, what=what))
    return findings


def _bytes(store: DatasetStore, samples: Sequence[Sample], looked: Callable[[int, int], None] | None) -> list[Finding]:
    def look(sample: Sample) -> Finding | None:
        stored = store.photo(sample)
        try:
            intact = hashlib.sha256(stored.files.read(stored.name)).hexdigest() == sample.sha256
        except (OSError, DatasetError) as error:
            return Finding(fault=Fault.PHOTO_MISSING, where=sample.name, what=f"{sample.photo} cannot be read: {error}")
        if intact:
            return None
        return Finding(
            fault=Fault.PHOTO_CHANGED, where=sample.name, what=f"{sample.photo} has other bytes than its name"
        )

    findings = []
    with ThreadPoolExecutor(store.files.threads) as pool:
        for done, finding in enumerate(pool.map(look, samples), start=1):
            if looked is not None:
                looked(done, len(samples))
            if finding is not None:
                findings.append(finding)
    return findings
