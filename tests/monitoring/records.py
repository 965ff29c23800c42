"""Made-up records of photos whose signals are known."""

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from coachwork.assessments.verdict import Verdict
from coachwork.monitoring.photo_record import EMBEDDING_LENGTH, PhotoRecord
from coachwork.monitoring.profile import Profile, make_profile
from coachwork.taxonomy import DamageType

DAY = datetime(2026, 3, 1, tzinfo=UTC)
DIGEST = "a" * 64
_VERDICTS = (Verdict.DAMAGED, Verdict.DAMAGED, Verdict.UNCERTAIN, Verdict.NONE)


def record(random: np.random.Generator, at: int = 0, *, darker: float = 0.0, **fields: Any) -> PhotoRecord:
    """One photo of a steady world; `darker` 0..1 takes light away."""
    measures = {
        "brightness": float(random.normal(115, 25)) * (1 - darker),
        "highlights": float(random.uniform(0.6, 1)) * (1 - darker),
        "contrast": float(random.uniform(0.5, 0.9)) * (1 - darker),
        "sharpness": float(random.normal(0.65, 0.07)),
        "noise": float(random.gamma(4, 0.3)),
        "colour_cast": float(random.gamma(2, 2)),
        "glare": 0.0,
        "short_side_px": 1200.0,
        "damages": float(random.poisson(2)),
        "best_score": float(random.beta(2, 2)),
        "damage_probability": float(random.beta(5, 1)),
        "coverage": float(random.beta(1, 6)),
    }
    usual = {
        "at": DAY + timedelta(minutes=at),
        "case": f"case-{at // 3}",
        "sha256": f"{int(random.integers(1 << 62)):064x}",
        "bundle": "damage",
        "bundle_digest": DIGEST,
        "verdict": _VERDICTS[int(random.integers(4))],
        "measures": measures,
        "counts": {DamageType.DENT: 1} if random.random() < 0.5 else {},
        "embedding": random.standard_normal(EMBEDDING_LENGTH).astype(np.float32),
    }
    return PhotoRecord(**{**usual, **fields})


def records(count: int, *, seed: int = 0, **fields: Any) -> list[PhotoRecord]:
    """So many photos, three of each case."""
    random = np.random.default_rng(seed)
    return [record(random, at, **fields) for at in range(count)]


def profile(count: int = 600, *, seed: int = 99, **fields: Any) -> Profile:
    """The reference of the same steady world."""
    return make_profile(records(count, seed=seed, **fields), how="made up", made="2026-03-01T00:00:00Z")
