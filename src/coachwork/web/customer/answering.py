"""How the case stands, what was found, what is offered; and the customer's word on it."""

import importlib.util
import secrets
import threading
from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException

from coachwork.cases.case import Case, CaseState, DecisionKind
from coachwork.cases.customer import offer_of
from coachwork.cases.problems import CaseChanged
from coachwork.casework.reporting import make_report
from coachwork.web.customer.answers import acceptance, answers_to, has_accepted
from coachwork.web.customer.contents import result_for_customer, shown_result
from coachwork.web.customer.context import Customer, CustomerHere
from coachwork.web.customer.messaging import thread_values
from coachwork.web.customer.pictures import damage_picture
from coachwork.web.forms import FormHere
from coachwork.web.pages import strings_for
from coachwork.web.wording import wording

router = APIRouter(prefix="/c/{token}", include_in_schema=False, default_response_class=HTMLResponse)

MOST_LETTERS = 4000
_DONE = {CaseState.READY, CaseState.DECIDED}
_reports = threading.Semaphore(1)


@router.get("", response_model=None)
def case_page(request: Request, customer: CustomerHere) -> Response:
    """The page that fits how the case stands."""
    case = customer.case
    if case.state is CaseState.WORKING:
        return customer.page(request, "working.html.j2", case=case)
    if case.state in _DONE:
        return _result_page(request, customer, case)
    photos = customer.service.cases.photos(case.tenant, case.id)
    untold = case.facts.loss.cause is None and case.facts.loss.on is None
    return RedirectResponse(f"{customer.home}/{'tell' if untold and not photos else 'photos'}", status_code=303)


@router.get("/state")
def case_state(customer: CustomerHere) -> JSONResponse:
    """How the case stands, for the page that follows it."""
    case = customer.case
    return JSONResponse({"state": case.state.value, "version": case.version}, headers={"Cache-Control": "no-store"})


@router.get("/pictures/{place}")
def picture(place: Annotated[int, Path(ge=1, le=1000)], customer: CustomerHere) -> Response:
    """A photo with its damages drawn, faces and number plates hidden."""
    link, service = customer.link, customer.service
    result = service.cases.result(link.tenant, link.case)
    found = [one for one in service.cases.photos(link.tenant, link.case) if one.place == place]
    if not found:
        raise HTTPException(404, "the case has no such photo")
    data = damage_picture(service, link.tenant, found[0], result, shown_result(result).damages)
    return Response(data, media_type="image/jpeg", headers={"Cache-Control": "private, no-cache"})


@router.get("/report.pdf")
def report(request: Request, customer: CustomerHere) -> Response:
    """The report for the customer's papers."""
    link, service = customer.link, customer.service
    result = result_for_customer(service.cases.result(link.tenant, link.case))
    photos = service.cases.photos(link.tenant, link.case)
    w = wording(strings_for(request).language)
    with _reports:
        made = make_report(result, photos, link.tenant, service.photo_store, service.private_regions, w=w)
    if made.printed is None:
        raise HTTPException(501, "this service makes no PDF")
    headers = {"Content-Disposition": 'attachment; filename="coachwork-report.pdf"', "Cache-Control": "no-store"}
    return Response(made.printed, media_type="application/pdf", headers=headers)


@router.post("/accept")
def accept(customer: CustomerHere, told: FormHere) -> RedirectResponse:
    """Accepts the offer that stood on the page; again changes nothing."""
    link = customer.link
    customer.service.customers.answers.accept(
        link.tenant,
        link.case,
        revision=_revision(told),
        amount=told.get("amount", ""),
        currency=told.get("currency", ""),
    )
    return RedirectResponse(customer.home, status_code=303)


@router.get("/object", response_model=None)
def object_page(request: Request, customer: CustomerHere) -> Response:
    """The form by which a customer objects."""
    case = customer.case
    if case.state not in _DONE or has_accepted(customer, case):
        return RedirectResponse(customer.home, status_code=303)
    return _object_page(request, customer, case)


@router.post("/object", response_model=None)
def objected(request: Request, customer: CustomerHere, told: FormHere) -> Response:
    """Keeps the objection; the customer goes on to more photos where that is wished."""
    text, case = told.get("text", "").strip(), customer.case
    if not text or len(text) > MOST_LETTERS:
        return _object_page(request, customer, case, text=text, problem="long" if text else "empty", status=422)
    customer.service.customers.answers.object(
        case.tenant, case.id, revision=_revision(told), text=text, request_key=told.get("key", "")[:255] or None
    )
    return RedirectResponse(f"{customer.home}/photos" if told.get("photos") else customer.home, status_code=303)


def _result_page(request: Request, customer: Customer, case: Case) -> HTMLResponse:
    cases = customer.service.cases
    result, decisions = cases.result(case.tenant, case.id), cases.decisions(case.tenant, case.id)
    own = [one for one in decisions if one.revision == result.revision and one.stands]
    accepted = acceptance(customer, case)
    return customer.page(
        request,
        "result.html.j2",
        case=case,
        shown=shown_result(result),
        photos=cases.photos(case.tenant, case.id),
        offer=offer_of(result, decisions),
        decision=own[-1] if own else None,
        kinds=DecisionKind,
        accepted=accepted,
        objections=[one for one in answers_to(customer, case) if one.text],
        **thread_values(customer, case),
        pdf=importlib.util.find_spec("typst") is not None,
    )


def _object_page(
    request: Request, customer: Customer, case: Case, *, text: str = "", problem: str = "", status: int = 200
) -> HTMLResponse:
    return customer.page(
        request,
        "object.html.j2",
        status=status,
        case=case,
        text=text,
        problem=problem,
        most=MOST_LETTERS,
        key=secrets.token_urlsafe(16),
    )


def _revision(told: dict[str, str]) -> int:
    text = told.get("revision", "")
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        message = "the page was not sent as a whole: load it again"
        raise CaseChanged(message)
    return int(text)
