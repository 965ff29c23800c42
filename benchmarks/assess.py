"""How long one photo takes from file to JSON, where the time goes, and what memory it needs.

    python benchmarks/assess.py [--bundle DIR] [--photos DIR] [--rounds N] [--threads N]

Photos are real ones (by default of the folder in COACHWORK_DATA): as they are for 640 px, enlarged to 4032x3024 with
sensor noise for 12 MP, stored with the halved colour of phones (4:2:0). The fastest variant answers (as by --fast),
once with OpenVINO and once as in an install without the extra. Each size runs in a process of its own, so that peak
memory is its own. The tables are printed, and kept in benchmarks/results/assess.json. Where other programs keep the
cores busy, compare the lines "of all cores": time that the processor worked, not time that passed.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

import cv2
import numpy as np
import simplejpeg
from numpy.typing import NDArray

from coachwork import __version__
from coachwork.assessments.assessment import make_assessment
from coachwork.assessments.assessment_json import assessment_to_json, json_line
from coachwork.assessments.verdict import VERDICT_FLOOR, judge
from coachwork.inference.assessing import Assessor
from coachwork.inference.bundle import Bundle, load_bundle, shipped_bundle_folder, shipped_parts_folder
from coachwork.inference.runtimes import hindrance, processor_name
from coachwork.inference.session import physical_cores
from coachwork.inference.severity_file import shipped_severity_path
from coachwork.inference.variant import PLAIN, Choice, Runtime, choose_variant
from coachwork.photos.quality import measure_quality
from coachwork.photos.reading import read_photo
from coachwork.reports.pictures import draw_damages, jpeg_of

STAGES = ("decode", "quality", "inference", "decoding", "parts, severity", "drawing")
SIZES = {"640 px": None, "12 MP": (4032, 3024)}
INSTALLS = {"with OpenVINO": frozenset(Runtime), "base install": frozenset({Runtime.ONNX_RUNTIME})}
RESULTS = Path(__file__).parent / "results" / "assess.json"


def main() -> None:
    """Runs all sizes, prints the table and keeps it."""
    options = arguments()
    if options.measure is not None:
        print(json.dumps(measured(options)))
        return
    rows = {install: {size: measured_apart(options, install, size) for size in SIZES} for install in INSTALLS}
    bundle = load_bundle(options.bundle, variant=PLAIN)
    result = {
        "coachwork": __version__,
        "model": {"name": bundle.card.name, "digest": bundle.digest},
        "machine": {"processor": processor_name(), "physical_cores": physical_cores(), "threads": options.threads},
        "rounds": options.rounds,
        "installs": rows,
    }
    for install, sizes in rows.items():
        print(f"\n{install}: {sizes['640 px']['variant']}, parts {sizes['640 px']['parts_variant']}")
        print_table(sizes)
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    print(f"\nkept in {RESULTS}")


def arguments() -> argparse.Namespace:
    """The command line."""
    data = Path(os.environ.get("COACHWORK_DATA", Path(__file__).parents[1] / ".." / "shared" / "data"))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bundle", type=Path)
    parser.add_argument("--photos", type=Path, default=data / "claims" / "val")
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--threads", type=int)
    parser.add_argument("--measure", choices=list(SIZES), help=argparse.SUPPRESS)
    parser.add_argument("--install", choices=list(INSTALLS), help=argparse.SUPPRESS)
    return parser.parse_args()


def measured_apart(options: argparse.Namespace, install: str, size: str) -> dict[str, Any]:
    """One size in one install, in a process of its own."""
    command = [
        sys.executable,
        __file__,
        "--measure",
        size,
        "--install",
        install,
        "--photos",
        str(options.photos),
        "--rounds",
        str(options.rounds),
    ]
    command += [] if options.bundle is None else ["--bundle", str(options.bundle)]
    command += [] if options.threads is None else ["--threads", str(options.threads)]
    value: dict[str, Any] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return value


def measured(options: argparse.Namespace) -> dict[str, Any]:
    """Medians in ms of the clock and of all cores together, photos per core-second and peak memory of one size."""
    with tempfile.TemporaryDirectory() as folder:
        photos = prepared(options.photos, Path(folder), SIZES[options.measure], count=min(options.rounds, 10))
        runtimes = INSTALLS[options.install]
        damage = fastest(options.bundle or shipped_bundle_folder(), runtimes)
        parts = fastest(shipped_parts_folder(), runtimes)
        assessor = Assessor(damage, threads=options.threads, parts=parts, severity=shipped_severity_path())
        one_photo(assessor, photos[0])  # loads the model
        times: dict[str, list[float]] = defaultdict(list)
        cores: dict[str, list[float]] = defaultdict(list)
        to_json, busy = [], 0.0
        for number in range(options.rounds):
            before = time.process_time()
            spent, worked = one_photo(assessor, photos[number % len(photos)])
            busy += time.process_time() - before
            for stage, milliseconds in spent.items():
                times[stage].append(milliseconds)
                cores[stage].append(worked[stage])
            to_json.append(sum(spent.values()) - spent["drawing"])
    whole = [sum(round_) for round_ in zip(*times.values(), strict=True)]
    return {
        "variant": damage.variant.name,
        "parts_variant": parts.variant.name,
        "file_to_json_ms": round(median(to_json), 1),
        "with_overlay_ms": round(median(whole), 1),
        "stages_ms": {stage: round(median(times[stage]), 1) for stage in STAGES},
        "stages_cpu_ms": {stage: round(median(cores[stage]), 1) for stage in STAGES},
        "photos_per_core_second": round(options.rounds / busy, 2),
        "peak_memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def fastest(folder: Path | None, runtimes: frozenset[Runtime]) -> Bundle:
    """A bundle's fastest variant among those that run here on some runtimes."""
    if folder is None:
        sys.exit("the part model is not installed: measure where it is")
    plain = load_bundle(folder, variant=PLAIN)
    usable = [one for one in plain.variants if one.runtime in runtimes and not hindrance(one)]
    return load_bundle(folder, variant=choose_variant(usable, Choice.FAST).name) if usable else plain


def one_photo(assessor: Assessor, path: Path) -> tuple[dict[str, float], dict[str, float]]:
    """What `Assessor.assess_file` and an overlay do; ms of each stage by the clock, and of all cores together."""
    predictor = assessor.predictor
    card = predictor.bundle.card
    clock = [(time.perf_counter(), time.process_time())]
    photo = read_photo(path, min_side=assessor.min_side)
    clock.append((time.perf_counter(), time.process_time()))
    quality = measure_quality(photo.pixels, photo.size)
    clock.append((time.perf_counter(), time.process_time()))
    raw = predictor.raw(photo)
    clock.append((time.perf_counter(), time.process_time()))
    ranking = predictor.decoded(raw, min_score=VERDICT_FLOOR, with_masks=False)
    found = predictor.decoded(raw, min_score=np.array(card.operating_point))
    judgement = judge(ranking, quality, calibration=card.verdict, thresholds=card.operating_point)
    assessment = make_assessment(
        file=str(path), sha256=photo.sha256, quality=quality, found=found, judgement=judgement, model=assessor.model
    )
    clock.append((time.perf_counter(), time.process_time()))
    assessment = assessor.completed(assessment, photo)
    json_line(assessment_to_json(assessment))
    clock.append((time.perf_counter(), time.process_time()))
    jpeg_of(draw_damages(photo.pixels, assessment.damages, size=photo.size), quality=88)
    clock.append((time.perf_counter(), time.process_time()))
    steps = [(1000 * (end[0] - start[0]), 1000 * (end[1] - start[1])) for start, end in pairwise(clock)]
    return (
        {stage: by_clock for stage, (by_clock, _) in zip(STAGES, steps, strict=True)},
        {stage: of_cores for stage, (_, of_cores) in zip(STAGES, steps, strict=True)},
    )


def prepared(source: Path, folder: Path, size: tuple[int, int] | None, *, count: int) -> list[Path]:
    """Some photos of a folder, copied or enlarged (width, height) with noise, as a camera would have stored them."""
    chosen = sorted(source.glob("*.jpg"))[:count]
    if not chosen:
        sys.exit(f"no JPEG photos in {source}: name a folder with --photos")
    if size is None:
        return chosen
    paths = []
    for number, path in enumerate(chosen):
        pixels = cv2.resize(read_photo(path).pixels, size, interpolation=cv2.INTER_CUBIC)
        target = folder / f"{number}.jpg"
        stored = noisy(pixels.astype(np.uint8), number)
        target.write_bytes(simplejpeg.encode_jpeg(stored, quality=95, colorspace="RGB", colorsubsampling="420"))
        paths.append(target)
    return paths


def noisy(pixels: NDArray[np.uint8], seed: int) -> NDArray[np.uint8]:
    """Pixels (h, w, 3) with sensor noise of 4 grey levels, so that the JPEG is as long as a camera's."""
    noise = np.random.default_rng(seed).normal(0, 4, pixels.shape).astype(np.float32)
    return np.asarray(np.clip(pixels + noise, 0, 255), dtype=np.uint8)


def print_table(rows: dict[str, dict[str, Any]]) -> None:
    """One column per size."""
    print(f"{'':24}" + "".join(f"{size:>12}" for size in rows))
    for key, words in (
        ("file_to_json_ms", "photo file to JSON, ms"),
        ("with_overlay_ms", "with overlay, ms"),
        ("photos_per_core_second", "photos per core-second"),
        ("peak_memory_mb", "peak memory, MB"),
    ):
        print(f"{words:24}" + "".join(f"{row[key]:>12}" for row in rows.values()))
    for stage in STAGES:
        print(f"  {stage + ', ms':22}" + "".join(f"{row['stages_ms'][stage]:>12}" for row in rows.values()))
        print(f"  {'  of all cores':22}" + "".join(f"{row['stages_cpu_ms'][stage]:>12}" for row in rows.values()))


if __name__ == "__main__":
    main()
