"""A store of datasets: photos once by digest, versions that never change, and a head for each dataset's name.

STORE/objects/photos/<sha256[:2]>/<sha256>.<ext>       each photo once, however many datasets hold it
STORE/objects/versions/<digest>/manifest.json          with samples.jsonl and notes such as problems.json
STORE/objects/condemned/00000001.json                  what `coachwork dataset prune` is about to delete
STORE/NAME/head/00000001.json                          the current version of a dataset is that of its last entry

A version is written before the head that names it, and its manifest after all else: a writer that is killed leaves
photos that nobody names yet, and the dataset as it was.
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from coachwork.datasets.condemned import condemned
from coachwork.datasets.files import Files, files_at
from coachwork.datasets.head import DatasetMoved, Head, head_numbers, move_head, read_head
from coachwork.datasets.place import OBJECTS, DatasetError, DatasetPlace, check_name
from coachwork.datasets.sample import Sample
from coachwork.datasets.version import Version, read_version

_ATTEMPTS = 20
_SHORTEST_PREFIX = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPhoto:
    """A photo that lies in a store already, under its digest, and will not change there."""

    files: Files
    name: str


PhotoOrigin = Path | StoredPhoto
"""Where the bytes of a photo come from: a file that its owner may change, or another store."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Draft:
    """What is to become the next version of a dataset.

    Attributes:
        version: the version.
        photos: sha256 -> where the photo comes from, at least for those that the store does not hold.
        notes: further files beside the manifest, name -> JSON value; not part of the digest.
    """

    version: Version
    photos: Mapping[str, PhotoOrigin]
    notes: Mapping[str, object] = field(default_factory=dict)


class DatasetStore:
    """The datasets below one folder or URL."""

    def __init__(self, root: str | Path) -> None:
        self.files = files_at(str(root))
        self.root = str(root)

    def names(self) -> tuple[str, ...]:
        """The names of all datasets here."""
        return tuple(name for name in self.files.names("") if name != OBJECTS and head_numbers(self.files, name))

    def place(self, name: str, version: str = "") -> DatasetPlace:
        """The place of a dataset here."""
        return DatasetPlace(store=self.root, name=name, version=version)

    @property
    def folder(self) -> Path | None:
        """The local folder that the photos of samples are relative to; None for an object store."""
        return self.files.path(OBJECTS)

    def head(self, name: str) -> Head | None:
        """The current head of a dataset; None where there is no dataset of that name."""
        numbers = head_numbers(self.files, name)
        return read_head(self.files, self.place(name), numbers[-1]) if numbers else None

    def history(self, name: str) -> tuple[Head, ...]:
        """All heads that a dataset had, the current one last."""
        return tuple(read_head(self.files, self.place(name), number) for number in head_numbers(self.files, name))

    def resolve(self, name: str, version: str = "") -> str:
        """The digest of a dataset's current version, of the one with a tag, or of the one that starts with some digits.

        Raises:
            DatasetError: there is no such dataset, tag or version, or several versions start so.
        """
        place, head = self.place(name, version), self.head(name)
        if head is None:
            raise DatasetError(self.place(name), "is no dataset: make one with  coachwork import SOURCE --to DIR")
        if not version:
            return head.version
        if version in head.tags:
            return head.tags[version]
        known = [digest for digest in self.versions() if digest.startswith(version.lower())]
        if len(known) == 1 and len(version) >= _SHORTEST_PREFIX:
            return known[0]
        why = "several versions start so: give more digits" if len(known) > 1 else "there is no such tag or version"
        raise DatasetError(place, f"{why}; see  coachwork dataset show {self.place(name)}")

    def versions(self) -> tuple[str, ...]:
        """Digests of all versions that lie here whole or in part, of whatever dataset."""
        return self.files.names(f"{OBJECTS}/versions")

    def version(self, digest: str) -> Version:
        """Reads a version.

        Raises:
            DatasetError: it is not here, or was changed.
        """
        try:
            manifest, lines = (self.files.read(_inside(digest, name)) for name in ("manifest.json", "samples.jsonl"))
        except FileNotFoundError as error:
            raise DatasetError(self.root, f"version {digest[:12]} is not here: {error}") from error
        except OSError as error:
            raise DatasetError(self.root, f"version {digest[:12]} cannot be read: {error.strerror}") from error
        return read_version(manifest, lines, digest=digest, where=self.root)

    def manifest(self, digest: str) -> dict[str, Any]:
        """What the manifest of a version states, without its samples.

        Raises:
            DatasetError: it is not here, or is broken.
        """
        try:
            record: dict[str, Any] = json.loads(self.files.read(_inside(digest, "manifest.json")))
        except (OSError, ValueError) as error:
            raise DatasetError(self.root, f"version {digest[:12]} cannot be read: {error}") from error
        return record

    def note(self, digest: str, name: str) -> object:
        """A note beside a version's manifest, such as problems.json; None where there is none that can be read."""
        try:
            return json.loads(self.files.read(_inside(digest, name)))
        except (OSError, ValueError):
            return None

    def missing(self, samples: Sequence[Sample]) -> list[Sample]:
        """Those samples, each photo once, whose photo is not here. Costs one listing for each prefix of a digest."""
        prefixes = sorted({sample.photo.rpartition("/")[0] for sample in samples})
        with ThreadPoolExecutor(self.files.threads) as pool:
            listings = pool.map(lambda prefix: self.files.names(f"{OBJECTS}/{prefix}"), prefixes)
            here = {f"{prefix}/{name}" for prefix, names in zip(prefixes, listings, strict=True) for name in names}
        return list({sample.photo: sample for sample in samples if sample.photo not in here}.values())

    def photo(self, sample: Sample) -> StoredPhoto:
        """Where a sample's photo lies here."""
        return StoredPhoto(files=self.files, name=f"{OBJECTS}/{sample.photo}")

    def write(self, draft: Draft, *, copied: Callable[[int, int], None] | None = None) -> None:
        """Writes a version with its photos and notes, under no name yet.

        Args:
            draft: the version.
            copied: told of photos as they arrive: how many, of how many.

        Raises:
            DatasetError: a photo is missing or changed, or the disk refuses.
        """
        digest = draft.version.digest
        try:
            self._add_photos(draft, copied)
            for name, value in draft.notes.items():
                self.files.put(_inside(digest, name), (json.dumps(value, indent=2) + "\n").encode("utf-8"))
            self.files.put(_inside(digest, "samples.jsonl"), draft.version.lines)
            self.files.settle()
            self.files.put(_inside(digest, "manifest.json"), draft.version.manifest)
        except OSError as error:
            raise DatasetError(self.root, f"cannot be written: {error}") from error

    def change(
        self,
        name: str,
        make: Callable[[Version | None], Draft],
        *,
        how: str,
        copied: Callable[[int, int], None] | None = None,
    ) -> Version:
        """Makes a version out of the current one and moves the head to it; where nothing changed, the head stays.

        Args:
            name: of the dataset.
            make: gets the current version, or None for a new dataset; called again where another writer came first.
            how: the command, for the history.
            copied: as in `write`.

        Raises:
            DatasetError: what `make` raises, or the disk refuses.
        """
        check_name(name, where=self.root)
        for _ in range(_ATTEMPTS):
            head = self.head(name)
            current = None if head is None else self.version(head.version)
            draft = make(current)
            if current is not None and draft.version.holds_the_same(current):
                self._bring_back(draft, copied)
                return current
            self.write(draft, copied=copied)
            try:
                self.move(name, draft.version.digest, after=head, how=how)
            except DatasetMoved:
                continue
            return draft.version
        raise DatasetMoved(self.place(name))

    def move(
        self, name: str, digest: str, *, after: Head | None, how: str, tags: Mapping[str, str] | None = None
    ) -> Head:
        """Makes a version that lies here the current one of a dataset, and perhaps changes its tags.

        Raises:
            DatasetMoved: the head is no longer `after`.
            DatasetError: the disk refuses.
        """
        kept = after.tags if after is not None and tags is None else tags or {}
        try:
            self._take_up_version(digest)
            return move_head(self.files, self.place(name), digest, after=after, how=how, tags=kept)
        except OSError as error:
            raise DatasetError(self.root, f"cannot be written: {error}") from error

    def _bring_back(self, draft: Draft, copied: Callable[[int, int], None] | None) -> None:
        """Adds photos that went missing since the version was written."""
        try:
            self._add_photos(draft, copied)
            self.files.settle()
        except OSError as error:
            raise DatasetError(self.root, f"cannot be written: {error}") from error

    def _add_photos(self, draft: Draft, copied: Callable[[int, int], None] | None) -> None:
        self._take_up({sample.photo for sample in draft.version.samples})
        wanted = self.missing(draft.version.samples)
        with ThreadPoolExecutor(self.files.threads) as pool:
            for done, _ in enumerate(pool.map(lambda sample: self._add_photo(sample, draft.photos), wanted), start=1):
                if copied is not None:
                    copied(done, len(wanted))

    def _take_up(self, photos: AbstractSet[str]) -> None:
        """Makes photos younger than the sheets that condemn them, so that prune leaves them."""
        doomed = {name for sheet in condemned(self.files) for name in sheet.photos & photos}
        with ThreadPoolExecutor(self.files.threads) as pool:
            list(pool.map(lambda name: self.files.refresh(f"{OBJECTS}/{name}"), doomed))

    def _take_up_version(self, digest: str) -> None:
        """The same for a version that a tag or head is about to name, with its photos."""
        if not any(digest in sheet.versions for sheet in condemned(self.files)):
            return
        for name in self.files.names(f"{OBJECTS}/versions/{digest}"):
            self.files.refresh(_inside(digest, name))
        self._take_up({sample.photo for sample in self.version(digest).samples})

    def _add_photo(self, sample: Sample, photos: Mapping[str, PhotoOrigin]) -> None:
        """Takes a photo in so that it appears whole; its bytes must still be those that were read."""
        origin, name = photos.get(sample.sha256), f"{OBJECTS}/{sample.photo}"
        if origin is None:
            raise DatasetError(self.root, f"the photo of {sample.name!r} is nowhere")
        if isinstance(origin, Path):
            content = origin.read_bytes()
        else:
            file = origin.files.path(origin.name)
            if file is not None and self.files.take(name, file):
                return
            content = origin.files.read(origin.name)
        if hashlib.sha256(content).hexdigest() != sample.sha256:
            where = origin if isinstance(origin, Path) else f"{origin.files.root}/{origin.name}"
            raise DatasetError(where, "the photo is no longer what it was when it was read")
        self.files.put(name, content)


def _inside(digest: str, name: str) -> str:
    return f"{OBJECTS}/versions/{digest}/{name}"
