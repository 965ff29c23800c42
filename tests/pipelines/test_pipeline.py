"""Whole runs on Beam's direct runner: what is written, what a second run does, and what a killed one leaves."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from coachwork.annotations.tf_example import Key, decode_example, read_records
from coachwork.photos.problems import PhotoError
from coachwork.pipelines.bulk.plan import BulkError, BulkPlan, Task
from coachwork.pipelines.bulk.running import BulkSummary, prepared, run
from tests.pipelines.noise_photos import jpeg


def bulk(source: Path | str, out: Path | str, *, task: Task = Task.INGEST, part: int = 500) -> BulkSummary:
    plan = BulkPlan(task=task, source=str(source), out=str(out), photos_a_part=part)
    with prepared(plan, workers=1) as ready:
        return run(ready)


def photo_ids(out: Path) -> list[str]:
    return [sha256 for path in (out / "photos").iterdir() for sha256 in pq.read_table(path)["sha256"].to_pylist()]


def record_ids(out: Path) -> list[str]:
    found = []
    for path in (out / "tfrecord").iterdir():
        with path.open("rb") as file:
            found += [bytes(decode_example(record)[Key.SHA256][0]).decode() for record in read_records(file)]
    return found


def test_a_run_a_second_one_and_one_with_a_new_photo(folder: Callable[[int], Path], tmp_path: Path) -> None:
    source, out = folder(5), tmp_path / "out"
    first = bulk(source, out, part=2)
    assert (first.photos, first.copies, first.failed, first.unread) == (6, 1, 2, 0)
    assert first.near_duplicates == 1
    assert len(photo_ids(out)) == len(set(photo_ids(out))) == 6
    assert sorted(record_ids(out)) == sorted(photo_ids(out))
    letters = [json.loads(line) for path in (out / "failures").iterdir() for line in path.read_text().splitlines()]
    assert {(Path(one["file"]).name, one["reason"]) for one in letters} == {
        ("cut.jpg", "truncated"),
        ("text.png", "not_a_photo"),
    }
    (near,) = pq.read_table(out / "near_duplicates.parquet").to_pylist()
    files = {row["sha256"]: row for path in (out / "photos").iterdir() for row in pq.read_table(path).to_pylist()}
    pair = {Path(files[near[name]]["file"]).name for name in ("sha256", "near_duplicate_of")}
    assert pair == {"0000.jpg", "near.jpg"}

    written = {path: path.stat().st_mtime_ns for path in (out / "photos").iterdir()}
    second = bulk(source, out, part=2)
    assert (second.photos, second.failed, second.done_before) == (0, 0, 9)
    assert {path: path.stat().st_mtime_ns for path in (out / "photos").iterdir()} == written

    (source / "moved.jpg").write_bytes((source / "0003.jpg").read_bytes())
    (source / "new.jpg").write_bytes(jpeg(99))
    third = bulk(source, out, part=2)
    assert (third.photos, third.done_before, third.near_duplicates) == (1, 10, 1)


def test_a_run_in_an_object_store(shelf: dict[str, bytes]) -> None:
    shelf.update({f"shelf://cars/in/{seed}.jpg": jpeg(seed) for seed in range(3)})
    shelf["shelf://cars/in/notes.txt"] = b"no photo, and not looked at"
    assert bulk("shelf://cars/in", "shelf://cars/out").photos == 3
    written = sorted(name.removeprefix("shelf://cars/out/").split("/")[0] for name in shelf if "/out/" in name)
    assert written == ["done", "failures", "near_duplicates.parquet", "photos", "run.json", "tfrecord"]
    shelf["shelf://cars/out/photos/left-by-a-dead-run.parquet"] = b"half"
    again = bulk("shelf://cars/in/**.jpg", "shelf://cars/out")
    assert (again.photos, again.done_before, again.remains) == (0, 3, 1)
    with pytest.raises(PhotoError, match="no photo lies there"):
        bulk("shelf://cars/nowhere", "shelf://cars/out")


def test_the_model_is_loaded_once_for_all_parts(folder: Callable[[int], Path], tmp_path: Path) -> None:
    summary = bulk(folder(5), tmp_path / "out", task=Task.TFRECORD, part=1)
    assert summary.photos == 6
    assert len(list((tmp_path / "out" / "photos").iterdir())) > 1
    assert summary.models_loaded == 1
    assert "name: 'dent'" in (tmp_path / "out" / "label_map.pbtxt").read_text()


def test_results_of_another_kind_are_not_mixed(folder: Callable[[int], Path], tmp_path: Path) -> None:
    source = folder(1)
    (tmp_path / "out").mkdir()
    plan = BulkPlan(task=Task.INGEST, source=str(source), out=str(tmp_path / "out"))
    with prepared(plan, workers=1), pytest.raises(BulkError, match="another run works in"):
        bulk(source, tmp_path / "out")
    with pytest.raises(BulkError, match="task ingest"):
        bulk(source, tmp_path / "out", task=Task.ASSESS)


def test_what_cannot_be_is_said_before_the_run(tmp_path: Path) -> None:
    with pytest.raises(PhotoError, match="no such file"):
        bulk(tmp_path / "nowhere", tmp_path / "out")
    (tmp_path / "a.jpg").write_bytes(jpeg(1))
    with pytest.raises(BulkError, match="Beam cannot reach that store"):
        bulk(tmp_path, "nostore://bucket/out")
    with pytest.raises(BulkError, match="cannot use"):
        bulk(tmp_path, tmp_path / "a.jpg" / "out")
    plan = BulkPlan(task=Task.INGEST, source=str(tmp_path), out=str(tmp_path / "out"))
    with pytest.raises(BulkError, match="no option --nonsense"), prepared(plan, beam_options=["--nonsense=1"]):
        pass


@pytest.mark.slow
def test_a_killed_run_is_taken_up_and_nothing_is_done_twice(folder: Callable[[int], Path], tmp_path: Path) -> None:
    source, out = folder(300), tmp_path / "out"
    command = [sys.executable, "-m", "coachwork.cli.main", "bulk", "ingest", str(source), "--to", str(out)]
    with subprocess.Popen([*command, "--part-size", "5"], stderr=subprocess.DEVNULL) as process:  # noqa: S603
        deadline = time.monotonic() + 300
        while len(list((out / "done").glob("*.jsonl"))) < 3 and time.monotonic() < deadline:
            assert process.poll() is None, "the run ended before it could be killed"
            time.sleep(0.02)
        os.kill(process.pid, signal.SIGKILL)
    before = {path: path.read_bytes() for path in (out / "photos").glob("*.parquet")}
    durable = {path.stem for path in (out / "done").glob("*.jsonl")}
    done = sum(len((out / "done" / f"{part}.jsonl").read_text().splitlines()) for part in durable)
    assert 0 < done < 303
    summary = bulk(source, out, part=5)
    assert summary.done_before >= done
    assert len(photo_ids(out)) == len(set(photo_ids(out))) == 301
    assert sorted(record_ids(out)) == sorted(photo_ids(out))
    assert summary.photos + summary.failed == 303 - done
    assert all(path.read_bytes() == data for path, data in before.items() if path.stem in durable)
