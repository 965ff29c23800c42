"""What the report of a car shows, as words: one content for the HTML page and for the PDF."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import PurePath
from typing import Any

from coachwork.assessments.verdict import Verdict
from coachwork.inspections.vehicle import Body
from coachwork.reasons import ENGLISH, Wording, restored, templates
from coachwork.reports.assessment_report import printable
from coachwork.reports.car.car_map import draw_car_map
from coachwork.reports.car.damage_contents import ReportDamage, damage_contents
from coachwork.reports.car.estimate_contents import ReportEstimate, estimate_contents
from coachwork.reports.car.map_contents import WITH_BOOT, car_map_of
from coachwork.reports.car.money_contents import ReportMoney, settlement_contents, valuation_contents
from coachwork.reports.car.vehicle_contents import vehicle_rows, vehicle_title
from coachwork.reports.car.wording import DASH, counted, listed, sentence
from coachwork.taxonomy import CarPart

_TASKS = frozenset({"damage", "parts", "severity"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportPhoto:
    """A photo in the report.

    Attributes:
        number: from 1.
        name: of its file, without its folder.
        sha256: of its bytes, hex.
        pixels: its size in words.
        verdict: `Verdict` value.
        told: what is claimed of it, in words.
        damages: numbers of the damages that it shows.
        reasons: why it should be taken again; empty for a usable photo.
        parts: that it shows.
    """

    number: int
    name: str
    sha256: str
    pixels: str
    verdict: str
    told: str
    damages: tuple[int, ...]
    reasons: tuple[str, ...]
    parts: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportModel:
    """A model that spoke."""

    task: str
    name: str
    digest: str
    limits: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportContents:
    """Everything that the report shows but its pictures.

    Attributes:
        title: make, model and year, or what stands for them.
        on: the day in words; on_iso in figures.
        by: which Coachwork.
        vehicle: name -> value of what is told of the car; vehicle_doubts what does not fit together.
        verdict, verdict_words, claim: the banner; the claim is one sentence or two.
        facts: figure -> what it counts, for the first page.
        damages: likely ones first.
        car_map: SVG.
        off_map: sentences on damages that have no place on it.
        estimate, money: in figures; money is settlement and valuation.
        photos: in their order.
        sights: how well -> the parts that are seen so.
        advice: which photos would settle what is open.
        models: that spoke.
        labels: name -> headings and other words of page and document.
    """

    title: str
    on: str
    on_iso: str
    by: str
    vehicle: tuple[tuple[str, str], ...]
    vehicle_doubts: tuple[str, ...]
    verdict: str
    verdict_words: str
    claim: str
    facts: tuple[tuple[str, str], ...]
    damages: tuple[ReportDamage, ...]
    car_map: str
    off_map: tuple[str, ...]
    estimate: ReportEstimate | None
    money: tuple[ReportMoney, ...]
    photos: tuple[ReportPhoto, ...]
    sights: tuple[tuple[str, str], ...]
    advice: tuple[str, ...]
    models: tuple[ReportModel, ...]
    labels: Mapping[str, str]

    @property
    def likely(self) -> tuple[ReportDamage, ...]:
        """Damages that are rather there than not."""
        return tuple(one for one in self.damages if one.likely)

    @property
    def possible(self) -> tuple[ReportDamage, ...]:
        """Damages that are rather not there than there, for a person to look at."""
        return tuple(one for one in self.damages if not one.likely)


def report_contents(document: Mapping[str, Any], w: Wording = ENGLISH) -> ReportContents:
    """The contents of a report.

    Args:
        document: by ``coachwork.inspection/1``, which it must follow.
        w: the language.
    """
    document = restored(document)
    vehicle, made = document.get("vehicle") or {}, document.get("made") or {}
    damages = damage_contents(document, w)
    drawn = car_map_of(document, damages)
    estimate = estimate_contents(document["estimate"], w) if document.get("estimate") else None
    verdict = Verdict(document["verdict"])
    day = date.fromisoformat(made.get("on") or "1970-01-01")
    money = []
    if document.get("settlement"):
        money.append(settlement_contents(document["settlement"], w))
    if document.get("valuation"):
        money.append(valuation_contents(document["valuation"], document.get("estimate"), w))
    return ReportContents(
        title=vehicle_title(vehicle, w),
        on=w.date(day) if made else w.say("report.no_day"),
        on_iso=day.isoformat(),
        by=printable(str(made.get("by", "Coachwork"))),
        vehicle=vehicle_rows(vehicle, w),
        vehicle_doubts=tuple(sentence(printable(w.words(one))) for one in vehicle.get("doubts", ())),
        verdict=verdict.value,
        verdict_words=w.say(f"report.verdict_{verdict.value}"),
        claim=_claim(document, damages, verdict, w),
        facts=_facts(document, damages, estimate, w),
        damages=damages,
        car_map=draw_car_map(drawn, w),
        off_map=_off_map(damages, drawn.placed),
        estimate=estimate,
        money=tuple(money),
        photos=_photos(document, damages, w),
        sights=_sights(document, w),
        advice=_advice(document, w),
        models=_models(document, w),
        labels=labels(w),
    )


def photo_name(file: str) -> str:
    """A photo's name as it may be shown; where it lay is nothing to whom the report is sent."""
    return printable(PurePath(file.replace("\\", "/")).name) or "photo"


def labels(w: Wording) -> dict[str, str]:
    """The headings and other words of page and document, by the last part of their code."""
    return {code.removeprefix("label."): w.say(code) for code in templates() if code.startswith("label.")}


def _claim(document: Mapping[str, Any], damages: tuple[ReportDamage, ...], verdict: Verdict, w: Wording) -> str:
    photos = counted("report.photos", len(document["photos"]), w)
    if verdict is Verdict.NONE:
        promise = next((model["promise"] for model in document.get("models", ()) if model["promise"]), "")
        told = w.say("report.none", photos=photos)
        return w.say("report.promise", told=told, promise=w.words(promise)) if promise else told
    likely = sum(one.likely for one in damages)
    possible = len(damages) - likely
    found = [counted("report.likely", likely, w)] if likely or not possible else []
    if possible:
        found.append(counted("report.more_possible" if likely else "report.possible", possible, w))
    both = w.say("report.both", first=found[0], second=found[1]) if len(found) > 1 else found[0]
    told = w.say("report.found", found=both, photos=photos) if damages else w.say("report.not_listed", photos=photos)
    if verdict is not Verdict.UNCERTAIN:
        return told
    lacking = len(document.get("unseen", ()))
    unseen = f" {counted('report.unseen', lacking, w)}" if lacking else ""
    return f"{w.say('report.nothing_claimed', told=told)}{unseen}"


def _facts(
    document: Mapping[str, Any], damages: tuple[ReportDamage, ...], estimate: ReportEstimate | None, w: Wording
) -> tuple[tuple[str, str], ...]:
    covered = document.get("coverage", ())
    well = sum(one["sight"] == "well" for one in covered)
    likely, photos = sum(one.likely for one in damages), len(document["photos"])
    facts = [
        (str(likely), w.say("report.fact_likely_one" if likely == 1 else "report.fact_likely_many")),
        (str(len(damages) - likely), w.say("report.fact_possible")),
        (str(photos), w.say("report.fact_photos_one" if photos == 1 else "report.fact_photos_many")),
        (w.say("report.of", part=well, all=len(covered)) if covered else DASH, w.say("report.fact_seen")),
    ]
    if estimate is not None and damages:
        told = w.say(
            "report.fact_cost_open" if estimate.least else "report.fact_cost",
            currency=estimate.currency,
            bounds=estimate.bounds,
        )
        facts.append((estimate.likely, told))
    return tuple(facts)


def _off_map(damages: tuple[ReportDamage, ...], placed: frozenset[int]) -> tuple[str, ...]:
    missing = [one for one in damages if one.number not in placed]
    by_part: dict[str, list[int]] = {}
    for one in missing:
        by_part.setdefault(one.part, []).append(one.number)
    return tuple(f"{part}: {listed(numbers)}" for part, numbers in by_part.items())


def _photos(document: Mapping[str, Any], damages: tuple[ReportDamage, ...], w: Wording) -> tuple[ReportPhoto, ...]:
    found = []
    for number, photo in enumerate(document["photos"], start=1):
        verdict, about = Verdict(photo["verdict"]), photo["photo"]
        parts = [w.term("part", one["part"]) for one in photo.get("parts", ())]
        found.append(
            ReportPhoto(
                number=number,
                name=photo_name(about["file"]),
                sha256=about["sha256"],
                pixels=f"{about['width']} x {about['height']} px",
                verdict=verdict.value,
                told=w.say(f"report.told_{verdict.value}"),
                damages=tuple(one.number for one in damages if number in one.photos),
                reasons=tuple(printable(w.words(one)) for one in photo["quality"]["reasons"]),
                parts=listed(parts),
            )
        )
    return tuple(found)


def _sights(document: Mapping[str, Any], w: Wording) -> tuple[tuple[str, str], ...]:
    absent = _absent(document)
    found = []
    for sight in ("well", "poorly", "not"):
        parts = [CarPart(one["part"]) for one in document.get("coverage", ()) if one["sight"] == sight]
        if sight == "not":
            parts = [part for part in parts if part is not absent]
        if parts:
            found.append((w.say(f"report.seen_{sight}"), listed(w.term("part", part.value) for part in parts)))
    return tuple(found)


def _absent(document: Mapping[str, Any]) -> CarPart | None:
    """Of boot lid and tailgate the one that such a body does not have; None where the body is not told."""
    body = (document.get("vehicle") or {}).get("body")
    if not body:
        return None
    return CarPart.TAILGATE_OR_LOAD_BED if Body(body) in WITH_BOOT else CarPart.BOOT_LID


def _advice(document: Mapping[str, Any], w: Wording) -> tuple[str, ...]:
    """Each sentence once, with the photos that it is about."""
    about: dict[str, list[int]] = {}
    for number, photo in enumerate(document["photos"], start=1):
        for told in photo["advice"]:
            about.setdefault(told, []).append(number)
    of_photos = {f"{photo['photo']['file']}: {told}" for photo in document["photos"] for told in photo["advice"]}
    whole = [w.words(told) for told in document["advice"] if told not in of_photos]
    told_of = [
        w.say("report.advice_one" if len(numbers) == 1 else "report.advice_many", numbers=numbers, advice=w.words(told))
        for told, numbers in about.items()
    ]
    return tuple(printable(one) for one in (*whole, *told_of))


def _models(document: Mapping[str, Any], w: Wording) -> tuple[ReportModel, ...]:
    return tuple(
        ReportModel(
            task=w.say(f"report.task_{model['task']}") if model["task"] in _TASKS else model["task"],
            name=printable(" ".join(word for word in (model["name"], model["variant"]) if word)),
            digest=model["digest"],
            limits=tuple(sentence(printable(w.words(one))) for one in model["limits"]),
        )
        for model in document.get("models", ())
    )
