"""Pictures that were made from photos, kept on this machine's disk so that they are made once.

Losing them costs time alone. What is asked for less goes first when they take too much room; what nobody asked for in a
month goes at the next tidying, and what a photo's bytes were erased of goes with those.
"""

import itertools
import os
import secrets
import shutil
import time
from contextlib import suppress
from pathlib import Path

_DAYS = 30
_TIDIED_EVERY = 250


class PictureCache:
    """A folder of pictures, by tenant, digest of the photo, and what kind of picture it is."""

    def __init__(self, folder: Path, *, most_bytes: int = 2 * 2**30) -> None:
        """Keeps at most so many bytes, but for what came since the last tidying."""
        self._folder, self._most_bytes = folder, most_bytes
        self._puts = itertools.count(1)

    def get(self, tenant: str, sha256: str, kind: str) -> bytes | None:
        """The picture; None where it is not kept."""
        place = self._place(tenant, sha256) / kind
        try:
            data = place.read_bytes()
            os.utime(place)
        except OSError:
            return None
        return data

    def put(self, tenant: str, sha256: str, kind: str, data: bytes) -> None:
        """Keeps a picture where there is room for it; that it could not be kept is no fault."""
        place = self._place(tenant, sha256) / kind
        beside = place.with_name(f".{kind}.{secrets.token_hex(4)}")
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            beside.write_bytes(data)
            beside.replace(place)
        except OSError:
            with suppress(OSError):
                beside.unlink(missing_ok=True)
        if next(self._puts) % _TIDIED_EVERY == 0:
            self.tidy()

    def drop(self, tenant: str, sha256: str) -> None:
        """Forgets all pictures of a photo."""
        shutil.rmtree(self._place(tenant, sha256), ignore_errors=True)

    def tidy(self) -> None:
        """Takes away what is old, and what is too much, oldest use first."""
        found = []
        for path in self._folder.glob("*/*/*/*"):
            with suppress(OSError):
                told = path.stat()
                found.append((told.st_mtime, told.st_size, path))
        found.sort(reverse=True)
        oldest, room = time.time() - _DAYS * 86400, self._most_bytes
        for used, size, path in found:
            room -= size
            if used < oldest or room < 0:
                with suppress(OSError):
                    path.unlink()

    def _place(self, tenant: str, sha256: str) -> Path:
        return self._folder / tenant / sha256[:2] / sha256
