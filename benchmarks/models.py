"""The shipped model against what one would take instead: photo file to boxes and masks, on the same machine and photos.

    benchmarks/alternatives/environment        once: makes the alternatives' own environment
    python benchmarks/models.py [--bundle DIR] [--photos DIR] [--rounds N] [--cores N]

Each contestant is a process of its own on the same cores; a round asks all of them, one after the other, for the same
photo. Ratios are taken within rounds, so load from elsewhere hits all alike; processor time is hardly disturbed by it.
Alternatives run with random weights, see benchmarks/alternatives/worker.py. The table is printed, and kept in
benchmarks/results/models.json.
"""

import argparse
import contextlib
import json
import os
import resource
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from coachwork import __version__
from coachwork.inference.bundle import load_bundle
from coachwork.inference.predictor import Predictor
from coachwork.inference.runtimes import hindrance, processor_name
from coachwork.photos.reading import read_photo

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results" / "models.json"
PYTHON = HERE.parent / ".cache" / "alternatives" / "bin" / "python"
EXPORTED = HERE.parent / ".cache" / "alternatives-models"
ALTERNATIVES = ("yolo11n-seg:640", "yolo11s-seg:640", "mask_rcnn")
FIGURES = ("ms", "cpu_ms")


def main() -> None:
    """Runs all rounds, prints the table and keeps it."""
    options = arguments()
    if options.answer:
        answer(options)
        return
    if not PYTHON.is_file():
        sys.exit("the alternatives' environment is missing: make it with  benchmarks/alternatives/environment")
    photos = sorted(options.photos.glob("*.jpg"))[: options.rounds]
    if not photos:
        sys.exit(f"no JPEG photos in {options.photos}: name a folder with --photos")
    EXPORTED.mkdir(parents=True, exist_ok=True)
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: options.cores])
    with contextlib.ExitStack() as stack:
        workers = {name: Worker(command, stack, photos[0]) for name, command in contestants(options).items()}
        for turn in range(options.rounds):
            for worker in workers.values():
                worker.ask(photos[turn % len(photos)])
            print(f"\rround {turn + 1} of {options.rounds}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    rows = figures(workers)
    print_table(rows)
    about = {"coachwork": __version__, "measured": datetime.now(UTC).isoformat(timespec="minutes")}
    machine = {"processor": processor_name(), "cores": options.cores, "load_1_minute": round(os.getloadavg()[0], 1)}
    kept = about | {"machine": machine, "rounds": options.rounds, "contestants": rows}
    RESULTS.write_text(json.dumps(kept, indent=2) + "\n", encoding="utf-8")
    print(f"\nkept in {RESULTS}")


def arguments() -> argparse.Namespace:
    """The command line."""
    data = Path(os.environ.get("COACHWORK_DATA", HERE.parent / ".." / "shared" / "data"))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bundle", type=Path)
    parser.add_argument("--photos", type=Path, default=data / "claims" / "val")
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--answer", metavar="VARIANT", help=argparse.SUPPRESS)
    return parser.parse_args()


def contestants(options: argparse.Namespace) -> dict[str, list[str]]:
    """Name -> command: every variant of the bundle that runs here, the default first, then the alternatives."""
    bundle = load_bundle(options.bundle)
    names = [one.name for one in bundle.variants if not hindrance(one)] or [bundle.variant.name]
    names.sort(key=lambda name: name != bundle.variant.name)
    own = [sys.executable, __file__, *([] if options.bundle is None else ["--bundle", str(options.bundle)]), "--answer"]
    found = {f"coachwork {name}": [*own, name] for name in names}
    worker = [str(PYTHON), str(HERE / "alternatives" / "worker.py")]
    return found | {name: [*worker, name, str(EXPORTED)] for name in ALTERNATIVES}


class Worker:
    """A contestant's process."""

    def __init__(self, command: list[str], stack: contextlib.ExitStack, first: Path) -> None:
        self._process = stack.enter_context(
            subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        )
        self.answers: list[dict[str, Any]] = []
        self.about = str(self._said(first)["ready"])

    def ask(self, photo: Path) -> None:
        """One photo."""
        self.answers.append(self._said(photo))

    def _said(self, photo: Path) -> dict[str, Any]:
        if self._process.stdin is None or self._process.stdout is None:
            sys.exit("a contestant has no pipes")
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(f"{photo.resolve()}\n")
            self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            sys.exit(f"a contestant ended: {self._process.args}")
        said: dict[str, Any] = json.loads(line)
        return said


def answer(options: argparse.Namespace) -> None:
    """Coachwork's own contestant: reading, network, decoding and masks, from the operating point on."""
    bundle = load_bundle(options.bundle, variant=options.answer)
    predictor = Predictor(bundle, threads=options.cores)
    side = 2 * bundle.card.input_size.longest

    def look(path: str) -> int:
        photo = read_photo(Path(path), min_side=side)
        return len(predictor.predict(photo, min_score=0.05))

    look(sys.stdin.readline().strip())
    print(json.dumps({"ready": f"{bundle.variant.words}, {bundle.card.input_size.longest} px"}), flush=True)
    for line in sys.stdin:
        started, worked = time.perf_counter(), time.process_time()
        objects = look(line.strip())
        figures = {"ms": 1000 * (time.perf_counter() - started), "cpu_ms": 1000 * (time.process_time() - worked)}
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps(figures | {"objects": objects, "peak_memory_mb": memory}), flush=True)


def figures(workers: dict[str, Worker]) -> dict[str, dict[str, Any]]:
    """By contestant: median and least ms, photos per core-second, memory, and ratios to the first within rounds."""
    first = next(iter(workers.values())).answers
    rows = {}
    for name, worker in workers.items():
        values = {key: [one[key] for one in worker.answers] for key in (*FIGURES, "objects", "peak_memory_mb")}
        ratios = {
            f"{key}_ratio": round(
                median(one[key] / other[key] for one, other in zip(worker.answers, first, strict=True)), 2
            )
            for key in FIGURES
        }
        rows[name] = {
            "about": worker.about,
            "ms": round(median(values["ms"]), 1),
            "least_ms": round(min(values["ms"]), 1),
            "cpu_ms": round(median(values["cpu_ms"]), 1),
            "photos_per_core_second": round(1000 * len(values["cpu_ms"]) / sum(values["cpu_ms"]), 2),
            "peak_memory_mb": round(max(values["peak_memory_mb"])),
            "objects": round(sum(values["objects"]) / len(values["objects"]), 1),
            **ratios,
        }
    return rows


def print_table(rows: dict[str, dict[str, Any]]) -> None:
    """One line per contestant."""
    heads = (
        "ms",
        "least_ms",
        "cpu_ms",
        "ms_ratio",
        "cpu_ms_ratio",
        "photos_per_core_second",
        "peak_memory_mb",
        "objects",
    )
    words = ("ms", "least ms", "core ms", "x ms", "x core ms", "photos/core-s", "peak MB", "objects")
    print(f"{'':28}" + "".join(f"{word:>15}" for word in words))
    for name, row in rows.items():
        print(f"{name:28}" + "".join(f"{row[head]:>15}" for head in heads))


if __name__ == "__main__":
    main()
