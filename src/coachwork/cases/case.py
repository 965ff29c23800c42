"""A case: one car at one time as somebody's business, from the first photo to a person's decision."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from coachwork.claims.claim_files import Loss
from coachwork.geometry.size import Size
from coachwork.inspections.vehicle import Vehicle


class Purpose(StrEnum):
    """What the photos are looked at for."""

    CLAIM = "claim"
    LISTING = "listing"
    RENTAL = "rental"


class CaseState(StrEnum):
    """Where a case stands.

    Photos may be added and facts changed in every state but `WORKING`; doing so in a later one opens the case again.
    """

    OPEN = "open"
    WORKING = "working"
    READY = "ready"
    FAILED = "failed"
    DECIDED = "decided"


class DecisionKind(StrEnum):
    """What a person decided."""

    OFFER = "offer"
    DECLINE = "decline"
    MORE_PHOTOS = "more_photos"
    SURVEY = "survey"
    CLOSE = "close"


class Approval(StrEnum):
    """Whether a second person agreed to a decision that one alone may not make."""

    NOT_NEEDED = "not_needed"
    AWAITED = "awaited"
    GIVEN = "given"
    REFUSED = "refused"
    LAPSED = "lapsed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is told of a case; all of it may be unknown.

    Attributes:
        reference: by which whoever opened the case knows it.
        purpose: what it is for.
        vehicle: the car; None where nothing is told.
        loss: what happened, of claims.
    """

    reference: str = ""
    purpose: Purpose = Purpose.CLAIM
    vehicle: Vehicle | None = None
    loss: Loss = field(default_factory=Loss)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One case, as it stands.

    Attributes:
        id: its name.
        tenant: whose it is; no other tenant ever sees it.
        facts: what is told.
        state: where it stands.
        revision: counts what was submitted; results belong to one revision.
        version: counts every change, for readers that hold a copy.
        opened, changed: UTC.
        problem: why work on it failed; empty else.
    """

    id: str
    tenant: str
    facts: Facts
    state: CaseState
    revision: int
    version: int
    opened: datetime
    changed: datetime
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CasePhoto:
    """A photo of a case; its bytes lie in the photo store under their digest.

    Attributes:
        id: its name.
        place: counts the photos of a case from 1, in the order in which they came.
        sha256: of the bytes, hex.
        name: of the file, as it may be shown.
        media_type: such as image/jpeg, told from the bytes.
        bytes: how many.
        size: upright.
        usable: whether it is good enough to be judged.
        advice: sentences on how to take it better.
        added: UTC.
    """

    id: str
    place: int
    sha256: str
    name: str
    media_type: str
    bytes: int
    size: Size
    usable: bool
    advice: tuple[str, ...]
    added: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseResult:
    """What was found of one revision of a case; JSON by the schemas of the rooms that made it.

    Attributes:
        revision: of the case.
        inspection: ``coachwork.inspection/1``.
        settlement: ``coachwork.settlement/1``, with the estimate; None where the case is no claim.
        estimate: ``coachwork.estimate/1``.
        made: UTC.
        damages: as they stand after people's corrections, which estimate and settlement rest on; None where nobody
            corrected any.
    """

    revision: int
    inspection: Mapping[str, Any]
    estimate: Mapping[str, Any]
    settlement: Mapping[str, Any] | None
    made: datetime
    damages: Sequence[Mapping[str, Any]] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What a person decided; never changed, only followed by another.

    Attributes:
        id: its name.
        revision: of the results that lay before the person.
        kind: what.
        amount: of an offer, a decimal number as text; None else.
        currency: of the amount.
        reason: in the person's words.
        by: who.
        at: UTC.
        person: id of the account that decided; None where a program did.
        approval: of a second person; it lapses when the results change meanwhile.
        approved_by: who approved or refused; empty where nobody did.
        approval_reason: in that person's words.
    """

    id: str
    revision: int
    kind: DecisionKind
    amount: str | None
    currency: str | None
    reason: str
    by: str
    at: datetime
    person: str | None = None
    approval: Approval = Approval.NOT_NEEDED
    approved_by: str = ""
    approval_reason: str = ""

    @property
    def stands(self) -> bool:
        """Whether it counts: nobody else had to agree, or somebody did."""
        return self.approval in {Approval.NOT_NEEDED, Approval.GIVEN}


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseEvent:
    """One thing that happened to a case: the audit trail.

    Attributes:
        number: rises with time, over all cases.
        case: whose.
        kind: such as "case.opened".
        by: who did it.
        at: UTC.
        detail: what else is to be known, plain JSON.
    """

    number: int
    case: str
    kind: str
    by: str
    at: datetime
    detail: Mapping[str, Any]
