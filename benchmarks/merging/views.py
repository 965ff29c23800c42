"""How well one damage on several rendered photos is known as one: pairwise precision and recall.

    python benchmarks/merging/rendered.py FOLDER
    python benchmarks/merging/views.py FOLDER [--detected] [--parts]

Each car of FOLDER gives two inspections of six photos. The damages are the true ones, or with --detected those that the
shipped model finds and that lie on a true one of their type (IoU 0.3); --parts adds what the shipped part model says.
"""

import argparse
import time
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
from view_sets import Count, Identities, all_correspondences, annotated, count_pairs, matched, read_truth

from coachwork.assessments.assessment import Assessment
from coachwork.assessments.attribution import attributed
from coachwork.assessments.views import merge_views
from coachwork.detections import Detections
from coachwork.inference.assessing import Assessor
from coachwork.inference.bundle import shipped_parts_folder
from coachwork.inspections.coverage import wheels
from coachwork.photos.correspondence import PhotoPoints, photo_points
from coachwork.photos.reading import Photo, read_photo


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """The photos of one time as assessments, with the identities of their damages, their parts and their points."""

    assessments: list[Assessment]
    identities: Identities
    photos: list[Photo]
    parts: list[Detections | None]
    points: list[PhotoPoints]


def inspected(folder: Path, time_of: str, assessor: Assessor | None, *, detected: bool) -> Case:
    """The photos of one time; with a part model, no points are taken from wheels."""
    truth = read_truth(folder)
    assessments: list[Assessment] = []
    identities: dict[tuple[int, int], int] = {}
    photos: list[Photo] = []
    seen: list[Detections | None] = []
    for place, (file, shapes) in enumerate(
        (file, shapes) for file, shapes in sorted(truth.items()) if file.startswith(time_of)
    ):
        photo = read_photo(folder / file)
        one = annotated(photo, shapes)
        parts = None if assessor is None else assessor.parts_in(photo)
        if detected and assessor is not None:
            found = assessor.assess(photo, parts=parts)
            hits = matched(found, one)
            identities |= {(place, number): int(str(shapes[real]["identity"])) for number, real in hits.items()}
            one = found
        else:
            identities |= {(place, number): int(str(shape["identity"])) for number, shape in enumerate(shapes)}
            if parts is not None:
                one = replace(one, damages=attributed(one.damages, parts))
        photos.append(photo)
        seen.append(parts)
        assessments.append(one)
    points = [
        photo_points(photo.pixels, photo.size, without=wheels(parts)) for photo, parts in zip(photos, seen, strict=True)
    ]
    return Case(assessments=assessments, identities=identities, photos=photos, parts=seen, points=points)


def main() -> None:
    """Prints a line for each car and one for all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--detected", action="store_true")
    parser.add_argument("--parts", action="store_true")
    asked = parser.parse_args()
    cv2.setNumThreads(1)
    assessor = None
    if asked.detected or asked.parts:
        assessor = Assessor(parts=shipped_parts_folder() if asked.parts else None)
    total = Count()
    for folder in sorted(path.parent for path in asked.folder.glob("*/truth.json")):
        count, started = Count(), time.perf_counter()
        for time_of in ("before", "after"):
            case = inspected(folder, time_of, assessor, detected=asked.detected)
            count += count_pairs(merge_views(case.assessments, all_correspondences(case.points)), case.identities)
        total += count
        print(f"{folder.name}  {count.words}  {time.perf_counter() - started:.1f} s", flush=True)
    print(f"all       {total.words}")


if __name__ == "__main__":
    main()
