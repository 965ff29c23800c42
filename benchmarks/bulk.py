"""Photos per second of the Beam pipeline on 1 and 2 workers against a plain loop, and its peak memory.

    python benchmarks/bulk.py [--photos DIR] [--count N] [--memory-counts N N] [--task assess|ingest|tfrecord]
                              [--rounds N] [--bundle DIR]

Photos are real ones (by default of the folder in COACHWORK_DATA), repeated until there are enough: each copy has a
comment of its own in the JPEG, so that it is another file with the same picture. The plain loop reads, works on and
writes the photos with the functions that the pipeline calls, in one process, with the model on one core as in the
pipeline. The start of Beam and of its workers does not grow with the number of photos: it is measured on a single photo
(the second run of two, in the same process), stated apart, and not counted in photos per second. Each measurement runs
in a process of its own, so that its peak memory (of the process and, apart, of its largest worker) is its own. The
table is printed, and kept in benchmarks/results/bulk.json.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import cycle, islice
from pathlib import Path
from statistics import median
from typing import Any

from coachwork import __version__
from coachwork.inference.bundle import load_bundle
from coachwork.inference.runtimes import processor_name
from coachwork.inference.session import physical_cores
from coachwork.photos.listing import list_photos
from coachwork.photos.near_duplicates import near_in_bucket
from coachwork.pipelines.bulk.parts import DonePhoto, work_on_part
from coachwork.pipelines.bulk.photo_work import PhotoFailure, PhotoTools, WorkItem, identify
from coachwork.pipelines.bulk.plan import BulkPlan, Task, parts_of
from coachwork.pipelines.bulk.running import prepared, run
from coachwork.pipelines.bulk.storage import list_local

RESULTS = Path(__file__).parent / "results" / "bulk.json"
HOWS = ("loop", "1 worker", "2 workers")


def main() -> None:
    """Measures all, prints the table and keeps it."""
    options = arguments()
    if options.measure is not None:
        print(json.dumps(measured(options.measure, options)))
        return
    with tempfile.TemporaryDirectory(prefix="coachwork-bulk-") as folder:
        place = Path(folder)
        speed = {how: [] for how in HOWS}  # type: dict[str, list[dict[str, Any]]]
        source = repeated(options.photos, place / "speed", options.count)
        for _ in range(options.rounds):
            for how in HOWS:  # in turn, so that what else the machine does meets all
                speed[how].append(measured_apart(how, source, options))
        memory = {}
        for count in options.memory_counts:
            source = repeated(options.photos, place / f"memory-{count}", count)
            memory[str(count)] = measured_apart("1 worker", source, options)
    result = {
        "coachwork": __version__,
        "task": options.task,
        "machine": {"processor": processor_name(), "physical_cores": physical_cores()},
        "photos": options.count,
        "rounds": options.rounds,
        "speed": {how: summary(rounds) for how, rounds in speed.items()},
        "memory": memory,
    }
    if options.task != "ingest":
        bundle = load_bundle(options.bundle)
        result["model"] = {"name": bundle.card.name, "digest": bundle.digest}
    loop = result["speed"]["loop"]["photos_per_s"]
    result["overhead"] = round(loop / result["speed"]["1 worker"]["photos_per_s"] - 1, 4)
    result["speed_up_2_workers"] = round(result["speed"]["2 workers"]["photos_per_s"] / loop, 3)
    print_table(result)
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(f"\nkept in {RESULTS}")


def arguments() -> argparse.Namespace:
    """The command line."""
    data = Path(os.environ.get("COACHWORK_DATA", Path(__file__).parents[1] / ".." / "shared" / "data"))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=Path, default=data / "claims")
    parser.add_argument("--count", type=int, default=1000, help="photos of each measurement of speed")
    parser.add_argument("--memory-counts", type=int, nargs="+", default=[1000, 10_000])
    parser.add_argument("--task", choices=[task.value for task in Task], default=Task.ASSESS.value)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--bundle", type=Path)
    parser.add_argument("--measure", choices=HOWS, help=argparse.SUPPRESS)
    return parser.parse_args()


def measured_apart(how: str, source: Path, options: argparse.Namespace) -> dict[str, Any]:
    """One measurement, in a process of its own."""
    command = [sys.executable, __file__, "--measure", how, "--photos", str(source), "--task", options.task]
    command += [] if options.bundle is None else ["--bundle", str(options.bundle)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr)
    value: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    print(f"{how}: {value}", file=sys.stderr, flush=True)
    return value


def measured(how: str, options: argparse.Namespace) -> dict[str, Any]:
    """Photos, seconds and peak memory of one way to work on a folder."""
    with tempfile.TemporaryDirectory(prefix="coachwork-bulk-out-") as out:
        plan = BulkPlan(
            task=Task(options.task),
            source=str(options.photos),
            out=out,
            bundle=None if options.bundle is None else str(options.bundle),
            threads=1,
        )
        if how == "loop":
            photos, seconds = loop(plan)
            start = 0.0
        else:
            photos, seconds, start = piped(plan, workers=int(how[0]))
    return {
        "photos": photos,
        "seconds": round(seconds, 2),
        "start_s": round(start, 2),
        "photos_per_s": round(photos / seconds, 2),
        "peak_memory_mb": peak_mb(resource.RUSAGE_SELF),
        "peak_memory_of_workers_mb": peak_mb(resource.RUSAGE_CHILDREN),
    }


def loop(plan: BulkPlan) -> tuple[int, float]:
    """Photos and seconds of the same work without Beam, from the listing on."""
    tools = PhotoTools(plan)
    warm(tools)
    begin = time.perf_counter()
    items: dict[str, list[Any]] = {}
    for ref in list_local(plan.source):
        found = identify(ref, plan)
        if isinstance(found, str):
            items.setdefault(found, []).append(ref)
    parts: dict[int, list[WorkItem]] = {}
    count = parts_of(len(items), plan.photos_a_part)
    for sha256, refs in items.items():
        parts.setdefault(int(sha256[:15], 16) % count, []).append(WorkItem(sha256=sha256, files=tuple(refs)))
    done: list[DonePhoto] = []
    for part in parts.values():
        done += [outcome for outcome in work_on_part(part, tools) if not isinstance(outcome, PhotoFailure)]
    prints = [(photo.sha256, int(photo.fingerprint, 16)) for photo in done if photo.fingerprint is not None]
    list(near_in_bucket(prints))
    return len(prints), time.perf_counter() - begin


def piped(plan: BulkPlan, *, workers: int) -> tuple[int, float, float]:
    """Photos, their seconds, and the seconds that a run over a single photo takes."""
    single = str(next(iter(list_photos([plan.source]))))
    start = 0.0
    for _ in range(2):  # the first also loads what this process then has
        with tempfile.TemporaryDirectory(prefix="coachwork-bulk-one-") as out:
            begin = time.perf_counter()
            quietly(replace(plan, source=single, out=out), workers)
            start = time.perf_counter() - begin
    begin = time.perf_counter()
    photos = quietly(plan, workers)
    return photos, time.perf_counter() - begin - start, start


def quietly(plan: BulkPlan, workers: int) -> int:
    """Runs the pipeline and returns the number of photos."""
    flags = ["--default_sdk_harness_log_level=ERROR"]
    with prepared(plan, workers=workers, beam_options=flags) as ready:
        return run(ready).photos


def warm(tools: PhotoTools) -> None:
    """Loads the model, as the single photo does before the pipeline."""
    for path in islice(list_photos([tools.plan.source]), 1):
        (ref,) = list_local(str(path))
        found = identify(ref, tools.plan)
        if isinstance(found, str):
            tools.work(WorkItem(sha256=found, files=(ref,)))


def repeated(source: Path, folder: Path, count: int) -> Path:
    """A folder of so many JPEG photos that differ in their bytes."""
    photos = sorted(source.rglob("*.jpg"))
    if not photos:
        sys.exit(f"no JPEG photos in {source}: name a folder with --photos")
    folder.mkdir()
    for number, path in enumerate(islice(cycle(photos), count)):
        (folder / f"{number:06d}.jpg").write_bytes(with_comment(path.read_bytes(), number))
    return folder


def with_comment(jpeg: bytes, number: int) -> bytes:
    """A JPEG with a comment segment after its first two bytes."""
    text = str(number).encode()
    return jpeg[:2] + b"\xff\xfe" + (len(text) + 2).to_bytes(2, "big") + text + jpeg[2:]


def summary(rounds: list[dict[str, Any]]) -> dict[str, Any]:
    """Medians of the rounds."""
    return {key: round(median(one[key] for one in rounds), 2) for key in rounds[0]}


def peak_mb(whose: int) -> int:
    """Peak resident memory of this process, or of its largest child, MB."""
    return round(resource.getrusage(whose).ru_maxrss / 1024)


def rows(result: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Names and values of the table's rows."""
    yield from result["speed"].items()
    for count, value in result["memory"].items():
        yield f"1 worker, {count} photos", value


def print_table(result: dict[str, Any]) -> None:
    """What a person wants to see of it."""
    print(f"{'':28}{'photos':>8}{'photos/s':>10}{'start, s':>10}{'peak MB':>9}{'of worker':>11}")
    for name, value in rows(result):
        print(
            f"{name:28}{value['photos']:>8.0f}{value['photos_per_s']:>10.2f}{value['start_s']:>10.1f}"
            f"{value['peak_memory_mb']:>9.0f}{value['peak_memory_of_workers_mb']:>11.0f}"
        )
    print(f"overhead of Beam on 1 worker {result['overhead']:.1%}, 2 workers {result['speed_up_2_workers']:.2f} x loop")


if __name__ == "__main__":
    main()
