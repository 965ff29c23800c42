"""What is doubtful about the shapes of a source that were read without a fault: notes, nothing is left out for them."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from coachwork.annotations.contract import AnnotatedPhoto
from coachwork.annotations.outlines import box_polygon
from coachwork.annotations.problems import Problem, ProblemCode, Sighting
from coachwork.datasets.sample import Sample
from coachwork.datasets.shape_rules import pair_suspicions, single_suspicions
from coachwork.datasets.suspicions import Suspicion, SuspicionKind

_CODES = {
    SuspicionKind.DUPLICATE: ProblemCode.DUPLICATE_SHAPE,
    SuspicionKind.MIRRORED: ProblemCode.MIRRORED_SHAPE,
    SuspicionKind.TINY: ProblemCode.TINY_SHAPE,
}


def shape_findings(photos: Sequence[tuple[AnnotatedPhoto, Sample, str]]) -> list[Problem]:
    """Shapes that are there twice, mirrored or tiny, and photos without any.

    Args:
        photos: each as it was read, as a sample, and with the annotation file that it comes from.
    """
    problems = [
        _problem(suspicion, _CODES[suspicion.kind], photo, origin)
        for photo, sample, origin in photos
        for suspicion in (*single_suspicions(sample), *pair_suspicions(sample))
        if suspicion.kind in _CODES
    ]
    return [*problems, *_bare_photos(photos)]


def _problem(suspicion: Suspicion, code: ProblemCode, photo: AnnotatedPhoto, origin: str) -> Problem:
    shapes = [suspicion.sample.shapes[index] for index in suspicion.shapes]
    outlines = tuple(part for shape in shapes for part in (shape.polygons or (box_polygon(shape.box),)))
    return Problem(
        code=code,
        file=origin,
        place=photo.name,
        what=suspicion.what,
        done="kept",
        seen=Sighting(photo=photo.file.path, outlines=outlines),
    )


def _bare_photos(photos: Sequence[tuple[AnnotatedPhoto, Sample, str]]) -> Iterator[Problem]:
    """One note for each annotation file that lists photos without a shape: unlabelled is not negative."""
    by_origin: dict[str, list[Sample]] = defaultdict(list)
    for _, sample, origin in photos:
        by_origin[origin].append(sample)
    for origin, samples in by_origin.items():
        bare = [sample for sample in samples if not sample.shapes]
        if Path(origin).is_dir() and len(bare) == len(samples):
            continue  # a folder of photos, which no annotation file lists
        for samples_alike, done in (
            ([one for one in bare if not one.annotated], "taken as unlabelled"),
            ([one for one in bare if one.annotated], "taken as looked through and without damage of the set's types"),
        ):
            if samples_alike:
                first = samples_alike[0].name
                what = f"{len(samples_alike)} of {len(samples)} photos have no shape, such as {first!r}"
                yield Problem(code=ProblemCode.NO_SHAPES, file=origin, place="", what=what, done=done)
