"""Listings for whoever is signed in: the queue, the condition report of one, terms, links that are shared."""

import importlib.util
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from coachwork.api.context import ServiceHere
from coachwork.api.inspections import CaseId
from coachwork.cases.access import NotAllowed
from coachwork.cases.case import Case, CaseState
from coachwork.cases.listing import Terms, TermsRefused
from coachwork.cases.people import Person, Right, Session
from coachwork.casework.listing_csv import lot_csv
from coachwork.casework.service import Service
from coachwork.storage.columns import now
from coachwork.storage.listing_store import MOST_TEXT, WantedListings
from coachwork.web.market.market_page import market_page
from coachwork.web.market.report_contents import condition_report, report_picture
from coachwork.web.pages import strings_for
from coachwork.web.wording import wording
from coachwork.web.workbench.signed_in import FormHere, PersonHere, SessionHere

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

PAGE = 25
DAYS = (7, 30, 90)
_TERMS = ("scheme", "policy", "method", "charges")
_WITH_RESULTS = {CaseState.READY, CaseState.DECIDED}
_Told = Annotated[str | None, Query(max_length=64)]


@router.get("/workbench/listings")
def queue(
    request: Request,
    service: ServiceHere,
    session: SessionHere,
    *,
    state: Annotated[str, Query(max_length=20)] = "",
    lot: Annotated[str, Query(max_length=64)] = "",
    text: Annotated[str, Query(alias="q", max_length=500)] = "",
    after: Annotated[str, Query(max_length=64)] = "",
) -> HTMLResponse:
    """A page of the queue; filters that are none are passed over."""
    session.person.need(Right.READ)
    tenant, market = session.person.tenant, service.market
    lots = market.listings.lots(tenant)
    wanted = WantedListings(
        state=CaseState(state) if state in list(CaseState) else None,
        lot=lot if lot in {one.id for one in lots} else None,
        text=text[:MOST_TEXT],
        after=after or None,
    )
    found = market.listings.page(tenant, wanted, limit=PAGE + 1)
    terms = market.valuer.terms(tenant)
    kept = {key: value for key, value in {"state": state, "lot": lot, "q": text}.items() if value}
    return market_page(
        request,
        "listings.html.j2",
        session,
        wanted=wanted,
        found=[(one, market.summary(tenant, one.case, terms)) for one in found[:PAGE]],
        lots=lots,
        terms=terms,
        counts=market.listings.counts(tenant),
        states=list(CaseState),
        more=None if len(found) <= PAGE else urlencode(kept | {"after": found[PAGE - 1].case.id}),
        first=urlencode(kept) if after else None,
        filtered=bool(kept),
    )


@router.get("/workbench/listings.csv")
def export(service: ServiceHere, person: PersonHere, lot: Annotated[str, Query(max_length=64)] = "") -> Response:
    """A lot, or all listings, as a table for other programs."""
    person.need(Right.READ)
    chosen = service.market.listings.lot(person.tenant, lot) if lot else None
    text = lot_csv(service.market, person.tenant, chosen)
    name = chosen.id if chosen else "listings"
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"', "Cache-Control": "no-store"}
    return Response(text.encode("utf-8-sig"), media_type="text/csv; charset=utf-8", headers=headers)


@router.post("/workbench/listings/terms")
def choose_terms(service: ServiceHere, session: SessionHere, form: FormHere) -> Response:
    """Chooses what the tenant's cars are valued by; supervisors and admins may."""
    person = session.person
    _need_terms(person)
    terms = Terms.of({key: form.get(key, "") for key in _TERMS})
    service.market.valuer.tables.chosen(person.tenant, terms)
    service.market.listings.set_terms(person.tenant, terms, by=person.login)
    back = form.get("back", "")
    own = back.startswith("/workbench/listings/case_") and back.isprintable() and "\\" not in back
    return RedirectResponse(back if own else "/workbench/listings", status_code=303)


@router.get("/workbench/listings/{inspection}")
def show_listing(
    inspection: CaseId,
    request: Request,
    service: ServiceHere,
    session: SessionHere,
    *,
    scheme: _Told = None,
    policy: _Told = None,
    method: _Told = None,
    charges: _Told = None,
) -> HTMLResponse:
    """The condition report of a listing by the tenant's terms, or by those of the address."""
    told = {"scheme": scheme, "policy": policy, "method": method, "charges": charges}
    return _listing_page(request, service, session, inspection, told)


@router.get("/workbench/listings/{inspection}/report.pdf")
def listing_pdf(
    request: Request,
    inspection: CaseId,
    service: ServiceHere,
    person: PersonHere,
    *,
    scheme: _Told = None,
    policy: _Told = None,
    method: _Told = None,
) -> Response:
    """The condition report for print."""
    person.need(Right.READ)
    terms = service.market.valuer.terms(person.tenant, scheme=scheme, policy=policy, method=method)
    made = service.condition_report(person.tenant, inspection, terms, w=wording(strings_for(request).language))
    headers = {"Content-Disposition": f'attachment; filename="{inspection}-condition.pdf"', "Cache-Control": "no-store"}
    return Response(made.pdf, media_type="application/pdf", headers=headers)


@router.get("/workbench/listings/{inspection}/pictures/{place}.jpg")
def listing_picture(
    inspection: CaseId, place: Annotated[int, Path(ge=1, le=9999)], service: ServiceHere, person: PersonHere
) -> Response:
    """A photo with its damages, encoded anew, faces and number plates hidden, as whoever gets a link will see it."""
    person.need(Right.READ)
    data = report_picture(service, person.tenant, inspection, place)
    if data is None:
        return Response(status_code=404)
    return Response(data, media_type="image/jpeg", headers={"Cache-Control": "private, max-age=300"})


@router.post("/workbench/listings/{inspection}/links")
def share(
    inspection: CaseId, request: Request, service: ServiceHere, session: SessionHere, form: FormHere
) -> HTMLResponse:
    """Makes a link to the report; it stands on the answer, and nowhere else."""
    person = session.person
    person.need(Right.CORRECT)
    days = form.get("days", "")
    told = {key: form[key] for key in _TERMS if key in form}
    _, token = service.market.links.make(
        person.tenant,
        inspection,
        by=person.login,
        days=int(days) if days in map(str, DAYS) else DAYS[1],
        terms=service.market.valuer.terms(person.tenant, **told),
        amounts=form.get("amounts") == "1",
    )
    base = service.settings.public_url or str(request.base_url).rstrip("/")
    return _listing_page(request, service, session, inspection, dict(told), made=f"{base}/r/{token}")


@router.post("/workbench/listings/{inspection}/links/{link}/withdraw")
def withdraw(
    inspection: CaseId,
    link: Annotated[str, Path(max_length=64)],
    *,
    service: ServiceHere,
    session: SessionHere,
    form: FormHere,  # noqa: ARG001 (its token is checked)
) -> Response:
    """Makes a link useless from now on."""
    person = session.person
    person.need(Right.CORRECT)
    service.market.links.withdraw(person.tenant, inspection, link, by=person.login)
    return RedirectResponse(f"/workbench/listings/{inspection}#links", status_code=303)


def _listing_page(
    request: Request,
    service: Service,
    session: Session,
    case_id: str,
    told: dict[str, str | None],
    *,
    made: str | None = None,
) -> HTMLResponse:
    person = session.person
    person.need(Right.READ)
    case = service.cases.case(person.tenant, case_id)
    values: dict[str, Any] = {"report": None, "refused": "", "terms": service.market.valuer.terms(person.tenant)}
    if case.state in _WITH_RESULTS:
        values |= _valued(service, person, case, told)
    links = service.market.links.all(person.tenant, case_id)
    moment = now()
    return market_page(
        request,
        "listing.html.j2",
        session,
        **values,
        case=case,
        choices=service.market.valuer.tables.choices(person.tenant),
        own_terms=service.market.valuer.terms(person.tenant),
        may_choose=person.may(Right.APPROVE) or person.may(Right.PEOPLE),
        links=[(one, "withdrawn" if one.withdrawn else "ended" if one.ends <= moment else "good") for one in links],
        made=made,
        days=DAYS,
        pictures=f"/workbench/listings/{case.id}/pictures",
        amounts=True,
        pdf=importlib.util.find_spec("typst") is not None,
        status=200,
    )


def _valued(service: Service, person: Person, case: Case, told: dict[str, str | None]) -> dict[str, Any]:
    """The report by the terms of an address; where those are refused, why, and the report by the tenant's own."""
    market = service.market
    try:
        terms = market.valuer.terms(person.tenant, **told)
        return {"report": condition_report(service, market.valuer.value(person.tenant, case.id, terms)), "terms": terms}
    except TermsRefused as refused:
        if not any(value is not None for value in told.values()):
            return {"refused": str(refused)}
        own = _valued(service, person, case, {})
        return own | {"refused": str(refused)}


def _need_terms(person: Person) -> None:
    if not (person.may(Right.APPROVE) or person.may(Right.PEOPLE)):
        message = f"your role ({person.role}) does not allow this: ask a supervisor or an admin"
        raise NotAllowed(message)
