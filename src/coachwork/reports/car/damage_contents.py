"""The damages in the report's words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from coachwork.reasons import ENGLISH, Wording
from coachwork.reports.assessment_report import printable
from coachwork.reports.car.wording import percent_words
from coachwork.reports.overlay import colour_of
from coachwork.taxonomy import CarPart, DamageType, Severity

LIKELY_FROM = 0.5
"""From this probability on a damage is called likely, below it possible: it is more often not there than there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportDamage:
    """A damage in the report.

    Attributes:
        number: by which it is called in every table and picture.
        what: its type in words.
        part: what it lies on, in words.
        severity: in words.
        worst: the worst severity that is left open, `Severity` value; empty where none is told.
        probability: in words.
        likely: whether it is rather there than not; so is one whose probability nobody tells.
        size: in words; empty where nothing tells it.
        photos: numbers of the photos that show it, from 1, the surest view first.
        seen: these, and why they are taken for one, in words.
        views: its places (photo, damage) in the document, from 0, the surest first.
        colour: of its type in pictures, as ``#rrggbb``.
    """

    number: int
    what: str
    part: str
    severity: str
    worst: str
    probability: str
    likely: bool
    size: str
    photos: tuple[int, ...]
    seen: str
    views: tuple[tuple[int, int], ...]
    colour: str


def damage_contents(document: Mapping[str, Any], w: Wording = ENGLISH) -> tuple[ReportDamage, ...]:
    """All damages, in the document's order; one that tells no number is called by its place."""
    return tuple(
        _damage(damage.get("number", place), damage, w) for place, damage in enumerate(document["damages"], start=1)
    )


def _damage(number: int, damage: Mapping[str, Any], w: Wording) -> ReportDamage:
    kind = DamageType(damage["type"])
    levels = [level.value for level in Severity if level.value in damage["severity"]]
    photos = tuple(dict.fromkeys(view["photo"] + 1 for view in damage["views"]))
    probability = damage["probability"]
    red, green, blue = colour_of(kind)
    return ReportDamage(
        number=number,
        what=w.term("type", kind.value),
        part=w.say("report.part_unknown") if damage["part"] is None else w.term("part", CarPart(damage["part"]).value),
        severity=_severity(levels, w),
        worst=levels[-1] if levels else "",
        probability=percent_words(probability),
        likely=probability is None or probability >= LIKELY_FROM,
        size=_size(damage.get("size_mm"), damage.get("size_references", ()), w),
        photos=photos,
        seen=_seen(photos, damage["evidence"], w),
        views=tuple((view["photo"], view["damage"]) for view in damage["views"]),
        colour=f"#{red:02x}{green:02x}{blue:02x}",
    )


def _severity(levels: Sequence[str], w: Wording) -> str:
    if not levels:
        return w.say("report.not_told")
    mild, grave = (w.term("severity", one) for one in (levels[0], levels[-1]))
    return mild if mild == grave else w.say("report.bounds", lower=mild, upper=grave)


def _seen(photos: Sequence[int], evidence: Sequence[Mapping[str, Any]], w: Wording) -> str:
    told = w.say("report.on_photos" if len(photos) > 1 else "report.on_photo", numbers=sorted(photos))
    points = [one["points"] for one in evidence if one["by"] == "image" and one["points"]]
    ties = [w.say("report.by_points", points=max(points))] if points else []
    ties += [w.say("report.by_part")] if any(one["by"] == "part" for one in evidence) else []
    if not ties:
        return told
    why = w.say("report.both", first=ties[0], second=ties[1]) if len(ties) > 1 else ties[0]
    return w.say("report.one_damage", told=told, why=why)


def _size(span: Sequence[float] | None, references: Sequence[str], w: Wording) -> str:
    """A size in millimetres, from and to, in two significant digits: more of them would feign what nobody knows."""
    if span is None:
        return ""
    low, high = (w.amount(f"{float(f'{end:.2g}')}", 0) for end in (span[0], span[-1]))
    told = f"{low} mm" if low == high else f"{w.say('report.bounds', lower=low, upper=high)} mm"
    if not references:
        return told
    return w.say("report.measured", told=told, references=[w.term("reference", printable(one)) for one in references])
