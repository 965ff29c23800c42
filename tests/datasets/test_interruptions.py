"""Writers that are killed at any moment, and writers that meet: what is there stays whole, and nothing is lost."""

import json
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

from coachwork.datasets.store import DatasetStore

_COMMON = """
import hashlib, json, os, signal, sys
from pathlib import Path
from coachwork.datasets.sample import Sample, Split
from coachwork.datasets.source import Source
from coachwork.datasets.store import DatasetStore, Draft
from coachwork.datasets.version import Version, photo_place
from coachwork.geometry.size import Size

root, work = Path(sys.argv[1]), Path(sys.argv[2])

def sample(content):
    digest = hashlib.sha256(content.encode()).hexdigest()
    own = work / f"{digest}.{os.getpid()}"  # writers share photos: none may see a half-written one
    own.write_bytes(content.encode())
    own.replace(work / digest)
    return Sample(
        photo=photo_place(digest, ".jpg"), sha256=digest, size=Size(height=2, width=3), source="set", name=content,
        split=Split.TRAIN, cluster="", annotated=frozenset(),
    )

def add(name, *contents):
    new = [sample(content) for content in contents]
    def make(current):
        samples = [*(current.samples if current else ()), *new]
        version = Version.of(samples, [Source(name="set")], rule=None, parents=[current.digest] if current else [])
        return Draft(version=version, photos={one.sha256: work / one.sha256 for one in new}, notes={"note.json": 1})
    return DatasetStore(root).change(name, make, how="add")
"""

_KILLED = (
    _COMMON
    + """
def child(step):
    left = step
    def count(event, arguments):
        global left
        if event in ("open", "os.rename", "os.link", "os.remove", "os.mkdir") and str(root) in str(arguments[0]):
            left -= 1
            if left < 0:
                os.kill(os.getpid(), signal.SIGKILL)
    globals()["left"] = left
    sys.addaudithook(count)
    add("d", "two", "three")

before = add("d", "one")
seen = []
for step in range(1000):
    pid = os.fork()
    if pid == 0:
        child(step)
        os._exit(0)
    status = os.waitpid(pid, 0)[1]
    store = DatasetStore(root)
    version = store.version(store.resolve("d"))
    missing = len(store.missing(version.samples))
    seen.append([os.WIFSIGNALED(status), [one.name for one in version.samples], missing])
    if len(version.samples) == 3:
        break
print(json.dumps(seen))
"""
)

_WRITERS = (
    _COMMON
    + """
writers, rounds = 4, 5
pids = []
for writer in range(writers):
    pid = os.fork()
    if pid == 0:
        for number in range(rounds):
            add("d", f"photo {writer} {number}", f"shared {number}")
        os._exit(0)
    pids.append(pid)
print(json.dumps([os.waitpid(pid, 0)[1] for pid in pids]))
"""
)


def run(code: str, folder: Path) -> object:
    """What a fresh interpreter prints; it forks, which a test process with threads had better not do."""
    (folder / "work").mkdir()
    command = [sys.executable, "-c", code, str(folder / "store"), str(folder / "work")]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=300)  # noqa: S603
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_writer_killed_at_any_step_leaves_the_version_before_whole(tmp_path: Path) -> None:
    """The writer is killed before its first touch of the store, then before its second, until one comes through."""
    seen = run(_KILLED, tmp_path)
    assert isinstance(seen, list)
    assert len(seen) > 15
    for killed, names, missing in seen[:-1]:
        assert killed
        assert (names, missing) == (["one"], 0)
    assert seen[-1][1:] == [["one", "two", "three"], 0]
    store = DatasetStore(tmp_path / "store")
    assert len(store.history("d")) == 2


def test_writers_that_meet_lose_nothing(tmp_path: Path) -> None:
    assert run(_WRITERS, tmp_path) == [0] * 4
    store = DatasetStore(tmp_path / "store")
    version = store.version(store.resolve("d"))
    assert {sample.name for sample in version.samples} == {
        *(f"photo {writer} {number}" for writer in range(4) for number in range(5)),
        *(f"shared {number}" for number in range(5)),
    }
    assert not store.missing(version.samples)
    heads = store.history("d")
    assert [head.number for head in heads] == list(range(1, 21))
    for before, after in pairwise(heads):
        assert store.version(after.version).parents == (before.version,)
