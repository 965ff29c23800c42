"""Pages about listings and rentals for whoever is signed in, and what their scripts must bring along."""

import hmac
from typing import Annotated, Any

from fastapi import Depends, Header, Request
from fastapi.responses import HTMLResponse

from coachwork.cases.access import NotAllowed
from coachwork.cases.people import Session
from coachwork.web.pages import page, strings_for
from coachwork.web.workbench.signed_in import SessionHere
from coachwork.web.workbench.words import Words


def market_page(request: Request, template: str, session: Session, *, status: int = 200, **values: Any) -> HTMLResponse:
    """A page about listings or rentals."""
    words = Words(strings_for(request))
    helpers = {name: getattr(words, name) for name in ("moment", "ago", "money", "term", "percent", "charge")}
    return page(request, f"market/{template}", status=status, session=session, **helpers, **values)


def scripted(session: SessionHere, csrf: Annotated[str, Header(alias="X-Csrf", max_length=200)] = "") -> Session:
    """The session of whoever is signed in, for requests of the pages' scripts.

    Raises:
        NotAllowed: the request does not bring along the session's token.
    """
    if not hmac.compare_digest(csrf.encode(), session.csrf.encode()):
        message = "this request does not come from a page of your session: load the page anew"
        raise NotAllowed(message)
    return session


ScriptHere = Annotated[Session, Depends(scripted)]
