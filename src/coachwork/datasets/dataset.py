"""A dataset that lies on this machine, with its samples and the folder of their photos."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from coachwork.datasets.place import DatasetError, DatasetPlace
from coachwork.datasets.sample import Sample, Split
from coachwork.datasets.source import Source
from coachwork.datasets.store import DatasetStore, Draft
from coachwork.datasets.version import SplitRule, Version, samples_of_lines

_FOLDER_SCHEMA = "coachwork.dataset/1"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Dataset:
    """Samples with their sources.

    Attributes:
        name: what it is called.
        folder: which each sample's `photo` is relative to.
        sources: each sample's `source` is the name of one of them.
        samples: in their order in the version.
        digest: of the version, hex.
    """

    name: str
    folder: Path
    sources: tuple[Source, ...]
    samples: tuple[Sample, ...]
    digest: str

    def split(self, split: Split) -> tuple[Sample, ...]:
        """Samples of one split."""
        return tuple(sample for sample in self.samples if sample.split is split)

    def photo_path(self, sample: Sample) -> Path:
        """The file of a sample's photo."""
        return self.folder / sample.photo


def read_dataset(place: str | Path | DatasetPlace) -> Dataset:
    """Reads the current version of a dataset, or the one that its place names.

    A folder that an earlier Coachwork made, with everything in itself, is read as well.

    Raises:
        DatasetError: no dataset there, something in it is broken, or it lies in an object store.
    """
    where = DatasetPlace.of(place)
    store = DatasetStore(where.store)
    folder = store.folder
    if folder is None:
        why = (
            "lies in an object store: bring it here with  coachwork dataset copy "
            + str(where)
            + f" datasets/{where.name}"
        )
        raise DatasetError(where, why)
    if lies_in_one_folder(store, where.name):
        return _read_folder(folder.parent / where.name)
    version = store.version(store.resolve(where.name, where.version))
    return dataset_of(version, store, where.name)


def dataset_of(version: Version, store: DatasetStore, name: str) -> Dataset:
    """A version in a local store as a dataset; of an object store, its folder is the one that its photos would have."""
    return Dataset(
        name=name,
        folder=store.folder or Path(store.root),
        sources=version.sources,
        samples=version.samples,
        digest=version.digest,
    )


def write_dataset(
    place: str | Path | DatasetPlace,
    *,
    sources: Sequence[Source],
    samples: Sequence[Sample],
    photos: Mapping[str, Path],
    rule: SplitRule | None = None,
) -> Dataset:
    """Writes a new dataset durably; it appears whole or not at all.

    Args:
        place: where.
        sources: each sample's source must be among them.
        samples: `photo` of each must be `photo_place` of its digest.
        photos: sha256 -> file, for the photos that the store does not hold yet.
        rule: how the splits were made.

    Raises:
        DatasetError: there is such a dataset already, a photo is missing, or the disk refuses.
    """
    where = DatasetPlace.of(place)
    store = DatasetStore(where.store)

    def make(current: Version | None) -> Draft:
        if current is not None:
            raise DatasetError(where, "exists already: choose another name")
        return Draft(version=Version.of(samples, sources, rule=rule), photos=photos)

    refuse_strange_folder(store, where.name)
    return dataset_of(store.change(where.name, make, how="write_dataset"), store, where.name)


def refuse_strange_folder(store: DatasetStore, name: str) -> None:
    """Refuses a place where a new dataset would lie among other things.

    Raises:
        DatasetError: there is such a folder.
    """
    place = store.place(name)
    if store.head(name) is not None:
        return
    if lies_in_one_folder(store, name):
        why = f"is a folder of an earlier Coachwork: take it over with  coachwork dataset copy {place} {place}"
        raise DatasetError(place, why)
    if set(store.files.names(name)) - {"head"}:
        raise DatasetError(place, "exists already and is no dataset: choose another name")


def lies_in_one_folder(store: DatasetStore, name: str) -> bool:
    """Whether a dataset is a folder of an earlier Coachwork that was not taken over."""
    return "manifest.json" in store.files.names(name) and store.head(name) is None


def _read_folder(folder: Path) -> Dataset:
    """Reads a folder with manifest.json, samples.jsonl and photos/; its digest is that of samples.jsonl."""
    try:
        lines = (folder / "samples.jsonl").read_bytes()
        manifest = json.loads((folder / "manifest.json").read_bytes())
        digest = hashlib.sha256(lines).hexdigest()
        if manifest["schema"] != _FOLDER_SCHEMA:
            raise DatasetError(folder, f"manifest.json is not of the schema {_FOLDER_SCHEMA}")
        if manifest["digest"] != digest:
            raise DatasetError(folder, "samples.jsonl was changed since manifest.json was written: import it again")
        sources, name = tuple(Source.of_json(source) for source in manifest["sources"]), str(manifest["name"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DatasetError(folder, f"cannot be read: {error}") from error
    samples = samples_of_lines(lines, where=folder)
    return Dataset(name=name, folder=folder, sources=sources, samples=samples, digest=digest)
