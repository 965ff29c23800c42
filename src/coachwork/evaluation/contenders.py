"""Several models look at the same photos, each photo read once and seen by each model once."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from coachwork.datasets.sample import Sample
from coachwork.detections import Detections
from coachwork.evaluation.pairs import EvaluationError, Pair
from coachwork.evaluation.run import OperatingPoint, Predict, Progress, crop_cases
from coachwork.evaluation.verdict import VerdictCase
from coachwork.photos.quality import Quality, measure_quality
from coachwork.photos.reading import Photo, read_photo
from coachwork.taxonomy import Kind

LABELS = "ABCD"
"""What models are called in a comparison; more of them than charts have colours cannot be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """A model that is compared with others.

    Attributes:
        label: one letter.
        name: the bundle's.
        digest: SHA-256 of the model, hex.
        architecture: the network.
        types: what it can see.
        megabytes: size of its file, 10^6 bytes.
        predict: the model itself.
        point: where it works.
    """

    label: str
    name: str
    digest: str
    architecture: str
    types: tuple[Kind, ...]
    megabytes: float
    predict: Predict
    point: OperatingPoint


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Look:
    """What one model found.

    Attributes:
        contender: the model.
        pairs: (P,) one for each photo, then one for each photo of undamaged cars.
        crops: (P,) the crops of each photo, none where it has no place for them.
        milliseconds: (P,) float64, how long the model took for each whole photo.
    """

    contender: Contender
    pairs: tuple[Pair, ...]
    crops: tuple[tuple[VerdictCase, ...], ...]
    milliseconds: NDArray[np.float64]

    @property
    def typical_ms(self) -> float:
        """Median over the photos but the first, at which the model is loaded; that one where there is no other."""
        return float(np.median(self.milliseconds[1:] if len(self.milliseconds) > 1 else self.milliseconds))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Looks:
    """What all models found on the same P photos.

    Attributes:
        looks: one for each model, in their order.
        photos: how many of the P were given as annotated photos; those after them show undamaged cars.
        qualities: (P,) of each photo.
        paths: (P,) file of each photo.
    """

    looks: tuple[Look, ...]
    photos: int
    qualities: tuple[Quality, ...]
    paths: tuple[Path, ...]

    @property
    def pairs(self) -> tuple[Pair, ...]:
        """The first model's; their samples are those of all."""
        return self.looks[0].pairs


def look_at(
    contenders: Sequence[Contender],
    samples: Sequence[Sample],
    folder: Path,
    *,
    undamaged: Sequence[Sample] = (),
    undamaged_folder: Path | None = None,
    with_crops: bool = True,
    seed: int = 0,
    progress: Progress | None = None,
) -> Looks:
    """Shows every photo to every model.

    Args:
        contenders: the models.
        samples: annotated photos.
        folder: their dataset's folder.
        undamaged: photos of undamaged cars.
        undamaged_folder: their dataset's folder, by default `folder`.
        with_crops: also shows a damaged and a damage-free crop of each annotated photo; takes three times as long.
        seed: of the crops' places.
        progress: told of every photo.

    Raises:
        EvaluationError: there is no photo.
        PhotoError: a photo cannot be read.
    """
    if not samples:
        message = "there is no photo to compare on: choose a split or a source that has some"
        raise EvaluationError(message)
    report = progress or (lambda _done, _total: None)
    samples, clean = _ordered(samples), _ordered(undamaged)
    places = [folder / s.photo for s in samples] + [(undamaged_folder or folder) / s.photo for s in clean]
    pairs: list[list[Pair]] = [[] for _ in contenders]
    crops: list[list[tuple[VerdictCase, ...]]] = [[] for _ in contenders]
    spent: list[list[float]] = [[] for _ in contenders]
    qualities = []
    for done, (sample, path) in enumerate(zip((*samples, *clean), places, strict=True), start=1):
        photo = read_photo(path, name=sample.name)
        qualities.append(measure_quality(photo.pixels, photo.size))
        cropped = with_crops and done <= len(samples)
        for number, contender in enumerate(contenders):
            found, took = _timed(contender.predict, photo)
            spent[number].append(took)
            pairs[number].append(Pair.of(sample, found))
            crops[number].append(tuple(crop_cases(contender.predict, sample, photo, seed)) if cropped else ())
        report(done, len(places))
    looks = tuple(
        Look(contender=contender, pairs=tuple(own), crops=tuple(cut), milliseconds=np.array(times))
        for contender, own, cut, times in zip(contenders, pairs, crops, spent, strict=True)
    )
    return Looks(looks=looks, photos=len(samples), qualities=tuple(qualities), paths=tuple(places))


def _ordered(samples: Sequence[Sample]) -> list[Sample]:
    """By digest, so that no figure hangs on the order in which a dataset lists its photos."""
    return sorted(samples, key=lambda sample: (sample.sha256, sample.photo, sample.name))


def _timed(predict: Callable[[Photo], Detections], photo: Photo) -> tuple[Detections, float]:
    started = time.perf_counter()
    found = predict(photo)
    return found, 1000 * (time.perf_counter() - started)
