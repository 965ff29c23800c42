"""How often the quality check sends back good photos, and how often it notices bad ones.

    python benchmarks/quality.py [--photos DIR] [--degraded-per-set N] [--seed N]

Every photo of the folder in COACHWORK_DATA is judged as it is: it was good enough for its publisher, so sending it back
counts as false. A sample of each set is degraded by known amounts and judged again. The table is
printed, and kept in benchmarks/results/quality.json with the quantiles of each value on originals, from which the
thresholds in coachwork/photos/quality.py were chosen.
"""

import argparse
import json
import os
import random
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from coachwork.geometry.size import Size
from coachwork.photos import quality
from coachwork.photos.listing import list_photos
from coachwork.photos.quality import Quality, measure_quality
from coachwork.photos.reading import read_photo

RESULTS = Path(__file__).parent / "results" / "quality.json"
VALUES = ("brightness", "contrast", "sharpness", "glare", "short_side_px")
QUANTILES = (0.005, 0.01, 0.02, 0.05, 0.5, 0.95, 0.98, 0.99, 0.995)
THRESHOLDS = ("MIN_SHORT_SIDE_PX", "MIN_BRIGHTNESS", "MAX_GLARE", "MIN_CONTRAST", "MIN_SHARPNESS")

Pixels = NDArray[np.uint8]


def main() -> None:
    """Judges originals and degraded copies, prints the table and keeps it."""
    options = arguments()
    sets = photos_by_set(options.photos)
    draw = random.Random(options.seed)
    rng = np.random.default_rng(options.seed)
    originals: list[tuple[str, Quality]] = []
    noticed: dict[str, list[bool]] = defaultdict(list)
    for source, paths in sets.items():
        degraded = set(draw.sample(paths, min(options.degraded_per_set, len(paths))))
        for path in paths:
            pixels = read_photo(path).pixels
            originals.append((source, judge(pixels)))
            if path in degraded:
                for name, (degrade, word) in DEGRADATIONS.items():
                    noticed[name].append(any(word in reason for reason in judge(degrade(pixels, rng)).reasons))
    result = summary(originals, noticed)
    print_table(result)
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=Path, default=Path(os.environ.get("COACHWORK_DATA", "../shared/data")))
    parser.add_argument("--degraded-per-set", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


def photos_by_set(folder: Path) -> dict[str, list[Path]]:
    """Name of each set and its photos; pictures of masks are none."""
    found: dict[str, list[Path]] = defaultdict(list)
    for path in list_photos([folder]):
        if "masks" not in path.parts:
            found[path.relative_to(folder).parts[0]].append(path)
    return dict(found)


def judge(pixels: Pixels) -> Quality:
    """The quality of pixels that are all there is of a photo."""
    return measure_quality(pixels, Size(height=pixels.shape[0], width=pixels.shape[1]))


def exposed(stops: float) -> Callable[[Pixels, np.random.Generator], Pixels]:
    """Multiplies the light by 2 to the power of `stops`, as a camera would (through the sRGB curve and its limits)."""
    level = np.arange(256) / 255
    light = np.where(level <= 0.04045, level / 12.92, ((level + 0.055) / 1.055) ** 2.4) * 2.0**stops
    light = np.clip(light, 1e-9, 1)
    curve = np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
    table = np.round(255 * curve).astype(np.uint8)
    return lambda pixels, _rng: as_pixels(table[pixels])


def blurred(share: float) -> Callable[[Pixels, np.random.Generator], Pixels]:
    """Gaussian blur; sigma is a share of the longer side."""
    return lambda pixels, _rng: as_pixels(cv2.GaussianBlur(pixels, (0, 0), share * max(pixels.shape[:2])))


def blurred_and_noisy(share: float, noise: float) -> Callable[[Pixels, np.random.Generator], Pixels]:
    """A blurred photo with a sensor's noise on top (levels of 255) and compressed again."""

    def degrade(pixels: Pixels, rng: np.random.Generator) -> Pixels:
        soft = blurred(share)(pixels, rng)
        grainy = np.clip(soft + rng.normal(0, noise, soft.shape), 0, 255).astype(np.uint8)
        return as_pixels(
            cv2.imdecode(cv2.imencode(".jpg", grainy, [cv2.IMWRITE_JPEG_QUALITY, 75])[1], cv2.IMREAD_COLOR)
        )

    return degrade


def moved(share: float) -> Callable[[Pixels, np.random.Generator], Pixels]:
    """Motion blur in a random direction; its length is a share of the longer side."""

    def degrade(pixels: Pixels, rng: np.random.Generator) -> Pixels:
        length = max(3, round(share * max(pixels.shape[:2])) | 1)
        line = np.zeros((length, length), dtype=np.float32)
        line[length // 2] = 1
        middle = (length - 1) / 2
        turn = cv2.getRotationMatrix2D((middle, middle), float(rng.uniform(0, 180)), 1)
        line = np.asarray(cv2.warpAffine(line, turn, (length, length)), dtype=np.float32)
        return as_pixels(cv2.filter2D(pixels, -1, line / line.sum(), borderType=cv2.BORDER_REPLICATE))

    return degrade


def shrunk_to(short_side: int) -> Callable[[Pixels, np.random.Generator], Pixels]:
    """Shrinks the photo until its shorter side has so many pixels."""

    def degrade(pixels: Pixels, _rng: np.random.Generator) -> Pixels:
        scale = short_side / min(pixels.shape[:2])
        size = max(round(pixels.shape[1] * scale), 1), max(round(pixels.shape[0] * scale), 1)
        return as_pixels(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA))

    return degrade


def enlarged_from(longest: int) -> Callable[[Pixels, np.random.Generator], Pixels]:
    """A thumbnail blown up again to the photo's size."""

    def degrade(pixels: Pixels, _rng: np.random.Generator) -> Pixels:
        height, width = pixels.shape[:2]
        scale = longest / max(height, width)
        small = cv2.resize(
            pixels, (max(round(width * scale), 1), max(round(height * scale), 1)), interpolation=cv2.INTER_AREA
        )
        return as_pixels(cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC))

    return degrade


def glaring(radius: float) -> Callable[[Pixels, np.random.Generator], Pixels]:
    """A burnt-out lamp in the middle with a halo; its radius is a share of the shorter side."""

    def degrade(pixels: Pixels, _rng: np.random.Generator) -> Pixels:
        height, width = pixels.shape[:2]
        y, x = np.mgrid[0:height, 0:width]
        distance = np.hypot(y - height / 2, x - width / 2) / (radius * min(height, width))
        light = np.where(distance < 1, 1.0, np.exp(-3 * np.maximum(distance - 1, 0)))[..., None]
        return as_pixels(np.clip(pixels + 255 * light, 0, 255))

    return degrade


def hazy(share: float) -> Callable[[Pixels, np.random.Generator], Pixels]:
    """A fogged lens: the photo mixed with light grey."""
    return lambda pixels, _rng: np.round(pixels * (1 - share) + 190 * share).astype(np.uint8)


def as_pixels(array: Any) -> Pixels:
    """Narrows OpenCV's type."""
    return np.asarray(array, dtype=np.uint8)


DEGRADATIONS: dict[str, tuple[Callable[[Pixels, np.random.Generator], Pixels], str]] = {
    **{f"darkened by {stops} stops": (exposed(-stops), "too dark") for stops in (1, 2, 3, 4, 5)},
    **{f"over-exposed by {stops} stops": (exposed(stops), "") for stops in (1, 2, 3, 4)},
    **{
        f"blurred, sigma {share:.1%} of the side": (blurred(share), "blurred")
        for share in (0.001, 0.002, 0.003, 0.004, 0.006, 0.01)
    },
    **{f"blurred {share:.1%} with noise": (blurred_and_noisy(share, 4), "blurred") for share in (0.004, 0.006, 0.01)},
    **{f"moved by {share:.0%} of the side": (moved(share), "blurred") for share in (0.01, 0.02, 0.03, 0.05)},
    **{f"enlarged from {side} px": (enlarged_from(side), "blurred") for side in (100, 150, 200, 300)},
    **{f"shrunk to {side} px": (shrunk_to(side), "too small") for side in (120, 159, 160, 320)},
    **{f"lamp of radius {radius:.0%}": (glaring(radius), "") for radius in (0.05, 0.1, 0.2, 0.3, 0.4)},
    **{f"fogged by {share:.0%}": (hazy(share), "contrast") for share in (0.5, 0.7, 0.8, 0.9, 0.95)},
}


def summary(originals: list[tuple[str, Quality]], noticed: dict[str, list[bool]]) -> dict[str, Any]:
    """All that is kept."""
    sets = sorted({source for source, _ in originals})
    reasons: dict[str, int] = defaultdict(int)
    for _, judged in originals:
        for reason in judged.reasons:
            reasons[reason.split(":")[0].split("(")[0].strip()] += 1
    return {
        "photos": len(originals),
        "degraded": len(next(iter(noticed.values()))),
        "thresholds": {name: getattr(quality, name) for name in THRESHOLDS},
        "false_retakes": round(float(np.mean([not judged.usable for _, judged in originals])), 4),
        "false_retakes_by_set": {
            one: round(float(np.mean([not judged.usable for source, judged in originals if source == one])), 4)
            for one in sets
        },
        "false_retakes_by_reason": dict(sorted(reasons.items())),
        "noticed": {name: round(float(np.mean(answers)), 4) for name, answers in noticed.items()},
        "originals": {
            name: {
                str(q): round(float(np.quantile([getattr(judged, name) for _, judged in originals], q)), 4)
                for q in QUANTILES
            }
            for name in VALUES
        },
    }


def print_table(result: dict[str, Any]) -> None:
    """What a person wants to see of it."""
    print(f"{result['photos']} photos; sent back as they are: {result['false_retakes']:.2%}")
    for source, share in result["false_retakes_by_set"].items():
        print(f"  {source:24s}{share:8.2%}")
    for reason, count in result["false_retakes_by_reason"].items():
        print(f"  {count:5d}  {reason}")
    print(f"noticed, of {result['degraded']} degraded photos, with the right reason")
    for name, share in result["noticed"].items():
        print(f"  {name:36s}{share:8.1%}")
    print("quantiles on originals " + "".join(f"{q:9.1%}" for q in QUANTILES))
    for name, values in result["originals"].items():
        print(f"  {name:21s}" + "".join(f"{value:9.3f}" for value in values.values()))


if __name__ == "__main__":
    main()
