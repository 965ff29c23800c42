"""How long a merge of 10,000 samples takes, and how many photos it copies.

    python benchmarks/merge.py

Two datasets of one store, 6,000 photos each, 2,000 of them in both; photos of a few bytes, as none is read.
"""

import hashlib
import tempfile
import time
from pathlib import Path

from coachwork.datasets.deriving import merge_datasets
from coachwork.datasets.sample import DamageShape, Sample, Split
from coachwork.datasets.source import Source
from coachwork.datasets.store import DatasetStore
from coachwork.datasets.version import Version, photo_place
from coachwork.geometry.box import Box
from coachwork.geometry.size import Size
from coachwork.taxonomy import DamageType

SHAPES = tuple(DamageShape(type=kind, box=Box(x_min=10, y_min=10, x_max=90, y_max=60)) for kind in list(DamageType)[:3])


def sample(number: int) -> Sample:
    """One photo with three shapes; every fifth is for val."""
    digest = hashlib.sha256(str(number).encode()).hexdigest()
    return Sample(
        photo=photo_place(digest, ".jpg"),
        sha256=digest,
        size=Size(height=480, width=640),
        source="made",
        name=f"{number}.jpg",
        split=Split.TRAIN if number % 5 else Split.VAL,
        cluster=digest[:16],
        annotated=frozenset(DamageType),
        shapes=SHAPES,
        fingerprint=int(digest[:16], 16),
    )


def fill(store: DatasetStore, folder: Path, name: str, numbers: range) -> None:
    """Puts a dataset into the store; its photos lie there already, so that making them is not measured."""
    version = Version.of([sample(number) for number in numbers], [Source(name="made")], rule=None)
    for one in version.samples:
        place = folder / "objects" / one.photo
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(one.name.removesuffix(".jpg").encode())
    for file, content in (("manifest.json", version.manifest), ("samples.jsonl", version.lines)):
        store.files.put(f"objects/versions/{version.digest}/{file}", content)
    store.move(name, version.digest, after=None, how="benchmark")


def main() -> None:
    """Prints a table of one line."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        store = DatasetStore(folder)
        fill(store, folder, "a", range(6000))
        fill(store, folder, "b", range(4000, 10000))
        copied: list[int] = []
        started, cpu = time.perf_counter(), time.process_time()
        merged = merge_datasets(
            [store.place("a"), store.place("b")], store.place("all"), copied=lambda done, _: copied.append(done)
        )
        seconds, cpu_s = time.perf_counter() - started, time.process_time() - cpu
        print("samples  in both  photos copied  seconds  of them on the CPU")
        counts = f"{len(merged.version.samples):7}  {len(merged.joined.copies):7}  {len(copied):13}"
        print(f"{counts}  {seconds:7.1f}  {cpu_s:7.1f}")


if __name__ == "__main__":
    main()
