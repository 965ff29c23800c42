"""The queue: which cases there are, and which of them need a person."""

from datetime import timedelta
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from coachwork.api.context import ServiceHere
from coachwork.cases.case import CaseState
from coachwork.cases.people import Right
from coachwork.claims.settlement import Route
from coachwork.storage.case_queue import MOST_TEXT, CaseQueue, Wanted
from coachwork.web.workbench.signed_in import FormHere, SessionHere
from coachwork.web.workbench.words import work_page

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

PAGE = 25
FILTERS = ("state", "route", "q", "days", "order", "approval", "unread")
"""What a kept view may say, as the queue's address does."""

AGES = (1, 3, 7, 14, 30)
"""Days that may be asked for."""


@router.get("/workbench", response_model=None)
def queue(
    request: Request,
    service: ServiceHere,
    session: SessionHere,
    *,
    state: Annotated[str, Query(max_length=20)] = "",
    route: Annotated[str, Query(max_length=60)] = "",
    text: Annotated[str, Query(alias="q", max_length=500)] = "",
    days: Annotated[str, Query(max_length=4)] = "",
    order: Annotated[str, Query(max_length=10)] = "",
    approval: Annotated[str, Query(max_length=3)] = "",
    unread: Annotated[str, Query(max_length=3)] = "",
    every: Annotated[str, Query(alias="all", max_length=3)] = "",
    after: Annotated[str, Query(max_length=64)] = "",
) -> Response:
    """A page of the queue; filters that are none are passed over, since old bookmarks may hold some."""
    session.person.need(Right.READ)
    views = service.queue_views.views(session.person)
    default = next((one for one in views if one.default), None)
    if default is not None and default.filters and not request.url.query:
        return RedirectResponse(f"/workbench?{urlencode(dict(default.filters))}", status_code=303)
    wanted = Wanted(
        state=CaseState(state) if state in list(CaseState) else None,
        route=route if route in list(Route) else None,
        text=text[:MOST_TEXT],
        older_than=timedelta(days=int(days)) if days in map(str, AGES) else None,
        awaits_approval=approval == "1",
        unread=unread == "1",
        oldest_first=order == "oldest",
        after=after or None,
    )
    cases = CaseQueue(service.database)
    found = cases.page(session.person.tenant, wanted, limit=PAGE + 1)
    told = {"state": state, "route": route, "q": text, "days": days, "order": order}
    told |= {"approval": approval, "unread": unread}
    kept = {key: value for key, value in told.items() if value}
    here = kept or ({"all": "1"} if every else {})
    more = None if len(found) <= PAGE else urlencode(here | {"after": found[PAGE - 1].case.id})
    return work_page(
        request,
        "queue.html.j2",
        session,
        wanted=wanted,
        days=days,
        found=found[:PAGE],
        more=more,
        first=urlencode(here) if after else None,
        views=[(one, urlencode(dict(one.filters)) or "all=1") for one in views],
        shown_view=next((one for one in views if dict(one.filters) == kept), None) if kept or not default else None,
        told=kept,
        filtered=bool(kept),
        counts=cases.counts(session.person.tenant),
        states=list(CaseState),
        routes=list(Route),
        ages=AGES,
    )


@router.post("/workbench/views")
def save_view(service: ServiceHere, session: SessionHere, form: FormHere) -> Response:
    """Keeps the filters that the queue was shown by under a name."""
    session.person.need(Right.READ)
    filters = {key: form[key][:MOST_TEXT] for key in FILTERS if form.get(key)}
    service.queue_views.save(
        session.person,
        form.get("name", ""),
        filters,
        shared=form.get("shared") == "1",
        default=form.get("default") == "1",
    )
    return RedirectResponse(f"/workbench?{urlencode(filters) or 'all=1'}", status_code=303)


@router.post("/workbench/views/{view}")
def change_view(
    view: Annotated[str, Path(max_length=64)], service: ServiceHere, session: SessionHere, form: FormHere
) -> Response:
    """Lets the queue begin with a view, or with all cases again; or forgets the view."""
    session.person.need(Right.READ)
    deed = form.get("deed", "")
    if deed == "remove":
        service.queue_views.remove(session.person, view)
    else:
        service.queue_views.choose(session.person, view if deed == "default" else None)
    return RedirectResponse("/workbench?all=1", status_code=303)
