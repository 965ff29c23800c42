"""Looks at unlabelled and at annotated photos with a model, so that the most useful ones can be chosen."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from coachwork.assessments.verdict import VERDICT_FLOOR, judge
from coachwork.datasets.candidates import LIGHT_MEASURES, Annotated, Candidate, LeftOut
from coachwork.datasets.dataset import Dataset
from coachwork.datasets.doubt import detection_doubt, expected_counts, near_thresholds, verdict_doubt
from coachwork.datasets.sample import Sample
from coachwork.inference.assessing import MIN_SIDE
from coachwork.inference.predictor import Predictor
from coachwork.photos.descriptor import DESCRIPTOR_NAME, descriptor
from coachwork.photos.fingerprint import fingerprint
from coachwork.photos.quality import Quality, measure_quality
from coachwork.photos.reading import Photo, PhotoError, read_photo
from coachwork.taxonomy import KINDS, Kind

MODEL_EMBEDDING = "the model's embedding"


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolPhoto:
    """A photo that nobody has annotated.

    Attributes:
        path: its file.
        name: as it is to be shown.
    """

    path: Path
    name: str


class PhotoExaminer:
    """Looks at photos with one model.

    Attributes:
        embedded_by: what photos are compared by: the model's embedding, or a descriptor where the model has none; empty
            before the first photo.
    """

    def __init__(self, predictor: Predictor) -> None:
        self.predictor = predictor
        self.embedded_by = ""
        self._min_side = max(MIN_SIDE, predictor.bundle.card.input_size.longest)

    def examine(self, one: PoolPhoto) -> Candidate | LeftOut:
        """What selection has to know of a photo, or why it is left out.

        Raises:
            BundleError: the model cannot be run.
        """
        try:
            photo = read_photo(one.path, name=one.name, min_side=self._min_side)
        except PhotoError as error:
            return LeftOut(name=one.name, why=f"it cannot be read: {error.explanation}")
        quality = measure_quality(photo.pixels, photo.size)
        if not quality.usable:
            return LeftOut(name=one.name, why=" ".join(quality.reasons))
        return self.candidate(photo, quality, name=one.name)

    def candidate(self, photo: Photo, quality: Quality, *, name: str) -> Candidate:
        """What selection has to know of a usable photo.

        Raises:
            BundleError: the model cannot be run.
        """
        card = self.predictor.bundle.card
        raw = self.predictor.raw(photo)
        ranking = self.predictor.decoded(raw, min_score=VERDICT_FLOOR, with_masks=False)
        judged = judge(ranking, quality, calibration=card.verdict, thresholds=card.operating_point)
        near = near_thresholds(ranking, card.thresholds)
        bounds = None if card.verdict is None else (card.verdict.none_below, card.verdict.damaged_above)
        return Candidate(
            name=name,
            sha256=photo.sha256,
            fingerprint=fingerprint(photo.pixels),
            embedding=self._embedded(photo, self.predictor.embedding(raw)),
            light=light_of(quality),
            damage_probability=judged.damage_probability,
            bounds=bounds,
            verdict_doubt=_verdict_doubt(judged.damage_probability, bounds),
            detection_doubt=detection_doubt(near),
            near=near,
            expected=expected_counts(ranking, card.thresholds),
        )

    def embedding(self, photo: Photo) -> NDArray[np.float32]:
        """What a photo looks like, (E,) float32 of length 1, by the same as all photos before.

        Raises:
            BundleError: the model cannot be run.
        """
        if self.embedded_by == DESCRIPTOR_NAME:
            return descriptor(photo.pixels)
        return self._embedded(photo, self.predictor.embedding(self.predictor.raw(photo)))

    def _embedded(self, photo: Photo, found: NDArray[np.float32] | None) -> NDArray[np.float32]:
        self.embedded_by = DESCRIPTOR_NAME if found is None else MODEL_EMBEDDING
        return descriptor(photo.pixels) if found is None else found


def _verdict_doubt(probability: float, bounds: tuple[float, float] | None) -> float:
    return 0.0 if bounds is None else verdict_doubt(probability, none_below=bounds[0], damaged_above=bounds[1])


def light_of(quality: Quality) -> NDArray[np.float64]:
    """The `LIGHT_MEASURES` of a photo, (4,) float64."""
    return np.array([getattr(quality, measure) for measure in LIGHT_MEASURES], dtype=np.float64)


def examine_pool(
    pool: Iterable[PoolPhoto], examiner: PhotoExaminer, *, seen: Callable[[], None] = lambda: None
) -> tuple[list[Candidate], list[LeftOut]]:
    """All photos of a pool, each file once: those that may be chosen, and those that cannot be used.

    Args:
        pool: the photos.
        examiner: with its model.
        seen: called for each photo that is done.

    Raises:
        BundleError: the model cannot be run.
    """
    candidates: dict[str, Candidate] = {}
    left_out = []
    for one in pool:
        found = examiner.examine(one)
        seen()
        if isinstance(found, LeftOut):
            left_out.append(found)
        elif (first := candidates.setdefault(found.sha256, found)) is not found:
            left_out.append(LeftOut(name=found.name, why=f"it is a copy of {first.name}"))
    return list(candidates.values()), left_out


def annotated_photos(
    dataset: Dataset, examiner: PhotoExaminer, *, most: int, seen: Callable[[], None] = lambda: None
) -> Annotated:
    """What selection has to know of the annotated photos of a dataset.

    Args:
        dataset: with annotated photos.
        examiner: with its model.
        most: so many photos are looked at, evenly drawn over all; of the others fingerprints and damages are known.
        seen: called for each photo that was looked at.

    Raises:
        BundleError: the model cannot be run.
    """
    samples = [sample for sample in dataset.samples if not sample.is_unlabelled]
    hashed = [sample for sample in samples if sample.fingerprint is not None]
    embeddings, lights = [], []
    for sample in looked_at(samples, most):
        try:
            photo = read_photo(dataset.photo_path(sample), name=sample.name, min_side=MIN_SIDE)
        except PhotoError:
            continue  # `coachwork dataset check` tells
        finally:
            seen()
        embeddings.append(examiner.embedding(photo))
        lights.append(light_of(measure_quality(photo.pixels, photo.size)))
    return Annotated(
        names=tuple(sample.name for sample in hashed),
        fingerprints=np.array([sample.fingerprint for sample in hashed], dtype=np.uint64),
        sha256=frozenset(sample.sha256 for sample in samples),
        embeddings=np.stack(embeddings) if embeddings else Annotated().embeddings,
        light=np.stack(lights) if lights else Annotated().light,
        counts=type_counts(samples),
    )


def looked_at(samples: Sequence[Sample], most: int) -> list[Sample]:
    """At most so many samples, evenly drawn."""
    if len(samples) <= most:
        return list(samples)
    return [samples[int(place * len(samples) / most)] for place in range(most)]


def type_counts(samples: Sequence[Sample]) -> dict[Kind, int]:
    """Annotated damages of each type that any of the samples could hold."""
    kinds = {kind for sample in samples for kind in sample.annotated}
    counts = {kind: 0 for kind in KINDS if kind in kinds}
    for sample in samples:
        for shape in sample.shapes:
            if shape.type is not None:
                counts[shape.type] = counts.get(shape.type, 0) + 1
    return counts
