"""What people at the desk write to a customer, and the link by which the customer reads it."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from coachwork.api.context import ServiceHere
from coachwork.api.inspections import CaseId
from coachwork.cases.messages import Sender
from coachwork.cases.people import Right
from coachwork.cases.problems import CaseRefused
from coachwork.web.workbench.case_page import case_page
from coachwork.web.workbench.form_fields import views_of_form, whole_number
from coachwork.web.workbench.signed_in import FormHere, SessionHere

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@router.post("/workbench/cases/{inspection}/messages")
def send(inspection: CaseId, request: Request, service: ServiceHere, session: SessionHere, form: FormHere) -> Response:
    """Writes to the customer; sent twice by a browser, it is kept once."""
    person = session.person
    person.need(Right.DECIDE)
    try:
        service.messages.write(
            person.tenant,
            inspection,
            sender=Sender.DESK,
            by=person.login,
            text=form.get("text", ""),
            views=views_of_form(form),
            request_key=form.get("key", "")[:100] or None,
        )
    except CaseRefused as refused:
        return case_page(request, service, session, inspection, refused)
    return RedirectResponse(f"/workbench/cases/{inspection}#messages", status_code=303)


@router.post("/workbench/cases/{inspection}/messages/read")
def note(inspection: CaseId, service: ServiceHere, session: SessionHere, form: FormHere) -> Response:
    """Takes note of what the customer wrote, as far as the page showed it."""
    person = session.person
    person.need(Right.DECIDE)
    service.messages.note(person.tenant, inspection, upto=whole_number(form, "upto"), by=person.login)
    return RedirectResponse(f"/workbench/cases/{inspection}#messages", status_code=303)


@router.post("/workbench/cases/{inspection}/link")
def make_link(
    inspection: CaseId, request: Request, service: ServiceHere, session: SessionHere, _form: FormHere
) -> Response:
    """Makes a private link for the customer, which is shown this once."""
    person, settings = session.person, service.settings
    person.need(Right.DECIDE)
    _, token = service.customers.links.make(person.tenant, inspection, by=person.login, days=settings.link_days)
    address = f"{settings.public_url or str(request.base_url).rstrip('/')}/c/{token}"
    return case_page(request, service, session, inspection, None, new_link=address)
