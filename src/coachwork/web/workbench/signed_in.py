"""Who is signed in, and what their forms must bring along."""

import hmac
from collections.abc import Mapping
from typing import Annotated
from urllib.parse import quote

from fastapi import Depends, FastAPI, Request, Response
from fastapi.responses import RedirectResponse

from coachwork.api.context import ServiceHere
from coachwork.cases.access import NotAllowed
from coachwork.cases.people import LinkRefused, Person, Session, SignedOut
from coachwork.web.pages import page

HOME = "/workbench"
_MOST_FIELDS = 50
_MOST_FIELD = 20_000


def cookie_name(request: Request) -> str:
    """The session's cookie; over TLS its name forbids other hosts and plain connections to set it."""
    return "__Host-session" if request.url.scheme == "https" else "session"


def token_of(request: Request) -> str | None:
    """The token that the browser shows."""
    return request.cookies.get(cookie_name(request))


def the_session(request: Request, service: ServiceHere) -> Session:
    """The session of whoever asks.

    Raises:
        SignedOut: there is none.
    """
    token = token_of(request)
    if token is None:
        raise SignedOut
    return service.sessions.session(token)


SessionHere = Annotated[Session, Depends(the_session)]


async def read_form(request: Request) -> Mapping[str, str]:
    """The fields of a form as texts; files are left out.

    Raises:
        NotAllowed: it has more or longer fields than any form here.
    """
    async with request.form(max_fields=_MOST_FIELDS, max_files=1, max_part_size=_MOST_FIELD) as form:
        fields = {key: value for key, value in form.multi_items() if isinstance(value, str)}
    if any(len(value) > _MOST_FIELD for value in fields.values()):
        message = "a field of the form is too long: shorten it"
        raise NotAllowed(message)
    return fields


def checked_form(fields: Annotated[Mapping[str, str], Depends(read_form)], session: SessionHere) -> Mapping[str, str]:
    """The fields of a form that this session's own page sent.

    Raises:
        NotAllowed: it does not bring along the session's token.
    """
    if not hmac.compare_digest(fields.get("csrf", "").encode(), session.csrf.encode()):
        message = "this form does not come from a page of your session: load the page anew and send it again"
        raise NotAllowed(message)
    return fields


FormHere = Annotated[Mapping[str, str], Depends(checked_form)]
PlainForm = Annotated[Mapping[str, str], Depends(read_form)]


def the_person(session: SessionHere) -> Person:
    """Whoever is signed in."""
    return session.person


PersonHere = Annotated[Person, Depends(the_person)]


def keep_session(request: Request, answer: Response, token: str, session: Session) -> None:
    """Gives the browser a session's cookie, which no script reads and no other site's form sends along."""
    lasts = int((session.ends - session.begun).total_seconds())
    secure = request.url.scheme == "https"
    answer.set_cookie(
        cookie_name(request), token, max_age=lasts, path="/", httponly=True, samesite="lax", secure=secure
    )


def drop_session(request: Request, answer: Response) -> None:
    """Takes the cookie away, and what the browser kept of cases' photos."""
    secure = request.url.scheme == "https"
    answer.delete_cookie(cookie_name(request), path="/", httponly=True, samesite="lax", secure=secure)
    answer.headers["Clear-Site-Data"] = '"cache"'


def safe_next(path: str) -> str:
    """Where to go after signing in: a page of the workbench, whatever a link says."""
    own = path == HOME or path.startswith((f"{HOME}/", f"{HOME}?"))
    return path if own and "\\" not in path and path.isprintable() else HOME


def answer_signed_out(app: FastAPI) -> None:
    """Lets an app lead whoever is not signed in to where they may."""

    @app.exception_handler(SignedOut)
    def _signed_out(request: Request, _error: SignedOut) -> Response:
        wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        back = f"?next={quote(wanted)}" if request.method == "GET" and safe_next(wanted) == wanted != HOME else ""
        answer = RedirectResponse(f"/login{back}", status_code=303)
        if token_of(request) is not None:
            drop_session(request, answer)
        return answer

    @app.exception_handler(LinkRefused)
    def _link_refused(request: Request, _error: LinkRefused) -> Response:
        return page(request, "workbench/link_gone.html.j2", status=410)
