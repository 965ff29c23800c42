"""Reads all annotation files of a source, whatever is to become of them."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from coachwork.annotations.attributions import attributed, find_attributions
from coachwork.annotations.contract import AnnotatedPhoto
from coachwork.annotations.formats import Recognised, recognise
from coachwork.annotations.photo_folder import PHOTO_FOLDER
from coachwork.annotations.photo_lookup import PhotoLookup, split_of
from coachwork.annotations.problems import AnnotationError, Problem, ProblemCode
from coachwork.annotations.unknown_source import broken_files
from coachwork.datasets.joining import Joined
from coachwork.datasets.sample import Sample, Split
from coachwork.datasets.version import photo_place
from coachwork.taxonomy import LabelMap


@dataclass(slots=True, kw_only=True)
class SourceReading:
    """What the files of a source say.

    Attributes:
        photos: each with the annotation file that it comes from.
        problems: all of them.
        dropped: label -> count of shapes that the label map drops on purpose.
        lookups: to be kept until the photos were written: they own those that lay inside annotation files.
    """

    photos: list[tuple[AnnotatedPhoto, str]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    dropped: Counter[str] = field(default_factory=Counter)
    lookups: dict[tuple[Path, Split | None], PhotoLookup] = field(default_factory=dict)


def recognise_source(source: Path, wanted: str = "auto", *, undamaged: bool = False) -> tuple[Recognised, ...]:
    """What `recognise` finds; where the user says that photos show no damage, masks beside them are no annotations.

    Raises:
        SourceError: as `recognise` does.
    """
    files = recognise(source, wanted)
    if undamaged and wanted == "auto" and all(file.format.is_folder for file in files):
        return recognise(source, PHOTO_FOLDER.name)
    return files


def labels_of(files: Sequence[Recognised]) -> frozenset[str]:
    """All labels that the files use or declare; a file that cannot be read has none, and its reader tells it."""
    labels: set[str] = set()
    for file in files:
        try:
            labels |= file.format.labels(file.path)
        except AnnotationError:
            continue
    return frozenset(labels)


def read_files(
    source: Path,
    files: Sequence[Recognised],
    label_map: LabelMap,
    opened: Callable[[Path], None] | None = None,
) -> SourceReading:
    """Reads the recognised files of a source.

    Args:
        source: the file or folder that the user named.
        files: what `recognise` found in it.
        label_map: meaning of the labels.
        opened: called for each photo that was opened.
    """
    reading = SourceReading()
    root = source if source.is_dir() else source.parent
    known, problems = find_attributions(root)
    reading.problems.extend(problems)
    for file in files:
        folder = file.path if file.path.is_dir() else file.path.parent
        split = split_of(Path(root.resolve().name) / file.path.relative_to(root))
        photos = reading.lookups.setdefault((folder, split), PhotoLookup(folder, root=root, split=split, opened=opened))
        try:
            found = file.format.read(file.path, photos, label_map)
        except AnnotationError as error:
            reading.problems.append(error.problem)
            continue
        reading.photos.extend((attributed(photo, known), str(file.path)) for photo in found.photos)
        reading.problems.extend(found.problems)
        reading.dropped.update(found.dropped)
    reading.problems.extend(broken_files(source, {file.path for file in files}))
    return reading


def sample_of(photo: AnnotatedPhoto, label_map: LabelMap) -> Sample:
    """A photo that was read as a sample, in train where its source states no split, and in no cluster yet."""
    return Sample(
        photo=photo_place(photo.file.sha256, f".{photo.file.format}"),
        sha256=photo.file.sha256,
        size=photo.file.size,
        source=label_map.name,
        name=photo.name,
        split=photo.split or Split.TRAIN,
        cluster="",
        annotated=photo.annotated,
        shapes=photo.shapes,
        fingerprint=photo.file.fingerprint,
        tags=photo.tags,
        attribution=photo.attribution,
    )


def findings(joined: Joined) -> list[Problem]:
    """Leaks and copies as problems."""
    problems = [
        Problem(
            code=ProblemCode.LEAK,
            file=leak.photo.origin,
            place=leak.photo.sample.name,
            what=f"{leak.words} {leak.twin.sample.name!r} ({leak.twin.origin}), on the other side of the split",
            done=f"moved from {leak.photo.stated} to {leak.moved_to}",
        )
        for leak in joined.leaks
    ]
    for copy in joined.copies:
        kept = f"{copy.kept.sample.name!r} ({copy.kept.origin})"
        agrees = copy.agrees
        problems.append(
            Problem(
                code=ProblemCode.PHOTO_COPY if agrees else ProblemCode.COPY_CONFLICT,
                file=copy.photo.origin,
                place=copy.photo.sample.name,
                what=f"byte for byte {kept}" + ("" if agrees else ", but annotated otherwise"),
                done="joined to one sample" if agrees else "the annotations of the latter stand",
            )
        )
    return problems
