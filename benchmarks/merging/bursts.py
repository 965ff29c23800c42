"""How well one damage on two photos of a burst is known as one, on real claim photos that a person compared.

    python benchmarks/merging/bursts.py CLAIMS [--parts] [--detected]

CLAIMS holds train.coco.json, val.coco.json and the photos (Istanbul Bilgi University, "Car Damage", CC BY 4.0). The
numbers in the photos' names run on through a burst: 30 pairs of next photos were drawn by lot, at most three numbers
apart and one a car. In bursts.json stands which annotated damages of a pair are the same, as a person saw it; what he
could not tell is left out, with 10 of the pairs altogether. Damages are numbered in the file's order, without "car".
"""

import argparse
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from view_sets import Count, annotated, count_pairs, matched

from coachwork.assessments.attribution import attributed
from coachwork.assessments.views import merge_views
from coachwork.geometry.mask import Mask, mask_to_rle
from coachwork.inference.assessing import Assessor
from coachwork.inference.bundle import shipped_parts_folder
from coachwork.inspections.coverage import wheels
from coachwork.photos.correspondence import correspondence, photo_points
from coachwork.photos.reading import Photo, read_photo

LABELS = Path(__file__).with_name("bursts.json")
TYPES = {
    "cizik": "scratch",
    "gocuk": "dent",
    "kaput_hasar": "dent",
    "kirik-kayip": "missing_or_broken_part",
    "far_hasar": "broken_lamp",
    "cam_catlagi": "broken_glass",
    "astar": "exposed_primer",
    "airbag": "deployed_airbag",
}


def annotations(folder: Path) -> dict[str, list[tuple[str, list[list[float]]]]]:
    """Photo, as split/name -> type and outlines of each of its damages, in the file's order."""
    found: dict[str, list[tuple[str, list[list[float]]]]] = {}
    for split in ("train", "val"):
        told = json.loads((folder / f"{split}.coco.json").read_text(encoding="utf-8"))
        kinds = {one["id"]: one["name"] for one in told["categories"]}
        names = {one["id"]: one["file_name"] for one in told["images"]}
        for one in told["annotations"]:
            kind = TYPES.get(kinds[one["category_id"]])
            if kind is not None and one.get("segmentation"):
                found.setdefault(f"{split}/{names[one['image_id']]}", []).append((kind, one["segmentation"]))
    return found


def shapes_of(photo: Photo, told: list[tuple[str, list[list[float]]]]) -> list[Mapping[str, object]]:
    """The annotated damages of a photo as `annotated` takes them."""
    shapes: list[Mapping[str, object]] = []
    for kind, outlines in told:
        drawn = np.zeros((photo.size.height, photo.size.width), dtype=np.uint8)
        for outline in outlines:
            cv2.fillPoly(drawn, [np.array(outline).reshape(-1, 2).round().astype(np.int32)], 1)
        shapes.append({"type": kind, "mask": mask_to_rle(Mask.from_full(drawn.astype(np.bool_)))})
    return shapes


def identities_of(label: Mapping[str, Any], counts: tuple[int, int]) -> dict[tuple[int, int], int]:
    """(photo, damage) -> which damage of the car it is, without those that nobody can tell."""
    found = {(0, number): number for number in range(counts[0]) if number not in label["unclear_first"]}
    later = {second: first for first, second in label["same"]}
    for number in range(counts[1]):
        if number not in label["unclear_second"]:
            found[1, number] = later.get(number, 100 + number)
    return found


def main() -> None:
    """Prints a line for each pair and one for all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("claims", type=Path)
    parser.add_argument("--parts", action="store_true")
    parser.add_argument("--detected", action="store_true")
    asked = parser.parse_args()
    cv2.setNumThreads(1)
    assessor = None
    if asked.parts or asked.detected:
        assessor = Assessor(parts=shipped_parts_folder() if asked.parts else None)
    told, total = annotations(asked.claims), Count()
    for label in json.loads(LABELS.read_text(encoding="utf-8")):
        names = (label["first"], label["second"])
        photos = [read_photo(asked.claims / name) for name in names]
        pair = [annotated(photo, shapes_of(photo, told[name])) for photo, name in zip(photos, names, strict=True)]
        known = identities_of(label, (len(pair[0].damages), len(pair[1].damages)))
        parts = [None if assessor is None else assessor.parts_in(photo) for photo in photos]
        if asked.detected and assessor is not None:
            found = [assessor.assess(photo, parts=seen) for photo, seen in zip(photos, parts, strict=True)]
            hits = [matched(one, truth) for one, truth in zip(found, pair, strict=True)]
            known = {(k, n): known[k, real] for k in (0, 1) for n, real in hits[k].items() if (k, real) in known}
            pair = found
        else:
            pair = [
                one if seen is None else replace(one, damages=attributed(one.damages, seen))
                for one, seen in zip(pair, parts, strict=True)
            ]
        points = [
            photo_points(photo.pixels, photo.size, without=wheels(seen))
            for photo, seen in zip(photos, parts, strict=True)
        ]
        shared = correspondence(*points)
        count = count_pairs(merge_views(pair, {} if shared is None else {(0, 1): shared}), known)
        total += count
        print(f"{names[0][:24]:26}{0 if shared is None else len(shared.first):5} points  {count.words}", flush=True)
    print(f"all {total.words}")


if __name__ == "__main__":
    main()
