"""What calls take and give, as the OpenAPI document shows it: amounts are decimal texts, times ISO 8601 UTC."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from coachwork.cases.case import Approval, Case, CaseEvent, CasePhoto, CaseState, Decision, DecisionKind, Facts, Purpose
from coachwork.cases.facts_json import facts_from_json, facts_to_json
from coachwork.claims.claim_files import Cause
from coachwork.inspections.vehicle import Body, Paint
from coachwork.json_objects import JsonObject
from coachwork.storage.erasing import Erasure

_Line = Annotated[str, Field(max_length=200)]
Amount = Annotated[Decimal, Field(ge=0, max_digits=14, decimal_places=2, examples=["9500.00"])]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class VehicleBody(_Body):
    """The car; whatever is missing is not known."""

    make: _Line = Field(default="", examples=["Volkswagen"])
    model: _Line = Field(default="", examples=["Golf"])
    year: int | None = Field(default=None, ge=1885, le=2100, examples=[2019])
    body: Body | None = Field(default=None, examples=["hatchback"])
    paint: Paint | None = Field(default=None, examples=["metallic"])
    two_tone: bool = False
    registered: date | None = None
    mileage_km: Amount | None = Field(default=None, examples=["48000"])
    vin: Annotated[str, Field(max_length=32)] = ""
    plate: Annotated[str, Field(max_length=32)] = ""
    market_value: Amount | None = None
    new_price: Amount | None = None
    salvage_value: Amount | None = None
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$", examples=["EUR"])] | None = None


class LossBody(_Body):
    """What happened; whatever is missing is not known."""

    on: date | None = None
    cause: Cause | None = Field(default=None, examples=["parking"])
    injured: bool | None = None
    drivable: bool | None = None


class FactsBody(_Body):
    """What is told of an inspection."""

    reference: _Line = Field(default="", examples=["claim 2026-1187"], description="By which you know it.")
    purpose: Purpose = Purpose.CLAIM
    vehicle: VehicleBody | None = None
    loss: LossBody = LossBody()

    def facts(self) -> Facts:
        """The same as facts.

        Raises:
            JsonFileError: they do not fit together, such as a VIN that cannot be.
        """
        return facts_from_json(JsonObject(self.model_dump(mode="json"), file="the request", where=""))


LINKED = (
    "photos",
    "result",
    "report.pdf",
    "report.html",
    "corrections",
    "valuation",
    "valuation.pdf",
    "report-links",
    "decisions",
    "messages",
    "answers",
    "outcomes",
    "events",
)
"""What can be read below an inspection."""

ACTIONS = ("photos", "uploads", "complete", "corrections", "decisions", "messages", "link", "report-links", "outcomes")
"""What can be sent (POST) below an inspection."""


class InspectionAnswer(BaseModel):
    """An inspection as it stands."""

    id: str = Field(examples=["case_01kavy3qz8r5t2m4n6p8q0s1v3"])
    state: CaseState
    revision: int
    version: int
    opened: datetime
    changed: datetime
    problem: str = Field(description="Why the work on it failed; empty else.")
    facts: dict[str, Any]
    links: dict[str, str] = Field(description="What can be read of it, once it is ready; name -> address, to GET.")
    actions: dict[str, str] = Field(description="What can be done with it; name -> address, to POST.")

    @classmethod
    def of(cls, case: Case) -> "InspectionAnswer":
        """The answer that tells of a case."""
        own = f"/v1/inspections/{case.id}"
        return cls(
            id=case.id,
            state=case.state,
            revision=case.revision,
            version=case.version,
            opened=case.opened,
            changed=case.changed,
            problem=case.problem,
            facts=facts_to_json(case.facts),
            links={"self": own} | {name: f"{own}/{name}" for name in LINKED},
            actions={name: f"{own}/{name}" for name in ACTIONS},
        )


class InspectionPage(BaseModel):
    """Some inspections, the latest first."""

    inspections: list[InspectionAnswer]
    next: str | None = Field(description="`cursor` of the next page; null on the last one.")


class PhotoAnswer(BaseModel):
    """A photo of an inspection."""

    id: str
    place: int = Field(description="Counts from 1, in the order in which the photos came.")
    name: str
    sha256: str
    media_type: str
    bytes: int
    width: int
    height: int
    usable: bool = Field(description="Whether it is good enough to be judged.")
    advice: list[str] = Field(description="How to take it better.")
    new: bool = Field(description="False where the inspection had the same photo before.")
    added: datetime

    @classmethod
    def of(cls, photo: CasePhoto, *, new: bool) -> "PhotoAnswer":
        """The answer that tells of a photo."""
        return cls(
            id=photo.id,
            place=photo.place,
            name=photo.name,
            sha256=photo.sha256,
            media_type=photo.media_type,
            bytes=photo.bytes,
            width=photo.size.width,
            height=photo.size.height,
            usable=photo.usable,
            advice=list(photo.advice),
            new=new,
            added=photo.added,
        )


class DecisionBody(_Body):
    """What a person decided."""

    kind: DecisionKind
    revision: int = Field(description="Of the results that lay before the person.")
    amount: Amount | None = Field(default=None, description="Of an offer.")
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")] | None = None
    reason: Annotated[str, Field(min_length=1, max_length=2000)]


class DecisionAnswer(BaseModel):
    """A decision that was kept."""

    id: str
    revision: int
    kind: DecisionKind
    amount: str | None
    currency: str | None
    reason: str
    by: str
    at: datetime
    approval: Approval = Field(description="Of a second person, which an offer above an amount needs to stand.")
    approved_by: str

    @classmethod
    def of(cls, decision: Decision) -> "DecisionAnswer":
        """The answer that tells of a decision."""
        return cls(
            id=decision.id,
            revision=decision.revision,
            kind=decision.kind,
            amount=decision.amount,
            currency=decision.currency,
            reason=decision.reason,
            by=decision.by,
            at=decision.at,
            approval=decision.approval,
            approved_by=decision.approved_by,
        )


class EventAnswer(BaseModel):
    """One thing that happened."""

    number: int
    kind: str
    by: str
    at: datetime
    detail: dict[str, Any]

    @classmethod
    def of(cls, event: CaseEvent) -> "EventAnswer":
        """The answer that tells of an event."""
        return cls(number=event.number, kind=event.kind, by=event.by, at=event.at, detail=dict(event.detail))


class ResultAnswer(BaseModel):
    """What was found."""

    revision: int
    made: datetime
    inspection: dict[str, Any] = Field(description="coachwork.inspection/1")
    damages: list[dict[str, Any]] | None = Field(
        description="As they stand after people's corrections, which the estimate rests on; null where there are none."
    )
    estimate: dict[str, Any] = Field(description="coachwork.estimate/1")
    settlement: dict[str, Any] | None = Field(description="coachwork.settlement/1, of claims")


class ErasureAnswer(BaseModel):
    """What was erased, as a receipt; it holds nothing of it."""

    id: str
    inspection: str
    rows: dict[str, int] = Field(description="How many rows of each table went.")
    photos: int = Field(description="How many photos' bytes went; those that another inspection shows as well stay.")
    by: str
    why: str
    at: datetime

    @classmethod
    def of(cls, erasure: Erasure) -> "ErasureAnswer":
        """The answer that tells of an erasure."""
        return cls(
            id=erasure.id,
            inspection=erasure.case,
            rows=dict(erasure.rows),
            photos=erasure.photos,
            by=erasure.by,
            why=erasure.why,
            at=erasure.at,
        )
