"""Signs from what cameras and programs wrote into the photos, held against what the customer tells."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from coachwork.claims.claim_files import Loss
from coachwork.claims.fraud_signals import FraudSignal, SignalKind, Strength, Value
from coachwork.photos.exif import CameraNotes
from coachwork.reasons import said

_CLOCK_DOUBTED = timedelta(days=5 * 365)
"""Photos older than this against the loss speak of a camera whose clock was never set."""

_LONG_AFTER = timedelta(days=30)
_FAR_KM = 100.0
_MANY_DEVICES = 3
_EDITORS = (
    *("photoshop", "lightroom", "gimp", "snapseed", "picsart", "facetune", "pixelmator", "affinity photo", "canva"),
    *("paint.net", "photopea", "pixlr", "touchretouch", "airbrush", "luminar", "fotor", "meitu", "acdsee", "polarr"),
)
_EARTH_KM = 6371.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SentPhoto:
    """A photo of a claim, as far as its file tells.

    Attributes:
        name: of its file, as it may be shown.
        notes: what stands in it.
        is_png: whether it was saved as PNG, as screens are and cameras are not.
        thumbnail_likeness: correlation of the camera's own small picture with the photo, -1..1; None without one.
    """

    name: str
    notes: CameraNotes
    is_png: bool = False
    thumbnail_likeness: float | None = None


LEAST_THUMBNAIL_LIKENESS = 0.6
"""Below, the camera's small picture shows something else than the photo.

Of the real photos at hand only five carry one: four correlate by 0.999, and the fifth, saved by a picture editor, by
-0.09. That is too few to let this sign stop a claim.
"""


def camera_signals(photos: Sequence[SentPhoto], loss: Loss) -> Iterator[FraudSignal]:
    """All signs that files and loss give together.

    Args:
        photos: of one claim.
        loss: what the customer tells; what is not told is not held against anything.
    """
    for photo in photos:
        yield from _when(photo, loss)
        yield from _where(photo, loss)
        yield from _edited(photo)
    yield from _devices(photos)
    silent = tuple(photo.name for photo in photos if not photo.notes.present)
    if silent:
        sentence = said("fraud.no_camera_notes", count=len(silent), all=len(photos))
        yield FraudSignal(
            kind=SignalKind.NO_CAMERA_NOTES,
            strength=Strength.WEAK,
            sentence=sentence,
            photos=silent,
            evidence={"photos": len(silent), "of": len(photos)},
        )


def distance_km(first: tuple[float, float], second: tuple[float, float]) -> float:
    """Along the earth's surface between two places (latitude, longitude) in degrees, by the haversine formula.

    >>> round(distance_km((48.8566, 2.3522), (51.5074, -0.1278)))
    344
    """
    (north, east), (other_north, other_east) = ([math.radians(value) for value in place] for place in (first, second))
    half = math.sin((other_north - north) / 2) ** 2
    half += math.cos(north) * math.cos(other_north) * math.sin((other_east - east) / 2) ** 2
    return 2 * _EARTH_KM * math.asin(min(1.0, math.sqrt(half)))


def _when(photo: SentPhoto, loss: Loss) -> Iterator[FraudSignal]:
    taken = photo.notes.taken
    if taken is None or loss.on is None:
        return
    after = taken.date() - loss.on
    evidence: dict[str, Value] = {"taken": taken.isoformat(), "loss": loss.on.isoformat(), "days_after": after.days}
    told = said("fraud.taken", photo=photo.name, taken=taken.date(), loss=loss.on)
    if after < timedelta(0):
        doubted = after < -_CLOCK_DOUBTED
        close = after == timedelta(days=-1)
        code = "taken_day_before" if close else "taken_long_before" if doubted else "taken_before"
        yield FraudSignal(
            kind=SignalKind.BEFORE_THE_LOSS,
            strength=Strength.WEAK if doubted or close else Strength.STRONG,
            sentence=said(f"fraud.{code}", told=told),
            photos=(photo.name,),
            evidence=evidence,
        )
    elif after > _LONG_AFTER:
        yield FraudSignal(
            kind=SignalKind.LONG_AFTER_THE_LOSS,
            strength=Strength.WEAK,
            sentence=said("fraud.taken_after", told=told, days=after.days),
            photos=(photo.name,),
            evidence=evidence,
        )


def _where(photo: SentPhoto, loss: Loss) -> Iterator[FraudSignal]:
    notes = photo.notes
    if loss.place is None or notes.latitude is None or notes.longitude is None:
        return
    away = distance_km(loss.place, (notes.latitude, notes.longitude))
    if away > _FAR_KM:
        yield FraudSignal(
            kind=SignalKind.FAR_FROM_THE_LOSS,
            strength=Strength.WEAK,
            sentence=said("fraud.far", photo=photo.name, km=Decimal(round(away))),
            photos=(photo.name,),
            evidence={"km": round(away, 1)},
        )


def _edited(photo: SentPhoto) -> Iterator[FraudSignal]:
    software = photo.notes.software
    if any(name in software.casefold() for name in _EDITORS):
        yield FraudSignal(
            kind=SignalKind.EDITED,
            strength=Strength.WEAK,
            sentence=said("fraud.edited", photo=photo.name, software=software),
            photos=(photo.name,),
            evidence={"software": software},
        )
    likeness = photo.thumbnail_likeness
    if likeness is not None and likeness < LEAST_THUMBNAIL_LIKENESS:
        yield FraudSignal(
            kind=SignalKind.OTHER_THUMBNAIL,
            strength=Strength.WEAK,
            sentence=said("fraud.other_thumbnail", photo=photo.name),
            photos=(photo.name,),
            evidence={"likeness": round(likeness, 3)},
        )
    if photo.is_png and not photo.notes.device:
        yield FraudSignal(
            kind=SignalKind.SCREENSHOT,
            strength=Strength.WEAK,
            sentence=said("fraud.screenshot", photo=photo.name),
            photos=(photo.name,),
        )


def _devices(photos: Sequence[SentPhoto]) -> Iterator[FraudSignal]:
    devices = {(photo.notes.device, photo.notes.serial): photo.name for photo in photos if photo.notes.device}
    names = sorted({device for device, _ in devices})
    if len(devices) >= _MANY_DEVICES:
        yield FraudSignal(
            kind=SignalKind.SEVERAL_DEVICES,
            strength=Strength.WEAK,
            sentence=said("fraud.devices", count=len(devices), names=names),
            photos=tuple(photo.name for photo in photos if photo.notes.device),
            evidence={"devices": len(devices)},
        )
