"""What a report of drift asks for: which actions, on which photos, and why. Nothing is done here."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from coachwork.monitoring.drift import (
    Cause,
    CauseFound,
    Dimension,
    DriftReport,
    Level,
    Slice,
    SliceDrift,
)
from coachwork.reactions.answers import Action, Condition
from coachwork.reactions.reaction import PhotoSlice

_OF_PHOTOS = frozenset({Cause.LIGHT, Cause.BLUR, Cause.CAMERA, Cause.MIX})
"""Causes that lie in the photos: labelled photos of the kind help against them."""
_TRAINS = _OF_PHOTOS | {Cause.PEOPLE}


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedAction:
    """An action that a report asks for.

    Attributes:
        action: what.
        condition: why, in the table's words.
        photos: on which.
        part: of the report, by which its records are found.
        cause: of the drift.
        why: with its figures, one sentence.
        detail: what is set, plain JSON.
    """

    action: Action
    condition: Condition
    photos: PhotoSlice
    part: Slice
    cause: Cause
    why: str
    detail: dict[str, float | bool] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """The same for the same drift, however often it is reported."""
        part = f"{self.part.dimension}={self.part.name}" if self.part.name else self.part.dimension.value
        return f"{part}:{self.cause}"


def wanted_actions(report: DriftReport, *, brightness: float, dark_below: float) -> tuple[WantedAction, ...]:
    """What a report asks for, in the order of the table; none where it sees no drift.

    Args:
        report: of one check.
        brightness: 0..1, what capture advice asks for after drift to the dark.
        dark_below: 0..1, brightness below which a photo belongs to the dark slice.
    """
    drifted = [(part, cause) for part in report.slices for cause in _causes(part) if _told_here(report, part, cause)]
    found = [
        wanted
        for part, cause in drifted
        for wanted in _wanted(part, cause, brightness=brightness, dark_below=dark_below)
    ]
    return tuple(sorted(found, key=lambda one: list(Action).index(one.action)))


def _causes(part: SliceDrift) -> Sequence[CauseFound]:
    """The causes of a slice; the gravest one stands for the slice's level, as it explains signals beside its own."""
    return [replace(cause, level=part.level) if place == 0 else cause for place, cause in enumerate(part.causes)]


def is_darker(part: SliceDrift) -> bool:
    """Whether the photos of a slice came to be darker than the reference's."""
    moved = {one.signal: one for one in part.signals if one.level.rank >= Level.DRIFT.rank}
    for name in ("brightness", "highlights"):
        one = moved.get(name)
        if one is not None and one.before is not None and one.now is not None:
            return one.now < one.before
    return False


def _told_here(report: DriftReport, part: SliceDrift, cause: CauseFound) -> bool:
    """Whether a cause is acted on in this slice: one that all photos show is not acted on in each market as well."""
    if part.slice.dimension is Dimension.ALL:
        return True
    return not any(
        found.cause is cause.cause and found.level.rank >= cause.level.rank
        for whole in report.slices
        if whole.slice.dimension is Dimension.ALL
        for found in _causes(whole)
    )


def _wanted(part: SliceDrift, cause: CauseFound, *, brightness: float, dark_below: float) -> Iterator[WantedAction]:
    darker = cause.cause is Cause.LIGHT and is_darker(part)
    photos = _photos(part.slice, dark_below if darker else None)
    why = f"{cause.words}, in {part.slice.words} ({part.photos} photos, {cause.level.words})"

    def wanted(action: Action, condition: Condition, **detail: float | bool) -> WantedAction:
        return WantedAction(
            action=action,
            condition=condition,
            photos=photos,
            part=part.slice,
            cause=cause.cause,
            why=why,
            detail=detail,
        )

    if darker:
        yield wanted(Action.TIGHTEN_ADVICE, Condition.DRIFT_SEEN, brightness=brightness)
    if cause.cause in _OF_PHOTOS:
        yield wanted(Action.QUEUE_PHOTOS, Condition.DRIFT_SEEN)
    if cause.level is Level.BEYOND:
        yield wanted(Action.PAUSE_OFFERS, Condition.DRIFT_BEYOND)
        if cause.cause in _TRAINS:
            yield wanted(Action.TRAIN, Condition.DRIFT_BEYOND, light=darker)


def _photos(part: Slice, dark_below: float | None) -> PhotoSlice:
    where = "" if part.dimension is Dimension.ALL else part.words
    kind = "" if dark_below is None else "dark"
    return PhotoSlice(
        name=", ".join(word for word in (kind, where) if word) or "all photos",
        brightness_below=dark_below,
        market=part.name if part.dimension is Dimension.MARKET else None,
        device=part.name if part.dimension is Dimension.DEVICE else None,
    )
