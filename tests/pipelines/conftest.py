"""Photos to work on in bulk, and an object store in memory."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytest.importorskip("apache_beam", reason="needs the bulk extra")

from tests.pipelines.noise_photos import jpeg
from tests.pipelines.shelf import SHELF


@pytest.fixture
def shelf() -> Iterator[dict[str, bytes]]:
    SHELF.clear()
    yield SHELF
    SHELF.clear()


@pytest.fixture
def folder(tmp_path: Path) -> Callable[..., Path]:
    """Makes a folder of so many photos, with a copy of the first, one that looks like it, and files that are none."""

    def made(count: int) -> Path:
        source = tmp_path / "photos"
        (source / "deep").mkdir(parents=True)
        for seed in range(count):
            (source / f"{seed:04d}.jpg").write_bytes(jpeg(seed))
        (source / "deep" / "copy.jpg").write_bytes(jpeg(0))
        (source / "near.jpg").write_bytes(jpeg(0, side=400))
        (source / "cut.jpg").write_bytes(jpeg(0)[:900])
        (source / "text.png").write_text("no photo")
        return source

    return made
