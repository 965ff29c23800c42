"""From a pool of photos to the batch that is to be annotated next."""

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from coachwork.datasets.candidates import Annotated, LeftOut
from coachwork.datasets.dataset import Dataset, lies_in_one_folder, read_dataset
from coachwork.datasets.place import DatasetError, DatasetPlace
from coachwork.datasets.selection import Choice, Selection, SelectionWeights, select_photos
from coachwork.datasets.selection_reasons import reasons_of
from coachwork.datasets.store import DatasetStore
from coachwork.errors import CoachworkError
from coachwork.inference.bundle import Bundle
from coachwork.inference.pool import PhotoExaminer, PoolPhoto, annotated_photos, examine_pool, looked_at
from coachwork.inference.predictor import Predictor
from coachwork.photos.listing import list_photos

SCHEMA = "coachwork.selection/1"

Seen = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done, and of how much."""


class SelectionError(CoachworkError):
    """There is nothing to select from, or the chosen photos cannot be put where they are wanted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectionPlan:
    """What to select from, and how.

    Attributes:
        pool: a photo, a folder, a pattern, or the place of a dataset whose unlabelled photos are meant.
        count: how many photos to choose.
        dataset: place of the dataset that they are to be added to; None for the pool's own, where it is a dataset.
        dataset_photos: so many annotated photos are looked at to compare with.
        weights: what makes a photo valuable.
    """

    pool: str
    count: int
    dataset: str | None = None
    dataset_photos: int = 1000
    weights: SelectionWeights = field(default_factory=SelectionWeights)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SelectionReport:
    """What was chosen.

    Attributes:
        plan: what was asked for.
        model: name of the bundle.
        digest: SHA-256 of the model's file, hex.
        embedded_by: what photos were compared by.
        examined: photos of the pool that were looked at.
        annotated: annotated photos that they were compared with.
        choices: the most useful first.
        reasons: why each was chosen, sentences.
        left_out: photos that are not worth annotating, and why.
        rare: type -> rarity 0..1 of the types that the dataset has few of.
        paths: name of a photo in the pool -> its file.
    """

    plan: SelectionPlan
    model: str
    digest: str
    embedded_by: str
    examined: int
    annotated: int
    choices: tuple[Choice, ...]
    reasons: tuple[tuple[str, ...], ...]
    left_out: tuple[LeftOut, ...]
    rare: dict[str, float]
    paths: dict[str, Path]

    def as_json(self) -> dict[str, Any]:
        """The selection as JSON values, by the schema ``coachwork.selection/1`` (docs/selecting.md)."""
        return {
            "schema": SCHEMA,
            "pool": self.plan.pool,
            "dataset": self.plan.dataset,
            "model": {"name": self.model, "digest": self.digest},
            "compared_by": self.embedded_by,
            "examined": self.examined,
            "compared_with": self.annotated,
            "weights": asdict(self.plan.weights),
            "rare_types": {kind: round(rarity, 4) for kind, rarity in self.rare.items()},
            "chosen": [
                {"rank": rank, **_choice_json(choice, reasons)}
                for rank, (choice, reasons) in enumerate(zip(self.choices, self.reasons, strict=True), start=1)
            ],
            "left_out": [{"file": one.name, "why": one.why} for one in self.left_out],
        }


def _choice_json(choice: Choice, reasons: tuple[str, ...]) -> dict[str, Any]:
    one = choice.candidate
    return {
        "file": one.name,
        "sha256": one.sha256,
        "score": round(choice.score, 6),
        "uncertainty": round(choice.uncertainty, 4),
        "rarity": round(choice.rarity, 4),
        "novelty": round(choice.novelty.value, 4),
        "distance": None if choice.distance is None else round(choice.distance, 4),
        "damage_probability": round(one.damage_probability, 4),
        "expected": {kind.value: round(count, 3) for kind, count in one.expected.items()},
        "reasons": list(reasons),
    }


def select_from_pool(
    plan: SelectionPlan, bundle: Bundle, *, seen: Seen = lambda _what, _done, _total: None, threads: int | None = None
) -> SelectionReport:
    """Looks at all photos of a pool and chooses those that would teach the model most.

    Args:
        plan: what and how.
        bundle: the model that says what it is unsure of.
        seen: told of each photo.
        threads: for the model; by default the physical cores.

    Raises:
        SelectionError: the pool holds no photo that could be annotated.
        PhotoError: the pool names no photo.
        DatasetError: a dataset cannot be read.
        BundleError: the model cannot be run.
    """
    pool, dataset = pool_of(plan)
    examiner = PhotoExaminer(Predictor(bundle, threads=threads))
    candidates, unusable = examine_pool(pool, examiner, seen=_counted(seen, "looking at the pool", len(pool)))
    if not candidates:
        shown = f": {unusable[0].name}: {unusable[0].why}" if unusable else ""
        message = f"{plan.pool}: none of its {len(pool)} photos can be used{shown}"
        raise SelectionError(message)
    annotated = Annotated()
    if dataset is not None:
        labelled = [sample for sample in dataset.samples if not sample.is_unlabelled]
        total = len(looked_at(labelled, plan.dataset_photos))
        told = _counted(seen, "looking at the dataset", total)
        annotated = annotated_photos(dataset, examiner, most=plan.dataset_photos, seen=told)
    told = _counted(seen, "choosing", min(plan.count, len(candidates)))
    found: Selection = select_photos(candidates, annotated, count=plan.count, weights=plan.weights, chosen=told)
    return SelectionReport(
        plan=plan,
        model=bundle.card.name,
        digest=bundle.digest,
        embedded_by=examiner.embedded_by,
        examined=len(pool),
        annotated=len(annotated.embeddings),
        choices=found.choices,
        reasons=tuple(reasons_of(choice, annotated.counts) for choice in found.choices),
        left_out=(*unusable, *found.left_out),
        rare=found.rare,
        paths={one.name: one.path for one in pool},
    )


def _counted(seen: Seen, what: str, total: int) -> Callable[[], None]:
    done = 0

    def one_more() -> None:
        nonlocal done
        done += 1
        seen(what, done, total)

    return one_more


def pool_of(plan: SelectionPlan) -> tuple[list[PoolPhoto], Dataset | None]:
    """The photos to choose from, and the dataset to compare them with.

    Raises:
        SelectionError: the pool is a dataset without unlabelled photos.
        PhotoError: the pool names no photo.
        DatasetError: a dataset cannot be read.
    """
    pool, own = pool_photos(plan.pool)
    return pool, own if plan.dataset is None else read_dataset(plan.dataset)


def pool_photos(pool: str) -> tuple[list[PoolPhoto], Dataset | None]:
    """The photos of a folder or pattern; or those that are unlabelled in a dataset, and the dataset.

    Raises:
        SelectionError: the pool is a dataset without unlabelled photos.
        PhotoError: the pool names no photo.
        DatasetError: the dataset cannot be read.
    """
    if not is_dataset(pool):
        return [PoolPhoto(path=path, name=str(path)) for path in list_photos([pool])], None
    own = read_dataset(pool)
    photos = [PoolPhoto(path=own.photo_path(one), name=one.name) for one in own.samples if one.is_unlabelled]
    if not photos:
        message = f"{pool}: all {len(own.samples)} photos of this dataset are annotated: name a folder of new photos"
        raise SelectionError(message)
    return photos, own


def is_dataset(place: str) -> bool:
    """Whether a text names a dataset rather than photos."""
    try:
        where = DatasetPlace.of(place)
        store = DatasetStore(where.store)
        return store.head(where.name) is not None or lies_in_one_folder(store, where.name)
    except (DatasetError, OSError):
        return False


def write_selection(report: SelectionReport, folder: Path) -> None:
    """Puts the chosen photos into ``FOLDER/photos``, linked where the disk can, and ``selection.json`` beside them.

    Photos that are there already stay. Names begin with the rank, so that a listing has the order of the selection.

    Raises:
        SelectionError: the folder cannot be written.
    """
    try:
        (folder / "photos").mkdir(parents=True, exist_ok=True)
        for rank, choice in enumerate(report.choices, start=1):
            source = report.paths[choice.candidate.name]
            _place(source, folder / "photos" / f"{rank:04}-{Path(choice.candidate.name).stem}{source.suffix}")
        text = json.dumps(report.as_json(), indent=2) + "\n"
        (folder / "selection.json").write_text(text, encoding="utf-8")
    except OSError as error:
        message = f"{folder} cannot be written: {error.strerror or error}; choose another folder with --to"
        raise SelectionError(message) from error


def _place(source: Path, target: Path) -> None:
    if target.exists():
        return
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
