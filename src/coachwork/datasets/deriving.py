"""Datasets made of datasets: merged, split anew, copied, tagged; across stores, and safe beside other writers."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from coachwork.datasets.dataset import lies_in_one_folder, read_dataset, refuse_strange_folder
from coachwork.datasets.files import files_at
from coachwork.datasets.head import DatasetMoved
from coachwork.datasets.merging import Merged, merge
from coachwork.datasets.place import DatasetError, DatasetPlace, check_name
from coachwork.datasets.splitting import split_again
from coachwork.datasets.store import DatasetStore, Draft, StoredPhoto
from coachwork.datasets.version import SplitRule, Version

Copied = Callable[[int, int], None]
"""Told of photos as they arrive: how many, of how many."""

PROBLEMS_FILE = "problems.json"
"""A note beside a version: source -> the problems of its import."""

_ATTEMPTS = 20


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Opened:
    """A version with the store that it lies in.

    Attributes:
        place: as it was asked for.
        store: where it lies.
        version: the version.
        photos: sha256 -> where the photo lies.
        in_one_folder: whether it is a folder of an earlier Coachwork.
    """

    place: DatasetPlace
    store: DatasetStore
    version: Version
    photos: Mapping[str, StoredPhoto]
    in_one_folder: bool = False

    @property
    def problems(self) -> dict[str, list[object]]:
        """Problems of the imports that the version came from, by source."""
        try:
            if self.in_one_folder:
                note: object = json.loads(self.store.files.read(f"{self.place.name}/{PROBLEMS_FILE}"))
            else:
                note = self.store.note(self.version.digest, PROBLEMS_FILE)
        except (OSError, ValueError):
            note = None
        return note if isinstance(note, dict) else {}


def open_version(place: DatasetPlace, *, store: DatasetStore | None = None, version: Version | None = None) -> Opened:
    """Opens a version wherever it lies, in a folder or an object store.

    Args:
        place: of the dataset; without a version in it, the current one.
        store: the one of the place, where it is open already.
        version: where it was read already.

    Raises:
        DatasetError: it is not there, or was changed.
    """
    there = store or DatasetStore(place.store)
    if lies_in_one_folder(there, place.name):
        folder = f"{place.store}/{place.name}"
        dataset, files = read_dataset(place), files_at(folder)
        photos = {sample.sha256: StoredPhoto(files=files, name=sample.photo) for sample in dataset.samples}
        whole = Version.of(dataset.samples, dataset.sources, rule=None)
        return Opened(place=place, store=there, version=whole, photos=photos, in_one_folder=True)
    found = version or there.version(there.resolve(place.name, place.version))
    photos = {sample.sha256: there.photo(sample) for sample in found.samples}
    return Opened(place=place, store=there, version=found, photos=photos)


def merge_datasets(places: Sequence[DatasetPlace], to: DatasetPlace, *, copied: Copied | None = None) -> Merged:
    """Merges datasets into one, a new one or one of those that are merged; see `merge`.

    Photos that the store of the destination holds are neither read nor copied.

    Raises:
        DatasetError: one is missing, the destination is in the way, or sources contradict each other.
    """
    store = DatasetStore(to.store)
    refuse_strange_folder(store, to.name)
    merged: list[Merged] = []

    def make(current: Version | None) -> Draft:
        opened = [_opened_for(place, to, store, current) for place in places]
        if current is not None and current.digest not in {one.version.digest for one in opened}:
            raise DatasetError(to, "exists already: name it among those to merge, too, or choose another name")
        merged[:] = [merge({str(one.place): one.version for one in opened})]
        notes: dict[str, object] = {}
        for one in opened:
            notes |= one.problems
        photos = {sha256: photo for one in opened for sha256, photo in one.photos.items()}
        return Draft(version=merged[0].version, photos=photos, notes={PROBLEMS_FILE: notes} if notes else {})

    version = store.change(to.name, make, how=f"merge {' '.join(map(str, places))}", copied=copied)
    return replace(merged[0], version=version)


def split_dataset(
    place: DatasetPlace, rule: SplitRule, to: DatasetPlace | None = None, *, copied: Copied | None = None
) -> tuple[Version, Version]:
    """Splits a dataset by another rule, as its next version or as a new dataset; gives the versions before and after.

    Raises:
        DatasetError: it is missing, or the destination exists.
    """
    target = to or place.at("")
    store = DatasetStore(target.store)
    refuse_strange_folder(store, target.name)
    before: list[Version] = []

    def make(current: Version | None) -> Draft:
        opened = _opened_for(place, target, store, current)
        if current is not None and not _same(opened.store, place, store, target):
            raise DatasetError(target, "exists already: choose another name")
        before[:] = [opened.version]
        problems = opened.problems
        return Draft(
            version=split_again(opened.version, rule),
            photos=opened.photos,
            notes={PROBLEMS_FILE: problems} if problems else {},
        )

    version = store.change(target.name, make, how=f"split {place}: {rule}", copied=copied)
    return before[0], version


def copy_dataset(
    origin: DatasetPlace, to: DatasetPlace, *, replace_it: bool = False, copied: Copied | None = None
) -> Version:
    """Copies a version to another store or name, where it has the same digest.

    A folder of an earlier Coachwork is taken over so, also where it lies; its photos are linked, not copied.

    Args:
        origin: of the version.
        to: of the dataset; may be that of the folder to take over.
        replace_it: make it the next version where such a dataset exists.
        copied: told of photos that arrive.

    Raises:
        DatasetError: it is missing, or the destination exists.
    """
    opened, store = open_version(origin), DatasetStore(to.store)
    if not (opened.in_one_folder and _same(opened.store, origin, store, to)):
        refuse_strange_folder(store, to.name)

    def make(current: Version | None) -> Draft:
        if current is not None and current.digest != opened.version.digest and not replace_it:
            raise DatasetError(to, "exists already: choose another name, or make this its next version with --replace")
        problems = opened.problems
        return Draft(version=opened.version, photos=opened.photos, notes={PROBLEMS_FILE: problems} if problems else {})

    return store.change(to.name, make, how=f"copy {origin}", copied=copied)


def tag_dataset(place: DatasetPlace, tag: str, *, move: bool = False) -> str:
    """Gives a version a name of its own, and returns its digest.

    Args:
        place: of the version.
        tag: the name.
        move: take it from the version that has it.

    Raises:
        DatasetError: there is no such version, the name cannot be, or another version has it.
    """
    check_name(tag, where=place)
    store = DatasetStore(place.store)
    for _ in range(_ATTEMPTS):
        digest, head = store.resolve(place.name, place.version), store.head(place.name)
        known = {} if head is None else dict(head.tags)
        if known.get(tag, digest) != digest and not move:
            raise DatasetError(place, f"version {known[tag][:12]} has the tag {tag!r}: choose another, or give --move")
        if head is None or known.get(tag) == digest:
            return digest
        try:
            store.move(place.name, head.version, after=head, how=f"tag {tag}", tags=known | {tag: digest})
        except DatasetMoved:
            continue
        return digest
    raise DatasetMoved(place)


def _opened_for(place: DatasetPlace, to: DatasetPlace, store: DatasetStore, current: Version | None) -> Opened:
    """Opens a version; where it is the current one of the destination, the one that the change starts from."""
    there = store if place.store == to.store else DatasetStore(place.store)
    at_head = current is not None and not place.version and _same(there, place, store, to)
    return open_version(place, store=there, version=current if at_head else None)


def _same(first: DatasetStore, one: DatasetPlace, second: DatasetStore, other: DatasetPlace) -> bool:
    """Whether two places are one dataset, however they are written."""
    folders = [store.folder.resolve() if store.folder else store.root.rstrip("/") for store in (first, second)]
    return folders[0] == folders[1] and one.name == other.name
