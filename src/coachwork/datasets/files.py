"""Where a store keeps its bytes: a folder, or any object store that fsspec reaches, behind the same few operations."""

import contextlib
import os
import secrets
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import fsspec
from fsspec.implementations.local import LocalFileSystem

from coachwork.datasets.place import DatasetError
from coachwork.errors import MissingExtra

_EXTRAS = {"s3": ("aws", "s3fs"), "s3a": ("aws", "s3fs"), "gs": ("gcp", "gcsfs"), "gcs": ("gcp", "gcsfs")}


class Files(ABC):
    """Bytes under names with slashes. What is written appears whole or not at all, and lasts once `settle` was called.

    Attributes:
        root: as a person would write it.
        threads: how many transfers are worth making at once.
    """

    threads: ClassVar[int]

    def __init__(self, root: str) -> None:
        self.root = root

    @abstractmethod
    def read(self, name: str) -> bytes:
        """The bytes of a name.

        Raises:
            FileNotFoundError: there are none.
        """

    @abstractmethod
    def names(self, folder: str) -> tuple[str, ...]:
        """What lies directly in a folder, sorted; empty where there is no such folder."""

    @abstractmethod
    def put(self, name: str, content: bytes) -> None:
        """Writes bytes, over those that may be there."""

    @abstractmethod
    def create(self, name: str, content: bytes) -> bool:
        """Writes bytes where there are none yet, and says whether it did: of several writers exactly one wins."""

    @abstractmethod
    def delete(self, name: str) -> None:
        """Deletes a name; one that is gone already counts as deleted."""

    @abstractmethod
    def modified(self, name: str) -> float:
        """When a name was last written, seconds since 1970 by the clock of the place.

        Raises:
            FileNotFoundError: there is no such name.
        """

    @abstractmethod
    def length(self, name: str) -> int:
        """Bytes of a name; 0 where there is none."""

    @abstractmethod
    def refresh(self, name: str) -> None:
        """Makes a name as young as if it had been written now; nothing where there is none."""

    def drop(self, folder: str) -> None:  # noqa: B027  # an object store has no folders
        """Removes a folder that is empty."""

    def remains(self, folder: str, *, older_than_s: float) -> tuple[str, ...]:  # noqa: ARG002
        """Names of files at any depth below a folder that a killed writer left half written, from some age on."""
        return ()

    def settle(self) -> None:  # noqa: B027  # an object store has nothing to do
        """Makes all that was written last, also through a loss of power."""

    def path(self, name: str) -> Path | None:  # noqa: ARG002
        """The local file of a name; None where files are not local."""
        return None

    def take(self, name: str, file: Path) -> bool:  # noqa: ARG002
        """Gives a local file, which nobody will ever change, a second name here; False where that cannot be."""
        return False


class LocalFiles(Files):
    """A folder. Files are written beside their place, synced, and then renamed or linked into it."""

    threads = 4

    def __init__(self, root: str, folder: Path) -> None:
        super().__init__(root)
        self.folder = folder
        self._touched: set[Path] = set()

    def read(self, name: str) -> bytes:
        """See `Files.read`."""
        try:
            return (self.folder / name).read_bytes()
        except (NotADirectoryError, IsADirectoryError) as error:
            raise FileNotFoundError(str(self.folder / name)) from error

    def names(self, folder: str) -> tuple[str, ...]:
        """See `Files.names`; files that are being written are left out."""
        try:
            return tuple(
                sorted(entry.name for entry in (self.folder / folder).iterdir() if not entry.name.startswith("."))
            )
        except (FileNotFoundError, NotADirectoryError):
            return ()

    def put(self, name: str, content: bytes) -> None:
        """See `Files.put`."""
        with self._partial(name, content) as partial:
            partial.replace(self.folder / name)

    def create(self, name: str, content: bytes) -> bool:
        """See `Files.create`: a link is made only where there is no file, and what it leads to is whole already."""
        with self._partial(name, content) as partial:
            try:
                (self.folder / name).hardlink_to(partial)
            except FileExistsError:
                return False
        return True

    def delete(self, name: str) -> None:
        """See `Files.delete`."""
        (self.folder / name).unlink(missing_ok=True)

    def modified(self, name: str) -> float:
        """See `Files.modified`."""
        return (self.folder / name).stat().st_mtime

    def length(self, name: str) -> int:
        """See `Files.length`."""
        try:
            return (self.folder / name).stat().st_size
        except FileNotFoundError:
            return 0

    def refresh(self, name: str) -> None:
        """See `Files.refresh`."""
        with contextlib.suppress(FileNotFoundError):
            os.utime(self.folder / name)

    def drop(self, folder: str) -> None:
        """See `Files.drop`."""
        with contextlib.suppress(OSError):
            (self.folder / folder).rmdir()

    def remains(self, folder: str, *, older_than_s: float) -> tuple[str, ...]:
        """See `Files.remains`."""
        limit, found = time.time() - older_than_s, []
        for partial in (self.folder / folder).rglob(".*.partial"):
            with contextlib.suppress(FileNotFoundError):
                if partial.stat().st_mtime <= limit:
                    found.append(partial.relative_to(self.folder).as_posix())
        return tuple(sorted(found))

    def settle(self) -> None:
        """See `Files.settle`: syncs the folders in which names appeared."""
        while self._touched:
            handle = os.open(self._touched.pop(), os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)

    def path(self, name: str) -> Path | None:
        """See `Files.path`."""
        return self.folder / name

    def take(self, name: str, file: Path) -> bool:
        """See `Files.take`: a hard link; False across file systems."""
        target = self.folder / name
        self._make(target.parent)
        try:
            target.hardlink_to(file)
        except FileExistsError:
            return True
        except OSError:
            return False
        return True

    @contextlib.contextmanager
    def _partial(self, name: str, content: bytes) -> Iterator[Path]:
        """A file with the content on the same disk, gone afterwards unless it was renamed."""
        target = self.folder / name
        self._make(target.parent)
        partial = target.with_name(f".{secrets.token_hex(8)}.partial")
        try:
            with partial.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            yield partial
        finally:
            partial.unlink(missing_ok=True)

    def _make(self, folder: Path) -> None:
        """Makes a folder with its parents, and notes every folder in which a name appears."""
        self._touched.add(folder)
        if not folder.is_dir():
            self._make(folder.parent)
            folder.mkdir(exist_ok=True)


class ObjectFiles(Files):
    """Objects of S3, Google Cloud Storage or another system of fsspec, where a write is whole or does not happen."""

    threads = 16

    def __init__(self, root: str, system: Any, folder: str) -> None:
        super().__init__(root)
        self._system = system
        self._folder = folder.rstrip("/")

    def read(self, name: str) -> bytes:
        """See `Files.read`."""
        with self._reached():
            content: bytes = self._system.cat_file(f"{self._folder}/{name}")
        return content

    def names(self, folder: str) -> tuple[str, ...]:
        """See `Files.names`."""
        place = f"{self._folder}/{folder}".rstrip("/")
        self._system.invalidate_cache()  # another program may have written since
        try:
            with self._reached():
                found: list[str] = self._system.ls(place, detail=False)
        except FileNotFoundError:
            return ()
        return tuple(sorted({path.rstrip("/").rpartition("/")[2] for path in found} - {place.rpartition("/")[2]}))

    def put(self, name: str, content: bytes) -> None:
        """See `Files.put`."""
        with self._reached():
            self._system.pipe_file(f"{self._folder}/{name}", content)

    def create(self, name: str, content: bytes) -> bool:
        """See `Files.create`: a conditional write (``If-None-Match: *`` on S3, generation 0 on Google)."""
        path = f"{self._folder}/{name}"
        with self._reached():
            try:
                self._system.pipe_file(path, content, mode="create")
            except FileExistsError:
                return False
            except Exception:  # clients name a refused condition differently; what counts is that something is there
                self._system.invalidate_cache()
                if self._system.exists(path):
                    return False
                raise
        return True

    def delete(self, name: str) -> None:
        """See `Files.delete`."""
        with self._reached(), contextlib.suppress(FileNotFoundError):
            self._system.rm_file(f"{self._folder}/{name}")

    def modified(self, name: str) -> float:
        """See `Files.modified`."""
        with self._reached():
            return float(self._system.modified(f"{self._folder}/{name}").timestamp())

    def length(self, name: str) -> int:
        """See `Files.length`."""
        with self._reached(), contextlib.suppress(FileNotFoundError):
            return int(self._system.size(f"{self._folder}/{name}") or 0)
        return 0

    def refresh(self, name: str) -> None:
        """See `Files.refresh`: writes the same bytes again."""
        with contextlib.suppress(FileNotFoundError):
            self.put(name, self.read(name))

    @contextlib.contextmanager
    def _reached(self) -> Iterator[None]:
        """Whatever a store's client raises becomes one sentence, except for the two answers that callers ask for."""
        try:
            yield
        except (FileNotFoundError, FileExistsError):
            raise
        except Exception as error:
            said = str(error) or type(error).__name__
            why = f"the object store refuses ({said}): check address, credentials and AWS_ENDPOINT_URL"
            raise DatasetError(self.root, why) from error


def files_at(root: str) -> Files:
    """The files below a folder or the URL of a place in an object store.

    Raises:
        MissingExtra: the packages for such a store are not installed.
        DatasetError: the URL is of no known kind.
    """
    protocol = root.partition("://")[0] if "://" in root else "file"
    try:
        system, folder = fsspec.core.url_to_fs(root)
    except ImportError as error:
        extra, package = _EXTRAS.get(protocol, ("", ""))
        if not extra:
            raise DatasetError(root, f"needs a package that is not installed: {error}") from error
        raise MissingExtra(extra=extra, package=package) from error
    except ValueError as error:
        raise DatasetError(root, f"is of no known kind: {error}; use a folder, s3:// or gs://") from error
    except Exception as error:  # what a file system of another kind raises when its address is not all it wants
        said = str(error) or type(error).__name__
        raise DatasetError(root, f"cannot be opened ({said}): use a folder, s3:// or gs://") from error
    if isinstance(system, LocalFileSystem):
        return LocalFiles(root, Path(folder))
    return ObjectFiles(root, system, folder)
