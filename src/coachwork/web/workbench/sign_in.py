"""Signing in and out, and choosing a password by a one-time link."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi import status as status_codes
from fastapi.responses import HTMLResponse, RedirectResponse

from coachwork.api.context import ServiceHere
from coachwork.cases.access import NotAllowed
from coachwork.cases.people import (
    LEAST_PASSWORD,
    AccountRefused,
    LinkRefused,
    PasswordRefused,
    Person,
    SignInRefused,
    TooManyAttempts,
)
from coachwork.casework.service import Service
from coachwork.web.workbench.openid import SIGNED_IN_SO, login_page_for
from coachwork.web.workbench.signed_in import (
    HOME,
    FormHere,
    PlainForm,
    SessionHere,
    drop_session,
    keep_session,
    safe_next,
    token_of,
)
from coachwork.web.workbench.words import work_page

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@router.get("/login")
def login_page(
    request: Request, service: ServiceHere, wanted: Annotated[str, Query(alias="next", max_length=500)] = ""
) -> HTMLResponse:
    """Where one signs in."""
    return login_page_for(request, service, wanted=wanted)


@router.post("/login")
def sign_in(request: Request, service: ServiceHere, form: PlainForm) -> Response:
    """Signs in; the session that the browser held before ends."""
    _need_local(service)
    wanted, login = safe_next(form.get("next", "")), form.get("login", "")
    address = request.client.host if request.client else ""
    try:
        session, token = service.sessions.sign_in(
            login, form.get("password", ""), address=address, earlier=token_of(request)
        )
    except (SignInRefused, TooManyAttempts) as refused:
        slow = isinstance(refused, TooManyAttempts)
        status = status_codes.HTTP_429_TOO_MANY_REQUESTS if slow else status_codes.HTTP_401_UNAUTHORIZED
        wait_s = refused.wait_s if isinstance(refused, TooManyAttempts) else 0
        wrong = "slow" if slow else "wrong"
        answer: Response = login_page_for(
            request, service, status=status, wanted=wanted, login=login[:200], wrong=wrong, wait_s=wait_s
        )
        if slow:
            answer.headers["Retry-After"] = str(wait_s)
        return answer
    answer = RedirectResponse(wanted, status_code=303)
    keep_session(request, answer, token, session)
    return answer


@router.post("/logout")
def sign_out(request: Request, service: ServiceHere, session: SessionHere, form: FormHere) -> Response:
    """Signs out, here or everywhere."""
    if form.get("everywhere"):
        service.sessions.end_all(session.person)
    else:
        service.sessions.end(token_of(request) or "")
    by_provider = service.openid is not None and request.cookies.get(SIGNED_IN_SO) == "openid"
    answer = RedirectResponse("/signed-out" if by_provider else "/login", status_code=303)
    drop_session(request, answer)
    answer.delete_cookie(SIGNED_IN_SO, httponly=True, samesite="lax", secure=request.url.scheme == "https")
    return answer


@router.get("/workbench/account")
def account(request: Request, session: SessionHere) -> HTMLResponse:
    """Who one is, and signing out everywhere."""
    return work_page(request, "account.html.j2", session)


@router.get("/link/{token}")
def link_page(token: str, request: Request, service: ServiceHere) -> HTMLResponse:
    """Where the owner of an account chooses a password."""
    return _password_page(request, service, _owner(service, token), None)


@router.post("/link/{token}")
def choose_password(token: str, request: Request, service: ServiceHere, form: PlainForm) -> Response:
    """Keeps the password, and signs its owner in."""
    _need_local(service)
    owner = _owner(service, token)
    if form.get("password") != form.get("again"):
        return _password_page(request, service, owner, "differ")
    try:
        return _begun(request, service, service.people.redeem(token, form.get("password", "")))
    except PasswordRefused:
        return _password_page(request, service, owner, "weak")


@router.get("/first/{token}")
def first_page(token: str, request: Request, service: ServiceHere) -> HTMLResponse:
    """Where the first account is made."""
    if service.people.holder(token) is not None:
        raise LinkRefused
    return _password_page(request, service, None, None)


@router.post("/first/{token}")
def make_first(token: str, request: Request, service: ServiceHere, form: PlainForm) -> Response:
    """Makes the first account, an admin's, and signs its owner in."""
    _need_local(service)
    login = form.get("login", "")
    if service.people.holder(token) is not None:
        raise LinkRefused
    if form.get("password") != form.get("again"):
        return _password_page(request, service, None, "differ", login=login)
    try:
        return _begun(request, service, service.people.make_first(token, login, form.get("password", "")))
    except PasswordRefused:
        return _password_page(request, service, None, "weak", login=login)
    except AccountRefused:
        return _password_page(request, service, None, "login", login=login)


def _owner(service: Service, token: str) -> Person:
    owner = service.people.holder(token)
    if owner is None:
        raise LinkRefused
    return owner


def _begun(request: Request, service: Service, owner: Person) -> Response:
    session, token = service.sessions.begin(owner, earlier=token_of(request))
    answer = RedirectResponse(HOME, status_code=303)
    keep_session(request, answer, token, session)
    return answer


def _password_page(
    request: Request, service: Service, owner: Person | None, wrong: str | None, *, login: str = ""
) -> HTMLResponse:
    status = 200 if wrong is None else status_codes.HTTP_422_UNPROCESSABLE_CONTENT
    return work_page(
        request,
        "password.html.j2",
        status=status,
        owner=owner,
        wrong=wrong,
        login=login[:200],
        least=LEAST_PASSWORD,
        provider=None if service.openid is None else service.openid.settings.name,
        local=service.settings.local_sign_in,
    )


def _need_local(service: Service) -> None:
    if not service.settings.local_sign_in:
        message = "people sign in by the OpenID provider alone here: use its button"
        raise NotAllowed(message)
