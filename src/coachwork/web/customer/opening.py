"""Anybody opens a case, where the service lets them."""

import hashlib
import json
import secrets
from collections.abc import Mapping

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException

from coachwork.api.context import ServiceHere
from coachwork.cases.case import Facts
from coachwork.casework.service import Service
from coachwork.storage.case_writing import RequestKey
from coachwork.storage.columns import now
from coachwork.web.customer.context import address_of
from coachwork.web.customer.forms import FIELDS, FactsForm, form_of, form_values, read_form
from coachwork.web.forms import FormHere
from coachwork.web.pages import page

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@router.get("/new")
def new_case(request: Request, service: ServiceHere) -> HTMLResponse:
    """The form by which anybody opens a case, where the service lets them."""
    _need_public(service)
    return _form_page(request, form_of(Facts()))


@router.post("/new", response_model=None)
def open_case(request: Request, service: ServiceHere, told: FormHere) -> Response:
    """Opens a case and leads to its private link."""
    _need_public(service)
    form = read_form(told, known=Facts(), today=now().date(), with_reference=True)
    if form.facts is None:
        return _form_page(request, form, status=422)
    request.app.state.customer_limits.opened.take(address_of(request))
    settings = service.settings
    _, token = service.customers.open_case(
        settings.public_tenant, form.facts, days=settings.link_days, request=_request(told)
    )
    return RedirectResponse(f"/c/{token}/photos?new=1", status_code=303)


def _request(told: Mapping[str, str]) -> RequestKey | None:
    """What tells a form that is sent twice from one that is filled in otherwise, or anew."""
    key = told.get("key", "")[:64]
    text = json.dumps([told.get(name, "") for name in FIELDS])
    digest = hashlib.sha256(text.encode()).hexdigest()
    return RequestKey(key=f"form {key} {digest}", digest=digest) if key else None


def _need_public(service: Service) -> None:
    if not service.settings.public_tenant:
        raise HTTPException(404, "cases are opened by invitation here: ask for a private link")


def _form_page(request: Request, form: FactsForm, *, status: int = 200) -> HTMLResponse:
    values = form_values(form) | {
        "home": None,
        "action": "/new",
        "with_reference": True,
        "key": secrets.token_urlsafe(16),
    }
    return page(request, "customer/tell.html.j2", status=status, **values)
