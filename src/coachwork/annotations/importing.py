"""From annotation files and photos to a version of a dataset."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from coachwork.annotations.formats import Recognised
from coachwork.annotations.labels import choose_label_map
from coachwork.annotations.photo_folder import PHOTO_FOLDER, photo_folder_map
from coachwork.annotations.problems import Problem, SourceError, raise_if_any
from coachwork.annotations.shape_findings import shape_findings
from coachwork.annotations.source_reading import (
    SourceReading,
    findings,
    labels_of,
    read_files,
    recognise_source,
    sample_of,
)
from coachwork.datasets.dataset import Dataset, dataset_of, refuse_strange_folder
from coachwork.datasets.deriving import PROBLEMS_FILE
from coachwork.datasets.joining import Candidate, Joined, join
from coachwork.datasets.place import DatasetError, DatasetPlace
from coachwork.datasets.source import Source
from coachwork.datasets.splitting import clusters_of
from coachwork.datasets.store import DatasetStore, Draft
from coachwork.datasets.version import SplitRule, Version
from coachwork.taxonomy import LabelMap

"""A note beside the version: source -> its problems."""

_TAKEN = "exists already: choose another name, or add to it with --merge"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportPlan:
    """What to import, and how.

    Attributes:
        source: an annotation file, or a folder with annotation files or photos.
        to: the dataset's place.
        format: a format's name, or ``auto``.
        label_map: a shipped map's name or a TOML file; None to find it by the labels.
        undamaged: photos without annotations show no damage.
        strict: stop at the first file with problems, instead of leaving out what is broken.
        val: fraction of the photos without a stated split that go to val.
        seed: of that draw.
        merge: add to the dataset that exists.
    """

    source: Path
    to: str | Path
    format: str = "auto"
    label_map: str | None = None
    undamaged: bool = False
    strict: bool = False
    val: float = 0.2
    seed: int = 0
    merge: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What an import did.

    Attributes:
        dataset: as it is now.
        place: where it lies.
        source: name of the source.
        label_map: name of the label map that was used.
        formats: format -> number of its files.
        photos_read: photos that the readers gave.
        dropped: label -> shapes that the label map drops on purpose.
        problems: all of this import.
    """

    dataset: Dataset
    place: DatasetPlace
    source: str
    label_map: str
    formats: dict[str, int]
    photos_read: int
    dropped: dict[str, int]
    problems: tuple[Problem, ...]


def import_source(plan: ImportPlan, *, opened: Callable[[Path], None] | None = None) -> ImportReport:
    """Imports a source as a dataset, or adds it to one.

    Args:
        plan: what and how.
        opened: called for each photo that was opened.

    Raises:
        SourceError: the source holds nothing that can be used.
        TaxonomyError: no label map fits.
        DatasetError: the destination is in the way, or no dataset where one is to be merged.
        ExceptionGroup: of `AnnotationError`, in a strict import with problems.
    """
    place = DatasetPlace.to_write(plan.to)
    store = DatasetStore(place.store)
    refuse_strange_folder(store, place.name)
    if not plan.merge and store.head(place.name) is not None:
        raise DatasetError(place, _TAKEN)
    files = recognise_source(plan.source, plan.format, undamaged=plan.undamaged)
    label_map = _label_map(plan, files)
    read = read_files(plan.source, files, label_map, opened)
    if plan.strict:
        raise_if_any(read.problems)
    if not read.photos:
        shown = f": {read.problems[0]}" if read.problems else ""
        message = f"{plan.source}: nothing can be used{shown}"
        raise SourceError(message)
    read.problems += shape_findings([(photo, sample_of(photo, label_map), origin) for photo, origin in read.photos])
    problems: list[Problem] = []

    def make(existing: Version | None) -> Draft:
        """Called again when another import into the same dataset came first."""
        draft, problems[:] = _draft(plan, read, label_map, existing, store)
        return draft

    version = store.change(place.name, make, how=f"import {plan.source}")
    return ImportReport(
        dataset=dataset_of(version, store, place.name),
        place=place,
        source=label_map.name,
        label_map=label_map.name,
        formats=dict(Counter(file.format.name for file in files)),
        photos_read=len(read.photos),
        dropped=dict(sorted(read.dropped.items())),
        problems=tuple(problems),
    )


def _draft(
    plan: ImportPlan, read: SourceReading, label_map: LabelMap, existing: Version | None, store: DatasetStore
) -> tuple[Draft, list[Problem]]:
    """The version that the import makes of an existing one, and all problems of the import."""
    if existing is not None and not plan.merge:
        raise DatasetError(DatasetPlace.of(plan.to), _TAKEN)
    joined = _join(plan, read, label_map, existing)
    problems = [*read.problems, *findings(joined)]
    if plan.strict:
        raise_if_any(problems)
    source = Source.of(label_map)
    others = [known for known in (existing.sources if existing else ()) if known.name != source.name]
    version = Version.of(
        joined.samples,
        [*others, source],
        rule=SplitRule(val=plan.val, seed=plan.seed),
        parents=[existing.digest] if existing else [],
    )
    earlier = store.note(existing.digest, PROBLEMS_FILE) if existing else None
    known = earlier if isinstance(earlier, dict) else {}
    draft = Draft(
        version=version,
        photos={photo.file.sha256: photo.file.path for photo, _ in read.photos},
        notes={PROBLEMS_FILE: known | {source.name: [problem.as_json() for problem in problems]}},
    )
    return draft, problems


def _label_map(plan: ImportPlan, files: Sequence[Recognised]) -> LabelMap:
    if all(file.format is PHOTO_FOLDER for file in files):
        facts = None if plan.label_map is None else choose_label_map(frozenset(), plan.label_map)
        name = plan.source.resolve().name
        if facts is None and name.lower() in {"photos", "images", "img"}:
            name = plan.source.resolve().parent.name
        return photo_folder_map(name, undamaged=plan.undamaged, facts=facts)
    if plan.undamaged:
        message = "--undamaged is for folders of photos without annotations: name the folder with --format photos"
        raise SourceError(message)
    return choose_label_map(labels_of(files), plan.label_map)


def _join(plan: ImportPlan, read: SourceReading, label_map: LabelMap, existing: Version | None) -> Joined:
    """All samples together; a photo that this source brings again gives way, but for a split that was drawn for it."""
    fresh = {photo.file.sha256 for photo, _ in read.photos}
    samples = existing.samples if existing else ()
    again = {sample.sha256: sample.split for sample in samples if sample.source == label_map.name}
    kept = [sample for sample in samples if sample.source != label_map.name or sample.sha256 not in fresh]
    candidates = [Candidate(sample=sample, stated=sample.split, origin=str(plan.to)) for sample in kept]
    candidates += [
        Candidate(sample=sample_of(photo, label_map), stated=photo.split or again.get(photo.file.sha256), origin=origin)
        for photo, origin in read.photos
    ]
    clusters = clusters_of([candidate.sample for candidate in candidates])
    return join(candidates, clusters, val=plan.val, seed=plan.seed)
