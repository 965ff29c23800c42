import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import fsspec
import pytest

from coachwork.datasets.sample import DamageShape, Sample, Split
from coachwork.datasets.sample_lines import sample_to_line
from coachwork.datasets.source import Source
from coachwork.datasets.store import DatasetStore, Draft
from coachwork.datasets.version import SplitRule, Version, photo_place
from coachwork.geometry.box import Box
from coachwork.geometry.size import Size
from coachwork.taxonomy import DamageType

Fill = Callable[..., Version]

SOURCE = Source(name="set", title="A set", licence="CC BY 4.0", attribution="us", weights_may_ship=True)


def make_sample(content: str, **fields: Any) -> Sample:
    """A sample whose photo has the content's bytes; its cluster is its own, its fingerprint far from all others'."""
    digest = hashlib.sha256(content.encode()).hexdigest()
    known = Sample(
        photo=photo_place(digest, ".jpg"),
        sha256=digest,
        size=Size(height=20, width=30),
        source="set",
        name=f"{content}.jpg",
        split=Split.TRAIN,
        cluster=digest[:16],
        annotated=frozenset({DamageType.DENT}),
        fingerprint=int(digest[:16], 16),
    )
    return replace(known, **fields)


def make_shape(x: float = 1, kind: DamageType | None = DamageType.DENT, **fields: Any) -> DamageShape:
    """A box of 5 x 5 pixels."""
    return replace(DamageShape(type=kind, box=Box(x_min=x, y_min=1, x_max=x + 5, y_max=6)), **fields)


def make_version(*samples: Sample, parents: tuple[str, ...] = (), rule: SplitRule | None = None) -> Version:
    """A version of samples from one source."""
    return Version.of(samples, [SOURCE], rule=rule, parents=parents)


@pytest.fixture
def photos(tmp_path: Path) -> Callable[[Version], dict[str, Path]]:
    """Files outside of any store with the photos of samples made by `make_sample`."""
    folder = tmp_path / "outside"
    folder.mkdir()

    def files(version: Version) -> dict[str, Path]:
        found = {}
        for sample in version.samples:
            found[sample.sha256] = folder / sample.sha256
            found[sample.sha256].write_bytes(sample.name.removesuffix(".jpg").encode())
        return found

    return files


@pytest.fixture
def fill(photos: Callable[[Version], dict[str, Path]]) -> Fill:
    """Puts a version into a store under a name, as an import does: `fill(store, "a", version)`."""

    def put(store: DatasetStore, name: str, version: Version, **notes: object) -> Version:
        def make(current: Version | None) -> Draft:
            child = version
            if current is not None:
                child = Version.of(version.samples, version.sources, rule=version.rule, parents=[current.digest])
            return Draft(
                version=child, photos=photos(version), notes={f"{key}.json": note for key, note in notes.items()}
            )

        return store.change(name, make, how="test")

    return put


@pytest.fixture(params=["folder", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[DatasetStore]:
    """An empty store, on disk and in memory."""
    if request.param == "folder":
        yield DatasetStore(tmp_path / "store")
    else:
        fsspec.filesystem("memory").store.clear()
        yield DatasetStore("memory://bucket/sets")
        fsspec.filesystem("memory").store.clear()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A dataset as an earlier Coachwork wrote it: everything in one folder."""
    sample = make_sample("one", shapes=(make_shape(),))
    place = tmp_path / "sets" / "earlier"
    (place / sample.photo).parent.mkdir(parents=True)
    (place / sample.photo).write_bytes(b"one")
    lines = (sample_to_line(sample) + "\n").encode()
    manifest = {
        "schema": "coachwork.dataset/1",
        "name": "earlier",
        "created": "2026-11-21T05:31:08+00:00",
        "digest": hashlib.sha256(lines).hexdigest(),
        "sources": [{"name": "set", "title": "A set", "licence": "CC0", "weights_may_ship": True}],
        "counts": {},
    }
    (place / "samples.jsonl").write_bytes(lines)
    (place / "manifest.json").write_text(json.dumps(manifest))
    return place
