"""Removes what nothing in a store reaches any more, beside writers that are at work.

Reached is every version that an entry of a dataset's history or a tag names, with its parents, and all their photos.
Unreached are the remains of writers that were killed, and of datasets whose folder or entries a person has deleted.
"""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from time import time

from coachwork.datasets.condemned import Sheet, condemn, condemned
from coachwork.datasets.files import Files
from coachwork.datasets.place import OBJECTS, DatasetError
from coachwork.datasets.store import DatasetStore

GRACE_S = 24 * 3600.0
"""Longer than any writer takes from its start to the head that names its version."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruned:
    """What is not reached, and what was done about it.

    Attributes:
        photos: names of all unreached photos below ``objects``, sorted; after a deletion those that are left.
        versions: digests of all unreached versions, sorted; after a deletion those that are left.
        bytes: of these photos; 0 where nobody asked.
        deleted_photos: that went in this run.
        deleted_versions: that went in this run.
        remains: half-written files of killed writers that went (or would go) in this run.
        next_s: seconds until the next of what is left may be deleted; None where nothing waits.
    """

    photos: tuple[str, ...]
    versions: tuple[str, ...]
    bytes: int
    deleted_photos: int = 0
    deleted_versions: int = 0
    remains: int = 0
    next_s: float | None = None


def survey(store: DatasetStore, *, grace_s: float = GRACE_S) -> Pruned:
    """What a store holds that nothing reaches; changes nothing.

    Raises:
        DatasetError: a dataset's history or a version is broken, so that what it needs is not known.
    """
    photos, versions = _unreached(store)
    return Pruned(
        photos=tuple(sorted(photos)),
        versions=tuple(sorted(versions)),
        bytes=_bytes(store.files, photos),
        remains=len(store.files.remains(OBJECTS, older_than_s=grace_s)),
        next_s=_next(condemned(store.files), grace_s),
    )


def prune(store: DatasetStore, *, grace_s: float = GRACE_S) -> Pruned:
    """Condemns what nothing reaches, and deletes what was condemned longer than the grace period ago.

    Args:
        store: to be pruned.
        grace_s: seconds; 0 only where nobody writes into the store.

    Raises:
        DatasetError: as `survey`, or the store refuses.
    """
    files = store.files
    photos, versions = _unreached(store)
    waiting = condemned(files)
    fresh_photos = photos - {name for sheet in waiting for name in sheet.photos}
    fresh_versions = versions - {digest for sheet in waiting for digest in sheet.versions}
    try:
        if fresh_photos or fresh_versions:
            condemn(files, fresh_photos, fresh_versions)
        gone_photos: set[str] = set()
        gone_versions: set[str] = set()
        for sheet in waiting if grace_s > 0 else condemned(files):
            if time() - sheet.at >= grace_s:
                gone_versions |= _delete_versions(files, sheet, sheet.versions & versions)
                gone_photos |= _delete_photos(files, sheet, sheet.photos & photos)
                files.delete(sheet.name)
        remains = files.remains(OBJECTS, older_than_s=grace_s)
        for name in remains:
            files.delete(name)
    except OSError as error:
        raise DatasetError(store.root, f"cannot be pruned: {error}") from error
    left = photos - gone_photos
    return Pruned(
        photos=tuple(sorted(left)),
        versions=tuple(sorted(versions - gone_versions)),
        bytes=_bytes(files, left),
        deleted_photos=len(gone_photos),
        deleted_versions=len(gone_versions),
        remains=len(remains),
        next_s=_next(condemned(files), grace_s),
    )


def _unreached(store: DatasetStore) -> tuple[set[str], set[str]]:
    """Photos and versions that lie in the store and that nothing reaches: what lies there is listed first."""
    here_photos = _photos(store.files)
    here_versions = set(store.versions())
    reached_versions, reached_photos = _reached(store, here_versions)
    left = {digest for digest in here_versions - reached_versions if store.files.names(f"{OBJECTS}/versions/{digest}")}
    return here_photos - reached_photos, left  # some object stores keep showing folders that are empty


def _photos(files: Files) -> set[str]:
    prefixes = files.names(f"{OBJECTS}/photos")
    with ThreadPoolExecutor(files.threads) as pool:
        listings = pool.map(lambda prefix: files.names(f"{OBJECTS}/photos/{prefix}"), prefixes)
        return {f"photos/{prefix}/{name}" for prefix, names in zip(prefixes, listings, strict=True) for name in names}


def _reached(store: DatasetStore, here: set[str]) -> tuple[set[str], set[str]]:
    """Digests of the versions, and names of the photos, that histories, tags and parents reach."""
    open_: list[str] = []
    for name in store.names():
        for head in store.history(name):
            open_ += [head.version, *head.tags.values()]
    versions: set[str] = set()
    photos: set[str] = set()
    while open_:
        digest = open_.pop()
        if digest in versions or digest not in here:  # a parent may lie in another store
            continue
        version = store.version(digest)
        versions.add(digest)
        photos.update(sample.photo for sample in version.samples)
        open_ += version.parents
    return versions, photos


def _delete_versions(files: Files, sheet: Sheet, digests: Iterable[str]) -> set[str]:
    """Deletes condemned versions, their manifest first; gives those that went."""
    gone = set()
    for digest in digests:
        folder = f"{OBJECTS}/versions/{digest}"
        names = sorted(files.names(folder), key=lambda name: name != "manifest.json")
        if any(_younger(files, f"{folder}/{name}", sheet) for name in names):
            continue
        for name in names:
            files.delete(f"{folder}/{name}")
        files.drop(folder)
        gone.add(digest)
    return gone


def _delete_photos(files: Files, sheet: Sheet, names: Iterable[str]) -> set[str]:
    """Deletes condemned photos; gives those that went."""

    def delete(name: str) -> str | None:
        if _younger(files, f"{OBJECTS}/{name}", sheet):
            return None
        files.delete(f"{OBJECTS}/{name}")
        return name

    with ThreadPoolExecutor(files.threads) as pool:
        return {name for name in pool.map(delete, names) if name is not None}


def _younger(files: Files, name: str, sheet: Sheet) -> bool:
    """Whether a writer has taken a file up since it was condemned."""
    try:
        return files.modified(name) >= sheet.at  # object stores date by the second
    except FileNotFoundError:
        return False


def _bytes(files: Files, photos: Iterable[str]) -> int:
    with ThreadPoolExecutor(files.threads) as pool:
        return sum(pool.map(lambda name: files.length(f"{OBJECTS}/{name}"), photos))


def _next(sheets: Iterable[Sheet], grace_s: float) -> float | None:
    waits = [sheet.at + grace_s - time() for sheet in sheets]
    return max(0.0, min(waits)) if waits else None
