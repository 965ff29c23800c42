"""Assessments read back from JSON of the schema ``coachwork.assessment/1`` (docs/assess.md).

What the JSON leaves out stays unknown: the sentences on a model's limits, how it was calibrated and what "none"
promises.
"""

from collections.abc import Mapping

from coachwork.assessments.assessment import (
    UNKNOWN_PART,
    AssessingModel,
    Assessment,
    Damage,
    DamagedPart,
    PartModel,
    SeverityModel,
)
from coachwork.assessments.car_evidence import CarEvidence
from coachwork.assessments.making import making_from_json
from coachwork.assessments.severity import DamageSeverity
from coachwork.assessments.verdict import Verdict
from coachwork.geometry.box import Box
from coachwork.geometry.mask import Mask, mask_from_rle
from coachwork.geometry.size import Size
from coachwork.json_objects import JsonObject
from coachwork.photos.quality import Quality
from coachwork.reasons import Reason, reasons_of
from coachwork.taxonomy import CarPart, DamageType, Severity, kind_of

MOST_PIXELS = 2_000_000_000
"""No photo is larger; a mask of a larger frame would be asked for memory that nobody has."""


def assessment_from_json(values: JsonObject) -> Assessment:
    """The assessment of one photo.

    Raises:
        JsonFileError: a field is missing or wrong.
    """
    photo = values.object("photo")
    size = Size(height=photo.whole("height", low=1), width=photo.whole("width", low=1))
    if size.area > MOST_PIXELS:
        raise photo.wrong(key="width", why=f"makes a photo of more than {MOST_PIXELS:,} pixels")
    known = reasons_of(values.values)
    return Assessment(
        file=photo.text("file"),
        sha256=photo.text("sha256"),
        size=size,
        quality=_quality(values.object("quality"), known),
        verdict=values.choice("verdict", Verdict),
        damage_probability=values.number("damage_probability", low=0, high=1),
        damages=tuple(_damage(one, size) for one in values.objects("damages")),
        model=_model(values.object("model")),
        advice=tuple(known.get(one, one) for one in values.texts("advice")),
        part_model=_part_model(values.object_or_none("part_model")),
        severity_model=_severity_model(values.object_or_none("severity_model")),
        strange=values.flag_or_none("strange"),
        car_evidence=_car_evidence(values.object_or_none("car_evidence")),
        made_with=None if (made := values.object_or_none("made_with")) is None else making_from_json(made),
    )


def box_from_json(values: JsonObject, key: str) -> Box:
    """A box of four numbers x_min, y_min, x_max, y_max.

    Raises:
        JsonFileError: it is none.
    """
    x_min, y_min, x_max, y_max = values.numbers(key, 4)
    try:
        return Box(x_min=x_min, y_min=y_min, x_max=x_max, y_max=y_max)
    except ValueError as refused:
        raise values.wrong(key=key, why=f"cannot be: {refused}") from None


def _damage(values: JsonObject, size: Size) -> Damage:
    return Damage(
        type=values.choice("type", DamageType),
        score=values.number("score", low=0, high=1),
        box=box_from_json(values, "box"),
        mask=_mask(values, size),
        part=_part(values.object_or_none("part")),
        severity=_severity(values.object_or_none("severity")),
        probability=values.number_or_none("probability", low=0, high=1),
    )


def _mask(values: JsonObject, size: Size) -> Mask | None:
    told = values.object_or_none("mask")
    if told is None:
        return None
    if told.list_of("size") != [size.height, size.width]:
        raise told.wrong(key="size", why=f"must be the photo's, [{size.height}, {size.width}]")
    try:
        return mask_from_rle({"size": [size.height, size.width], "counts": told.values.get("counts")})
    except (ValueError, TypeError, IndexError) as refused:
        raise told.wrong(key="counts", why=f"cannot be: {refused}") from None


def _part(values: JsonObject | None) -> DamagedPart | None:
    if values is None:
        return None
    known = values.values.get("name") != UNKNOWN_PART
    return DamagedPart(
        part=values.choice("name", CarPart) if known else None,
        share=values.number("share", low=0, high=1),
        area_px=values.whole_or_none("area_px", high=MOST_PIXELS),
    )


def _severity(values: JsonObject | None) -> DamageSeverity | None:
    if values is None:
        return None
    told = values.object_or_none("probabilities")
    return DamageSeverity(
        levels=values.choices("levels", Severity),
        probabilities={
            level: told.number(level, low=0, high=1) for level in Severity if told is not None and level in told
        },
        guess=values.choice_or_none("guess", Severity),
        reason=values.text("reason", default=""),
    )


def _quality(values: JsonObject, known: Mapping[str, Reason]) -> Quality:
    return Quality(
        brightness=values.number("brightness"),
        contrast=values.number("contrast"),
        sharpness=values.number("sharpness"),
        glare=values.number("glare"),
        short_side_px=values.whole("short_side_px"),
        usable=values.flag("usable"),
        reasons=tuple(known.get(one, one) for one in values.texts("reasons")),
    )


def _model(values: JsonObject) -> AssessingModel:
    thresholds = values.object("thresholds")
    try:
        kinds = [DamageType(kind_of(name)) for name in thresholds.values]
    except ValueError as unknown:
        raise values.wrong(key="thresholds", why=f"names what is no damage type: {unknown}") from None
    return AssessingModel(
        name=values.text("name"),
        digest=values.text("digest"),
        variant=values.text("variant", default=""),
        thresholds={kind: thresholds.number(kind) for kind in kinds},
        miss_rate=values.number_or_none("miss_rate"),
        none_below=values.number_or_none("none_below"),
        version=values.text("version", default=""),
        bundle=values.text("bundle", default=""),
    )


def _part_model(values: JsonObject | None) -> PartModel | None:
    if values is None:
        return None
    return PartModel(name=values.text("name"), digest=values.text("digest"), variant=values.text("variant", default=""))


def _severity_model(values: JsonObject | None) -> SeverityModel | None:
    if values is None:
        return None
    return SeverityModel(
        name=values.text("name"), digest=values.text("digest"), coverage=values.number("coverage", low=0, high=1)
    )


def _car_evidence(values: JsonObject | None) -> CarEvidence | None:
    if values is None:
        return None
    return CarEvidence(
        distance=values.number("distance"),
        limit=values.number("limit"),
        doubt_limit=values.number_or_none("doubt_limit"),
        parts_share=values.number_or_none("parts_share", low=0, high=1),
        airbag=bool(values.flag_or_none("airbag")),
    )
