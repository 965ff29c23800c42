"""Reads proposals and what people made of them, in whatever formats, and compares them."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

from coachwork.annotations.contract import AnnotatedPhoto
from coachwork.annotations.converting import passing_map
from coachwork.annotations.formats import Recognised, recognise
from coachwork.annotations.labels import choose_label_map
from coachwork.annotations.photo_lookup import PhotoLookup, split_of
from coachwork.annotations.problems import AnnotationError, Problem, SourceError
from coachwork.annotations.source_reading import labels_of, sample_of
from coachwork.annotations.via import VIA
from coachwork.datasets.corrections import Correction, TypeCorrections, compare_photo, corrections_by_type
from coachwork.datasets.sample import Sample
from coachwork.taxonomy import DamageType, LabelMap

SCHEMA = "coachwork.corrections/1"

_SILENT = frozenset({VIA.name})
"""Formats in which a photo without shapes may be clean, or not looked at: in a corrected file it was looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectionsPlan:
    """What to compare.

    Attributes:
        proposed: the proposals, as `coachwork preannotate` wrote them, or any other annotations.
        corrected: what people made of them; photos that the proposals have are taken from there.
        label_map: a shipped map's name or a TOML file for the corrected labels; None where they are Coachwork's own.
    """

    proposed: Path
    corrected: Path
    label_map: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CorrectionsReport:
    """What people changed.

    Attributes:
        plan: what was compared.
        photos: photos that both sides hold.
        untouched: photos on which nothing was changed.
        missing: names of proposed photos that the corrected file does not hold, or says nothing of.
        strange: names of corrected photos that were not proposed.
        corrections: of all photos.
        types: what became of each type's shapes, all types together last.
        paths: sha256 of a photo -> its file.
        problems: of reading both sides.
    """

    plan: CorrectionsPlan
    photos: int
    untouched: int
    missing: tuple[str, ...]
    strange: tuple[str, ...]
    corrections: tuple[Correction, ...]
    types: tuple[TypeCorrections, ...]
    paths: dict[str, Path]
    problems: tuple[Problem, ...]

    def as_json(self) -> dict[str, Any]:
        """The report as JSON values, by the schema ``coachwork.corrections/1`` (docs/selecting.md)."""
        return {
            "schema": SCHEMA,
            "proposed": str(self.plan.proposed),
            "corrected": str(self.plan.corrected),
            "photos": self.photos,
            "untouched_photos": self.untouched,
            "missing_photos": list(self.missing),
            "strange_photos": list(self.strange),
            "types": [row.as_json() for row in self.types],
            "corrections": [one.as_json() for one in self.corrections],
            "problems": [problem.as_json() for problem in self.problems],
        }


class _BesideBoth(PhotoLookup):
    """Looks for photos beside the proposals, and then beside the corrected file: it often lies alone, among others."""

    def __init__(self, proposed: Path, folder: Path, *, root: Path, opened: Callable[[Path], None] | None) -> None:
        super().__init__(folder, root=root, opened=opened)
        self._proposed = PhotoLookup(proposed)

    def find(self, name: str) -> list[Path]:
        """As `PhotoLookup.find`."""
        beside = self._proposed.find(name)
        return beside if len(beside) == 1 else super().find(name)


def compare_corrections(plan: CorrectionsPlan, *, opened: Callable[[Path], None] | None = None) -> CorrectionsReport:
    """Reads both sides and tells what people changed.

    Args:
        plan: what to compare.
        opened: called for each photo that was opened.

    Raises:
        SourceError: one side holds nothing that can be used, or they have no photo in common.
        TaxonomyError: there is no such label map.
    """
    problems: list[Problem] = []
    before = _read(plan.proposed, plan.proposed, None, problems, opened)
    after = _read(plan.corrected, plan.proposed, plan.label_map, problems, opened)
    pairs, missing, strange = _paired(before, after)
    if not pairs:
        message = (
            f"{plan.proposed} and {plan.corrected} have no photo in common, neither by content nor by name: "
            "name the folder that `coachwork preannotate` wrote, and the file that was exported from its task"
        )
        raise SourceError(message)
    found = [compare_photo(sample_of_photo(one), sample_of_photo(other)) for one, other in pairs]
    corrections = tuple(correction for photo in found for correction in photo)
    return CorrectionsReport(
        plan=plan,
        photos=len(pairs),
        untouched=sum(all(one.change == "kept" for one in photo) for photo in found),
        missing=tuple(missing),
        strange=tuple(strange),
        corrections=corrections,
        types=corrections_by_type(corrections),
        paths={other.file.sha256: other.file.path for _, other in pairs},
        problems=tuple(problems),
    )


def sample_of_photo(photo: AnnotatedPhoto) -> Sample:
    """A photo that was read, as a sample of no source."""
    return sample_of(photo, LabelMap(name="", rules={}, annotates=photo.annotated))


def _read(
    source: Path,
    proposed: Path,
    label_map: str | None,
    problems: list[Problem],
    opened: Callable[[Path], None] | None,
) -> list[AnnotatedPhoto]:
    """The photos of one side, in the order of its files."""
    files = recognise(source)
    labels = labels_of(files)
    chosen = passing_map(labels) if label_map is None else choose_label_map(labels, label_map)
    root = source if source.is_dir() else source.parent
    beside = proposed if proposed.is_dir() else proposed.parent
    photos: list[AnnotatedPhoto] = []
    for file in files:
        lookup = _lookup(file, root, beside, opened)
        try:
            reading = file.format.read(file.path, lookup, chosen)
        except AnnotationError as error:
            problems.append(error.problem)
            continue
        photos += [_looked_at(photo, file) for photo in reading.photos]
        problems += reading.problems
    if not photos:
        shown = f": {problems[-1]}" if problems else ""
        message = f"{source}: nothing can be used{shown}"
        raise SourceError(message)
    return photos


def _looked_at(photo: AnnotatedPhoto, file: Recognised) -> AnnotatedPhoto:
    silent = file.format.name in _SILENT and not (photo.annotated or photo.shapes)
    return replace(photo, annotated=frozenset(DamageType)) if silent else photo


def _lookup(file: Recognised, root: Path, beside: Path, opened: Callable[[Path], None] | None) -> PhotoLookup:
    folder = file.path if file.path.is_dir() else file.path.parent
    lookup = _BesideBoth(beside, folder, root=root, opened=opened)
    lookup.split = split_of(Path(root.resolve().name) / file.path.relative_to(root))
    return lookup


def _paired(
    before: Sequence[AnnotatedPhoto], after: Sequence[AnnotatedPhoto]
) -> tuple[list[tuple[AnnotatedPhoto, AnnotatedPhoto]], list[str], list[str]]:
    """Photos that both sides hold, by content or else by name; names of proposed and of corrected ones without other.

    A photo of another size is not the same photo. An unlabelled photo was not looked at yet.
    """
    digests, names = _unique(after, lambda one: one.file.sha256), _unique(after, _plain_name)
    pairs, missing, taken = [], [], set()
    for one in before:
        other = digests.get(one.file.sha256) or names.get(_plain_name(one))
        unseen = other is None or not (other.annotated or other.shapes) or other.file.size != one.file.size
        if other is None or unseen:
            missing.append(one.name)
            continue
        taken.add(id(other))
        pairs.append((one, other))
    known = {one.name for one in before}
    return pairs, missing, [one.name for one in after if id(one) not in taken and one.name not in known]


def _unique(photos: Iterable[AnnotatedPhoto], key: Callable[[AnnotatedPhoto], str]) -> dict[str, AnnotatedPhoto]:
    found: dict[str, AnnotatedPhoto] = {}
    for photo in photos:
        found.setdefault(key(photo), photo)
    return found


def _plain_name(photo: AnnotatedPhoto) -> str:
    return PurePosixPath(photo.name.replace("\\", "/")).stem.lower()
