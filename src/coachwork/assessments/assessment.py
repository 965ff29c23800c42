"""The assessment of one photo: made from what a model found, and made again rather than edited."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from coachwork.assessments.car_evidence import CarEvidence
from coachwork.assessments.making import Making
from coachwork.assessments.score_calibration import ScoreCalibrations
from coachwork.assessments.severity import DamageSeverity, SeverityRule
from coachwork.assessments.verdict import Judgement, Verdict
from coachwork.detections import Detections
from coachwork.geometry.box import Box
from coachwork.geometry.mask import Mask
from coachwork.geometry.size import Size
from coachwork.photos.quality import Quality
from coachwork.taxonomy import CarPart, DamageType

UNKNOWN_PART = "unknown"
"""Name, in files, of the part of a damage that lies on no part that was found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DamagedPart:
    """The part of the car that a damage lies on, as far as a part model saw it.

    Attributes:
        part: which; None where no part that was found holds enough of the damage.
        share: of the damage's pixels that lie on the part, 0..1.
        area_px: covered pixels of the part in the upright photo; None where the part is.
    """

    part: CarPart | None
    share: float
    area_px: int | None = None

    @property
    def name(self) -> str:
        """As files write it."""
        return UNKNOWN_PART if self.part is None else self.part.value

    @property
    def words(self) -> str:
        """As people read it.

        >>> DamagedPart(part=CarPart.FRONT_LEFT_DOOR, share=0.9).words, DamagedPart(part=None, share=0.0).words
        ('front left door', 'part unknown')
        """
        return "part unknown" if self.part is None else self.part.words


@dataclass(frozen=True, slots=True, kw_only=True)
class Damage:
    """One damage on one photo.

    Attributes:
        type: what it is.
        score: the model's, 0..1.
        box: pixels of the upright photo.
        mask: covered pixels of the upright photo, or None where the model has no masks.
        part: what it lies on; None where no part model was asked.
        severity: how bad it is, as far as that can be told; None where that was not asked.
        probability: 0..1 that the detection is right, by the model's card; None where the card does not say.
    """

    type: DamageType
    score: float
    box: Box
    mask: Mask | None
    part: DamagedPart | None = None
    severity: DamageSeverity | None = None
    probability: float | None = None

    @property
    def words(self) -> str:
        """Type and, where it is known, part, as people read them."""
        known = self.part is not None and self.part.part is not None
        return f"{self.type.words}, {self.part.words}" if self.part and known else self.type.words

    @property
    def area_px(self) -> int:
        """Covered pixels of the upright photo; the box's area where there is no mask."""
        return round(self.box.area) if self.mask is None else self.mask.area


@dataclass(frozen=True, slots=True, kw_only=True)
class AssessingModel:
    """Which model spoke, and from which scores on.

    Attributes:
        name: the bundle's name.
        digest: SHA-256 of the model's file, hex.
        variant: how it was run, such as "int8-openvino".
        thresholds: the scores from which each type was reported; its keys are what the model can see.
        limits: sentences that say what the model cannot see.
        miss_rate: share of damaged photos that "none" is calibrated to miss, or None where "none" is never claimed.
        calibration: how that was calibrated.
        none_below: "none" is claimed below this damage probability; None where it is never claimed.
        promise: what "none" promises, of which photos, without a full stop; empty where that is unknown.
        version: of the bundle, where it was released; empty else.
        bundle: SHA-256 of the bundle as a whole, hex, where it was released; empty else.
    """

    name: str
    digest: str
    variant: str = ""
    thresholds: Mapping[DamageType, float]
    limits: tuple[str, ...] = ()
    miss_rate: float | None = None
    calibration: str = ""
    none_below: float | None = None
    promise: str = ""
    version: str = ""
    bundle: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartModel:
    """Which model said what the parts are.

    Attributes:
        name: the bundle's name.
        digest: SHA-256 of the model's file, hex.
        variant: how it was run, such as "int8-openvino".
        limits: sentences that say what it cannot do, and what must be known of its training photos.
    """

    name: str
    digest: str
    variant: str = ""
    limits: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SeverityModel:
    """Which rule said how severe damages are.

    Attributes:
        name: the rule's name.
        digest: SHA-256 of its file, hex; empty for a rule that lies in no file.
        coverage: share 0..1 of the damages of a level whose range is to hold it, where that is promised.
        limits: sentences that say what it cannot tell.
    """

    name: str
    digest: str
    coverage: float
    limits: tuple[str, ...] = ()

    @classmethod
    def of(cls, rule: SeverityRule) -> "SeverityModel":
        """What assessments say of a rule."""
        return cls(name=rule.name, digest=rule.digest, coverage=rule.coverage, limits=rule.limits)


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """What is said of one photo.

    Attributes:
        file: the photo's path or name as it was given.
        sha256: digest of the photo's bytes, hex.
        size: of the upright photo.
        quality: of the photo.
        verdict: what is claimed.
        damage_probability: 0..1.
        damages: best first.
        model: which model spoke.
        advice: sentences that say which photo is needed; empty where nothing is.
        part_model: which model told the parts; None where none was asked.
        severity_model: which rule told the severities; None where none was asked.
        strange: whether the photo is unlike the photos of cars that the model knows; None where it cannot tell.
        car_evidence: what that rests on; None where it cannot tell.
        made_with: what must be there again to make the same assessment of the same photo; None where that is unknown.
    """

    file: str
    sha256: str
    size: Size
    quality: Quality
    verdict: Verdict
    damage_probability: float
    damages: tuple[Damage, ...]
    model: AssessingModel
    advice: tuple[str, ...] = field(default=())
    part_model: PartModel | None = None
    severity_model: SeverityModel | None = None
    strange: bool | None = None
    car_evidence: CarEvidence | None = None
    made_with: Making | None = None


def make_assessment(
    *,
    file: str,
    sha256: str,
    quality: Quality,
    found: Detections,
    judgement: Judgement,
    model: AssessingModel,
    score_calibration: ScoreCalibrations | None = None,
    car_evidence: CarEvidence | None = None,
    made_with: Making | None = None,
) -> Assessment:
    """Puts an assessment together from the detections that are to be reported and the judgement of the whole photo."""
    return Assessment(
        file=file,
        sha256=sha256,
        size=found.size,
        quality=quality,
        verdict=judgement.verdict,
        damage_probability=judgement.damage_probability,
        damages=damages_of(found, score_calibration),
        model=model,
        advice=judgement.advice,
        strange=None if car_evidence is None else car_evidence.strange,
        car_evidence=car_evidence,
        made_with=made_with,
    )


def damages_of(found: Detections, score_calibration: ScoreCalibrations | None = None) -> tuple[Damage, ...]:
    """Detections as damages, in their order, each told once; with probabilities where their type has a rule."""
    found, rules = found.apart(), score_calibration or {}
    masks: Sequence[Mask | None] = [None] * len(found) if found.masks is None else found.masks
    return tuple(
        Damage(
            type=DamageType(found.types[int(label)]),
            score=float(score),
            box=Box(x_min=float(box[0]), y_min=float(box[1]), x_max=float(box[2]), y_max=float(box[3])),
            mask=mask,
            probability=rules[kind].probability(float(score)) if (kind := found.types[int(label)]) in rules else None,
        )
        for box, label, score, mask in zip(found.boxes, found.labels, found.scores, masks, strict=True)
    )
