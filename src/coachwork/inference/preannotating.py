"""From a pool of photos to a task for annotators, with the model's proposals drawn."""

import json
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coachwork.annotations.attributions import find_attributions, write_attributions
from coachwork.annotations.converting import written_formats
from coachwork.annotations.export import Export, export_of
from coachwork.annotations.formats import FORMATS
from coachwork.annotations.losses import Loss, losses_of
from coachwork.annotations.problems import SourceError
from coachwork.datasets.candidates import LeftOut
from coachwork.datasets.dataset import Dataset
from coachwork.datasets.sample import Attribution
from coachwork.inference.bundle import Bundle
from coachwork.inference.pool import PoolPhoto
from coachwork.inference.predictor import Predictor
from coachwork.inference.proposing import Proposals, propose
from coachwork.inference.selecting import pool_photos

SCHEMA = "coachwork.proposals/1"
RECORD = "proposals.json"
"""File beside the annotations that says which model proposed them, and which photo came from where."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PreannotationPlan:
    """What to propose, and how to write it.

    Attributes:
        pool: a photo, a folder, a pattern, or the place of a dataset whose unlabelled photos are meant.
        to: the folder to make.
        format: name of the format to write.
        min_score: shapes from this score on; None for each type's operating point.
    """

    pool: str
    to: Path
    format: str
    min_score: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PreannotationReport:
    """What was written.

    Attributes:
        plan: what was asked for.
        photos: photos written.
        shapes: type -> shapes proposed.
        losses: what the format does not hold.
        left_out: photos that are not among them, and why.
    """

    plan: PreannotationPlan
    photos: int
    shapes: dict[str, int]
    losses: tuple[Loss, ...]
    left_out: tuple[LeftOut, ...]

    def as_json(self) -> dict[str, Any]:
        """The report as JSON values."""
        return {
            "schema": "coachwork.preannotation/1",
            "pool": self.plan.pool,
            "to": str(self.plan.to),
            "format": self.plan.format,
            "photos": self.photos,
            "shapes": self.shapes,
            "losses": [loss.as_json() for loss in self.losses],
            "left_out": [{"file": one.name, "why": one.why} for one in self.left_out],
        }


def preannotate(
    plan: PreannotationPlan,
    bundle: Bundle,
    *,
    seen: Callable[[int, int], None] = lambda _done, _total: None,
    threads: int | None = None,
) -> PreannotationReport:
    """Writes photos with a model's proposals in an annotation format; the folder appears whole or not at all.

    Args:
        plan: what and how.
        bundle: the model.
        seen: told how many photos are done, of how many.
        threads: for the model; by default the physical cores.

    Raises:
        SourceError: the format is only read, no photo can be used, the table of licences is broken, or the destination
            is in the way.
        SelectionError: the pool is a dataset without unlabelled photos.
        PhotoError: the pool names no photo.
        BundleError: the model cannot be run.
    """
    target = FORMATS[plan.format]
    if target.write is None:
        message = f"{target.title} is only read: choose one of {', '.join(written_formats())}"
        raise SourceError(message)
    pool, own = pool_photos(plan.pool)
    terms = _terms_around(pool) if own is None else _terms_in(own)
    done = 0

    def one_more() -> None:
        nonlocal done
        done += 1
        seen(done, len(pool))

    try:
        _make_way(plan.to)
        with tempfile.TemporaryDirectory(dir=plan.to.parent, prefix=f".{plan.to.name}.") as work:
            predictor = Predictor(bundle, threads=threads)
            found = propose(pool, predictor, Path(work), min_score=plan.min_score, terms=terms, seen=one_more)
            if not found.samples:
                message = f"{plan.pool}: none of its {len(pool)} photos can be used: {found.left_out[0].why}"
                raise SourceError(message)
            _write(found, Path(work) / "task", target.write, bundle, plan)
    except OSError as error:
        message = f"{plan.to} cannot be written: {error.strerror or error}"
        raise SourceError(message) from error
    counts = Counter(shape.type.value for one in found.samples for shape in one.shapes if shape.type is not None)
    return PreannotationReport(
        plan=plan,
        photos=len(found.samples),
        shapes={kind.value: counts[kind.value] for kind in bundle.card.types if counts[kind.value]},
        losses=losses_of(found.samples, target),
        left_out=tuple(found.left_out),
    )


def _terms_around(pool: Sequence[PoolPhoto]) -> dict[str, Attribution]:
    """Digest -> licence and author, from the tables beside photos, or in the folders above.

    Raises:
        SourceError: a table is broken.
    """
    terms: dict[str, Attribution] = {}
    for folder in dict.fromkeys(one.path.parent for one in pool):
        found, problems = find_attributions(folder)
        for problem in problems:
            message = f"{problem.file}: {problem.what}: mend or remove it, so that no photo loses its licence"
            raise SourceError(message)
        terms |= found
    return terms


def _terms_in(own: Dataset) -> dict[str, Attribution]:
    return {one.sha256: one.attribution for one in own.samples if one.attribution is not None}


def _make_way(folder: Path) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        message = f"{folder} exists already: choose another folder"
        raise SourceError(message)
    folder.parent.mkdir(parents=True, exist_ok=True)


def _write(
    found: Proposals, fresh: Path, write: Callable[[Export], None], bundle: Bundle, plan: PreannotationPlan
) -> None:
    """Fills a new folder beside the destination and renames it."""
    fresh.mkdir()
    export = export_of(found.samples, fresh, lambda sample: found.photos[sample.sha256])
    write(export)
    write_attributions(export)
    record = {
        "schema": SCHEMA,
        "format": plan.format,
        "model": {"name": bundle.card.name, "digest": bundle.digest},
        "thresholds": {
            kind.value: score if plan.min_score is None else plan.min_score
            for kind, score in bundle.card.thresholds.items()
        },
        "photos": [
            {"file": export.name(one), "sha256": one.sha256, "from": found.originals[one.sha256]}
            for one in found.samples
        ],
    }
    (fresh / RECORD).write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    fresh.rename(plan.to)
