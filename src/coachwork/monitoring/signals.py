"""Takes the signals of a photo: what light it was taken in, what the model said of it, what it looks like.

All is measured on a copy whose longer side is 384 pixels, the one that quality is measured on, so that one photo gets
about the same values at 12 megapixels and at 640 pixels. It takes a few milliseconds, of about half a second that an
answer takes; ``benchmarks/drift`` tells how many.
"""

import hashlib
from datetime import UTC, datetime
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from coachwork.assessments.assessment import Assessment
from coachwork.assessments.verdict import Verdict
from coachwork.monitoring.photo_record import EMBEDDING_LENGTH, Channel, PhotoRecord
from coachwork.photos.descriptor import descriptor
from coachwork.photos.exif import CameraNotes
from coachwork.photos.quality import MEASURED_SIDE_PX, Quality
from coachwork.photos.reading import Photo
from coachwork.taxonomy import DamageType

_NOISE = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], dtype=np.float32)
_DESCRIPTOR_LENGTH = 171


def signals_of(
    photo: Photo,
    assessment: Assessment,
    *,
    at: datetime | None = None,
    channel: Channel = Channel.CASE,
    case: str = "",
    market: str = "",
    device: str = "",
    latency_ms: float | None = None,
) -> PhotoRecord:
    """The record of a photo that was assessed.

    Args:
        photo: as it was read, at full size or reduced.
        assessment: of it.
        at: when; by default now.
        channel: on which way it came.
        case: what belongs together; empty where the photo stands alone.
        market: a tenant or a country.
        device: see `coarse_device`.
        latency_ms: what reading and assessing took, milliseconds.
    """
    small = _reduced(photo.pixels)
    measures = picture_measures(small) | quality_measures(assessment.quality) | output_measures(assessment)
    if latency_ms is not None:
        measures["latency_ms"] = latency_ms
    return PhotoRecord(
        at=datetime.now(UTC) if at is None else at,
        channel=channel,
        case=case,
        sha256=photo.sha256,
        market=market,
        device=device,
        bundle=assessment.model.name,
        bundle_digest=assessment.model.digest,
        usable=assessment.quality.usable,
        strange=assessment.strange,
        verdict=assessment.verdict,
        measures=measures,
        counts=damage_counts(assessment),
        embedding=embedding_of(small),
    )


def unreadable(
    *, at: datetime | None = None, channel: Channel = Channel.CASE, case: str = "", market: str = ""
) -> PhotoRecord:
    """The record of a file that was sent as a photo and could not be read."""
    moment = datetime.now(UTC) if at is None else at
    return PhotoRecord(at=moment, channel=channel, case=case, market=market, readable=False, usable=False)


def picture_measures(pixels: NDArray[np.uint8]) -> dict[str, float]:
    """Brightness, noise and colour cast of a photo.

    Noise is the standard deviation of grey levels by the method of Immerkær, "Fast noise variance estimation", 1996;
    fine texture counts as noise. The colour cast is the distance of the mean colour from grey in CIELAB.

    Args:
        pixels: (h, w, 3) uint8 RGB upright, at full resolution or reduced.
    """
    small = _reduced(pixels)
    grey = np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), dtype=np.float32)
    colour = cv2.cvtColor((small.mean(axis=(0, 1), keepdims=True) / 255).astype(np.float32), cv2.COLOR_RGB2LAB)
    noise = np.abs(cv2.filter2D(grey, cv2.CV_32F, _NOISE)).mean() * np.sqrt(np.pi / 2) / 6
    return {
        "brightness": float(grey.mean()),
        "noise": float(noise),
        "colour_cast": float(np.hypot(colour[0, 0, 1], colour[0, 0, 2])),
    }


def quality_measures(quality: Quality) -> dict[str, float]:
    """What was measured when the photo's quality was judged."""
    return {
        "highlights": quality.brightness,
        "contrast": quality.contrast,
        "sharpness": quality.sharpness,
        "glare": quality.glare,
        "short_side_px": float(quality.short_side_px),
    }


def output_measures(assessment: Assessment) -> dict[str, float]:
    """What the model said: how many damages, how sure, over how much of the photo (overlaps count twice, at most 1).

    Photos that could not be judged have none of them but the probability: nothing was claimed of them.
    """
    area = assessment.size.height * assessment.size.width
    covered = sum(damage.area_px for damage in assessment.damages)
    return {
        "damages": float(len(assessment.damages)),
        "best_score": max((damage.score for damage in assessment.damages), default=0.0),
        "damage_probability": assessment.damage_probability,
        "coverage": min(covered / area, 1.0),
    }


def damage_counts(assessment: Assessment) -> dict[DamageType, int]:
    """Type -> damages that were reported, of the types that were."""
    counts: dict[DamageType, int] = {}
    for damage in assessment.damages:
        counts[damage.type] = counts.get(damage.type, 0) + 1
    return counts


def embedding_of(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """(32,) float32: edges and colours of the photo (`photos.descriptor`), projected at random.

    It does not depend on any model, so that records of several bundles can be compared. Distances are kept up to a few
    per cent by the signs of Achlioptas, "Database-friendly random projections", 2003; the signs come from SHAKE-256 and
    are the same for ever.

    Args:
        pixels: (h, w, 3) uint8 RGB upright, at any resolution.
    """
    return np.asarray(_projection() @ descriptor(_reduced(pixels)), dtype=np.float32)


def coarse_device(notes: CameraNotes) -> str:
    """Make and family of a camera without the model's number: enough for a slice, too little for a person.

    >>> coarse_device(CameraNotes(make="Apple", model="iPhone 13 Pro"))
    'Apple iPhone'
    >>> coarse_device(CameraNotes(make="samsung", model="SM-G991B"))
    'samsung SM'
    """
    name = notes.device
    kept: list[str] = []
    for word in name.replace("-", " ").split():
        if any(character.isdigit() for character in word) or len(kept) == 2:
            break
        kept.append(word)
    return " ".join(kept)[:64]


def known_verdict(text: str) -> Verdict | None:
    """The verdict of that name; None where there is none."""
    return Verdict(text) if text in tuple(Verdict) else None


def _reduced(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    height, width = pixels.shape[:2]
    scale = MEASURED_SIDE_PX / max(height, width)
    if scale >= 1:
        return pixels
    sides = max(round(width * scale), 1), max(round(height * scale), 1)
    return np.asarray(cv2.resize(pixels, sides, interpolation=cv2.INTER_AREA), dtype=np.uint8)


@cache
def _projection() -> NDArray[np.float32]:
    count = EMBEDDING_LENGTH * _DESCRIPTOR_LENGTH
    noise = hashlib.shake_256(b"coachwork.monitoring/1").digest(count // 8)
    signs = np.unpackbits(np.frombuffer(noise, dtype=np.uint8)).astype(np.float32) * 2 - 1
    matrix = (signs / np.sqrt(EMBEDDING_LENGTH)).reshape(EMBEDDING_LENGTH, _DESCRIPTOR_LENGTH)
    return np.asarray(matrix, dtype=np.float32)
