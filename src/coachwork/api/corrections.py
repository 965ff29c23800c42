"""What people correct: damages, and lines of the estimate. Results follow at once, as a revision of their own."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

from fastapi import APIRouter, status
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from coachwork.api.bodies import InspectionAnswer
from coachwork.api.context import CallerHere, ServiceHere
from coachwork.api.inspections import CaseId
from coachwork.api.problems import RESPONSES
from coachwork.cases.access import Caller, Scope
from coachwork.cases.corrections import MOST_POINTS, Correction, CorrectionKind, Mark, standing_damages
from coachwork.cases.people import Person
from coachwork.cases.problems import CaseRefused
from coachwork.casework.deciding import MOST_REASON
from coachwork.casework.service import Service
from coachwork.estimates.estimate_json import change_to_json
from coachwork.estimates.rules import Operation
from coachwork.estimates.work_changes import MOST_HOURS, MOST_PLACE, MOST_PRICE, WorkChange, WorkDeed
from coachwork.taxonomy import CarPart, DamageType, Item, Severity

router = APIRouter(prefix="/v1/inspections/{inspection}", tags=["corrections"], responses=RESPONSES)

Hours = Annotated[Decimal, Field(ge=0, le=MOST_HOURS, max_digits=8, decimal_places=2, examples=["2.5"])]
Price = Annotated[Decimal, Field(ge=0, le=MOST_PRICE, max_digits=12, decimal_places=2, examples=["180.00"])]
Edge = Annotated[float, Field(ge=0, le=1_000_000, allow_inf_nan=False)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class WorkBody(_Body):
    """What is decided about one line of the estimate; the line is known by item, place and operation."""

    deed: WorkDeed
    item: Item
    operation: Operation
    place: Annotated[str, Field(max_length=MOST_PLACE)] = ""
    instead: Operation | None = Field(default=None, description="How the item is put right instead.")
    hours: Hours | None = None
    parts: Price | None = Field(default=None, description="Price of the part, without tax.")
    net: Price | None = Field(default=None, description="Fixed price of the line, without tax.")

    def change(self) -> WorkChange:
        """The same as a change.

        Raises:
            WorkChangeError: its fields do not go together.
        """
        return WorkChange(**self.model_dump())


class CorrectionBody(_Body):
    """One correction, in the name of the person who makes it."""

    person: Annotated[str, Field(min_length=1, max_length=200, examples=["anna@example.org"])] = Field(
        description="Login of the account of your people who corrects."
    )
    kind: CorrectionKind
    revision: int = Field(ge=0, lt=2**31, description="Of the results that lay before the person.")
    damage: Annotated[str, Field(max_length=128)] = Field(default="", description="`key` of the damage; not of `add`.")
    type: DamageType | None = None
    part: CarPart | None = None
    no_part: bool = Field(default=False, description="Whether the part is not known after all.")
    severity: Severity | None = None
    photo: Annotated[str, StringConstraints(pattern="^[0-9a-f]{64}$")] | None = Field(
        default=None, description="SHA-256 of the photo on which the outline lies."
    )
    outline: Annotated[list[tuple[Edge, Edge]], Field(min_length=3, max_length=MOST_POINTS)] | None = Field(
        default=None, description="Points x, y in pixels of the upright photo, of `add` and `change`."
    )
    work: WorkBody | None = Field(default=None, description="Of `work`: what is decided about a line of the estimate.")
    undoes: int | None = Field(default=None, ge=1, lt=2**31, description="Of `undo`: number of the correction.")
    reason: Annotated[str, Field(max_length=MOST_REASON)] = ""


class StandingAnswer(BaseModel):
    """A damage as it stands, with the key by which corrections name it."""

    key: str
    number: int = Field(description="By which the damage is called everywhere, for its whole life.")
    name: str
    type: DamageType
    part: CarPart | None
    severity: list[Severity]
    probability: float | None
    deleted: bool
    by: str = Field(description="Who spoke last of it; empty for the model.")


class CorrectionAnswer(BaseModel):
    """A correction that was kept."""

    number: int
    kind: CorrectionKind
    revision: int
    damage: str
    type: DamageType | None
    part: CarPart | None
    severity: Severity | None
    work: dict[str, Any] | None
    undoes: int | None
    reason: str
    by: str
    at: datetime | None
    counts: bool = Field(description="Whether nobody undid it.")


class CorrectionsAnswer(BaseModel):
    """All corrections, and the damages that they lead to."""

    revision: int
    damages: list[StandingAnswer]
    corrections: list[CorrectionAnswer]


@router.post("/corrections", status_code=status.HTTP_201_CREATED, summary="Correct a damage or a line of the estimate")
def correct(inspection: CaseId, body: CorrectionBody, service: ServiceHere, caller: CallerHere) -> InspectionAnswer:
    """Keeps a person's correction; estimate and proposal follow at once. 412 where the results are others by now."""
    caller.need(Scope.CORRECT)
    person = _person(service, caller, body.person)
    service.cases.case(caller.tenant, inspection)
    return InspectionAnswer.of(service.desk.correct(person, inspection, _correction(service, caller, inspection, body)))


@router.get("/corrections", summary="List the corrections")
def list_corrections(inspection: CaseId, service: ServiceHere, caller: CallerHere) -> CorrectionsAnswer:
    """The corrections, the first one first, and the damages as they stand with the keys that name them."""
    caller.need(Scope.READ)
    result = service.cases.result(caller.tenant, inspection)
    found = service.corrections.corrections(caller.tenant, inspection)
    standing = standing_damages(result.inspection, found)
    return CorrectionsAnswer(
        revision=result.revision,
        damages=[
            StandingAnswer(
                key=one.key,
                number=one.number,
                name=one.name,
                type=one.type,
                part=one.part,
                severity=list(one.severity),
                probability=one.probability,
                deleted=one.deleted,
                by=one.by,
            )
            for one in standing.damages
        ],
        corrections=[_answer(one, counts=one.number in standing.counting) for one in found],
    )


def _answer(one: Correction, *, counts: bool) -> CorrectionAnswer:
    return CorrectionAnswer(
        number=one.number,
        kind=one.kind,
        revision=one.revision,
        damage=one.damage,
        type=one.type,
        part=one.part,
        severity=one.severity,
        work=None if one.work is None else change_to_json(one.work),
        undoes=one.undoes,
        reason=one.reason,
        by=one.by,
        at=one.at,
        counts=counts,
    )


def _person(service: Service, caller: Caller, login: str) -> Person:
    """The account in whose name a program corrects; one of another tenant is none."""
    found = [one for one in service.people.all(caller.tenant) if one.login == login and one.disabled is None]
    if not found:
        message = f"you have no account {login!r}: name the login of the person who corrects"
        raise CaseRefused(message)
    return found[0]


def _correction(service: Service, caller: Caller, case_id: str, body: CorrectionBody) -> Correction:
    mark = None
    if body.outline is not None:
        photos = {one.sha256: one for one in service.cases.photos(caller.tenant, case_id)}
        photo = photos.get(body.photo or "")
        if photo is None:
            message = "an outline lies on a photo of the inspection: tell its SHA-256 as `photo`"
            raise CaseRefused(message)
        width, height = photo.size.width, photo.size.height
        mark = Mark(sha256=photo.sha256, outline=tuple((min(x, width), min(y, height)) for x, y in body.outline))
    return Correction(
        kind=body.kind,
        revision=body.revision,
        damage=body.damage,
        type=body.type,
        part=body.part,
        no_part=body.no_part,
        severity=body.severity,
        mark=mark,
        work=None if body.work is None else body.work.change(),
        undoes=body.undoes,
        reason=body.reason.strip(),
    )
