"""A release in a folder or an object store: numbered files of which the last one counts, each written once.

Of several writers exactly one can create the next number (``link`` in a folder, ``If-None-Match: *`` on S3), nothing is
ever overwritten, and a writer that is killed leaves the release that was there.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from coachwork.datasets.files import files_at
from coachwork.datasets.place import DatasetError
from coachwork.registry.release import Release, ReleaseError, ReleaseMoved
from coachwork.registry.release_json import release_from_json, release_to_json


class ReleaseFiles:
    """Keeps releases below an address; fills the port `coachwork.registry.release.ReleaseStore`."""

    def __init__(self, address: str) -> None:
        """Stands for a place in which nothing need lie yet.

        Args:
            address: a folder, or s3://bucket/prefix, gs://bucket/prefix.

        Raises:
            ReleaseError: the address is of no known kind.
            MissingExtra: the packages for such a store are not installed.
        """
        self.address = address
        with self._told():
            self._files = files_at(address)

    def read(self) -> Release:
        """See `ReleaseStore.read`."""
        numbers = self._numbers()
        return self._at(numbers[-1]) if numbers else Release()

    def write(self, release: Release) -> None:
        """See `ReleaseStore.write`."""
        last = (self._numbers() or [0])[-1]
        if release.revision != last + 1:
            raise ReleaseMoved(revision=release.revision)
        record = (json.dumps(release_to_json(release), indent=2) + "\n").encode()
        name = _name(release.revision)
        with self._told():
            # an object store that answers too late is asked again by its client, and finds what it wrote itself
            if not self._files.create(name, record) and self._files.read(name) != record:
                raise ReleaseMoved(revision=release.revision)
            self._files.settle()

    def history(self, *, limit: int | None = None) -> Sequence[Release]:
        """See `ReleaseStore.history`."""
        return [self._at(number) for number in self._numbers()[::-1][:limit]]

    def _numbers(self) -> list[int]:
        with self._told():
            stems = (name.removesuffix(".json") for name in self._files.names(""))
            return sorted(int(stem) for stem in stems if stem.isdigit())

    def _at(self, number: int) -> Release:
        try:
            with self._told():
                release = release_from_json(json.loads(self._files.read(_name(number))))
        except (ValueError, FileNotFoundError, ReleaseError) as broken:
            message = f"{self.address}/{_name(number)} cannot be read ({broken}): check the place of the release"
            raise ReleaseError(message) from broken
        if release.revision != number:
            message = f"{self.address}/{_name(number)} holds revision {release.revision}: it was renamed or copied"
            raise ReleaseError(message)
        return release

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except DatasetError as refused:
            message = f"the release at {self.address} cannot be reached: {refused.why}"
            raise ReleaseError(message) from refused
        except FileNotFoundError:
            raise
        except OSError as refused:
            message = f"the release at {self.address} cannot be read or written ({refused.strerror or refused})"
            raise ReleaseError(message) from refused


def _name(number: int) -> str:
    return f"{number:08d}.json"
