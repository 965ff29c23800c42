"""Whether photos chosen by `coachwork select` teach a model more than as many chosen by chance.

    python benchmarks/selection.py DATASET [--work DIR] [--start N] [--step N] [--rounds N] [--seeds N] [--steps N] ...

The labels of DATASET's train photos are hidden. Each seed draws a calibration part and a first batch, which both ways
share. Then, round by round, a small model is trained from ImageNet on what is labelled (the same number of steps each
time), exported, calibrated on the calibration part, measured on DATASET's val photos, and the next batch is chosen: by
the rule of `coachwork select` with that very model, or by chance. Val photos have no part in training, calibration or
choice.

A run that was stopped goes on when the same command is given again: everything lies in --work, by seed and way. The
curve is kept in benchmarks/results/selection.json and selection.svg.
"""

import argparse
import json
import math
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from coachwork import __version__
from coachwork.assessments.verdict import VERDICT_FLOOR
from coachwork.datasets.dataset import Dataset, read_dataset, write_dataset
from coachwork.datasets.place import DatasetPlace
from coachwork.datasets.sample import Sample, Split
from coachwork.datasets.selection import select_photos
from coachwork.datasets.store import DatasetStore
from coachwork.evaluation.average_precision import Extent, precision_curves
from coachwork.evaluation.pairs import HEADLINE_TYPES, Pair
from coachwork.inference.bundle import load_bundle
from coachwork.inference.pool import PhotoExaminer, PoolPhoto, annotated_photos, examine_pool
from coachwork.inference.predictor import Predictor
from coachwork.photos.reading import read_photo
from coachwork.taxonomy import DamageType

RESULTS = Path(__file__).parent / "results"
WAYS = ("select", "chance")
FIGURES = {
    "box_ap50": "box AP50, mean of dent, scratch, broken part",
    "mask_ap50": "mask AP50, mean of dent, scratch, broken part",
    "all_types_ap50": "box AP50, mean of all types",
}
FEWEST_DAMAGES = 10
"""A type with fewer damages in the train photos is not learned."""

Point = dict[str, Any]
"""One round: how many photos were labelled, what the model then reached, and what was chosen next."""


def main() -> None:
    """Runs all seeds and both ways, prints the table, and keeps it with the curve."""
    options = arguments()
    dataset = read_dataset(options.dataset)
    curves: list[dict[str, Any]] = []
    for seed in range(options.first_seed, options.first_seed + options.seeds):
        for way in WAYS:
            points = Simulation(dataset, options, seed=seed, way=way).run()
            curves.append({"seed": seed, "way": way, "points": points})
            keep(dataset, options, curves)
    print_table(curves)


@dataclass(frozen=True)
class Parts:
    """How a seed divides the train photos.

    Attributes:
        calibration: for thresholds and the verdict; both ways have them.
        start: labelled from the beginning.
        pool: whose labels are hidden.
    """

    calibration: tuple[Sample, ...]
    start: tuple[Sample, ...]
    pool: tuple[Sample, ...]


def divided(samples: Sequence[Sample], *, seed: int, calibration: int, start: int) -> Parts:
    """Draws a seed's parts; photos of one cluster stay on one side of calibration and the rest."""
    rng = np.random.default_rng((seed, 1))
    shuffled = [samples[place] for place in rng.permutation(len(samples))]
    clusters = list(dict.fromkeys(sample.cluster for sample in shuffled))
    size = Counter(sample.cluster for sample in shuffled)
    kept: set[str] = set()
    for cluster in clusters:
        if sum(size[one] for one in kept) >= calibration:
            break
        kept.add(cluster)
    rest = [sample for sample in shuffled if sample.cluster not in kept]
    held = [sample for sample in shuffled if sample.cluster in kept]
    return Parts(calibration=tuple(held), start=tuple(rest[:start]), pool=tuple(rest[start:]))


class Simulation:
    """One seed and one way of choosing."""

    def __init__(self, dataset: Dataset, options: argparse.Namespace, *, seed: int, way: str) -> None:
        self.dataset, self.options, self.seed, self.way = dataset, options, seed, way
        hidden = [sample for sample in dataset.split(Split.TRAIN) if not sample.is_unlabelled]
        self.types = learned_types(hidden)
        self.parts = divided(hidden, seed=seed, calibration=options.calibration, start=options.start)
        self.place = options.work / f"seed-{seed}"

    def run(self) -> list[Point]:
        """All rounds; those that were done are read."""
        labelled, points = list(self.parts.start), []
        for number in range(self.options.rounds + 1):
            point = self._round(number, labelled)
            points.append(point)
            chosen = set(point["chosen"])
            labelled += [sample for sample in self.parts.pool if sample.sha256 in chosen]
        return points

    def _round(self, number: int, labelled: list[Sample]) -> Point:
        """Trains, measures and chooses; the first model is the same for both ways."""
        shared = self.place / "start"
        folder = self.place / self.way / f"round-{number}"
        done = folder / "point.json"
        if done.exists():
            point: Point = json.loads(done.read_text(encoding="utf-8"))
            return point
        trained = shared if number == 0 else folder
        say(f"seed {self.seed}, {self.way}, round {number}: {len(labelled)} photos labelled")
        current = self._dataset(f"seed-{self.seed}-{'start' if number == 0 else f'{self.way}-{number}'}", labelled)
        bundle = self._trained(current, trained, labelled)
        figures = self._measured(trained, bundle)
        taken = {sample.sha256 for sample in labelled}
        waiting = [sample for sample in self.parts.pool if sample.sha256 not in taken]
        last = number == self.options.rounds
        chosen = [] if last else self._chosen(number, waiting, current, bundle)
        by_digest = {sample.sha256: sample for sample in waiting}
        point = {
            "labelled": len(labelled),
            **figures,
            "damages": type_counts(labelled),
            "chosen": chosen,
            "chosen_damages": type_counts([by_digest[digest] for digest in chosen]),
        }
        folder.mkdir(parents=True, exist_ok=True)
        write_whole(done, json.dumps(point, indent=2))
        say(f"  box AP50 {100 * (point['box_ap50'] or 0):.1f}, all types {100 * (point['all_types_ap50'] or 0):.1f}")
        return point

    def _dataset(self, name: str, labelled: Sequence[Sample]) -> Dataset:
        """What is labelled in this round as a dataset: train, and the calibration part as val."""
        place = DatasetPlace.of(self.options.work / "sets" / name)
        if DatasetStore(place.store).head(place.name) is not None:
            return read_dataset(place)
        samples = [replace(sample, split=Split.TRAIN) for sample in labelled]
        samples += [replace(sample, split=Split.VAL) for sample in self.parts.calibration]
        named = {sample.source for sample in samples}
        return write_dataset(
            place,
            sources=[source for source in self.dataset.sources if source.name in named],
            samples=samples,
            photos={sample.sha256: self.dataset.photo_path(sample) for sample in samples},
        )

    def _trained(self, current: Dataset, folder: Path, labelled: Sequence[Sample]) -> Path:
        """The bundle of a model that learned from what is labelled; made once."""
        from coachwork.training.exporting import export_bundle  # noqa: PLC0415 - torch is not needed for what is done
        from coachwork.training.starting import start_run  # noqa: PLC0415

        bundle = folder / "bundle"
        if not bundle.exists():
            plan = self._plan(current, len(labelled))
            start_run(plan, folder / "run", threads=self.options.threads).train()
            export_bundle(folder / "run" / "last.pt", bundle)
        return bundle

    def _plan(self, current: Dataset, labelled: int) -> Any:
        from coachwork.training.plan import DataPlan, ModelPlan, Plan, SchedulePlan  # noqa: PLC0415

        options = self.options
        epochs = max(1, math.ceil(options.steps * options.batch / max(labelled, options.batch)))
        return Plan(
            name="selection",
            types=self.types,
            seed=self.seed,
            model=ModelPlan(family=options.family, height=options.side, width=options.side),
            data=DataPlan(
                datasets=(str(self.options.work.resolve() / "sets" / current.name),),
                validate_limit=4,
                workers=options.workers,
                only_publishable=False,
            ),
            schedule=SchedulePlan(
                epochs=epochs,
                batch=options.batch,
                learning_rate=2e-3,
                backbone_rate=0.5,
                ema=0.99,
                validate_every=epochs,
            ),
        )

    def _measured(self, folder: Path, bundle: Path) -> dict[str, Any]:
        """Average precision on the val photos, measured once for a model."""
        path = folder / "figures.json"
        if path.exists():
            found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            return found
        predictor = Predictor(load_bundle(bundle), threads=self.options.threads)
        pairs = []
        for sample in thinned(self.dataset.split(Split.VAL), self.options.measured):
            photo = read_photo(self.dataset.photo_path(sample), min_side=2 * self.options.side)
            pairs.append(Pair.of(sample, predictor.predict(photo, min_score=VERDICT_FLOOR)))
        figures = figures_of(pairs, self.types)
        write_whole(path, json.dumps(figures, indent=2))
        return figures

    def _chosen(self, number: int, waiting: Sequence[Sample], current: Dataset, bundle: Path) -> list[str]:
        """Digests of the next batch."""
        if self.way == "chance":
            rng = np.random.default_rng((self.seed, 2, number))
            return [waiting[place].sha256 for place in rng.permutation(len(waiting))[: self.options.step]]
        examiner = PhotoExaminer(Predictor(load_bundle(bundle), threads=self.options.threads))
        rng = np.random.default_rng((self.seed, 3, number))
        seen = [waiting[place] for place in rng.permutation(len(waiting))[: self.options.pool or None]]
        pool = [PoolPhoto(path=self.dataset.photo_path(sample), name=sample.sha256) for sample in seen]
        candidates, _ = examine_pool(pool, examiner)
        annotated = annotated_photos(current, examiner, most=len(current.samples))
        found = select_photos(candidates, annotated, count=self.options.step)
        return [choice.candidate.sha256 for choice in found.choices]


def learned_types(samples: Sequence[Sample]) -> tuple[DamageType, ...]:
    """Types of which there are enough to be learned."""
    counts = type_counts(samples)
    return tuple(kind for kind in DamageType if counts.get(kind.value, 0) >= FEWEST_DAMAGES)


def type_counts(samples: Sequence[Sample]) -> dict[str, int]:
    """Damages of each type."""
    counts = Counter(shape.type for sample in samples for shape in sample.shapes if shape.type is not None)
    return {kind.value: counts[kind] for kind in DamageType if counts[kind]}


def thinned(samples: Sequence[Sample], most: int) -> list[Sample]:
    """At most so many labelled samples, evenly drawn; all for 0."""
    known = [sample for sample in samples if not sample.is_unlabelled]
    if not most or len(known) <= most:
        return known
    return [known[int(place * len(known) / most)] for place in range(most)]


def figures_of(pairs: Sequence[Pair], types: Sequence[DamageType]) -> dict[str, Any]:
    """What is measured of a model, shares in 0..1; None where there is nothing to measure."""
    boxes, masks = (precision_curves(pairs, types, extent) for extent in (Extent.BOX, Extent.MASK))
    chosen = [kind for kind in HEADLINE_TYPES if kind in types]
    figures: dict[str, Any] = {"box_ap50": None, "mask_ap50": None, "all_types_ap50": None, "per_type": {}}
    if boxes is not None:
        at_half = boxes.average_precision(iou=0.5)
        figures["box_ap50"] = plain(boxes.mean(at_half, chosen))
        figures["all_types_ap50"] = plain(boxes.mean(at_half))
        figures["per_type"] = {kind.value: plain(float(value)) for kind, value in zip(types, at_half, strict=True)}
    if masks is not None:
        figures["mask_ap50"] = plain(masks.mean(masks.average_precision(iou=0.5), chosen))
    return figures


def plain(value: float) -> float | None:
    """The value as JSON can hold it."""
    return None if math.isnan(value) else round(value, 5)


def mean_curve(curves: Sequence[Mapping[str, Any]], way: str, figure: str) -> list[tuple[int, float, float]]:
    """Labelled photos, mean and standard error over the seeds, of one way; of rounds that every seed has reached."""
    own = [curve["points"] for curve in curves if curve["way"] == way]
    rows = []
    for points in zip(*own, strict=False):
        values = [point[figure] for point in points if point[figure] is not None]
        if values:
            error = float(np.std(values, ddof=1) / math.sqrt(len(values))) if len(values) > 1 else 0.0
            rows.append((round(np.mean([point["labelled"] for point in points])), float(np.mean(values)), error))
    return rows


def keep(dataset: Dataset, options: argparse.Namespace, curves: Sequence[Mapping[str, Any]]) -> None:
    """Writes what is known so far: JSON and the chart."""
    settings = {name: value for name, value in vars(options).items() if not isinstance(value, Path)}
    kept = [
        {**curve, "points": [{k: v for k, v in point.items() if k != "chosen"} for point in curve["points"]]}
        for curve in curves
    ]
    result = {"coachwork": __version__, "dataset": dataset.digest, "settings": settings, "curves": kept}
    options.results.mkdir(parents=True, exist_ok=True)
    write_whole(options.results / "selection.json", json.dumps(result, indent=2) + "\n")
    write_whole(options.results / "selection.svg", chart(curves))


def chart(curves: Sequence[Mapping[str, Any]]) -> str:
    """The mean curves of both ways with standard errors, one plot for each figure, as an SVG file."""
    width, height, gap = 300, 220, 76
    drawn = ("".join(plot(curves, figure, (width, height))) for figure in FIGURES)
    plots = "".join(
        f'<g transform="translate({gap + place * (width + gap)} 60)">{one}</g>' for place, one in enumerate(drawn)
    )
    whole = (len(FIGURES) * (width + gap) + 40, height + 116)
    legend = "".join(
        f'<path d="M{gap + 110 * place} 16h22" stroke="{colour}" stroke-width="2.5"/>'
        f'<text x="{gap + 110 * place + 28}" y="20">{way}</text>'
        for place, (way, colour) in enumerate(zip(WAYS, ("#1f5fbf", "#c2410c"), strict=True))
    )
    style = "text { font: 12px system-ui, 'DejaVu Sans', sans-serif; fill: #1c1d1f } .soft { fill: #62646a }"
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {whole[0]} {whole[1]}" width="{whole[0]}">'
    return f'{head}<style>{style}</style><rect width="100%" height="100%" fill="#fff"/>{legend}{plots}</svg>\n'


def plot(curves: Sequence[Mapping[str, Any]], figure: str, size: tuple[int, int]) -> Iterator[str]:
    """Frame, marks and both curves of one figure."""
    lines = {way: mean_curve(curves, way, figure) for way in WAYS}
    rows = [row for line in lines.values() for row in line]
    if not rows:
        return
    low, high = min(row[0] for row in rows), max(row[0] for row in rows)
    top = max(1e-3, *(mean + error for _, mean, error in rows)) * 1.1

    def x(value: float) -> float:
        return size[0] * (value - low) / max(high - low, 1)

    def y(value: float) -> float:
        return size[1] * (1 - value / top)

    yield f'<text x="0" y="-8">{FIGURES[figure]}</text>'
    yield f'<rect width="{size[0]}" height="{size[1]}" fill="none" stroke="#dcdcd7"/>'
    for value in (0.0, top / 2, top):
        yield f'<path d="M0 {y(value):.1f}h{size[0]}" stroke="#dcdcd7" stroke-width=".6"/>'
        yield f'<text class="soft" x="-6" y="{y(value) + 4:.1f}" text-anchor="end">{100 * value:.1f} %</text>'
    for value in sorted({row[0] for row in rows}):
        yield f'<text class="soft" x="{x(value):.1f}" y="{size[1] + 16}" text-anchor="middle">{value}</text>'
    yield f'<text class="soft" x="{size[0] / 2}" y="{size[1] + 34}" text-anchor="middle">photos labelled</text>'
    for way, colour in zip(WAYS, ("#1f5fbf", "#c2410c"), strict=True):
        path = "L".join(f"{x(at):.1f} {y(mean):.1f}" for at, mean, _ in lines[way])
        yield f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2.5"/>' if path else ""
        for at, mean, error in lines[way]:
            yield f'<path d="M{x(at):.1f} {y(mean - error):.1f}V{y(mean + error):.1f}" stroke="{colour}"/>'
            yield f'<circle cx="{x(at):.1f}" cy="{y(mean):.1f}" r="3" fill="{colour}"/>'


def print_table(curves: Sequence[Mapping[str, Any]]) -> None:
    """Prints the means of both ways, and their difference."""
    for figure, words in FIGURES.items():
        print(f"\n{words}, %, mean of {len({curve['seed'] for curve in curves})} seeds (standard error)")
        print(f"{'photos':>8} {'select':>16} {'chance':>16} {'difference':>12}")
        for one, other in zip(*(mean_curve(curves, way, figure) for way in WAYS), strict=False):
            shown = [f"{100 * mean:6.2f} ({100 * error:.2f})" for _, mean, error in (one, other)]
            print(f"{one[0]:>8} {shown[0]:>16} {shown[1]:>16} {100 * (one[1] - other[1]):>+12.2f}")


def write_whole(path: Path, text: str) -> None:
    """Writes a file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(path)


def say(line: str) -> None:
    """Prints at once."""
    print(line, flush=True)


def arguments() -> argparse.Namespace:
    """What the user wants."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dataset", help="place of a labelled dataset with train and val")
    parser.add_argument("--work", type=Path, default=Path("runs/selection"), help="folder of models and rounds")
    parser.add_argument("--results", type=Path, default=RESULTS, help="folder of selection.json and selection.svg")
    parser.add_argument("--start", type=int, default=100, help="photos labelled at first")
    parser.add_argument("--step", type=int, default=100, help="photos chosen in a round")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--calibration", type=int, default=100, help="photos for thresholds and verdict")
    parser.add_argument("--measured", type=int, default=0, help="val photos measured on; 0 for all")
    parser.add_argument("--pool", type=int, default=0, help="hidden photos looked at in a round; 0 for all")
    parser.add_argument("--family", default="efficientdet", choices=("efficientdet", "unet"))
    parser.add_argument("--side", type=int, default=256, help="of the model's input, a multiple of 128")
    parser.add_argument("--steps", type=int, default=600, help="training steps of every model")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--threads", type=int)
    return parser.parse_args()


if __name__ == "__main__":
    main()
