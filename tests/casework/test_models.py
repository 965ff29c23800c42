"""Live models follow the release: loaded beside the old one, swapped between requests, and never for the worse."""

import gc
import shutil
import threading
import weakref
from collections.abc import Iterator
from pathlib import Path

import fsspec
import pytest

from coachwork.casework.model_loading import CONFIGURED, SHIPPED, BundleLoader
from coachwork.casework.models import LiveModels
from coachwork.inference.bundle import BundleError
from coachwork.photos.reading import read_photo
from coachwork.registry.bundle_store import BundleStore
from coachwork.registry.release import BundleVersion, Release, Signature
from coachwork.registry.release_files import ReleaseFiles
from coachwork.registry.release_moves import appoint, change, promote, roll_back, start_canary, start_shadow
from coachwork.storage.database import Database
from coachwork.storage.release_store import ReleaseTable
from coachwork.storage.release_trials import TrialStore
from tests.casework.releasing import live, make_bundle, photo_bytes, until

SIGNED = Signature(by="test", why="to see")


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database(f"sqlite:///{tmp_path / 'own.db'}")
    opened.migrate()
    yield opened
    opened.close()


@pytest.fixture
def models(database: Database, colour_bundle: Path, tmp_path: Path) -> Iterator[LiveModels]:
    made = live(database, colour_bundle, tmp_path / "cache")
    yield made
    made.stop()


def appointed(models: LiveModels, bundle: BundleVersion | None) -> Release:
    return change(models.store, lambda release: appoint(release, bundle, SIGNED))


def test_without_a_release_the_servers_own_bundle_answers(models: LiveModels, tmp_path: Path) -> None:
    assert models.loaded is None
    serving = models.serving()
    assert (serving.release, serving.challenger, serving.champion.version) == (Release(), None, CONFIGURED)
    assert len(serving.champion.digest) == 64
    assert (models.problem, models.swaps) == ("", 0)
    shipped = BundleLoader(own=None, parts=None, cache=tmp_path).own()
    assert (shipped.version, shipped.released) == (SHIPPED, None)


def test_a_new_champion_answers_within_seconds_and_names_itself(
    models: LiveModels, colour_bundle: Path, tmp_path: Path
) -> None:
    models.serving()
    second = make_bundle(tmp_path, colour_bundle, 2)
    appointed(models, second)
    assert until(lambda: models.serving().champion.released == second)
    champion = models.serving().champion
    said = champion.assessor.assess(read_photo(photo_bytes()))
    assert (said.model.version, said.model.bundle) == ("2", second.digest)
    assert models.swaps == 1
    appointed(models, None)
    assert until(lambda: models.serving().champion.version == CONFIGURED)


def test_a_promotion_loads_nothing_again(models: LiveModels, colour_bundle: Path, tmp_path: Path) -> None:
    models.serving()
    second = make_bundle(tmp_path, colour_bundle, 2)
    change(models.store, lambda release: start_shadow(release, second, SIGNED))
    assert until(lambda: models.serving().challenger is not None)
    tried = models.serving().challenger
    change(models.store, lambda release: start_canary(release, SIGNED, share=0.5))
    change(models.store, lambda release: promote(release, SIGNED))
    assert until(lambda: models.serving().champion is tried)
    assert models.serving().challenger is None


def test_who_began_with_the_old_bundle_ends_with_it_and_then_it_is_freed(
    models: LiveModels, colour_bundle: Path, tmp_path: Path
) -> None:
    serving = models.serving()
    seen = weakref.ref(serving.champion.assessor.predictor)
    appointed(models, make_bundle(tmp_path, colour_bundle, 2))
    assert until(lambda: models.swaps == 1)
    gc.collect()
    assert seen() is not None
    assert serving.champion.assessor.assess(read_photo(photo_bytes())).model.version == CONFIGURED
    del serving
    gc.collect()
    assert seen() is None


@pytest.mark.parametrize("fault", ["gone", "changed", "broken model"])
def test_a_bundle_that_cannot_be_used_changes_nothing_and_is_told(
    models: LiveModels, database: Database, colour_bundle: Path, tmp_path: Path, fault: str
) -> None:
    second = make_bundle(tmp_path, colour_bundle, 2)
    place = Path(second.place)
    if fault == "gone":
        shutil.rmtree(place)
    elif fault == "changed":
        (place / "card.json").write_text((place / "card.json").read_text() + " ")
    else:
        (place / "model.onnx").write_bytes(b"no model")
    first = models.serving().champion
    appointed(models, second)
    assert until(lambda: models.problem != "")
    assert models.serving().champion is first
    assert "goes on" in models.problem
    assert until(lambda: any(one.problem for one in TrialStore(database).servers()))
    change(models.store, lambda release: roll_back(release, None, SIGNED))
    assert until(lambda: models.problem == "")
    assert models.serving().champion is first


def test_a_challenger_that_fails_its_check_is_taken_back_at_once(
    models: LiveModels, colour_bundle: Path, tmp_path: Path
) -> None:
    models.serving()
    second = make_bundle(tmp_path, colour_bundle, 2)
    (Path(second.place) / "model.onnx").write_bytes(b"no model")
    change(models.store, lambda release: start_shadow(release, second, SIGNED))
    assert until(lambda: models.store.read().action == "rejected")
    assert "fails its check" in models.store.read().why


def test_a_server_that_starts_without_its_champion_says_so(
    models: LiveModels, colour_bundle: Path, tmp_path: Path
) -> None:
    second = make_bundle(tmp_path, colour_bundle, 2)
    (Path(second.place) / "model.onnx").unlink()
    appointed(models, second)
    with pytest.raises(BundleError):
        models.serving()


def test_a_bundle_of_a_store_is_fetched_once(database: Database, colour_bundle: Path, tmp_path: Path) -> None:
    made = make_bundle(tmp_path, colour_bundle, 2)
    store = BundleStore(f"memory://{tmp_path.name}")
    store.put(Path(made.place))
    placed = BundleVersion(name="colours", version="2", digest=made.digest, place=store.root)
    models = live(database, colour_bundle, tmp_path / "cache", ReleaseFiles(f"memory://{tmp_path.name}/release"))
    appointed(models, placed)
    try:
        assert models.serving().champion.released == placed
        assert (tmp_path / "cache" / made.digest / "card.json").is_file()
    finally:
        models.stop()
    fsspec.filesystem("memory").rm(f"/{tmp_path.name}/{made.digest}", recursive=True)
    again = BundleLoader(own=colour_bundle, parts=None, cache=tmp_path / "cache")
    assert again.released(placed).digest == made.digest


def test_swaps_while_many_ask_give_whole_answers(models: LiveModels, colour_bundle: Path, tmp_path: Path) -> None:
    """Each answer names one bundle of the release, and all of it comes from that one."""
    versions = [make_bundle(tmp_path, colour_bundle, number, mute=number % 2 == 0) for number in range(2, 6)]
    mute = {one.digest: int(one.version) % 2 == 0 for one in versions} | {models.serving().champion.digest: False}
    photo, stop, said = read_photo(photo_bytes()), threading.Event(), list[tuple[str, str]]()

    def ask() -> None:
        while not stop.is_set():
            answer = models.serving().champion.assessor.assess(photo)
            said.append((answer.model.bundle, answer.verdict.value))

    askers = [threading.Thread(target=ask) for _ in range(3)]
    for asker in askers:
        asker.start()
    try:
        for version in versions:
            appointed(models, version)
            assert until(lambda wanted=version: models.serving().champion.released == wanted)  # type: ignore[misc]
        assert until(lambda: said[-1:] != [] and said[-1][0] == versions[-1].digest)
    finally:
        stop.set()
        for asker in askers:
            asker.join()
    assert {bundle for bundle, _ in said} <= set(mute)
    assert {bundle for bundle, _ in said} >= {versions[-1].digest}
    assert all((verdict == "damaged") != mute[bundle] for bundle, verdict in said)


def test_several_processes_obey_one_database(database: Database, colour_bundle: Path, tmp_path: Path) -> None:
    both = [live(database, colour_bundle, tmp_path / "cache") for _ in range(2)]
    try:
        for models in both:
            models.serving()
        second = make_bundle(tmp_path, colour_bundle, 2)
        change(ReleaseTable(database), lambda release: appoint(release, second, SIGNED))
        assert until(lambda: all(models.serving().champion.released == second for models in both))
    finally:
        for models in both:
            models.stop()
