"""How far fingerprints of copies lie apart, how far those of different photos, and how fast clusters are found.

    python benchmarks/fingerprint.py [--photos DIR] [--sample N] [--seed N]

Copies are made of real photos (folder in COACHWORK_DATA): compressed, shrunk, brightened, stretched, stamped, cropped a
little. Different photos are all pairs of the sample; a few of them are near-duplicates in truth, as the sets hold
bursts. The table is printed, and kept in benchmarks/results/fingerprint.json; `NEAR_DUPLICATE_BITS` was chosen from it.
"""

import argparse
import json
import os
import random
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from coachwork.photos.fingerprint import NEAR_DUPLICATE_BITS, cluster_near_duplicates, fingerprint, hamming
from coachwork.photos.listing import list_photos
from coachwork.photos.reading import read_photo

RESULTS = Path(__file__).parent / "results" / "fingerprint.json"
DISTANCES = (2, 4, 6, 8, 10, 12, 14, 16)

Pixels = NDArray[np.uint8]


def main() -> None:
    """Measures, prints the table and keeps it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=Path, default=Path(os.environ.get("COACHWORK_DATA", "../shared/data")))
    parser.add_argument("--sample", type=int, default=800)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    paths = [path for path in list_photos([options.photos]) if "masks" not in path.parts]
    sample = random.Random(options.seed).sample(paths, min(options.sample, len(paths)))
    photos = [read_photo(path).pixels for path in sample]
    originals = [fingerprint(pixels) for pixels in photos]
    every = [fingerprint(read_photo(path, min_side=256).pixels) for path in paths]
    sizes = Counter(Counter(cluster_near_duplicates(every)).values())
    result = {
        "photos": len(paths),
        "sample": len(sample),
        "max_distance": NEAR_DUPLICATE_BITS,
        "copies": {
            name: distances(
                [hamming(one, fingerprint(copy(pixels))) for one, pixels in zip(originals, photos, strict=True)]
            )
            for name, copy in COPIES.items()
        },
        "different_pairs": different_pairs(originals),
        "cluster_sizes": {str(size): sizes[size] for size in sorted(sizes)},
        "seconds_for_10000": clustering_seconds(10_000),
    }
    print_table(result)
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


def distances(found: list[int]) -> dict[str, float]:
    """Median, tail and recall of the distances between photos and their copies."""
    values = np.array(found)
    return {
        "median": float(np.median(values)),
        "p99": float(np.percentile(values, 99)),
        "max": float(values.max()),
        "found": round(float((values <= NEAR_DUPLICATE_BITS).mean()), 4),
    }


def different_pairs(prints: list[int]) -> dict[str, int]:
    """How many pairs of different photos lie within each distance."""
    hashes = np.array(prints, dtype=np.uint64)
    first, second = np.triu_indices(len(hashes), 1)
    bits = np.bitwise_count(hashes[first] ^ hashes[second])
    return {"all": len(bits), **{str(limit): int((bits <= limit).sum()) for limit in DISTANCES}}


def clustering_seconds(count: int) -> float:
    """Time for random fingerprints, the slowest case: nobody is anybody's near-duplicate."""
    prints = [random.Random(number).getrandbits(64) for number in range(count)]
    start = time.perf_counter()
    cluster_near_duplicates(prints)
    return round(time.perf_counter() - start, 3)


def compressed(pixels: Pixels, quality: int) -> Pixels:
    """Through JPEG and back."""
    data = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), dtype=np.uint8)


def resized(pixels: Pixels, across: float, down: float) -> Pixels:
    """Scaled along x and y."""
    return np.asarray(cv2.resize(pixels, None, fx=across, fy=down, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def cropped(pixels: Pixels, share: float) -> Pixels:
    """Without a share of each side."""
    y, x = round(pixels.shape[0] * share), round(pixels.shape[1] * share)
    return pixels[y : pixels.shape[0] - y, x : pixels.shape[1] - x]


def stamped(pixels: Pixels) -> Pixels:
    """With an orange block where cameras put the date."""
    copy = pixels.copy()
    height, width = copy.shape[:2]
    copy[round(height * 0.92) : round(height * 0.97), round(width * 0.7) : round(width * 0.97)] = (255, 160, 0)
    return copy


COPIES: dict[str, Callable[[Pixels], Pixels]] = {
    "JPEG quality 30": lambda pixels: compressed(pixels, 30),
    "half size, quality 60": lambda pixels: compressed(resized(pixels, 0.5, 0.5), 60),
    "quarter size, quality 50": lambda pixels: compressed(resized(pixels, 0.25, 0.25), 50),
    "stretched to 4:3": lambda pixels: resized(pixels, 1, 0.75),
    "brighter": lambda pixels: np.clip(pixels * 1.25 + 10, 0, 255).astype(np.uint8),
    "darker (gamma 1.6)": lambda pixels: (255 * (pixels / 255) ** 1.6).astype(np.uint8),
    "blurred": lambda pixels: np.asarray(cv2.GaussianBlur(pixels, (0, 0), 2), dtype=np.uint8),
    "date stamp": stamped,
    "1 % cropped from each side": lambda pixels: cropped(pixels, 0.01),
    "2 % cropped from each side": lambda pixels: cropped(pixels, 0.02),
    "5 % cropped from each side": lambda pixels: cropped(pixels, 0.05),
    "mirrored": lambda pixels: pixels[:, ::-1],
}


def print_table(result: dict[str, Any]) -> None:
    """What a person wants to see of it."""
    print(f"{result['sample']} of {result['photos']} photos; near-duplicates: at most {result['max_distance']} bits")
    print(f"  {'copy':30s}{'median':>8s}{'p99':>8s}{'max':>8s}{'found':>9s}")
    for name, row in result["copies"].items():
        print(f"  {name:30s}{row['median']:8.0f}{row['p99']:8.0f}{row['max']:8.0f}{row['found']:9.1%}")
    pairs = dict(result["different_pairs"])
    print(
        f"of {pairs.pop('all')} pairs of different photos lie within "
        + ", ".join(f"{k} bits: {v}" for k, v in pairs.items())
    )
    print("clusters of all photos, size: number  " + ", ".join(f"{k}: {v}" for k, v in result["cluster_sizes"].items()))
    print(f"10,000 photos are clustered in {result['seconds_for_10000']} s")


if __name__ == "__main__":
    main()
