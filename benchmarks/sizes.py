"""How often intervals of sizes hold the truth, and how wide they are, on photos with things of known size.

    python benchmarks/sizes.py [--photos DIR] [--limit N]

No set of photos states millimetres. So things of known size are measured by each other (folder in COACHWORK_DATA): a
wheel by the other wheel of the car, the wheelbase, a door, a lamp or mirror by the wheels, a wheel by the doors, a
plate by the wheels. Cars are halved: on the one half the factor is found by which the spreads must be multiplied for
90 % coverage, on the other one coverage is counted with the spreads as they are and with the factor. Photos of one car
(near-duplicates) stay in one half. The outlines of damages are compared with hand-drawn ones, and the damages that get
a size are counted. The table is printed, and kept in benchmarks/results/sizes.json.
"""

import argparse
import json
import math
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coachwork.geometry.mask import Mask
from coachwork.geometry.overlap import mask_iou
from coachwork.geometry.polygon import as_polygon, rasterise
from coachwork.inference.assessing import Assessor
from coachwork.inference.bundle import shipped_parts_folder
from coachwork.inference.private_regions import PrivateRegions
from coachwork.inspections.known_sizes import Known, Market, car_sizes
from coachwork.inspections.plate_scale import PLATE_SCORE, plate_reference
from coachwork.inspections.scale import FARTHEST_M, Plane, ReferenceKind, ScaleReference, gradient, scale_at
from coachwork.inspections.scale_references import (
    DOOR_SD,
    DOOR_SPREAD,
    FITTING_SD,
    FITTING_SPREAD,
    scale_references,
    size_covariance,
)
from coachwork.inspections.size import damage_size, longest_extent_mm, mask_hull
from coachwork.inspections.wheels import WHEEL_SD, WHEELBASE_SD
from coachwork.photos.fingerprint import cluster_near_duplicates, fingerprint
from coachwork.photos.listing import list_photos
from coachwork.photos.privacy import PrivateKind
from coachwork.photos.reading import Photo, read_photo

RESULTS = Path(__file__).parent / "results" / "sizes.json"
SETS = {
    "undamaged": ("undamaged/photos", Market.EU),
    "parts": ("parts/train", None),
    "used-cars": ("used-cars/train", Market.INDIA),
    "claims": ("claims/train", Market.TURKEY),
}
OUTLINES = ("claims", "used-cars")
LEAST_IOU = 0.3
Z = 1.645
SIZES = car_sizes(None)


@dataclass(frozen=True)
class Guess:
    """Something measured whose size is known: log of measured by true size, and the spread that was promised of it."""

    task: str
    photo: str
    error: float
    sd: float

    @property
    def z(self) -> float:
        """In promised spreads."""
        return self.error / self.sd


def main() -> None:
    """Measures, prints the table and keeps it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=Path, default=Path(os.environ.get("COACHWORK_DATA", "../shared/data")))
    parser.add_argument("--limit", type=int, default=500, help="photos of each set")
    options = parser.parse_args()
    assessor = Assessor(parts=shipped_parts_folder())
    guesses: list[Guess] = []
    halves: dict[str, int] = {}
    for name, (folder, market) in SETS.items():
        paths = list_photos([options.photos / folder])[: options.limit]
        prints = []
        for path in paths:
            photo = read_photo(path, min_side=assessor.min_side)
            prints.append(fingerprint(photo.pixels))
            told = looked_at(photo, assessor, market)
            guesses += [Guess(f"{one.task} ({name})", str(path), one.error, one.sd) for one in told]
        clusters = cluster_near_duplicates(prints)
        halves |= {str(path): hash_half(cluster) for path, cluster in zip(paths, clusters, strict=True)}
    result: dict[str, Any] = {
        "tasks": {task: row(task, guesses, halves) for task in dict.fromkeys(one.task for one in guesses)},
        "outlines": {name: outlines(options.photos / name, assessor) for name in OUTLINES},
    }
    print_table(result)
    told = json.dumps(result, indent=1).replace("NaN", "null")  # halves without photos
    RESULTS.write_text(told + "\n", encoding="utf-8")


def hash_half(cluster: int) -> int:
    """0 or 1, scattered."""
    return int(np.random.default_rng(cluster).integers(2))


def looked_at(photo: Photo, assessor: Assessor, market: Market | None) -> Iterator[Guess]:
    """What of known size a photo shows, measured by the rest."""
    parts = assessor.parts_in(photo)
    if parts is None:
        return
    found = scale_references(parts, SIZES)
    wheels = [one for one in found if one.kind is ReferenceKind.WHEEL]
    doors = [one for one in found if one.kind is ReferenceKind.DOOR]
    pair = [one for one in found if one.kind is ReferenceKind.WHEELBASE]
    if len(wheels) == 2 and pair:
        for measured, by in (wheels, wheels[::-1]):
            yield from _compared("wheel by wheel", [by], measured, WHEEL_SD)
        yield from _compared("wheelbase by wheels", wheels, pair[0], math.hypot(WHEELBASE_SD, _wheelbase_by_tyre()))
    if len(wheels) == 2:
        for measured in doors:
            yield from _compared("door by wheels", wheels, measured, math.hypot(DOOR_SPREAD, DOOR_SD))
    for measured in wheels if len(wheels) == 2 and doors else ():
        yield from _compared("wheel by doors", doors, measured, math.hypot(DOOR_SPREAD, WHEEL_SD))
    for measured in found if wheels else ():
        if measured.kind in {ReferenceKind.LAMP, ReferenceKind.MIRROR}:
            yield from _fitting(wheels, measured)
    if market is not None and wheels and PrivateKind.NUMBER_PLATE in PLATES.finds:
        yield from _plates(photo, wheels, market)


def _compared(task: str, by: Sequence[ScaleReference], measured: ScaleReference, sd: float) -> Iterator[Guess]:
    """Lengths along and across at a reference's place: by others against by its own size."""
    scale = scale_at(by, measured.place, Plane.SIDE, lambda _one, _other: 0.0)
    if scale is not None:
        for along in (np.array([1.0, 0.0]), np.array([0.0, 1.0])):
            own = math.sqrt(float(along @ measured.metric @ along))
            if measured.kind is not ReferenceKind.WHEELBASE or along[0]:
                yield Guess(task, "", math.log(scale.length_mm(along) / own), math.hypot(scale.log_sd, sd))


def _fitting(wheels: Sequence[ScaleReference], measured: ScaleReference) -> Iterator[Guess]:
    """The scale across the line of sight at a lamp or a mirror: by the nearest wheel against by its own area."""
    nearest = min(wheels, key=lambda one: float(np.hypot(*(one.place - measured.place))))
    away_m = float(np.hypot(*(nearest.place - measured.place))) * nearest.across_mm / 1000
    if away_m <= FARTHEST_M:
        sd = math.hypot(WHEEL_SD, FITTING_SD, FITTING_SPREAD, gradient(nearest) * away_m)
        error = math.log(nearest.across_mm / measured.across_mm)
        yield Guess(f"{measured.kind.value} by wheel", "", error, sd)


def _wheelbase_by_tyre() -> float:
    tyre, base = list(Known).index(Known.TYRE), list(Known).index(Known.WHEELBASE)
    spread = SIZES.covariance
    return math.sqrt(spread[tyre, tyre] + spread[base, base] - 2 * spread[tyre, base])


def _plates(photo: Photo, wheels: Sequence[ScaleReference], market: Market) -> Iterator[Guess]:
    """A plate's width by the wheels: the only task that goes from one plane of the car to another."""
    for region in PLATES.find(photo):
        if region.kind is not PrivateKind.NUMBER_PLATE or region.score < PLATE_SCORE:
            continue
        plate = plate_reference(region.polygon, market.plate, photo.size)
        scale = None if plate is None else scale_at(wheels, plate.place, Plane.END, size_covariance(SIZES))
        if plate is not None and scale is not None:
            along = np.array([1.0, 0.0])
            error = math.log(scale.length_mm(along) / math.sqrt(float(along @ plate.metric @ along)))
            yield Guess("plate by wheels", "", error, math.hypot(scale.log_sd, plate.own_sd))


def row(task: str, guesses: Sequence[Guess], halves: dict[str, int]) -> dict[str, float]:
    """Coverage of one task, in both halves."""
    ours = [one for one in guesses if one.task == task]
    sides = [np.array([one.z for one in ours if halves[one.photo] == half]) for half in (0, 1)]
    factor = float(np.quantile(np.abs(sides[0]), 0.9)) / Z if len(sides[0]) else math.nan
    return {
        "measured": len(ours),
        "photos": len({one.photo for one in ours}),
        "median_error": round(float(np.median([one.error for one in ours])), 3),
        "median_ratio": round(float(np.median([math.exp(2 * Z * one.sd) for one in ours])), 2),
        "factor": round(factor, 2),
        "covered": round(_covered(sides[1], 1.0), 3),
        "covered_with_factor": round(_covered(sides[1], factor), 3),
    }


def _covered(z: NDArray[np.float64], factor: float) -> float:
    return float((np.abs(z) <= Z * factor).mean()) if len(z) else math.nan


def outlines(folder: Path, assessor: Assessor) -> dict[str, float]:
    """Extents of found damages by those of drawn ones, and how many damages get a size, on validation photos."""
    document = json.loads((folder / "val.coco.json").read_text(encoding="utf-8"))
    drawn: dict[int, list[Mask]] = {}
    frames = {one["id"]: one for one in document["images"]}
    names = {one["id"]: one["name"] for one in document["categories"]}
    logs, ratios, count = [], [], 0
    for one in document["annotations"]:
        shapes = [as_polygon(shape) for shape in one["segmentation"] if len(shape) >= 6]
        if shapes and names[one["category_id"]] not in {"car", "severity-damage"}:
            photo = read_photo(folder / "val" / frames[one["image_id"]]["file_name"], min_side=assessor.min_side)
            drawn.setdefault(one["image_id"], []).append(rasterise(shapes, photo.size))
    for key, frame in frames.items():
        photo = read_photo(folder / "val" / frame["file_name"], min_side=assessor.min_side)
        parts = assessor.parts_in(photo)
        assessment = assessor.assess(photo, parts=parts)
        references = scale_references(parts, SIZES)
        sizes = [damage_size(damage, references, SIZES) for damage in assessment.damages]
        count += len(sizes)
        ratios += [size.high_mm / size.low_mm for size in sizes if size is not None]
        found = [damage.mask for damage in assessment.damages if damage.mask is not None and damage.mask.area]
        logs += list(_extents(found, [mask for mask in drawn.get(key, []) if mask.area]))
    return {
        "outlines": len(logs),
        "median": round(float(np.median(logs)), 3),
        "sd": round(float(np.std(logs)), 3),
        "damages": count,
        "sized": len(ratios),
        "median_ratio": round(float(np.median(ratios)), 2) if ratios else math.nan,
    }


def _extents(found: Sequence[Mask], drawn: Sequence[Mask]) -> Iterator[float]:
    overlap = mask_iou(found, drawn)
    for place, mask in enumerate(found if len(drawn) else ()):
        best = int(overlap[place].argmax())
        if overlap[place, best] >= LEAST_IOU and overlap[:, best].argmax() == place:
            ours, theirs = (longest_extent_mm(mask_hull(one), np.eye(2)) for one in (mask, drawn[best]))
            yield math.log(ours / theirs)


def print_table(result: dict[str, Any]) -> None:
    """For people."""
    print(f"{'measured':<32}{'photos':>8}{'error':>8}{'ratio':>8}{'factor':>8}{'covered':>9}{'with factor':>13}")
    for task, one in result["tasks"].items():
        print(
            f"{task:<32}{one['photos']:>8}{one['median_error']:>8}{one['median_ratio']:>8}{one['factor']:>8}"
            f"{100 * one['covered']:>8.0f}%{100 * one['covered_with_factor']:>12.0f}%"
        )
    for name, one in result["outlines"].items():
        print(
            f"{name}: {one['outlines']} outlines, median {one['median']}, spread {one['sd']}; "
            f"{one['sized']} of {one['damages']} damages sized, median ratio of ends {one['median_ratio']}"
        )


PLATES = PrivateRegions()

if __name__ == "__main__":
    main()
