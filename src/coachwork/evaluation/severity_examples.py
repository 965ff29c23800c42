"""Damages whose severity people have stated, measured as a rule measures them: as drawn, or as a model found them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from coachwork.assessments.assessment import Damage, damages_of
from coachwork.assessments.attribution import attributed
from coachwork.assessments.severity import SeverityRule
from coachwork.assessments.severity_features import SeverityView
from coachwork.assessments.severity_rating import damage_measures
from coachwork.datasets.sample import Sample
from coachwork.detections import Detections
from coachwork.evaluation.matching import match_photo
from coachwork.evaluation.pairs import EvaluationError, Pair
from coachwork.evaluation.severity import SeverityCase
from coachwork.photos.reading import Photo, read_photo
from coachwork.taxonomy import DamageType, Severity

Predict = Callable[[Photo], Detections]
"""A model at its operating point: a photo in, what it reports out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeverityExample:
    """One damage.

    Attributes:
        kind: its type.
        level: what people say.
        cluster: group of like photos that its photo belongs to.
        measures: see `measures_of`.
    """

    kind: DamageType
    level: Severity
    cluster: str
    measures: dict[str, float]


def examples_of(
    samples: Sequence[Sample],
    folder: Path,
    *,
    found_by: Predict | None = None,
    parts: Predict | None = None,
    progress: Callable[[], None] = lambda: None,
) -> tuple[SeverityExample, ...]:
    """The damages of some photos whose type and severity people have stated.

    Args:
        samples: annotated photos.
        folder: their dataset's folder.
        found_by: a damage model: damages then lie where it found them, and those that it missed are left out. Without
            one they lie where people drew them.
        parts: a part model, which tells the part that each damage lies on.
        progress: called after each photo that was looked at.

    Raises:
        EvaluationError: no damage has a severity.
        PhotoError: a photo cannot be read.
    """
    examples: list[SeverityExample] = []
    for sample in samples:
        if any(_states_severity(shape.type, shape.severity) for shape in sample.shapes):
            photo = read_photo(folder / sample.photo, name=sample.name)
            placed = list(_drawn(sample) if found_by is None else _found(sample, found_by(photo)))
            damages = [damage for damage, _ in placed]
            if parts is not None:
                damages = list(attributed(damages, parts(photo)))
            view = SeverityView.of(photo.pixels, photo.size)
            examples += [
                SeverityExample(
                    kind=damage.type, level=level, cluster=sample.cluster, measures=damage_measures(damage, view)
                )
                for damage, (_, level) in zip(damages, placed, strict=True)
            ]
        progress()
    if not examples:
        where = "was found by the model" if found_by is not None else "has a severity"
        message = f"no damage of these photos {where}: choose a dataset, split or source that states severities"
        raise EvaluationError(message)
    return tuple(examples)


def severity_cases(rule: SeverityRule, examples: Sequence[SeverityExample]) -> tuple[SeverityCase, ...]:
    """What a rule says of examples; types that it does not know are left out."""
    return tuple(
        SeverityCase(kind=one.kind, truth=one.level, said=rule.severity(one.kind, one.measures), cluster=one.cluster)
        for one in examples
        if one.kind in rule.kinds
    )


def _drawn(sample: Sample) -> Iterator[tuple[Damage, Severity]]:
    for shape in sample.shapes:
        if isinstance(shape.type, DamageType) and shape.severity is not None and not shape.crowd:
            yield Damage(type=shape.type, score=1.0, box=shape.box, mask=shape.mask(sample.size)), shape.severity


def _found(sample: Sample, detections: Detections) -> Iterator[tuple[Damage, Severity]]:
    types = [kind for kind in detections.types if isinstance(kind, DamageType)]
    match = match_photo(Pair.of(sample, detections), types, dict.fromkeys(types, 0.0))
    damages = damages_of(detections)
    for row, index in match.found.items():
        level = sample.shapes[index].severity
        if level is not None:
            yield damages[row], level


def _states_severity(kind: object, level: Severity | None) -> bool:
    return isinstance(kind, DamageType) and level is not None
