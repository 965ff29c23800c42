"""All that is found out about a dataset before a model is trained on it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from coachwork.datasets.disagreement import disagreements
from coachwork.datasets.duplicates import NearDuplicates, near_duplicates
from coachwork.datasets.findings import findings
from coachwork.datasets.looks import PhotoLook, look_at_photos, quality_figures
from coachwork.datasets.sample import Sample
from coachwork.datasets.shape_rules import rule_suspicions
from coachwork.datasets.statistics import DatasetStatistics, dataset_statistics
from coachwork.datasets.suspicions import Suspicion, count_by_kind, ranked
from coachwork.detections import Detections
from coachwork.photos.reading import Photo, PhotoError, read_photo
from coachwork.taxonomy import Kind

SCHEMA = "coachwork.dataset-report/1"

Predict = Callable[[Photo], Detections]
"""A model: a photo in, detections out, down to low scores (0.01)."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SecondOpinion:
    """A model that looks at the photos.

    Attributes:
        predict: the model.
        thresholds: score from which on it reports a detection of a type.
        name: what it is called.
        min_side: of the photos that it is shown, pixels.
    """

    predict: Predict
    thresholds: Mapping[Kind, float]
    name: str
    min_side: int = 1280


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Understanding:
    """What was found out.

    Attributes:
        samples: of the dataset, in their order.
        looks: of their photos, in the same order.
        statistics: what is counted.
        duplicates: near-duplicates and mirrored copies, leaks first.
        suspicions: annotations that are probably wrong, by kind, the worst first.
        about: what was looked at, as text: dataset, digest, model.
        seen_by_model: how many photos a model looked at; None without a model.
    """

    samples: tuple[Sample, ...]
    looks: tuple[PhotoLook, ...]
    statistics: DatasetStatistics
    duplicates: tuple[NearDuplicates, ...]
    suspicions: tuple[Suspicion, ...]
    about: Mapping[str, str] = field(default_factory=dict)
    seen_by_model: int | None = None

    @property
    def leaks(self) -> int:
        """Groups of near-duplicates that lie in more than one split."""
        return sum(group.leaks for group in self.duplicates)

    @property
    def findings(self) -> tuple[str, ...]:
        """What should be mended or known before training, in sentences."""
        return findings(self.statistics, self.duplicates, self.looks)

    def as_json(self) -> dict[str, Any]:
        """Everything as one JSON object of schema `coachwork.dataset-report/1`."""
        return {
            "schema": SCHEMA,
            "about": dict(self.about),
            "findings": list(self.findings),
            "statistics": self.statistics.as_json(),
            "quality": quality_figures(self.looks),
            "near_duplicates": {
                "groups": len(self.duplicates),
                "mirrored": sum(group.mirrored for group in self.duplicates),
                "leaks": self.leaks,
                "annotated_differently": sum(group.disagree for group in self.duplicates),
                "list": [group.as_json() for group in self.duplicates],
            },
            "photos_seen_by_model": self.seen_by_model,
            "suspicions": {
                "counts": {kind.value: count for kind, count in count_by_kind(self.suspicions).items()},
                "list": [one.as_json() for one in self.suspicions],
            },
        }


def understand(
    samples: Sequence[Sample],
    folder: Path,
    *,
    opinion: SecondOpinion | None = None,
    most: int | None = None,
    about: Mapping[str, str] | None = None,
    seen: Callable[[], None] | None = None,
    judged: Callable[[], None] | None = None,
) -> Understanding:
    """Looks at the photos and annotations of a dataset, and lets a model look where there is one.

    Args:
        samples: of one dataset, perhaps none.
        folder: which their photos are relative to.
        opinion: the model.
        most: the model looks at so many photos at most, drawn by their digests; None for all.
        about: kept in the result.
        seen: called for each photo that was looked at.
        judged: called for each photo that the model looked at.
    """
    looks = look_at_photos(samples, folder, seen=seen)
    found = list(rule_suspicions(samples))
    shown = photos_for_model(samples, looks, most) if opinion is not None else ()
    if opinion is not None:
        for sample in shown:
            found += model_suspicions(sample, folder, opinion)
            if judged is not None:
                judged()
    names = {} if opinion is None else {"model": opinion.name}
    return Understanding(
        samples=tuple(samples),
        looks=looks,
        statistics=dataset_statistics(samples),
        duplicates=near_duplicates(samples, looks),
        suspicions=ranked(found),
        about={**(about or {}), **names},
        seen_by_model=None if opinion is None else len(shown),
    )


def photos_for_model(
    samples: Sequence[Sample], looks: Sequence[PhotoLook], most: int | None = None
) -> tuple[Sample, ...]:
    """The photos that a model is shown: those that can be read and of which something is annotated."""
    shown = [
        sample
        for sample, look in zip(samples, looks, strict=True)
        if look.quality is not None and (sample.annotated or sample.shapes)
    ]
    return tuple(sorted(shown, key=lambda sample: sample.sha256)[:most])


def model_suspicions(sample: Sample, folder: Path, opinion: SecondOpinion) -> tuple[Suspicion, ...]:
    """Where the model and the annotations of one photo contradict each other; nothing for a photo that changed."""
    try:
        photo = read_photo(folder / sample.photo, name=sample.name, min_side=opinion.min_side)
    except PhotoError:
        return ()
    if photo.size != sample.size:
        return ()
    return tuple(disagreements(sample, opinion.predict(photo), opinion.thresholds))
