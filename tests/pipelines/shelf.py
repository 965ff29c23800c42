"""An object store in memory, which Beam finds under ``shelf://``."""

import io
from collections.abc import Iterator
from typing import Any

from apache_beam.io.filesystem import FileMetadata, FileSystem

SHELF: dict[str, bytes] = {}


class _Object(io.BytesIO):
    """An object to write; like a real store's it appears when it is closed."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self._path = path

    def close(self) -> None:
        if not self.closed:
            SHELF[self._path] = self.getvalue()
        super().close()


class ShelfFileSystem(FileSystem):
    """A store of objects by name, as Beam wants to see it."""

    @classmethod
    def scheme(cls) -> str:
        return "shelf"

    def join(self, basepath: str, *paths: str) -> str:
        return "/".join([basepath.rstrip("/"), *paths])

    def split(self, path: str) -> tuple[str, str]:
        head, _, tail = path.rpartition("/")
        return head, tail

    def mkdirs(self, path: str) -> None:
        pass

    def has_dirs(self) -> bool:
        return False

    def _list(self, dir_or_prefix: str) -> Iterator[FileMetadata]:
        for path in sorted(SHELF):
            if path.startswith(dir_or_prefix):
                yield FileMetadata(path, len(SHELF[path]), 7.0)

    def create(self, path: str, mime_type: str = "", compression_type: Any = None) -> Any:  # noqa: ARG002
        return _Object(path)

    def open(self, path: str, mime_type: str = "", compression_type: Any = None) -> Any:  # noqa: ARG002
        return io.BytesIO(SHELF[path])

    def copy(self, source_file_names: list[str], destination_file_names: list[str]) -> None:
        raise NotImplementedError

    rename = copy

    def exists(self, path: str) -> bool:
        return path in SHELF

    def size(self, path: str) -> int:
        return len(SHELF[path])

    def last_updated(self, path: str) -> float:
        return 7.0 if path in SHELF else 0.0

    def checksum(self, path: str) -> str:
        return str(hash(SHELF[path]))

    def metadata(self, path: str) -> FileMetadata:
        return FileMetadata(path, len(SHELF[path]), 7.0)

    def delete(self, paths: list[str]) -> None:
        for path in paths:
            SHELF.pop(path, None)
