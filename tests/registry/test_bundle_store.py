import json
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import fsspec
import pytest

from coachwork.inference.bundle import BundleError, load_bundle
from coachwork.inference.contents import BundleContents, BundleFile, contents_from_json, contents_of
from coachwork.registry.bundle_store import BundleStore, BundleStoreError


@pytest.fixture(params=["folder", "objects"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> BundleStore:
    """A store in a folder, and one in an object store (fsspec's in memory)."""
    if request.param == "folder":
        return BundleStore(tmp_path / "store")
    fsspec.filesystem("memory").store.clear()
    return BundleStore("memory://bundles")


def test_an_empty_store_holds_nothing(store: BundleStore, tmp_path: Path) -> None:
    assert store.digests() == ()
    assert "0" * 64 not in store
    with pytest.raises(BundleStoreError, match="is not there"):
        store.get("0" * 64, tmp_path / "cache")
    with pytest.raises(BundleStoreError, match="no digest"):
        store.get("../card", tmp_path / "cache")


def test_what_was_put_is_got(store: BundleStore, colour_bundle: Path, tmp_path: Path) -> None:
    contents = store.put(colour_bundle)
    assert store.put(colour_bundle) == contents
    assert store.digests() == (contents.digest,)
    folder = store.get(contents.digest, tmp_path / "cache")
    assert contents_of(folder) == contents
    assert load_bundle(folder).digest == load_bundle(colour_bundle).digest
    assert store.get(contents.digest, tmp_path / "cache") == folder
    assert store.card(contents.digest) == (colour_bundle / "card.json").read_bytes()


def test_the_digest_is_what_a_shell_says(colour_bundle: Path) -> None:
    said = subprocess.run(  # noqa: S602
        "LC_ALL=C sha256sum * | sha256sum",  # noqa: S607
        shell=True,
        cwd=colour_bundle,
        capture_output=True,
        text=True,
        check=True,
    )
    assert contents_of(colour_bundle).digest == said.stdout.split()[0]


def test_another_threshold_is_another_bundle(colour_bundle: Path, tmp_path: Path) -> None:
    other = Path(shutil.copytree(colour_bundle, tmp_path / "other"))
    (other / ".DS_Store").write_text("of a file manager")
    assert contents_of(other) == contents_of(colour_bundle)
    (other / "card.json").write_text((other / "card.json").read_text().replace("0.4", "0.41"))
    assert contents_of(other).digest != contents_of(colour_bundle).digest


@pytest.mark.parametrize("name", ["card.json", "model.onnx"])
def test_a_damaged_file_is_told(store: BundleStore, colour_bundle: Path, tmp_path: Path, name: str) -> None:
    digest = store.put(colour_bundle).digest
    store._files.put(f"{digest}/{name}", b"another thing")
    with pytest.raises(BundleStoreError, match=name):
        store.get(digest, tmp_path / "cache")


def test_a_damaged_copy_in_the_cache_is_fetched_again(colour_bundle: Path, tmp_path: Path) -> None:
    fsspec.filesystem("memory").store.clear()
    store = BundleStore("memory://bundles")
    contents = store.put(colour_bundle)
    copy = store.get(contents.digest, tmp_path)
    (copy / "model.onnx").write_bytes(b"half")
    assert contents_of(store.get(contents.digest, tmp_path)) == contents
    assert [path.name for path in tmp_path.iterdir()] == [contents.digest]


def test_a_list_that_lies_is_refused(store: BundleStore, colour_bundle: Path, tmp_path: Path) -> None:
    digest = store.put(colour_bundle).digest
    store._files.put(f"{digest}.json", b"{}")
    with pytest.raises(BundleStoreError, match="broken"):
        store.get(digest, tmp_path)


def test_folders_in_a_bundle_are_kept(store: BundleStore, colour_bundle: Path, tmp_path: Path) -> None:
    other = Path(shutil.copytree(colour_bundle, tmp_path / "other"))
    (other / "profile").mkdir()
    (other / "profile" / "signals.json").write_text("{}")
    contents = store.put(other)
    assert contents_of(store.get(contents.digest, tmp_path / "cache")) == contents
    assert [file.name for file in contents.files] == ["card.json", "model.onnx", "profile/signals.json"]


@pytest.mark.parametrize("name", ["../card.json", "/etc/passwd", "a/../../b", "", ".hidden", "a\\b"])
def test_no_name_leads_out_of_the_folder(name: str) -> None:
    with pytest.raises(ValueError, match="no file of a bundle"):
        BundleFile(name=name, sha256="0" * 64, size_bytes=1)


def test_what_is_no_bundle_is_refused(store: BundleStore, tmp_path: Path) -> None:
    (tmp_path / "letters").mkdir()
    with pytest.raises(BundleError, match=r"card\.json"):
        store.put(tmp_path / "letters")
    assert store.digests() == ()


def test_contents_survive_json(colour_bundle: Path) -> None:
    contents = contents_of(colour_bundle)
    assert contents_from_json(json.loads(json.dumps(contents.to_json()))) == contents
    with pytest.raises(ValueError, match="digest"):
        contents_from_json({**contents.to_json(), "digest": "0" * 64})
    with pytest.raises(ValueError, match="each file once"):
        BundleContents(files=())


_KILLED = """
import os, signal, sys
from pathlib import Path
from coachwork.datasets.files import LocalFiles
from coachwork.registry.bundle_store import BundleStore
left = int(sys.argv[3])
def counted(name):
    real = getattr(LocalFiles, name)
    def run(self, *arguments):
        global left
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        left -= 1
        return real(self, *arguments)
    setattr(LocalFiles, name, run)
for name in ("put", "settle"):
    counted(name)
BundleStore(sys.argv[1]).put(Path(sys.argv[2]))
"""


def test_a_kill_at_any_step_leaves_all_or_nothing(colour_bundle: Path, tmp_path: Path) -> None:
    whole = contents_of(colour_bundle)
    for step in range(20):
        store = BundleStore(tmp_path / f"store{step}")
        command = [sys.executable, "-c", _KILLED, store.root, str(colour_bundle), str(step)]
        ended = subprocess.run(command, check=False).returncode  # noqa: S603
        if whole.digest in store:
            assert contents_of(store.get(whole.digest, tmp_path)) == whole
        else:
            assert ended == -signal.SIGKILL
        assert contents_of(BundleStore(store.root).get(store.put(colour_bundle).digest, tmp_path)) == whole
        if ended == 0:
            break
    assert 3 < step < 19
