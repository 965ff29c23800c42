from collections.abc import Iterator

import pytest

from .photo_server import PhotoServer, started


@pytest.fixture
def server() -> Iterator[PhotoServer]:
    """A photo host."""
    scripted = PhotoServer()
    running = started(scripted)
    yield scripted
    running.shutdown()
    running.server_close()
