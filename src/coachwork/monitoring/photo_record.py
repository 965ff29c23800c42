"""What is remembered of a photo that was assessed, for comparing later photos with it: figures, no picture."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from coachwork.assessments.verdict import Verdict
from coachwork.taxonomy import DamageType

EMBEDDING_LENGTH = 32
"""Numbers in the embedding of a photo."""


class Channel(StrEnum):
    """On which way a photo came."""

    CASE = "case"
    API = "api"
    BULK = "bulk"
    FOLDER = "folder"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PhotoRecord:
    """Signals of one photo.

    Attributes:
        at: when it was assessed, UTC.
        channel: on which way it came.
        case: what belongs together, such as a case or a burst of one car; empty where the photo stands alone.
        sha256: of the file's bytes, hex; empty where not kept.
        market: where it came from: a tenant or a country; empty where unknown.
        device: make and family of the camera, such as "Apple iPhone"; empty where the file does not say.
        bundle: name of the damage model.
        bundle_digest: SHA-256 of the model's file, hex.
        readable: whether the file could be read; of others nothing below is known.
        usable: whether the photo could be judged at all.
        strange: whether it is unlike the photos that the model knows; None where that cannot be told.
        verdict: what was claimed; None where the photo could not be read.
        measures: name of a signal in `MEASURES` -> its value; a signal that was not taken is left out.
        counts: type -> damages that were reported.
        embedding: (E,) float32, what the photo looks like; None where it was not taken.
    """

    at: datetime
    channel: Channel = Channel.CASE
    case: str = ""
    sha256: str = ""
    market: str = ""
    device: str = ""
    bundle: str = ""
    bundle_digest: str = ""
    readable: bool = True
    usable: bool = True
    strange: bool | None = None
    verdict: Verdict | None = None
    measures: Mapping[str, float] = field(default_factory=dict)
    counts: Mapping[DamageType, int] = field(default_factory=dict)
    embedding: NDArray[np.float32] | None = None

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            message = "moments are kept with their zone"
            raise ValueError(message)
        strange = set(self.measures) - set(MEASURES)
        if strange:
            message = f"no such signals: {', '.join(sorted(strange))}"
            raise ValueError(message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A signal that is a number.

    Attributes:
        name: as files write it.
        words: as people read it.
        unit: as people read it; empty for shares and scores in 0..1.
        digits: decimals that are shown.
        grain: values are compared in steps of that; 0 for as they are. A share of burnt-out pixels of 0.0003 is none.
    """

    name: str
    words: str
    unit: str = ""
    digits: int = 2
    grain: float = 0.0


MEASURES: Mapping[str, Measure] = {
    one.name: one
    for one in (
        Measure(name="brightness", words="brightness", unit="grey levels", digits=0),
        Measure(name="highlights", words="level of the brightest tenth"),
        Measure(name="contrast", words="contrast"),
        Measure(name="sharpness", words="sharpness"),
        Measure(name="noise", words="noise", unit="grey levels", digits=1),
        Measure(name="colour_cast", words="colour cast", unit="CIELAB", digits=1),
        Measure(name="glare", words="burnt-out share", grain=0.02),
        Measure(name="short_side_px", words="shorter side", unit="px", digits=0),
        Measure(name="damages", words="damages reported", digits=1),
        Measure(name="best_score", words="best score"),
        Measure(name="damage_probability", words="probability of damage"),
        Measure(name="coverage", words="share of the photo under damages", digits=3),
        Measure(name="latency_ms", words="time for an answer", unit="ms", digits=0),
    )
}
"""Signals that are numbers. Brightness is the mean grey level 0..255; shares and scores lie in 0..1."""

OUTPUTS = frozenset({"damages", "best_score", "damage_probability", "coverage", "latency_ms"})
"""Measures that say what a model did, and mean nothing beside another model's."""


def without_outputs(record: PhotoRecord) -> PhotoRecord:
    """The record of the photo alone, without what a model said of it."""
    measures = {name: value for name, value in record.measures.items() if name not in OUTPUTS}
    return replace(record, strange=None, verdict=None, measures=measures, counts={})
