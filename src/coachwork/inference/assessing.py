"""Assessing photos: the Python face of Coachwork's main job."""

from os import PathLike
from pathlib import Path

import numpy as np

from coachwork.assessments.assessment import AssessingModel, Assessment, make_assessment
from coachwork.assessments.verdict import VERDICT_FLOOR, judge
from coachwork.inference.bundle import Bundle, load_bundle
from coachwork.inference.predictor import Predictor
from coachwork.photos.quality import measure_quality
from coachwork.photos.reading import Photo, read_photo
from coachwork.taxonomy import DamageType

MIN_SIDE = 1280
"""Photos are decoded at a reduced scale as long as their longer side keeps so many pixels."""


class Assessor:
    """Assesses photos with one model, loaded once.

    Attributes:
        model: what assessments say of the model.
    """

    def __init__(
        self, bundle: Bundle | Path | None = None, *, min_score: float | None = None, threads: int | None = None
    ) -> None:
        """Takes a bundle, by default the one that ships in the package.

        Args:
            bundle: the model, or its folder.
            min_score: damages from this score on are reported; by default from the operating point of each type on.
                The verdict does not depend on it.
            threads: for the model; by default the physical cores.

        Raises:
            BundleError: the bundle cannot be used.
            ValueError: min_score lies outside 0..1.
        """
        if min_score is not None and not 0 <= min_score <= 1:
            message = f"min_score lies in 0..1, got {min_score}"
            raise ValueError(message)
        loaded = bundle if isinstance(bundle, Bundle) else load_bundle(bundle)
        card = loaded.card
        reported = card.operating_point if min_score is None else (min_score,) * len(card.types)
        self.predictor = Predictor(loaded, threads=threads)
        self.model = AssessingModel(
            name=card.name,
            digest=loaded.digest,
            thresholds={DamageType(kind): score for kind, score in zip(card.types, reported, strict=True)},
            limits=card.limits,
            miss_rate=None if card.verdict is None else card.verdict.promised_miss_rate,
            calibration="" if card.verdict is None else card.verdict.how,
        )

    @property
    def min_side(self) -> int:
        """What `read_photo` should keep of the longer side, pixels."""
        return max(MIN_SIDE, self.predictor.bundle.card.input_size.longest)

    def assess(self, photo: Photo, *, file: str | None = None) -> Assessment:
        """The assessment of a photo that was read.

        Args:
            photo: full size or reduced.
            file: the name to state; by default the photo's own.

        Raises:
            BundleError: the model cannot be run.
        """
        card = self.predictor.bundle.card
        quality = measure_quality(photo.pixels, photo.size)
        raw = self.predictor.raw(photo)
        ranking = self.predictor.decoded(raw, min_score=VERDICT_FLOOR, with_masks=False)
        found = self.predictor.decoded(raw, min_score=np.array(list(self.model.thresholds.values())))
        return make_assessment(
            file=photo.name if file is None else file,
            sha256=photo.sha256,
            quality=quality,
            found=found,
            judgement=judge(ranking, quality, calibration=card.verdict, thresholds=card.operating_point),
            model=self.model,
        )

    def assess_file(self, path: Path, *, file: str | None = None) -> tuple[Photo, Assessment]:
        """Reads and assesses a photo; `file` is the name to state, by default the path.

        Raises:
            PhotoError: the photo cannot be read.
            BundleError: the model cannot be run.
        """
        photo = read_photo(path, min_side=self.min_side)
        return photo, self.assess(photo, file=str(path) if file is None else file)


def assess(
    *photos: str | PathLike[str] | bytes, bundle: Bundle | Path | str | None = None, min_score: float | None = None
) -> list[Assessment]:
    """Assesses photos of a car.

    Args:
        *photos: paths, or the bytes of photo files.
        bundle: the model, or its folder; by default the one that ships in the package.
        min_score: damages from this score on are reported; by default from the operating point of each type on.

    Returns:
        One assessment per photo, in their order.

    Raises:
        PhotoError: a photo cannot be read.
        BundleError: the bundle cannot be used.
        ValueError: min_score lies outside 0..1.
    """
    assessor = Assessor(Path(bundle) if isinstance(bundle, str) else bundle, min_score=min_score)
    assessments = []
    for source in photos:
        if isinstance(source, bytes):
            assessments.append(assessor.assess(read_photo(source, min_side=assessor.min_side)))
        else:
            assessments.append(assessor.assess_file(Path(source))[1])
    return assessments
