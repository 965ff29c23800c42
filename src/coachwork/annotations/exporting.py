"""From a version of a dataset to the files of a foreign format."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from coachwork.annotations.contract import Holding
from coachwork.annotations.export import Export, export_of
from coachwork.annotations.formats import FORMATS
from coachwork.annotations.losses import Loss, losses_of
from coachwork.annotations.problems import SourceError
from coachwork.annotations.whole_export import write_whole
from coachwork.datasets.deriving import Opened
from coachwork.datasets.sample import Sample, Split


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportPlan:
    """What of a dataset to write, and how.

    Attributes:
        to: the folder to make.
        format: a format's name.
        splits: to write; empty for all.
        sources: to write; empty for all.
        source_labels: keep the labels of the sources, instead of Coachwork's names of the types.
    """

    to: Path
    format: str
    splits: tuple[Split, ...] = ()
    sources: tuple[str, ...] = ()
    source_labels: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportReport:
    """What an export did.

    Attributes:
        photos: written.
        shapes: label -> shapes written.
        left_out: unlabelled photos that the format could not have told from undamaged ones.
        losses: what the format does not hold.
    """

    photos: int
    shapes: dict[str, int]
    left_out: int
    losses: tuple[Loss, ...]


def export_dataset(
    opened: Opened, plan: ExportPlan, *, fetched: Callable[[int, int], None] | None = None
) -> ExportReport:
    """Writes samples with their photos in a foreign format; the folder appears whole or not at all.

    Args:
        opened: the version.
        plan: what and how.
        fetched: told of photos that were brought from an object store: how many, of how many.

    Raises:
        SourceError: the format is only read, nothing is to be written, or the destination is in the way.
        DatasetError: a photo cannot be brought.
    """
    target = FORMATS[plan.format]
    if target.write is None:
        message = f"{target.title} is only read: choose one of {', '.join(n for n, f in FORMATS.items() if f.write)}"
        raise SourceError(message)
    if plan.to.exists():
        message = f"{plan.to} exists already: choose another folder"
        raise SourceError(message)
    chosen = _chosen(opened, plan)
    samples = [sample for sample in chosen if Holding.UNLABELLED in target.holds or not sample.is_unlabelled]
    if not samples:
        message = f"{opened.place}: all of these photos are unlabelled, which {target.title} cannot say"
        raise SourceError(message)
    with tempfile.TemporaryDirectory() as brought:

        def export_into(folder: Path) -> Export:
            paths = _photo_paths(opened, samples, Path(brought), fetched)
            return export_of(samples, folder, lambda sample: paths[sample.sha256], source_labels=plan.source_labels)

        shapes = write_whole(export_into, target.write, plan.to)
    return ExportReport(
        photos=len(samples), shapes=shapes, left_out=len(chosen) - len(samples), losses=losses_of(samples, target)
    )


def _chosen(opened: Opened, plan: ExportPlan) -> list[Sample]:
    samples = [
        sample
        for sample in opened.version.samples
        if (not plan.splits or sample.split in plan.splits) and (not plan.sources or sample.source in plan.sources)
    ]
    if not samples:
        there = sorted({f"{sample.source}/{sample.split}" for sample in opened.version.samples})
        message = f"{opened.place} has no such photo; it has {', '.join(there) or 'none at all'}"
        raise SourceError(message)
    return samples


def _photo_paths(
    opened: Opened, samples: list[Sample], folder: Path, fetched: Callable[[int, int], None] | None
) -> dict[str, Path]:
    """sha256 -> local file; photos in an object store are brought into the folder."""
    paths = {}
    for done, sample in enumerate(samples, start=1):
        stored = opened.photos[sample.sha256]
        path = stored.files.path(stored.name)
        if path is None:
            path = folder / Path(sample.photo).name
            path.write_bytes(stored.files.read(stored.name))
            if fetched is not None:
                fetched(done, len(samples))
        paths[sample.sha256] = path
    return paths
