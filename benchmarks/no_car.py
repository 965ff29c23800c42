"""What becomes of photos that show no car, and what the gate against them costs on photos of cars.

    python benchmarks/no_car.py FOLDER [--on DATASET] [--source NAME] [--split val|all] [--bundle DIR]

FOLDER holds photos without a car: things, animals, people, streets. Of a dataset's photos, all of which show cars, the
same is counted, so that false alarms stand beside it. The table is printed; each photo of FOLDER has a line.
"""

import argparse
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from coachwork.assessments.assessment import Assessment
from coachwork.assessments.verdict import Verdict
from coachwork.datasets.dataset import read_dataset
from coachwork.datasets.sample import Split
from coachwork.inference.assessing import Assessor
from coachwork.inference.bundle import shipped_parts_folder

ENDINGS = {".jpg", ".jpeg", ".png"}
ROWS = (*(verdict.value for verdict in Verdict), "no part of a car", "unlike all cars", "airbag without a car")


def main() -> None:
    """Prints the lines of the photos, then the table."""
    options = arguments()
    assessor = Assessor(options.bundle, parts=shipped_parts_folder())
    columns = {options.folder.name: counted(of_folder(assessor, options.folder))}
    if options.on is not None:
        columns |= {name: counted(seen) for name, seen in of_dataset(assessor, options).items()}
    print(f"\n{'':24}" + "".join(f"{name:>14}" for name in columns))
    for row in ("photos", *ROWS):
        print(f"{row:24}" + "".join(f"{counts[row]:>14}" for counts in columns.values()))


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--on", metavar="DATASET")
    parser.add_argument("--source")
    parser.add_argument("--split", default="val", choices=["val", "all"])
    parser.add_argument("--bundle", type=Path)
    return parser.parse_args()


def of_folder(assessor: Assessor, folder: Path) -> Iterator[Assessment]:
    """The photos of a folder, each printed."""
    for path in sorted(one for one in folder.iterdir() if one.suffix.lower() in ENDINGS):
        _, found = assessor.assess_file(path, file=path.name)
        told = ", ".join(f"{one.type.words} {one.score:.2f}" for one in found.damages[:3])
        evidence = found.car_evidence
        share = "not asked" if evidence is None or evidence.parts_share is None else f"{evidence.parts_share:.1%}"
        distance = "-" if evidence is None else f"{evidence.distance:.2f}"
        print(f"{path.name:32} {found.verdict.value:10} distance {distance}, parts {share}: {told or 'nothing'}")
        yield found


def of_dataset(assessor: Assessor, options: argparse.Namespace) -> dict[str, list[Assessment]]:
    """The photos of a dataset, by source."""
    dataset = read_dataset(options.on)
    seen: dict[str, list[Assessment]] = {}
    for sample in dataset.samples:
        if options.source in {None, sample.source} and (options.split == "all" or sample.split is Split.VAL):
            seen.setdefault(sample.source, []).append(assessor.assess_file(dataset.folder / sample.photo)[1])
    return seen


def counted(seen: Iterable[Assessment]) -> Counter[str]:
    """How many photos got each verdict, and why nothing was claimed of them."""
    counts: Counter[str] = Counter()
    for found in seen:
        counts["photos"] += 1
        counts[found.verdict.value] += 1
        if (evidence := found.car_evidence) is not None and evidence.strange:
            why = "no part of a car" if evidence.no_car else "unlike all cars"
            counts["airbag without a car" if evidence.distance <= evidence.limit and not evidence.no_car else why] += 1
    return counts


if __name__ == "__main__":
    main()
