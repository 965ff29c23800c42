"""A customer with a private link tells what happened, or mends it."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from coachwork.cases.case import CaseState
from coachwork.storage.columns import now
from coachwork.web.customer.context import CustomerHere
from coachwork.web.customer.forms import FactsForm, form_of, form_values, read_form
from coachwork.web.forms import FormHere

router = APIRouter(prefix="/c/{token}", include_in_schema=False, default_response_class=HTMLResponse)

_OPEN = {CaseState.OPEN, CaseState.FAILED}


@router.get("/tell", response_model=None)
def tell(request: Request, customer: CustomerHere) -> Response:
    """What is known of the case, to be told or corrected; how it stands, once it was handed over."""
    if customer.case.state not in _OPEN:
        return RedirectResponse(customer.home, status_code=303)
    return _tell_page(request, customer, form_of(customer.case.facts))


@router.post("/tell", response_model=None)
def told(request: Request, customer: CustomerHere, told: FormHere) -> Response:
    """Keeps what the customer tells; a case that was handed over stays as it is."""
    case = customer.case
    if case.state not in _OPEN:
        return RedirectResponse(customer.home, status_code=303)
    form = read_form(told, known=case.facts, today=now().date(), with_reference=False)
    if form.facts is None:
        return _tell_page(request, customer, form, status=422)
    if form.facts != case.facts:
        customer.service.cases.change_facts(
            case.tenant, case.id, form.facts, by=customer.caller.name, version=case.version
        )
    return RedirectResponse(f"{customer.home}/photos", status_code=303)


def _tell_page(request: Request, customer: CustomerHere, form: FactsForm, *, status: int = 200) -> HTMLResponse:
    values = form_values(form) | {"action": f"{customer.home}/tell", "with_reference": False, "key": ""}
    return customer.page(request, "tell.html.j2", status=status, **values)
