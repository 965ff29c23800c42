"""From a version of a dataset to the files of a foreign format."""

import hashlib
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from coachwork.annotations.contract import Holding
from coachwork.annotations.export import Export, Rewritten, export_of
from coachwork.annotations.formats import FORMATS
from coachwork.annotations.losses import Loss, losses_of
from coachwork.annotations.problems import SourceError
from coachwork.annotations.whole_export import write_whole
from coachwork.datasets.deriving import Opened
from coachwork.datasets.sample import Sample, Split
from coachwork.photos.shrinking import EncodedPhoto
from coachwork.photos.sniffing import PhotoFormat

Rewrite = Callable[[bytes, str], EncodedPhoto]
"""Makes of a photo's bytes and name the file that stands for it in an export: of the same size, upright."""


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
    opened: Opened,
    plan: ExportPlan,
    *,
    fetched: Callable[[int, int], None] | None = None,
    rewrite: Rewrite | None = None,
) -> ExportReport:
    """Writes samples with their photos in a foreign format; the folder appears whole or not at all.

    Args:
        opened: the version.
        plan: what and how.
        fetched: told of photos that were brought from an object store or rewritten: how many, of how many.
        rewrite: what stands for each photo in the export; by default the photo itself. Annotations stay as they are.

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
            written, others = samples, dict[str, Rewritten]()
            if rewrite is None:
                paths = _photo_paths(opened, samples, Path(brought), fetched)
            else:
                written, paths, others = _rewritten(opened, samples, Path(brought), rewrite, fetched)
            export = export_of(written, folder, lambda one: paths[one.sha256], source_labels=plan.source_labels)
            export.rewritten.update(others)
            return export

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


def _rewritten(
    opened: Opened, samples: list[Sample], work: Path, rewrite: Rewrite, told: Callable[[int, int], None] | None
) -> tuple[list[Sample], dict[str, Path], dict[str, Rewritten]]:
    """Samples named as the files that stand for their photos, and these files; the store is only read."""
    renamed: list[Sample] = []
    paths: dict[str, Path] = {}
    rewritten: dict[str, Rewritten] = {}
    for done, sample in enumerate(samples, start=1):
        stored = opened.photos[sample.sha256]
        encoded = rewrite(stored.files.read(stored.name), sample.name)
        place = PurePosixPath(sample.photo)
        if place.suffix.lower() not in encoded.format.suffixes:
            place = place.with_suffix(".png" if encoded.format is PhotoFormat.PNG else ".jpg")
        paths[sample.sha256] = work / place.name
        paths[sample.sha256].write_bytes(encoded.data)
        rewritten[sample.sha256] = Rewritten(hashlib.sha256(encoded.data).hexdigest(), len(encoded.data))
        renamed.append(replace(sample, photo=str(place)))
        if told is not None:
            told(done, len(samples))
    return renamed, paths, rewritten
