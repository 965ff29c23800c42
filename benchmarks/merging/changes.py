"""How well changes between two inspections of rendered cars are told: true fates against told states.

    python benchmarks/merging/rendered.py FOLDER
    python benchmarks/merging/changes.py FOLDER [--detected] [--parts]

The damages are the true ones, or with --detected those that the shipped model finds and that lie on a true one. Each
change counts for the damage that most of its views show. Ratios of unchanged and of grown areas are printed too: the
bounds of "grown" come from them.
"""

import argparse
from collections import Counter
from pathlib import Path

import cv2
import numpy as np
from view_sets import Identities, all_correspondences, read_fates
from views import Case, inspected

from coachwork.inference.assessing import Assessor
from coachwork.inference.bundle import shipped_parts_folder
from coachwork.inference.comparing import shared_points
from coachwork.inspections.changes import Change, State, compare_inspections
from coachwork.inspections.coverage import seen_parts
from coachwork.inspections.inspection import InspectedPhoto, Inspection, inspect_car
from coachwork.taxonomy import CarPart


def inspection_of(case: Case, assessor: Assessor | None) -> Inspection:
    """The photos of one time as one case, with coverage where there is a part model."""
    cases = [
        InspectedPhoto(assessment=one, parts=() if parts is None else seen_parts(parts))
        for one, parts in zip(case.assessments, case.parts, strict=True)
    ]
    told = None if assessor is None else assessor.part_predictor
    known = () if told is None else tuple(CarPart(kind) for kind in told.bundle.card.types)
    return inspect_car(cases, all_correspondences(case.points), known_parts=known)


def identity_of(change: Change, sides: tuple[Inspection, Inspection], identities: tuple[Identities, ...]) -> int | None:
    """The damage that most views of a change show; None where they show none."""
    votes: Counter[int] = Counter()
    for inspection, known, places in zip(sides, identities, (change.before, change.after), strict=True):
        for place in places:
            for view in inspection.damages[place].views:
                if (view.photo, view.damage) in known:
                    votes[known[view.photo, view.damage]] += 1
    return votes.most_common(1)[0][0] if votes else None


def main() -> None:
    """Prints a table of true fates and told states."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--detected", action="store_true")
    parser.add_argument("--parts", action="store_true")
    asked = parser.parse_args()
    cv2.setNumThreads(1)
    assessor = None
    if asked.detected or asked.parts:
        assessor = Assessor(parts=shipped_parts_folder() if asked.parts else None)
    table: Counter[tuple[str, State]] = Counter()
    ratios: dict[str, list[float]] = {}
    for folder in sorted(path.parent for path in asked.folder.glob("*/truth.json")):
        fates = read_fates(folder)
        first, second = (inspected(folder, when, assessor, detected=asked.detected) for when in ("before", "after"))
        sides = (inspection_of(first, assessor), inspection_of(second, assessor))
        photos = (dict(enumerate(first.photos)), dict(enumerate(second.photos)))
        predictor = None if assessor is None else assessor.part_predictor
        shared = shared_points(*sides, photos, predictor=predictor)
        changes = compare_inspections(*sides, shared)
        for change in changes.changes:
            number = identity_of(change, sides, (first.identities, second.identities))
            fate = "no damage" if number is None else fates[number]
            if number is not None and not all(
                number in known.values() for known in (first.identities, second.identities)
            ):
                fate += "" if fate in {"new", "gone"} else ", found once"
            table[fate, change.state] += 1
            ratios.setdefault(fate, []).extend(one.growth for one in change.evidence if one.growth is not None)
            print(f"{folder.name}  {fate:24} {change.state.value:15} {change.why}", flush=True)
    print("\n" + " " * 26 + "".join(f"{state.value:>16}" for state in State))
    for fate in sorted({fate for fate, _ in table}):
        print(f"{fate:26}" + "".join(f"{table[fate, state]:16}" for state in State))
    for fate, told in ratios.items():
        spread = " ".join(f"{share:.2f}" for share in np.percentile(told, [2, 10, 50, 90, 98])) if told else "-"
        print(f"area ratios of {fate} ({len(told)} pairs), percentiles 2 10 50 90 98: {spread}")


if __name__ == "__main__":
    main()
