"""Licence and author of single photos, which no annotation format has words for: in a table beside the annotations.

The table is the one that `coachwork collect` writes beside its photos, so that collected photos keep their terms when
they are annotated in another program, and exports pass them on.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from coachwork.annotations.contract import AnnotatedPhoto
from coachwork.annotations.export import Export, Rewritten
from coachwork.annotations.photo_lookup import photo_files
from coachwork.annotations.problems import Problem, ProblemCode
from coachwork.datasets.photo_table import PHOTO_TABLE, CollectedPhoto, attributions_by_digest
from coachwork.datasets.sample import Attribution, Sample


def find_attributions(folder: Path) -> tuple[Mapping[str, Attribution], tuple[Problem, ...]]:
    """Digest -> attribution from the table in a folder or the one above it, and what is wrong with the table."""
    place = folder if (folder / PHOTO_TABLE).is_file() else folder.resolve().parent
    try:
        return attributions_by_digest(place), ()
    except (OSError, ValueError) as error:
        done = "photos taken without licence and author"
        what = str(error)
    problem = Problem(code=ProblemCode.FILE_UNREADABLE, file=str(place / PHOTO_TABLE), place="", what=what, done=done)
    return {}, (problem,)


def attributed(photo: AnnotatedPhoto, known: Mapping[str, Attribution]) -> AnnotatedPhoto:
    """The photo with its licence and author, where its own file does not state them and the table does."""
    found = known.get(photo.file.sha256)
    return photo if found is None or photo.attribution is not None else replace(photo, attribution=found)


def write_attributions(export: Export) -> None:
    """Writes the table beside an export's annotations, where any photo has terms of its own."""
    stated = [(sample, sample.attribution) for sample in export.samples if sample.attribution is not None]
    if not stated:
        return
    places = {path.name: path.relative_to(export.folder).as_posix() for path in photo_files(export.folder)}
    lines = []
    for sample, attribution in stated:
        name = export.name(sample)
        lines.append(_entry(sample, attribution, places.get(name, name), _written(export, sample)).as_line())
    (export.folder / PHOTO_TABLE).write_text("\n".join(lines) + "\n", encoding="utf-8")


def _written(export: Export, sample: Sample) -> Rewritten:
    """Digest and length of the bytes that an export holds of a photo: readers find its terms by the former."""
    known = export.rewritten.get(sample.sha256)
    return known or Rewritten(sample.sha256, export.photo_path(sample).stat().st_size)


def _entry(sample: Sample, attribution: Attribution, file: str, written: Rewritten) -> CollectedPhoto:
    return CollectedPhoto(
        file=file,
        sha256=written.sha256,
        url=attribution.url,
        licence=attribution.licence,
        licence_stated=attribution.licence,
        licence_url="",
        author=attribution.author,
        title="",
        page=attribution.url,
        width=sample.size.width,
        height=sample.size.height,
        bytes=written.bytes,
        retrieved="",
    )
