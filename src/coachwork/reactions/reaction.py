"""A reaction: one action that was taken for a reason, by whom and when, and whether it still stands."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from coachwork.errors import CoachworkError
from coachwork.photos.quality import USUAL_LIMITS, QualityLimits
from coachwork.reactions.answers import Action, Condition

BY_ITSELF = "coachwork"
"""Who acts where nobody does."""


class ReactionError(CoachworkError):
    """A reaction is not there, or cannot be undone or paused so."""


class ReactionState(StrEnum):
    """Where a reaction stands."""

    DONE = "done"
    PAUSED = "paused"
    WAITING = "waiting"
    FAILED = "failed"
    UNDONE = "undone"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotoSlice:
    """Some photos, by what is measured of them and where they come from; what is None is not asked.

    Attributes:
        name: in words, such as "dark".
        brightness_below: photos whose brightness lies below, 0..1.
        market, device: of the photos, as their signals name them.
    """

    name: str
    brightness_below: float | None = None
    market: str | None = None
    device: str | None = None

    def holds(self, *, brightness: float, market: str | None = None, device: str | None = None) -> bool:
        """Whether a photo belongs to it; a photo of unknown origin belongs to every origin."""
        dark = self.brightness_below is None or brightness < self.brightness_below
        there = self.market is None or market is None or market == self.market
        return dark and there and (self.device is None or device is None or device == self.device)

    def to_json(self) -> dict[str, Any]:
        """As plain values, without what is not asked."""
        told = {"name": self.name, "brightness_below": self.brightness_below}
        told |= {"market": self.market, "device": self.device}
        return {key: value for key, value in told.items() if value is not None}


ALL_PHOTOS = PhotoSlice(name="all photos")


def slice_of(told: Mapping[str, Any]) -> PhotoSlice:
    """What `PhotoSlice.to_json` told."""
    return PhotoSlice(**told)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaction:
    """One action; never edited but for its end.

    Attributes:
        number: counts all reactions, in their order; 0 before it is kept.
        key: says of two whether they are the same: it is taken once.
        condition: why it was taken.
        action: what was done.
        photos: of which photos.
        why: with its figures, one sentence.
        state: where it stands.
        by: who; `BY_ITSELF` where nobody did.
        at: UTC.
        detail: what was set or started, plain JSON.
        ended_by, ended_at, ended_why: who took it back, or what ended it; empty while it stands.
    """

    number: int
    key: str
    condition: Condition
    action: Action
    photos: PhotoSlice
    why: str
    state: ReactionState
    by: str
    at: datetime
    detail: Mapping[str, Any] = field(default_factory=dict)
    ended_by: str = ""
    ended_at: datetime | None = None
    ended_why: str = ""

    @property
    def stands(self) -> bool:
        """Whether it has its effect."""
        return self.state is ReactionState.DONE

    def to_json(self) -> dict[str, Any]:
        """As plain values."""
        return {
            "number": self.number,
            "key": self.key,
            "condition": self.condition.value,
            "action": self.action.value,
            "photos": self.photos.to_json(),
            "why": self.why,
            "state": self.state.value,
            "by": self.by,
            "at": self.at.isoformat(),
            "detail": dict(self.detail),
            "ended_by": self.ended_by,
            "ended_at": None if self.ended_at is None else self.ended_at.isoformat(),
            "ended_why": self.ended_why,
        }


def limits_of(reactions: Iterable[Reaction]) -> QualityLimits:
    """The limits of photo quality that reactions leave: the usual ones, or the strictest brightness that one set."""
    wanted = [
        float(one.detail["brightness"]) for one in reactions if one.stands and one.action is Action.TIGHTEN_ADVICE
    ]
    return USUAL_LIMITS.with_brightness(max(wanted, default=0.0))
