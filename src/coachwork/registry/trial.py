"""The trial of a challenger: what was seen of it beside the champion, and whether that passes a limit.

Each limit bounds the probability p of something that may happen on a photo: that the challenger fails where the
champion answers, that it takes longer than the limit's ratio, that its verdict is another one. The evidence against
"p lies within the limit" is a mixture of likelihood ratios over larger p. Under that hypothesis its mean never exceeds
1, however long one watches, so the probability that it ever passes 1 / a is at most a (Ville's inequality, 1939; as
used by Robbins, 1970). It may be looked at after every photo without paying for it. Three limits share the false-alarm
rate in equal parts. Photos of one case hang together more than this assumes; see docs/releasing.md.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from coachwork.registry.release import Limits, Mode

_ALTERNATIVES = 64
_LIMITS = 3
_HALF = 0.5
"""A median is above a ratio where more than half of the photos are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One photo that both models saw.

    Attributes:
        trial: revision with which the trial began.
        mode: in which it was compared.
        tenant, case: whose photo; None where it belongs to no case.
        sha256: of the photo; empty where nothing of it is kept.
        champion_digest, challenger_digest: of the bundles.
        problem: why the challenger failed; empty where it answered.
        slower: whether it took longer than the limit's ratio.
        disagrees: whether its verdict was another one.
        champion_verdict, challenger_verdict: None where it failed.
        champion_damages, challenger_damages: how many each reported.
        boxes, masks: see `coachwork.registry.agreement`.
        champion_ms, challenger_ms: from the photo's bytes to its assessment.
        at: UTC.
    """

    trial: int
    mode: Mode
    tenant: str
    case: str | None
    sha256: str
    champion_digest: str
    challenger_digest: str
    problem: str = ""
    slower: bool = False
    disagrees: bool = False
    champion_verdict: str
    challenger_verdict: str | None = None
    champion_damages: int
    challenger_damages: int | None = None
    boxes: float | None = None
    masks: float | None = None
    champion_ms: float
    challenger_ms: float | None = None
    at: datetime

    @property
    def failed(self) -> bool:
        """Whether the challenger failed."""
        return bool(self.problem)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What a trial showed so far.

    Attributes:
        photos: that the challenger was asked about and the champion answered.
        failures: on which the challenger failed.
        slower: on which it took longer than the limit's ratio.
        disagreements: on which its verdict was another one.
    """

    photos: int = 0
    failures: int = 0
    slower: int = 0
    disagreements: int = 0

    @property
    def answered(self) -> int:
        """Photos that the challenger answered."""
        return self.photos - self.failures


def passed_limits(evidence: Evidence, limits: Limits) -> tuple[str, ...]:
    """Sentences, each of a limit that the challenger passed; none before it saw the least number of photos."""
    return tuple(_passed(evidence, limits)) if evidence.photos >= limits.min_photos else ()


def _passed(evidence: Evidence, limits: Limits) -> Iterator[str]:
    enough = math.log(_LIMITS / limits.false_alarm)
    failures, photos, answered = evidence.failures, evidence.photos, evidence.answered
    if log_evidence(failures, photos, limits.error_rate) >= enough:
        share = failures / photos
        yield f"it failed on {failures} of {photos} photos ({share:.1%}; the limit is {limits.error_rate:.1%})"
    if log_evidence(evidence.slower, answered, _HALF) >= enough:
        ratio = f"{limits.latency_ratio:g} times as long as the champion"
        yield f"it took more than {ratio} on {evidence.slower} of {answered} photos (the limit is half of them)"
    if log_evidence(evidence.disagreements, answered, limits.disagreement) >= enough:
        share, differing = evidence.disagreements / answered, evidence.disagreements
        told = f"({share:.1%}; the limit is {limits.disagreement:.1%})"
        yield f"its verdict differs from the champion's on {differing} of {answered} photos {told}"


def log_evidence(happened: int, photos: int, limit: float) -> float:
    """Natural logarithm of the evidence that something is more frequent than a limit.

    Args:
        happened: on so many photos it did.
        photos: looked at.
        limit: 0..1.

    >>> round(log_evidence(5, 30, 0.01), 1), log_evidence(0, 30, 0.01) < 0, log_evidence(1, 9, 0.0)
    (8.2, True, inf)
    """
    if limit <= 0:
        return math.inf if happened else 0.0
    if limit >= 1 or photos == 0:
        return 0.0
    missed = photos - happened
    alternatives = [limit + (1 - limit) * (step / (_ALTERNATIVES + 1)) ** 2 for step in range(1, _ALTERNATIVES + 1)]
    logs = [
        happened * math.log(rate / limit) + missed * (math.log1p(-rate) - math.log1p(-limit)) for rate in alternatives
    ]
    most = max(logs)
    return most + math.log(sum(math.exp(one - most) for one in logs) / len(logs))
