"""Signing in and out by an OpenID provider."""

import logging
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi import status as status_codes
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.exceptions import HTTPException

from coachwork.api.context import ServiceHere
from coachwork.cases.people import AccountRefused, IdentityUnknown, LinkRefused, SignInRefused
from coachwork.casework.openid_sign_in import OpenIdSignIn
from coachwork.casework.service import Service
from coachwork.openid.problems import OpenIdError, ProviderFailed
from coachwork.web.customer.context import CustomerLimits, address_of
from coachwork.web.workbench.signed_in import PlainForm, keep_session, safe_next, token_of
from coachwork.web.workbench.words import work_page

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

BACK = "/login/openid/back"
SIGNED_IN_SO = "signed-in-by"
"""Cookie that says by the provider; it opens nothing."""

_UNDER_WAY_S = 600
_log = logging.getLogger("coachwork.people")


@router.get("/login/openid")
def begin(
    request: Request, service: ServiceHere, wanted: Annotated[str, Query(alias="next", max_length=500)] = ""
) -> Response:
    """Leads to the provider."""
    return _begun(request, service, wanted=safe_next(wanted), link=None)


@router.post("/link/{token}/openid")
@router.post("/first/{token}/openid")
def begin_by_link(token: str, request: Request, service: ServiceHere, _form: PlainForm) -> Response:
    """Leads to the provider; whoever signs in there owns the link's account from now on."""
    _limit(request)
    holder = service.people.holder(token)
    if (holder is None) is not request.url.path.startswith("/first/"):
        raise LinkRefused
    return _begun(request, service, wanted=safe_next(""), link=token)


@router.get(BACK)
def come_back(request: Request, service: ServiceHere) -> Response:
    """Where the provider sends the browser back."""
    openid = _openid(service)
    _limit(request)
    told = dict(request.query_params)
    try:
        person, wanted = openid.finish(told, browser=request.cookies.get(_cookie(request), ""), back=_back(request))
    except (OpenIdError, SignInRefused, IdentityUnknown, AccountRefused) as refused:
        _log.warning("a sign-in by OpenID was refused: %s", refused)
        return _refused(request, service, refused)
    session, token = service.sessions.begin(person, earlier=token_of(request))
    answer = RedirectResponse(safe_next(wanted), status_code=303)
    keep_session(request, answer, token, session)
    secure = request.url.scheme == "https"
    answer.delete_cookie(_cookie(request), path="/", httponly=True, samesite="lax", secure=secure)
    answer.set_cookie(SIGNED_IN_SO, "openid", max_age=_UNDER_WAY_S * 72, httponly=True, samesite="lax", secure=secure)
    return answer


@router.get("/signed-out")
def signed_out(request: Request, service: ServiceHere) -> Response:
    """Leads to where one signs out at the provider as well; to the login where it offers nothing."""
    address = None if service.openid is None else service.openid.provider.sign_out_url(back=_home(request) + "/login")
    if address is None:
        return RedirectResponse("/login", status_code=303)
    return _lead(request, service, address, "out")


def _begun(request: Request, service: Service, *, wanted: str, link: str | None) -> Response:
    openid = _openid(service)
    if link is None:
        _limit(request)
    known = request.cookies.get(_cookie(request), "")
    try:
        address, browser = openid.begin(
            wanted=wanted, back=_back(request), link=link, browser=known if len(known) == 43 else None
        )
    except ProviderFailed as refused:
        _log.warning("a sign-in by OpenID could not begin: %s", refused)
        return _refused(request, service, refused)
    # A form may lead to no other site (Content-Security-Policy), so that a page stands between.
    answer: Response = (
        RedirectResponse(address, status_code=303) if link is None else _lead(request, service, address, "in")
    )
    answer.headers["Cache-Control"] = "no-store"
    secure = request.url.scheme == "https"
    answer.set_cookie(
        _cookie(request), browser, max_age=_UNDER_WAY_S, path="/", httponly=True, samesite="lax", secure=secure
    )
    return answer


def _lead(request: Request, service: Service, address: str, way: str) -> Response:
    answer = work_page(
        request, "openid_lead.html.j2", address=address, way=way, provider=_openid(service).settings.name
    )
    answer.headers["Refresh"] = f"0; url={address}"
    return answer


def _refused(request: Request, service: Service, refused: Exception) -> Response:
    status, kind = status_codes.HTTP_401_UNAUTHORIZED, "openid_refused"
    if isinstance(refused, ProviderFailed):
        status, kind = status_codes.HTTP_502_BAD_GATEWAY, "openid_away"
    elif isinstance(refused, IdentityUnknown):
        status, kind = status_codes.HTTP_403_FORBIDDEN, "openid_unknown"
    elif isinstance(refused, AccountRefused):
        status, kind = status_codes.HTTP_409_CONFLICT, "openid_taken"
    return login_page_for(request, service, status=status, wrong=kind)


def login_page_for(
    request: Request,
    service: Service,
    *,
    wanted: str = "",
    login: str = "",
    wrong: str | None = None,
    wait_s: int = 0,
    status: int = 200,
) -> HTMLResponse:
    """The page on which one signs in, by whatever the service lets people sign in by."""
    return work_page(
        request,
        "login.html.j2",
        status=status,
        wanted=safe_next(wanted),
        login=login,
        wrong=wrong,
        wait_s=wait_s,
        provider=None if service.openid is None else service.openid.settings.name,
        local=service.settings.local_sign_in,
    )


def _openid(service: Service) -> OpenIdSignIn:
    if service.openid is None:
        raise HTTPException(status_codes.HTTP_404_NOT_FOUND, "no OpenID provider is set: see COACHWORK_OIDC_ISSUER")
    return service.openid


def _limit(request: Request) -> None:
    limits: CustomerLimits = request.app.state.customer_limits
    limits.strangers.take(address_of(request))


def _cookie(request: Request) -> str:
    return "__Host-openid" if request.url.scheme == "https" else "openid"


def _home(request: Request) -> str:
    service: Service = request.app.state.service
    return service.settings.public_url or str(request.base_url).rstrip("/")


def _back(request: Request) -> str:
    return _home(request) + BACK
