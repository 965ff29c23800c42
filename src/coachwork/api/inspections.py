"""Inspections: opened, told about, given photos, handed over."""

import hashlib
import json
from typing import Annotated, Any

from fastapi import APIRouter, File, Header, Path, Query, Response, UploadFile, status
from pydantic import BaseModel

from coachwork.api.bodies import ErasureAnswer, FactsBody, InspectionAnswer, InspectionPage, PhotoAnswer
from coachwork.api.context import CallerHere, ServiceHere
from coachwork.api.problems import RESPONSES
from coachwork.cases.access import Scope
from coachwork.cases.case import Case, CaseState
from coachwork.cases.problems import CaseChanged
from coachwork.storage.case_writing import RequestKey

router = APIRouter(prefix="/v1/inspections", tags=["inspections"], responses=RESPONSES)

CaseId = Annotated[str, Path(pattern=r"^case_[0-9a-z]{26}$")]
IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=255,
        description="Chosen by you; a request that is repeated with it is done once.",
    ),
]


@router.post("", status_code=status.HTTP_201_CREATED, summary="Open an inspection")
def open_inspection(
    facts: FactsBody, response: Response, service: ServiceHere, caller: CallerHere, key: IdempotencyKey = None
) -> InspectionAnswer:
    """Opens an inspection; photos are added next."""
    caller.need(Scope.WRITE)
    case = service.cases.open_case(caller.tenant, facts.facts(), by=caller.name, request=request_key(key, facts))
    response.headers["Location"] = f"/v1/inspections/{case.id}"
    return _answer(case, response)


@router.get("", summary="List inspections")
def list_inspections(
    service: ServiceHere,
    caller: CallerHere,
    state: CaseState | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[str | None, Query(max_length=64, description="`next` of the page before.")] = None,
) -> InspectionPage:
    """A page of inspections, the latest first."""
    caller.need(Scope.READ)
    found = service.cases.cases(caller.tenant, state=state, before=cursor, limit=limit + 1)
    shown = found[:limit]
    return InspectionPage(
        inspections=[InspectionAnswer.of(case) for case in shown], next=shown[-1].id if len(found) > limit else None
    )


@router.get("/{inspection}", summary="How an inspection stands", response_model=InspectionAnswer)
def show_inspection(
    inspection: CaseId,
    response: Response,
    service: ServiceHere,
    caller: CallerHere,
    known: Annotated[str | None, Header(alias="If-None-Match", description="The ETag that you hold.")] = None,
) -> Any:
    """The inspection; nothing (304) where you hold its present version."""
    caller.need(Scope.READ)
    case = service.cases.case(caller.tenant, inspection)
    if known is not None and _etag(case) in [tag.strip() for tag in known.split(",")]:
        return Response(status_code=status.HTTP_304_NOT_MODIFIED, headers={"ETag": _etag(case)})
    return _answer(case, response)


@router.put("/{inspection}", summary="Tell what is known of an inspection")
def change_inspection(
    inspection: CaseId,
    facts: FactsBody,
    response: Response,
    service: ServiceHere,
    caller: CallerHere,
    *,
    version: Annotated[str | None, Header(alias="If-Match", description="The ETag of what you changed.")] = None,
) -> InspectionAnswer:
    """Replaces what is told; an inspection with results is open again then."""
    caller.need(Scope.WRITE)
    case = service.cases.change_facts(
        caller.tenant, inspection, facts.facts(), by=caller.name, version=_version(version)
    )
    return _answer(case, response)


@router.delete("/{inspection}", summary="Erase an inspection for good")
def erase_inspection(
    inspection: CaseId,
    service: ServiceHere,
    caller: CallerHere,
    why: Annotated[str, Query(min_length=1, max_length=500, description="Stays in the record of what was erased.")],
) -> ErasureAnswer:
    """Erases rows, photos and what they are known again by. Nothing can bring them back but a backup."""
    caller.need(Scope.ERASE)
    return ErasureAnswer.of(service.eraser.erase(caller.tenant, inspection, by=caller.name, why=why))


@router.post("/{inspection}/photos", status_code=status.HTTP_201_CREATED, summary="Add photos")
def add_photos(
    inspection: CaseId,
    photos: Annotated[list[UploadFile], File(alias="photo", description="One or several photos.")],
    service: ServiceHere,
    caller: CallerHere,
) -> list[PhotoAnswer]:
    """Adds photos, each durable before this is answered; the same photo again is told, and not added twice."""
    caller.need(Scope.WRITE)
    answers = []
    for photo in photos:
        kept, new = service.add_photo(caller, inspection, photo.file.read(), photo.filename or "")
        answers.append(PhotoAnswer.of(kept, new=new))
    return answers


@router.get("/{inspection}/photos", summary="List the photos")
def list_photos(inspection: CaseId, service: ServiceHere, caller: CallerHere) -> list[PhotoAnswer]:
    """The photos of an inspection, in the order in which they came."""
    caller.need(Scope.READ)
    return [PhotoAnswer.of(photo, new=False) for photo in service.cases.photos(caller.tenant, inspection)]


@router.post("/{inspection}/complete", status_code=status.HTTP_202_ACCEPTED, summary="Hand it over")
def complete_inspection(
    inspection: CaseId, response: Response, service: ServiceHere, caller: CallerHere
) -> InspectionAnswer:
    """All photos are there: the work begins, and goes on through crashes. Handing over twice works once."""
    return _answer(service.submit(caller, inspection), response)


def request_key(key: str | None, body: BaseModel) -> RequestKey | None:
    """What tells a repeated request from a new one; None without a key."""
    if key is None:
        return None
    text = json.dumps(body.model_dump(mode="json"), sort_keys=True)
    return RequestKey(key=key, digest=hashlib.sha256(text.encode()).hexdigest())


def _answer(case: Case, response: Response) -> InspectionAnswer:
    response.headers["ETag"] = _etag(case)
    return InspectionAnswer.of(case)


def _etag(case: Case) -> str:
    return f'"{case.version}"'


def _version(etag: str | None) -> int | None:
    if etag is None:
        return None
    number = etag.strip().strip('"')
    if not (number.isascii() and number.isdigit()):
        message = f"{etag[:64]!r} is the ETag of no version of the inspection: read it again"
        raise CaseChanged(message)
    return int(number)
