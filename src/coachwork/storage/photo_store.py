"""The photos' bytes, each under its tenant and digest: in a folder by default, in an object store by its address.

In a folder a photo is written beside its place, forced to the disk and then named, so that it is there as a whole or
not at all; object stores do the same with one request.
"""

import hashlib
import os
import secrets
from pathlib import Path

import fsspec
from fsspec.implementations.local import LocalFileSystem

from coachwork.errors import CoachworkError


class PhotoStoreError(CoachworkError):
    """The store of photos cannot be used."""


class PhotoLost(PhotoStoreError):
    """A photo is not where it was put, or is not what it was."""


class PhotoStore:
    """A folder or bucket of photos; fills the port `coachwork.cases.photo_bytes.PhotoBytes`."""

    def __init__(self, address: str) -> None:
        """Opens the store.

        Args:
            address: a folder, or s3://bucket/prefix, gs://bucket/prefix.

        Raises:
            PhotoStoreError: it cannot be reached, or its folder cannot be made.
        """
        try:
            self._files, self._root = fsspec.url_to_fs(address)
            if isinstance(self._files, LocalFileSystem):
                Path(self._root).mkdir(parents=True, exist_ok=True)
        except (OSError, ValueError, ImportError) as refused:
            message = f"photos cannot be kept at {address}: {refused}"
            raise PhotoStoreError(message) from refused

    def put(self, tenant: str, sha256: str, data: bytes) -> None:
        """Keeps bytes; a second time does nothing.

        Raises:
            PhotoStoreError: they could not be made durable: nothing is kept then.
        """
        place = self._place(tenant, sha256)
        try:
            if isinstance(self._files, LocalFileSystem):
                _write_durably(Path(place), data)
            elif not self._files.exists(place):
                self._files.pipe_file(place, data)
        except Exception as refused:  # the stores' libraries have no common root of errors
            message = f"the photo could not be kept ({_why(refused)}): send it again later"
            raise PhotoStoreError(message) from refused

    def get(self, tenant: str, sha256: str) -> bytes:
        """The bytes, unchanged.

        Raises:
            PhotoLost: they are not there, or their digest is another one.
            PhotoStoreError: the store does not answer.
        """
        try:
            data: bytes = self._files.cat_file(self._place(tenant, sha256))
        except FileNotFoundError as missing:
            message = f"the photo {sha256[:12]} is not in the store: restore it from the backup"
            raise PhotoLost(message) from missing
        except Exception as refused:  # the stores' libraries have no common root of errors
            message = f"the photo {sha256[:12]} cannot be read ({_why(refused)}): try again later"
            raise PhotoStoreError(message) from refused
        if hashlib.sha256(data).hexdigest() != sha256:
            message = f"the photo {sha256[:12]} is damaged in the store: restore it from the backup"
            raise PhotoLost(message)
        return data

    def holds(self, tenant: str, sha256: str) -> bool:
        """Whether bytes lie there; of what they are nothing is said.

        Raises:
            PhotoStoreError: the store does not answer.
        """
        try:
            return bool(self._files.exists(self._place(tenant, sha256)))
        except Exception as refused:  # the stores' libraries have no common root of errors
            message = f"the photo {sha256[:12]} cannot be looked for ({_why(refused)}): try again later"
            raise PhotoStoreError(message) from refused

    def drop(self, tenant: str, sha256: str) -> None:
        """Forgets bytes; nothing happens where there are none.

        Raises:
            PhotoStoreError: the store refuses.
        """
        try:
            self._files.rm_file(self._place(tenant, sha256))
        except FileNotFoundError:
            return
        except Exception as refused:  # the stores' libraries have no common root of errors
            message = f"the photo {sha256[:12]} cannot be erased ({_why(refused)}): try again later"
            raise PhotoStoreError(message) from refused

    def answers(self) -> bool:
        """Whether it can keep something at this moment."""
        trial = f"{self._root}/.trial-{secrets.token_hex(4)}"
        try:
            self._files.pipe_file(trial, b"1")
            self._files.rm_file(trial)
        except Exception:  # noqa: BLE001 (as above)
            return False
        return True

    def _place(self, tenant: str, sha256: str) -> str:
        return f"{self._root}/{tenant}/{sha256[:2]}/{sha256}"


def _why(refused: Exception) -> str:
    return (refused.strerror if isinstance(refused, OSError) else "") or str(refused) or type(refused).__name__


def _write_durably(path: Path, data: bytes) -> None:
    if path.is_file() and path.stat().st_size == len(data):
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with beside.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    for folder in (path.parent, path.parent.parent, path.parent.parent.parent):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
