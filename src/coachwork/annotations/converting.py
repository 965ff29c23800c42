"""From one annotation format to another, without a dataset in between."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from coachwork.annotations.contract import Format, Holding
from coachwork.annotations.export import Export, export_of
from coachwork.annotations.formats import FORMATS, Recognised
from coachwork.annotations.labels import choose_label_map
from coachwork.annotations.losses import Loss, losses_of
from coachwork.annotations.photo_folder import PHOTO_FOLDER, photo_folder_map
from coachwork.annotations.problems import Problem, SourceError, raise_if_any
from coachwork.annotations.source_reading import (
    SourceReading,
    findings,
    labels_of,
    read_files,
    recognise_source,
    sample_of,
)
from coachwork.annotations.whole_export import write_whole
from coachwork.datasets.joining import Candidate, Joined, join
from coachwork.taxonomy import DamageType, LabelMap, LabelRule, TaxonomyError


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversionPlan:
    """What to convert, and how.

    Attributes:
        source: an annotation file, or a folder with annotation files.
        to: the folder to make.
        format: name of the format to write.
        source_format: name of the source's format, or ``auto``.
        label_map: a shipped map's name or a TOML file: labels that it drops are dropped, and those that it does not
            know are problems. None to pass all labels.
        own_labels: write Coachwork's names of the types, instead of the source's labels.
        undamaged: photos without annotations show no damage.
        strict: stop where anything is wrong, instead of leaving out what is broken.
    """

    source: Path
    to: Path
    format: str
    source_format: str = "auto"
    label_map: str | None = None
    own_labels: bool = False
    undamaged: bool = False
    strict: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversionReport:
    """What a conversion did.

    Attributes:
        plan: what was asked for.
        formats: format of the source -> number of its files.
        label_map: name of the label map that was used; None where all labels passed.
        photos: photos written.
        shapes: label -> shapes written.
        left_out: unlabelled photos that the format could not have told from undamaged ones.
        losses: what the format does not hold.
        dropped: label -> shapes that the label map drops on purpose.
        problems: all of the reading.
    """

    plan: ConversionPlan
    formats: dict[str, int]
    label_map: str | None
    photos: int
    shapes: dict[str, int]
    left_out: int
    losses: tuple[Loss, ...]
    dropped: dict[str, int]
    problems: tuple[Problem, ...]


def convert_source(plan: ConversionPlan, *, opened: Callable[[Path], None] | None = None) -> ConversionReport:
    """Reads a source and writes it in another format; the folder appears whole or not at all.

    Args:
        plan: what and how.
        opened: called for each photo that was opened.

    Raises:
        SourceError: the source holds nothing that can be used, or the destination is in the way.
        TaxonomyError: no label map fits where one is needed.
        ExceptionGroup: of `AnnotationError`, in a strict conversion with problems.
    """
    target = FORMATS[plan.format]
    if target.write is None:
        message = f"{target.title} is only read: choose one of {', '.join(written_formats())}"
        raise SourceError(message)
    _check_destination(plan.to)
    files = recognise_source(plan.source, plan.source_format, undamaged=plan.undamaged)
    label_map = _label_map(plan, files)
    read = read_files(plan.source, files, label_map, opened)
    joined = _join(read, label_map)
    problems = (*read.problems, *findings(joined))
    if plan.strict:
        raise_if_any(problems)
    samples = [sample for sample in joined.samples if Holding.UNLABELLED in target.holds or not sample.is_unlabelled]
    if not samples:
        raise SourceError(_nothing(plan, target, problems, unlabelled=len(joined.samples)))
    photos = {photo.file.sha256: photo.file.path for photo, _ in read.photos}

    def export_into(folder: Path) -> Export:
        return export_of(samples, folder, lambda sample: photos[sample.sha256], source_labels=not plan.own_labels)

    shapes = write_whole(export_into, target.write, plan.to)
    return ConversionReport(
        plan=plan,
        formats=dict(Counter(file.format.name for file in files)),
        label_map=None if label_map.passes else label_map.name,
        photos=len(samples),
        shapes=shapes,
        left_out=len(joined.samples) - len(samples),
        losses=losses_of(joined.samples, target),
        dropped=dict(sorted(read.dropped.items())),
        problems=problems,
    )


def passing_map(labels: frozenset[str]) -> LabelMap:
    """A label map that lets every label pass: with the type that the best shipped map knows for it, else without one.

    Severities that a shipped map reads out of a label stay in the label, and nothing is dropped.
    """
    try:
        known = choose_label_map(labels).rules
    except TaxonomyError:
        known = {}
    rules = {label: LabelRule(type=known[label].type) for label in labels & known.keys()}
    return LabelMap(name="source", rules=rules, annotates=frozenset(DamageType), passes=True)


def _check_destination(folder: Path) -> None:
    try:
        taken = folder.exists() and (not folder.is_dir() or any(folder.iterdir()))
    except OSError as error:
        message = f"{folder} cannot be written: {error.strerror}"
        raise SourceError(message) from error
    if taken:
        message = f"{folder} exists already: choose another folder"
        raise SourceError(message)


def _label_map(plan: ConversionPlan, files: Sequence[Recognised]) -> LabelMap:
    if all(file.format is PHOTO_FOLDER for file in files):
        return photo_folder_map(plan.source.resolve().name, undamaged=plan.undamaged)
    if plan.undamaged:
        message = "--undamaged is for folders of photos without annotations: name the folder with --format photos"
        raise SourceError(message)
    labels = labels_of(files)
    if plan.label_map is not None or plan.own_labels:
        return choose_label_map(labels, plan.label_map)
    return passing_map(labels)


def _join(read: SourceReading, label_map: LabelMap) -> Joined:
    """Each photo once: what several files say of it is joined. Near-duplicates stay where the source has them."""
    candidates = [
        Candidate(sample=sample_of(photo, label_map), stated=photo.split, origin=origin)
        for photo, origin in read.photos
    ]
    numbers: dict[str, int] = {}
    clusters = [numbers.setdefault(candidate.sample.sha256, len(numbers)) for candidate in candidates]
    return join(candidates, clusters, val=0.0)


def _nothing(plan: ConversionPlan, target: Format, problems: Sequence[Problem], *, unlabelled: int) -> str:
    if unlabelled:
        return (
            f"{plan.source}: all of its {unlabelled} photos are unlabelled, and {target.title} cannot tell them from "
            "undamaged ones: choose another format, or pass --undamaged for a folder of photos without damage"
        )
    shown = f": {problems[0]}" if problems else ""
    return f"{plan.source}: nothing can be used{shown}"


def written_formats() -> tuple[str, ...]:
    """Names of the formats that can be written."""
    return tuple(name for name, fmt in FORMATS.items() if fmt.write is not None)
