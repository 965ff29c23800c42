"""Signs that something about a claim's photos is not as it is told, each with its evidence and a plain sentence.

A sign is a reason to look, and never proof: people send a photo twice, clocks are wrong, messengers strip what
cameras wrote. A strong one sends the claim to a person; weak ones are listed for whoever looks anyway. Nothing is
denied by them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from coachwork.reasons import said


class SignalKind(StrEnum):
    """What a sign is about."""

    PHOTO_OF_ANOTHER_CLAIM = "photo-of-another-claim"
    SCENE_OF_ANOTHER_CLAIM = "scene-of-another-claim"
    PHOTO_TWICE = "photo-twice"
    PHOTO_MIRRORED = "photo-mirrored"
    BEFORE_THE_LOSS = "before-the-loss"
    LONG_AFTER_THE_LOSS = "long-after-the-loss"
    FAR_FROM_THE_LOSS = "far-from-the-loss"
    SEVERAL_DEVICES = "several-devices"
    NO_CAMERA_NOTES = "no-camera-notes"
    EDITED = "edited"
    OTHER_THUMBNAIL = "other-thumbnail"
    SCREENSHOT = "screenshot"
    NUMBER_PLATE = "number-plate"
    BODY_COLOUR = "body-colour"
    EARLIER_DAMAGE = "earlier-damage"


class Strength(StrEnum):
    """How much a sign weighs: a strong one sends the claim to a person."""

    STRONG = "strong"
    WEAK = "weak"


class Check(StrEnum):
    """What was looked for; what was not says nothing."""

    COPIES = "copies"
    CAMERA = "camera"
    PLATES = "plates"
    COLOUR = "colour"
    EARLIER = "earlier"

    @property
    def words(self) -> str:
        """What is looked for."""
        return said(f"check.{self.value}")


Value = str | float | int | bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FraudSignal:
    """One sign.

    Attributes:
        kind: what it is about.
        strength: how much it weighs.
        sentence: for a person, with the figures.
        photos: names of this claim's photos that show it.
        evidence: the figures, for programs.
    """

    kind: SignalKind
    strength: Strength
    sentence: str
    photos: tuple[str, ...] = ()
    evidence: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class FraudFindings:
    """What was looked for in a claim, and what was found.

    Attributes:
        claim: its number; empty where none was told.
        photos: name -> SHA-256 of the photos that were looked at.
        checks: what was looked for.
        signals: what was found, strong ones first.
    """

    claim: str
    photos: Mapping[str, str]
    checks: tuple[Check, ...]
    signals: tuple[FraudSignal, ...]

    @classmethod
    def of(
        cls, claim: str, photos: Mapping[str, str], checks: Sequence[Check], signals: Sequence[FraudSignal]
    ) -> "FraudFindings":
        """Findings in their order: strong ones first, then by kind and photo."""
        kinds = list(SignalKind)
        ordered = sorted(
            signals, key=lambda one: (one.strength is Strength.WEAK, kinds.index(one.kind), one.photos, one.sentence)
        )
        told = tuple(check for check in Check if check in checks)
        return cls(claim=claim, photos=dict(photos), checks=told, signals=tuple(ordered))

    @property
    def strong(self) -> tuple[FraudSignal, ...]:
        """Those that send the claim to a person."""
        return tuple(one for one in self.signals if one.strength is Strength.STRONG)

    @property
    def unsought(self) -> tuple[Check, ...]:
        """What was not looked for."""
        return tuple(check for check in Check if check not in self.checks)


NOTHING_FOUND = FraudFindings.of("", {}, tuple(Check), ())
"""Every check made, and no sign found: for claims whose photos are taken to be honest."""
