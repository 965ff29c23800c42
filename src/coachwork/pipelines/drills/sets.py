"""The photos of a drill: what is known at the start, what is sent in, and what is measured on, none of it twice."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from coachwork.datasets.dataset import Dataset
from coachwork.datasets.sample import Sample, Split
from coachwork.datasets.store import DatasetStore, Draft
from coachwork.datasets.version import SplitRule, Version
from coachwork.errors import CoachworkError
from coachwork.photos.reading import read_photo
from coachwork.pipelines.drills.darkening import as_jpeg, darkened


class DrillError(CoachworkError):
    """A drill cannot be played with what was given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DrillSets:
    """Samples of a dataset, whole clusters in each set.

    Attributes:
        dataset: that they are of.
        known: what the dataset holds when the drill begins.
        stream: what is sent in, in this order; each once.
        test: what accuracy is measured on; neither trained on nor sent in.
    """

    dataset: Dataset
    known: tuple[Sample, ...]
    stream: tuple[Sample, ...]
    test: tuple[Sample, ...]


def drill_sets(dataset: Dataset, *, train: int, val: int, stream: int, test: int) -> DrillSets:
    """Draws the sets by the photos' digests; equal datasets give equal sets.

    Args:
        dataset: annotated photos, with a validation split.
        train: known photos to learn from.
        val: known photos to validate on.
        stream: photos to send in.
        test: photos to measure on; of the validation split, as those to validate on.

    Raises:
        DrillError: there are too few photos.
    """
    learnt, held = (
        _ordered(one for one in dataset.samples if (one.split is Split.TRAIN) is side) for side in (True, False)
    )
    held = [one for one in held if one.shapes]
    needed = {"training": (len(learnt), train + stream), "validation": (len(held), val + test)}
    for name, (there, wanted) in needed.items():
        if there < wanted:
            message = f"the drill needs {wanted} photos of the {name} split, {dataset.name} has {there}: ask for fewer"
            raise DrillError(message)
    return DrillSets(
        dataset=dataset,
        known=(*learnt[:train], *held[:val]),
        stream=tuple(_apart(learnt[train:], learnt[:train])[:stream]),
        test=tuple(_apart(held[val:], held[:val])[:test]),
    )


def write_known(sets: DrillSets, store: DatasetStore, name: str) -> Version:
    """Makes the known photos a dataset of a store."""
    names = {one.source for one in sets.known}
    sources = [one for one in sets.dataset.sources if one.name in names]
    version = Version.of(sets.known, sources, rule=SplitRule())
    photos = {one.sha256: sets.dataset.photo_path(one) for one in sets.known}
    return store.change(name, lambda _: Draft(version=version, photos=photos), how="a drill begins")


def sent(sample: Sample, path: Path, stops: float) -> tuple[bytes, Sample]:
    """A photo as it is sent in poor light, and what is on it; in good light its own bytes.

    Args:
        sample: of the photo.
        path: of its file.
        stops: by how much the light fell.
    """
    if stops <= 0:
        return path.read_bytes(), sample
    photo = read_photo(path, name=sample.name)
    data = as_jpeg(darkened(photo.pixels, stops, seed=int(sample.sha256[:8], 16)))
    digest = hashlib.sha256(data).hexdigest()
    return data, replace(
        sample, sha256=digest, photo=f"photos/{digest}.jpg", name=f"{digest[:16]}.jpg", fingerprint=None
    )


def _ordered(samples: Iterable[Sample]) -> list[Sample]:
    """By the digest of their cluster: photos of one car stay beside each other."""
    return sorted(samples, key=lambda one: (hashlib.sha256(one.cluster.encode()).hexdigest(), one.sha256))


def _apart(samples: Sequence[Sample], known: Sequence[Sample]) -> list[Sample]:
    """Those of clusters that are not known."""
    clusters = {one.cluster for one in known}
    return [one for one in samples if one.cluster not in clusters]
