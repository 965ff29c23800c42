"""Assessing photos: the Python face of Coachwork's main job."""

from dataclasses import replace
from functools import cached_property
from os import PathLike
from pathlib import Path

import numpy as np

from coachwork.assessments.assessment import AssessingModel, Assessment, PartModel, SeverityModel, make_assessment
from coachwork.assessments.attribution import attributed
from coachwork.assessments.car_evidence import PART_SCORE, CarEvidence, parts_share
from coachwork.assessments.making import Making
from coachwork.assessments.miss_rate import MissRateError
from coachwork.assessments.severity import SeverityRule
from coachwork.assessments.severity_rating import rated
from coachwork.assessments.verdict import VERDICT_FLOOR, judge
from coachwork.detections import Detections
from coachwork.inference.bundle import Bundle, BundleError, load_bundle, shipped_parts_folder
from coachwork.inference.making import making_of
from coachwork.inference.predictor import Predictor, RawPrediction
from coachwork.inference.severity_file import read_severity_rule, shipped_severity_path
from coachwork.inference.variant import Choice
from coachwork.photos.quality import measure_quality
from coachwork.photos.reading import Photo, read_photo
from coachwork.taxonomy import DamageType, Task

SHIPPED_PARTS = "shipped"
"""Stands for the part model that ships in the package, where it is there."""

SHIPPED_SEVERITY = "shipped"
"""Stands for the severity rule that ships in the package."""

MIN_SIDE = 1280
"""Photos are decoded at a reduced scale as long as their longer side keeps so many pixels."""


class Assessor:
    """Assesses photos with one model, loaded once.

    Attributes:
        model: what assessments say of the model.
        part_model: the same of the model that tells the parts; None where there is none.
        severity_rule: tells how severe damages are; None where that is left out.
        severity_model: what assessments say of it.
        notices: why another variant of the damage model answers than the choice stands for; empty where it is the one.
    """

    def __init__(
        self,
        bundle: Bundle | Path | None = None,
        *,
        min_score: float | None = None,
        threads: int | None = None,
        parts: Bundle | Path | None = None,
        variant: Choice | str = Choice.DEFAULT,
        severity: SeverityRule | Path | None = None,
        miss_rate: float | None = None,
    ) -> None:
        """Takes a bundle, by default the one that ships in the package.

        Args:
            bundle: the model, or its folder.
            min_score: damages from this score on are reported; by default from the operating point of each type on.
                The verdict does not depend on it.
            threads: for the model; by default the physical cores.
            parts: a part model, or its folder, that tells what each damage lies on; None leaves that out.
            variant: which variant of the models answers; a name stands for one of the damage model. Bundles that are
                given loaded keep theirs.
            severity: a rule, or its file, that tells how severe each damage is; None leaves that out.
            miss_rate: share of damaged photos that "none" may miss, by default what the model's card promises.

        Raises:
            BundleError: a bundle cannot be used, or is of another task.
            MissRateError: the model was calibrated on too few photos to promise the miss rate.
            SeverityFileError: the severity rule's file cannot be used.
            VariantError, MissingExtra: the variant that is named is not there, or cannot run here.
            ValueError: min_score lies outside 0..1.
        """
        if min_score is not None and not 0 <= min_score <= 1:
            message = f"min_score lies in 0..1, got {min_score}"
            raise ValueError(message)
        loaded = bundle if isinstance(bundle, Bundle) else load_bundle(bundle, variant=variant)
        loaded = _at_miss_rate(_checked(loaded, Task.DAMAGE), miss_rate)
        card = loaded.card
        reported = card.operating_point if min_score is None else (min_score,) * len(card.types)
        self.predictor = Predictor(loaded, threads=threads)
        self.model = AssessingModel(
            name=card.name,
            digest=loaded.digest,
            variant=loaded.variant.name,
            thresholds={DamageType(kind): score for kind, score in zip(card.types, reported, strict=True)},
            limits=card.limits,
            miss_rate=None if card.verdict is None else card.verdict.promised_miss_rate,
            calibration="" if card.verdict is None else card.verdict.how,
            none_below=None if card.verdict is None else card.verdict.none_below,
            promise="" if card.verdict is None else card.verdict.promise,
        )
        self.severity_rule = read_severity_rule(severity) if isinstance(severity, Path) else severity
        self.severity_model = None if self.severity_rule is None else SeverityModel.of(self.severity_rule)
        self.notices = (loaded.notice,) if loaded.notice else ()
        self.part_predictor: Predictor | None = None
        self.part_model: PartModel | None = None
        if parts is not None:
            choice = Choice(variant) if variant in tuple(Choice) else Choice.DEFAULT
            told = _checked(parts if isinstance(parts, Bundle) else load_bundle(parts, variant=choice), Task.PARTS)
            self.part_predictor = Predictor(told, threads=threads)
            self.part_model = PartModel(
                name=told.card.name, digest=told.digest, variant=told.variant.name, limits=told.card.limits
            )

    @property
    def min_side(self) -> int:
        """What `read_photo` should keep of the longer side, pixels."""
        return max(MIN_SIDE, self.predictor.bundle.card.input_size.longest)

    @cached_property
    def making(self) -> Making:
        """What the assessments are made with."""
        parts = None if self.part_predictor is None else self.part_predictor.bundle
        return making_of(self.predictor, parts, min_side=self.min_side)

    def assess(self, photo: Photo, *, file: str | None = None, parts: Detections | None = None) -> Assessment:
        """The assessment of a photo that was read.

        Args:
            photo: full size or reduced.
            file: the name to state; by default the photo's own.
            parts: what `parts_in` found in it, where that is known already.

        Raises:
            BundleError: the model cannot be run.
        """
        card = self.predictor.bundle.card
        quality = measure_quality(photo.pixels, photo.size)
        raw = self.predictor.raw(photo)
        ranking = self.predictor.decoded(raw, min_score=VERDICT_FLOOR, with_masks=False)
        found = self.predictor.decoded(raw, min_score=np.array(list(self.model.thresholds.values())))
        evidence = self._car_evidence(raw, photo, found)
        assessment = make_assessment(
            file=photo.name if file is None else file,
            sha256=photo.sha256,
            quality=quality,
            found=found,
            judgement=judge(
                ranking,
                quality,
                calibration=card.verdict,
                thresholds=card.operating_point,
                objection=None if evidence is None else evidence.objection,
            ),
            model=self.model,
            score_calibration=card.score_calibration,
            car_evidence=evidence,
            made_with=self.making,
        )
        return self.completed(assessment, photo, parts)

    def parts_in(self, photo: Photo) -> Detections | None:
        """The parts of the car in a photo, those sure enough to be reported; None without a part model."""
        if self.part_predictor is None:
            return None
        least = np.array(self.part_predictor.bundle.card.operating_point)
        return self.part_predictor.predict(photo, min_score=least)

    def _car_evidence(self, raw: RawPrediction, photo: Photo, found: Detections) -> CarEvidence | None:
        """Whether the photo shows a car; where that is doubted, the part model is asked, if there is one."""
        evidence = self.predictor.car_evidence(raw)
        if evidence is None:
            return None
        airbag = len(found) > 0 and found.types[int(found.labels[0])] is DamageType.DEPLOYED_AIRBAG
        evidence = replace(evidence, airbag=airbag)
        if not evidence.asks_for_parts or self.part_predictor is None:
            return evidence
        return replace(evidence, parts_share=parts_share(self.part_predictor.predict(photo, min_score=PART_SCORE)))

    def completed(self, assessment: Assessment, photo: Photo, parts: Detections | None = None) -> Assessment:
        """The assessment with the part of the car that each damage lies on, and how severe it is."""
        return self._with_severity(self._with_parts(assessment, photo, parts), photo)

    def _with_parts(self, assessment: Assessment, photo: Photo, parts: Detections | None) -> Assessment:
        """The assessment with the part of each damage; a photo without damages is not looked at again."""
        if self.part_predictor is None:
            return assessment
        damages = assessment.damages
        if damages:
            found = self.parts_in(photo) if parts is None else parts
            damages = damages if found is None else attributed(damages, found)
        return replace(assessment, damages=damages, part_model=self.part_model)

    def _with_severity(self, assessment: Assessment, photo: Photo) -> Assessment:
        """The assessment with how severe each damage is."""
        if self.severity_rule is None:
            return assessment
        damages = rated(assessment.damages, photo.pixels, photo.size, self.severity_rule)
        return replace(assessment, damages=damages, severity_model=self.severity_model)

    def assess_file(self, path: Path, *, file: str | None = None) -> tuple[Photo, Assessment]:
        """Reads and assesses a photo; `file` is the name to state, by default the path.

        Raises:
            PhotoError: the photo cannot be read.
            BundleError: the model cannot be run.
        """
        photo = read_photo(path, min_side=self.min_side)
        return photo, self.assess(photo, file=str(path) if file is None else file)


def _at_miss_rate(bundle: Bundle, miss_rate: float | None) -> Bundle:
    """The bundle with the bound of "none" at another miss rate; as it is where none is stated.

    Raises:
        MissRateError: its card does not allow to promise that.
    """
    if miss_rate is None:
        return bundle
    if bundle.card.verdict is None:
        raise MissRateError(miss_rate, "the model was not calibrated to rule damage out, and never claims none")
    return replace(bundle, card=replace(bundle.card, verdict=bundle.card.verdict.at_miss_rate(miss_rate)))


def _checked(bundle: Bundle, task: Task) -> Bundle:
    """The bundle, if it does what is asked of it.

    Raises:
        BundleError: its task is another.
    """
    if bundle.card.task is not task:
        option = {Task.DAMAGE: "--bundle", Task.PARTS: "--parts"}[task]
        why = f"its task is {bundle.card.task}, {option} needs one whose task is {task}"
        raise BundleError(folder=bundle.folder, why=why)
    return bundle


def assess(
    *photos: str | PathLike[str] | bytes,
    bundle: Bundle | Path | str | None = None,
    min_score: float | None = None,
    parts: Bundle | Path | str | None = SHIPPED_PARTS,
    severity: SeverityRule | Path | str | None = SHIPPED_SEVERITY,
) -> list[Assessment]:
    """Assesses photos of a car.

    Args:
        *photos: paths, or the bytes of photo files.
        bundle: the model, or its folder; by default the one that ships in the package.
        min_score: damages from this score on are reported; by default from the operating point of each type on.
        parts: the part model, or its folder, by default the one that ships in the package; None leaves parts out.
        severity: the rule that tells severities, or its file, by default the one that ships; None leaves them out.

    Returns:
        One assessment per photo, in their order.

    Raises:
        PhotoError: a photo cannot be read.
        BundleError: the bundle cannot be used.
        SeverityFileError: the severity rule's file cannot be used.
        ValueError: min_score lies outside 0..1.
    """
    told = shipped_parts_folder() if parts == SHIPPED_PARTS else parts
    rule = shipped_severity_path() if severity == SHIPPED_SEVERITY else severity
    assessor = Assessor(
        Path(bundle) if isinstance(bundle, str) else bundle,
        min_score=min_score,
        parts=Path(told) if isinstance(told, str) else told,
        severity=Path(rule) if isinstance(rule, str) else rule,
    )
    assessments = []
    for source in photos:
        if isinstance(source, bytes):
            assessments.append(assessor.assess(read_photo(source, min_side=assessor.min_side)))
        else:
            assessments.append(assessor.assess_file(Path(source))[1])
    return assessments
