"""What a customer writes, and what the desk wrote to the customer."""

import secrets
from typing import Any

from fastapi import APIRouter
from fastapi.responses import RedirectResponse

from coachwork.cases.case import Case
from coachwork.cases.messages import Thread
from coachwork.inspections.views import PhotoView
from coachwork.web.customer.context import Customer, CustomerHere
from coachwork.web.forms import FormHere

router = APIRouter(prefix="/c/{token}", include_in_schema=False)

_SUBMITTED = "case.submitted"


@router.post("/messages")
def write(customer: CustomerHere, told: FormHere) -> RedirectResponse:
    """Keeps what the customer wrote; sent twice by a browser, it is kept once."""
    link = customer.link
    customer.service.messages.customer_writes(
        link.tenant, link.case, told.get("text", ""), request_key=told.get("key", "")[:100] or None
    )
    page = "/photos" if told.get("back") == "photos" else ""
    return RedirectResponse(f"{customer.home}{page}#messages-here", status_code=303)


def thread_values(customer: Customer, case: Case) -> dict[str, Any]:
    """What templates need to show the messages: the thread, and a key by which a message is kept once."""
    thread = customer.service.messages.thread(case.tenant, case.id)
    return {"thread": thread, "message_key": secrets.token_urlsafe(16)}


def wanted_views(customer: Customer, case: Case, thread: Thread) -> tuple[PhotoView, ...]:
    """The views that the desk asks photos of, since the case was handed over last."""
    if not any(one.views for one in thread.messages):
        return ()
    events = customer.service.cases.events(case.tenant, case.id)
    return thread.wanted([one.at for one in events if one.kind == _SUBMITTED])
