"""Takes the signals of a dataset's photos once, as they are and darkened, and keeps them as JSON lines.

Streams are then drawn from the lines, so that a benchmark of hundreds of streams looks at each photo only once.
"""

import argparse
import json
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from coachwork.datasets.dataset import read_dataset
from coachwork.datasets.sample import Sample
from coachwork.inference.assessing import Assessor
from coachwork.inference.bundle import shipped_bundle_folder
from coachwork.monitoring.photo_record import Channel, PhotoRecord
from coachwork.monitoring.record_json import write_records
from coachwork.monitoring.signals import coarse_device, signals_of
from coachwork.photos.exif import camera_notes
from coachwork.photos.reading import read_photo

DARKENINGS = (0, 10, 20, 30, 50)
"""Per cent that every pixel's value is lowered by."""


def main() -> None:
    """Writes ``signals-00.jsonl`` (as they are) to ``signals-50.jsonl`` (half as bright) into a folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("dataset", help="STORE/NAME")
    parser.add_argument("--cache", type=Path, required=True, help="folder of the lines")
    parser.add_argument("--photos", type=int, default=800)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    options.cache.mkdir(parents=True, exist_ok=True)
    dataset = read_dataset(options.dataset)
    assessor = Assessor(shipped_bundle_folder(), threads=options.threads)
    records: dict[int, list[PhotoRecord]] = {level: [] for level in DARKENINGS}
    cost: list[tuple[float, float]] = []
    signals_ms = answer_ms = 0.0
    for done, sample in enumerate(spread(dataset.samples, options.photos), start=1):
        path = dataset.photo_path(sample)
        photo = read_photo(path, min_side=assessor.min_side)
        device = coarse_device(camera_notes(path.read_bytes()))
        for level in DARKENINGS:
            pixels = np.rint(photo.pixels * (1 - level / 100)).astype(np.uint8)
            darker = replace(photo, pixels=pixels)
            begun = time.perf_counter()
            assessment = assessor.assess(darker)
            assessed = time.perf_counter()
            record = signals_of(
                darker,
                assessment,
                at=datetime(2026, 1, 1, tzinfo=UTC),
                channel=Channel.FOLDER,
                case=sample.cluster,
                market=sample.source,
                device=device,
            )
            cost.append((time.perf_counter() - assessed, assessed - begun))
            records[level].append(record)
        signals_ms, answer_ms = (1000 * float(np.median([one[place] for one in cost])) for place in (0, 1))
        if done % 20 == 0:
            print(f"{done} photos: signals {signals_ms:.1f} ms beside an answer of {answer_ms:.0f} ms", flush=True)
            for level, found in records.items():
                write_records(options.cache / f"signals-{level:02d}.jsonl", found)
    for level, found in records.items():
        write_records(options.cache / f"signals-{level:02d}.jsonl", found)
    told = {"signals_ms": round(signals_ms, 1), "answer_ms": round(answer_ms, 1)}
    (options.cache / "cost.json").write_text(json.dumps(told), encoding="utf-8")


def spread(samples: Sequence[Sample], most: int) -> list[Sample]:
    """At most so many samples: whole clusters, in an order that does not depend on the dataset's."""
    chosen: list[Sample] = []
    clusters: dict[str, list[Sample]] = {}
    for sample in samples:
        clusters.setdefault(sample.cluster, []).append(sample)
    for name in sorted(clusters, key=lambda name: clusters[name][0].sha256):
        if len(chosen) >= most:
            break
        chosen += clusters[name]
    return chosen


if __name__ == "__main__":
    main()
