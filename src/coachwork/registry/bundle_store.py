"""Bundles kept by their digest, in a folder or an object store, so that a server needs no registry to get one.

``<digest>/`` holds a bundle's files as they are, ``<digest>.json`` lists them with their SHA-256. The list is written
last: as long as it is not there, neither is the bundle. Nothing in the store is ever changed.
"""

import hashlib
import json
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from coachwork.datasets.files import Files, files_at
from coachwork.datasets.place import DatasetError
from coachwork.errors import CoachworkError
from coachwork.inference.bundle import CARD_FILE
from coachwork.inference.contents import DIGEST, BundleContents, BundleFile, contents_from_json, contents_of


class BundleStoreError(CoachworkError):
    """A bundle cannot be put into a store or taken out of it.

    Attributes:
        where: the store.
        digest: of the bundle; empty where the store itself is at fault.
        why: what is wrong, and what to do.
    """

    def __init__(self, *, where: str, digest: str = "", why: str) -> None:
        super().__init__(f"bundle {digest[:12]} in {where}: {why}" if digest else f"{where}: {why}")
        self.where, self.digest, self.why = where, digest, why


class BundleStore:
    """A folder or bucket of bundles."""

    def __init__(self, root: str | Path) -> None:
        """Opens a store; nothing is made before the first bundle is put.

        Args:
            root: a folder, or the URL of a place in an object store (``s3://bucket/bundles``).

        Raises:
            MissingExtra: the packages for such a store are not installed.
            BundleStoreError: the URL is of no known kind.
        """
        self.root = str(root)
        with self._told():
            self._files: Files = files_at(self.root)

    def put(self, folder: Path) -> BundleContents:
        """Keeps a bundle; a second time does nothing. When it returns, the bundle outlasts a loss of power.

        Raises:
            BundleError: the folder holds no bundle.
            BundleStoreError: the store refuses, or a file changed while it was read.
        """
        contents = contents_of(folder)
        if contents.digest in self:
            return contents
        with self._told(contents.digest):
            for file in contents.files:
                data = (folder / file.name).read_bytes()
                if _differs(data, file):
                    why = f"{folder / file.name} changed while it was read: try again when nobody writes there"
                    raise BundleStoreError(where=self.root, digest=contents.digest, why=why)
                self._files.put(f"{contents.digest}/{file.name}", data)
            self._files.settle()
            listed = json.dumps(contents.to_json(), indent=1) + "\n"
            self._files.put(_listed(contents.digest), listed.encode("ascii"))
            self._files.settle()
        return contents

    def __contains__(self, digest: object) -> bool:
        """Whether the bundle of a digest was put."""
        if not isinstance(digest, str) or not DIGEST.fullmatch(digest):
            return False
        with self._told(digest):
            return self._files.length(_listed(digest)) > 0

    def digests(self) -> tuple[str, ...]:
        """Digests of all bundles, sorted."""
        with self._told():
            stems = (name.removesuffix(".json") for name in self._files.names("") if name.endswith(".json"))
            return tuple(stem for stem in stems if DIGEST.fullmatch(stem))

    def contents(self, digest: str) -> BundleContents:
        """The files of a bundle.

        Raises:
            BundleStoreError: it is not there, or its list is broken.
        """
        try:
            with self._told(digest):
                contents = contents_from_json(json.loads(self._files.read(_listed(digest))))
        except FileNotFoundError as missing:
            why = "it is not there: put it with  coachwork registry add BUNDLE"
            raise BundleStoreError(where=self.root, digest=digest, why=why) from missing
        except ValueError as broken:
            why = f"its list of files is broken ({broken}): delete it and add the bundle again"
            raise BundleStoreError(where=self.root, digest=digest, why=why) from broken
        if contents.digest != digest:
            why = "its list of files is another bundle's: delete it and add the bundle again"
            raise BundleStoreError(where=self.root, digest=digest, why=why)
        return contents

    def get(self, digest: str, cache: Path) -> Path:
        """A folder on this machine with the bundle, every file checked against its SHA-256.

        Args:
            digest: of the bundle.
            cache: a folder of this machine in which bundles are kept, each in a folder named for its digest. Bundles of
                a store that is a folder itself are not copied.

        Raises:
            BundleStoreError: it is not there, or damaged.
        """
        contents = self.contents(digest)
        local = self._files.path(digest)
        place = cache / digest if local is None else local
        if place.is_dir() and not self._damage(place, contents):
            return place
        if local is not None:
            why = f"{self._damage(place, contents)}: delete {digest}.json there and add the bundle again"
            raise BundleStoreError(where=self.root, digest=digest, why=why)
        return self._fetched(contents, place)

    def card(self, digest: str) -> bytes:
        """The bytes of a bundle's card, checked.

        Raises:
            BundleStoreError: it is not there, or damaged.
        """
        file = next(one for one in self.contents(digest).files if one.name == CARD_FILE)
        return self._read(digest, file)

    def _fetched(self, contents: BundleContents, place: Path) -> Path:
        """Fetches all files beside the place and then moves them there as a whole."""
        fresh = place.with_name(f".{place.name}.{secrets.token_hex(4)}")
        try:
            fresh.mkdir(parents=True)
            for file in contents.files:
                (fresh / file.name).parent.mkdir(parents=True, exist_ok=True)
                (fresh / file.name).write_bytes(self._read(contents.digest, file))
            if place.exists():  # damaged, as `get` found
                shutil.rmtree(place)
            fresh.rename(place)
        except OSError as refused:
            if place.is_dir() and not self._damage(place, contents):  # another process was quicker
                return place
            why = f"it cannot be kept in {place.parent} ({refused.strerror}): name a folder that can be written"
            raise BundleStoreError(where=self.root, digest=contents.digest, why=why) from refused
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
        return place

    def _read(self, digest: str, file: BundleFile) -> bytes:
        try:
            with self._told(digest):
                data = self._files.read(f"{digest}/{file.name}")
        except FileNotFoundError:
            data = b""
        if _differs(data, file):
            why = f"{file.name} is missing or damaged: delete {digest}.json there and add the bundle again"
            raise BundleStoreError(where=self.root, digest=digest, why=why)
        return data

    def _damage(self, folder: Path, contents: BundleContents) -> str:
        """Which file of a folder is not what it should be, in words; empty where all are."""
        for file in contents.files:
            try:
                if _differs((folder / file.name).read_bytes(), file):
                    return f"{file.name} is damaged"
            except OSError as unread:
                return f"{file.name} cannot be read ({unread.strerror})"
        return ""

    @contextmanager
    def _told(self, digest: str = "") -> Iterator[None]:
        """Errors of the store, as errors of bundles; a missing file is the caller's to judge."""
        try:
            yield
        except FileNotFoundError:
            raise
        except DatasetError as refused:
            raise BundleStoreError(where=self.root, digest=digest, why=refused.why) from refused
        except OSError as refused:
            why = f"it cannot be read or written ({refused.strerror or refused}): check the place and its free space"
            raise BundleStoreError(where=self.root, digest=digest, why=why) from refused


def _listed(digest: str) -> str:
    if not DIGEST.fullmatch(digest):
        raise BundleStoreError(where="the store", why=f"{digest!r} is no digest: give its 64 hexadecimal digits")
    return f"{digest}.json"


def _differs(data: bytes, file: BundleFile) -> bool:
    return len(data) != file.size_bytes or hashlib.sha256(data).hexdigest() != file.sha256
