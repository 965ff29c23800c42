"""Adding many cars at once: their photos in parts, each durable when it is answered, sorted by a script."""

import hashlib
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, File, Form, Query, Request, Response, UploadFile
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from coachwork.api.bodies import VehicleBody
from coachwork.api.context import ServiceHere
from coachwork.api.customer_calls import PartBytes, PartOffset, UploadBody, UploadId, check_length, offset_headers
from coachwork.api.inspections import CaseId
from coachwork.cases.case import Case, CasePhoto, CaseState, Facts, Purpose
from coachwork.cases.customer import Upload
from coachwork.cases.listing_table import COLUMNS, read_listing_table
from coachwork.cases.people import Person, Right
from coachwork.cases.problems import CaseRefused
from coachwork.casework.service import Service
from coachwork.inspections.vehicle import Vehicle
from coachwork.inspections.vehicle_json import vehicle_from_json, vehicle_to_json
from coachwork.json_objects import JsonObject
from coachwork.photos.problems import PhotoError
from coachwork.storage.case_store import MOST_PHOTOS
from coachwork.storage.case_writing import RequestKey
from coachwork.storage.columns import now
from coachwork.web.customer.advice import advice_in
from coachwork.web.market.market_page import ScriptHere, market_page, scripted
from coachwork.web.pages import strings_for
from coachwork.web.strings import Strings
from coachwork.web.wording import day_words
from coachwork.web.workbench.signed_in import SessionHere

router = APIRouter(prefix="/workbench/listings", include_in_schema=False, default_response_class=HTMLResponse)

_Name = Annotated[str, Field(min_length=1, max_length=200)]


class OpenBody(BaseModel):
    """A car whose photos follow."""

    model_config = ConfigDict(extra="forbid")

    reference: _Name
    purpose: Literal["listing", "rental"] = "listing"
    lot: Annotated[str, Field(max_length=200)] = ""
    side: Literal["", "before", "after"] = ""
    batch: Annotated[str, Field(max_length=64)] = ""
    vehicle: VehicleBody | None = None


@router.get("/add")
def add_page(
    request: Request, service: ServiceHere, session: SessionHere, lot: Annotated[str, Query(max_length=200)] = ""
) -> HTMLResponse:
    """Where photos of many cars are dropped."""
    session.person.need(Right.CORRECT)
    t, moment = strings_for(request), now()
    return market_page(
        request,
        "add.html.j2",
        session,
        lot=lot or t("market.add.lot_name", day=day_words(moment, t), time=f"{moment:%H:%M}"),
        columns=COLUMNS,
        most_photos=MOST_PHOTOS,
        script={
            "csrf": session.csrf,
            "mostPhotos": MOST_PHOTOS,
            "mostBytes": service.settings.most_upload_mb * 2**20,
            "t": t.some("market.script") | {f"refused.{key}": text for key, text in t.some("customer.refused").items()},
        },
    )


@router.post("/add")
def add_plainly(
    request: Request,
    service: ServiceHere,
    session: SessionHere,
    photos: Annotated[list[UploadFile], File(alias="photo")],
    *,
    csrf: Annotated[str, Form(max_length=200)] = "",
    told: Annotated[str, Form(alias="reference", max_length=200)] = "",
    lot: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """One listing from a plain form, for browsers without scripts."""
    scripted(session, csrf)
    person = session.person
    person.need(Right.CORRECT)
    reference = " ".join(told.split())
    if not reference:
        message = "the listing has no name: tell one"
        raise CaseRefused(message)
    case = _opened(service, person, OpenBody(reference=reference, lot=lot))
    problems = []
    for photo in photos:
        try:
            service.add_photo(person.caller, case.id, photo.file.read(), photo.filename or "")
        except PhotoError as refused:
            problems.append(str(refused))
    if problems and len(problems) == len(photos):
        return market_page(request, "add_refused.html.j2", session, status=422, case=case, problems=problems)
    service.submit(person.caller, case.id)
    return RedirectResponse(f"/workbench/listings/{case.id}", status_code=303)


@router.post("/table")
def read_table(session: ScriptHere, data: Annotated[bytes, Body(media_type="text/csv")] = b"") -> JSONResponse:
    """A table of listings with what is known of each car; problems by line."""
    session.person.need(Right.CORRECT)
    table = read_listing_table(data)
    cars = [{"listing": one.listing, "line": one.line, "vehicle": _told(one.vehicle)} for one in table.cars]
    problems = [{"line": one.line, "why": one.why} for one in table.problems]
    return JSONResponse({"cars": cars, "problems": problems})


@router.post("/open", status_code=201)
def open_listing(body: OpenBody, service: ServiceHere, session: ScriptHere) -> JSONResponse:
    """Opens a case, or finds the one of the same lot and name: what broke off goes on there."""
    session.person.need(Right.CORRECT)
    case = _opened(service, session.person, body)
    return JSONResponse({"id": case.id, "state": case.state.value}, status_code=201)


@router.post("/{inspection}/uploads", status_code=201)
def begin_upload(
    inspection: CaseId, body: UploadBody, request: Request, service: ServiceHere, session: ScriptHere
) -> JSONResponse:
    """See `coachwork.api.customer_calls.begin_upload`; a photo that the case has already is told at once."""
    person = session.person
    person.need(Right.CORRECT)
    check_length(service, body.bytes)
    t = strings_for(request)
    known = [one for one in service.cases.photos(person.tenant, inspection) if one.sha256 == body.sha256]
    if known:
        told = {"id": "", "bytes": body.bytes, "offset": body.bytes, "photo": _photo(t, known[0])}
        return JSONResponse(told, status_code=201)
    upload = service.customers.uploads.begin(
        person.tenant, inspection, name=body.name, size=body.bytes, sha256=body.sha256
    )
    return JSONResponse(_upload(upload), status_code=201)


@router.head("/{inspection}/uploads/{upload}")
def upload_offset(inspection: CaseId, upload: UploadId, service: ServiceHere, session: ScriptHere) -> Response:
    """See `coachwork.api.customer_calls.upload_offset`."""
    service.cases.case(session.person.tenant, inspection)
    return offset_headers(service.customers.uploads.find(inspection, upload))


@router.patch("/{inspection}/uploads/{upload}")
async def append_part(
    inspection: CaseId,
    upload: UploadId,
    *,
    request: Request,
    service: ServiceHere,
    session: ScriptHere,
    offset: PartOffset,
    data: PartBytes = b"",
) -> JSONResponse:
    """See `coachwork.api.customer_calls.append_part`."""
    person = session.person
    person.need(Right.CORRECT)
    service.cases.case(person.tenant, inspection)

    def kept() -> tuple[Upload, CasePhoto | None]:
        return service.customers.append(person.caller, inspection, upload, offset=offset, data=data)

    found, photo = await run_in_threadpool(kept)
    t = strings_for(request)
    return JSONResponse(_upload(found) | ({} if photo is None else {"photo": _photo(t, photo)}))


@router.post("/{inspection}/complete")
def complete(inspection: CaseId, service: ServiceHere, session: ScriptHere) -> JSONResponse:
    """Hands a case over; again does nothing more."""
    session.person.need(Right.CORRECT)
    case = service.submit(session.person.caller, inspection)
    return JSONResponse({"id": case.id, "state": case.state.value})


def _opened(service: Service, person: Person, body: OpenBody) -> Case:
    """The case of a name within a lot; what the table tells of its car counts from now on."""
    reference, lot = " ".join(body.reference.split()), " ".join(body.lot.split())
    vehicle = None if body.vehicle is None else _vehicle(body.vehicle)
    market = service.market
    within = market.listings.make_lot(person.tenant, lot, by=person.login) if lot else None
    named = "\0".join((body.purpose, within.id if within else body.batch, reference, body.side))
    request = None
    if within or body.batch:
        key = f"market:{hashlib.sha256(named.encode()).hexdigest()}"
        request = RequestKey(key=key, digest=hashlib.sha256(named.encode()).hexdigest())
    facts = Facts(reference=reference, purpose=Purpose(body.purpose), vehicle=vehicle)
    case = service.cases.open_case(person.tenant, facts, by=person.login, request=request)
    if vehicle is not None and case.facts.vehicle != vehicle and case.state is not CaseState.WORKING:
        case = service.cases.change_facts(person.tenant, case.id, facts, by=person.login)
    if within:
        market.listings.put_into_lot(person.tenant, within.id, case.id)
    return case


def _vehicle(body: VehicleBody) -> Vehicle:
    return vehicle_from_json(JsonObject(body.model_dump(mode="json"), file="the request", where=""))


def _told(vehicle: Vehicle) -> dict[str, Any]:
    """A vehicle as `VehicleBody` takes it."""
    told = vehicle_to_json(vehicle)
    return {name: told[name] for name in VehicleBody.model_fields if told.get(name) not in {None, ""}}


def _upload(upload: Upload) -> dict[str, Any]:
    return {"id": upload.id, "bytes": upload.bytes, "offset": upload.offset}


def _photo(t: Strings, photo: CasePhoto) -> dict[str, Any]:
    return {"id": photo.id, "name": photo.name, "usable": photo.usable, "advice": advice_in(t, photo.advice)}
