"""A past assessment comes out the same from its record, whatever is champion by then; what changed is told."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from coachwork.casework.model_loading import BundleLoader, LoadedBundle
from coachwork.casework.reproducing import all_same, reproduce
from coachwork.inference.inspecting import inspect
from coachwork.inspections.inspection_json import inspection_to_json
from coachwork.registry.release import ReleaseError
from coachwork.registry.release_moves import appoint, change
from coachwork.storage.database import Database
from coachwork.storage.release_store import ReleaseTable
from tests.casework.releasing import make_bundle, photo_bytes
from tests.registry.test_release import SIGNED

SHIPPED = Path(__file__).parents[2] / "src" / "coachwork"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ReleaseTable]:
    database = Database(f"sqlite:///{tmp_path / 'own.db'}")
    database.migrate()
    yield ReleaseTable(database)
    database.close()


def record(bundle: LoadedBundle, photo: Path) -> dict[str, Any]:
    """What the database keeps of a case with one photo."""
    value: dict[str, Any] = json.loads(json.dumps(inspection_to_json(inspect(bundle.assessor, [photo]))))
    return value


def test_each_record_comes_out_by_the_bundle_that_it_names(
    store: ReleaseTable, colour_bundle: Path, tmp_path: Path
) -> None:
    loader = BundleLoader(own=colour_bundle, parts=None, cache=tmp_path / "cache")
    data, photo = photo_bytes(), tmp_path / "a.png"
    photo.write_bytes(data)
    mute = make_bundle(tmp_path, colour_bundle, 2, mute=True)
    records = [record(loader.own(), photo), record(loader.released(mute), photo)]
    with pytest.raises(ReleaseError, match="never released here"):
        list(reproduce(records[1], lambda _: data, loader, store))
    for champion in (mute, make_bundle(tmp_path, colour_bundle, 3)):
        change(store, lambda release, wanted=champion: appoint(release, wanted, SIGNED))  # type: ignore[misc]
    for one in records:
        assert all_same(list(reproduce(one, lambda _: data, loader, store)))


def test_what_differs_is_named(store: ReleaseTable, colour_bundle: Path, tmp_path: Path) -> None:
    loader = BundleLoader(own=colour_bundle, parts=None, cache=tmp_path / "cache")
    photo = tmp_path / "a.png"
    photo.write_bytes(photo_bytes())
    kept = record(loader.own(), photo)
    kept["photos"][0]["damages"][0]["score"] += 1e-6
    (found,) = reproduce(kept, lambda _: photo.read_bytes(), loader, store)
    assert found.differs == ("damages",)
    del kept["photos"][0]["model"]["bundle"]
    with pytest.raises(ReleaseError, match="names no bundle"):
        list(reproduce(kept, lambda _: photo.read_bytes(), loader, store))


def test_the_bundle_that_ships_repeats_itself_with_parts_and_severity(store: ReleaseTable, tmp_path: Path) -> None:
    loader = BundleLoader(own=None, parts=SHIPPED / "bundles" / "parts", cache=tmp_path / "cache")
    photo = SHIPPED / "samples" / "crushed-door.jpg"
    kept = record(loader.own(), photo)
    assert kept["photos"][0]["damages"]
    again = BundleLoader(own=None, parts=SHIPPED / "bundles" / "parts", cache=tmp_path / "cache")
    (found,) = reproduce(kept, lambda _: photo.read_bytes(), again, store)
    assert found.differs == ()
