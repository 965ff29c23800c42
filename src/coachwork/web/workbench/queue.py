"""The queue: which cases there are, and which of them need a person."""

from datetime import timedelta
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from coachwork.api.context import ServiceHere
from coachwork.cases.case import CaseState
from coachwork.cases.people import Right
from coachwork.claims.settlement import Route
from coachwork.storage.case_queue import MOST_TEXT, CaseQueue, Wanted
from coachwork.web.workbench.signed_in import SessionHere
from coachwork.web.workbench.words import work_page

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

PAGE = 25
AGES = (1, 3, 7, 14, 30)
"""Days that may be asked for."""


@router.get("/workbench")
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
    after: Annotated[str, Query(max_length=64)] = "",
) -> HTMLResponse:
    """A page of the queue; filters that are none are passed over, since old bookmarks may hold some."""
    session.person.need(Right.READ)
    wanted = Wanted(
        state=CaseState(state) if state in list(CaseState) else None,
        route=route if route in list(Route) else None,
        text=text[:MOST_TEXT],
        older_than=timedelta(days=int(days)) if days in map(str, AGES) else None,
        awaits_approval=approval == "1",
        oldest_first=order == "oldest",
        after=after or None,
    )
    cases = CaseQueue(service.database)
    found = cases.page(session.person.tenant, wanted, limit=PAGE + 1)
    told = {"state": state, "route": route, "q": text, "days": days, "order": order, "approval": approval}
    kept = {key: value for key, value in told.items() if value}
    more = None if len(found) <= PAGE else urlencode(kept | {"after": found[PAGE - 1].case.id})
    return work_page(
        request,
        "queue.html.j2",
        session,
        wanted=wanted,
        days=days,
        found=found[:PAGE],
        more=more,
        first=urlencode(kept) if after else None,
        filtered=bool(kept),
        counts=cases.counts(session.person.tenant),
        states=list(CaseState),
        routes=list(Route),
        ages=AGES,
    )
