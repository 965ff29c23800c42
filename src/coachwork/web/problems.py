"""Errors as pages for people, and as problem details for the pages' scripts."""

from fastapi import FastAPI, Request, Response
from fastapi import status as status_codes
from fastapi.exceptions import RequestValidationError
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Receive, Scope, Send

from coachwork.api.problems import away_problem, expected_problem, invalid_problem, problem
from coachwork.api.request_ids import request_id
from coachwork.errors import CoachworkError
from coachwork.storage.database import AWAY
from coachwork.web.pages import page, strings_for
from coachwork.web.security import is_foreign


def answer_problems(app: FastAPI) -> None:
    """Lets the pages' app answer every error: as a page where the browser wants one, else as problem details."""

    @app.exception_handler(CoachworkError)
    def _expected(request: Request, error: CoachworkError) -> Response:
        return _shown(request, expected_problem(error))

    for away in AWAY:
        app.add_exception_handler(away, lambda request, error: _shown(request, away_problem(error)))

    @app.exception_handler(RequestValidationError)
    def _invalid(request: Request, error: RequestValidationError) -> Response:
        return _shown(request, invalid_problem(error))

    @app.exception_handler(HTTPException)
    def _refused(request: Request, error: HTTPException) -> Response:
        return _shown(request, problem(error.status_code, "http", str(error.detail)))

    @app.exception_handler(Exception)
    def _fault(request: Request, _error: Exception) -> Response:
        message = "a fault of Coachwork; its log tells more under the request's id"
        return _shown(request, problem(status_codes.HTTP_500_INTERNAL_SERVER_ERROR, "fault", message))

    app.add_middleware(SameOrigin)


class SameOrigin:
    """Refuses requests by which another site's page would change something; see `is_foreign`."""

    def __init__(self, app: ASGIApp) -> None:
        """Stands around an app."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] == "http" and is_foreign(
            scope["method"], Headers(scope=scope), public_url=scope["app"].state.service.settings.public_url
        ):
            message = "this request comes from another site's page: open the service's own page and send it from there"
            answer = _shown(Request(scope), problem(status_codes.HTTP_403_FORBIDDEN, "foreign", message))
            await answer(scope, receive, send)
            return
        await self._app(scope, receive, send)


def wants_page(request: Request) -> bool:
    """Whether a browser asks for something to show."""
    return "text/html" in request.headers.get("accept", "")


def _shown(request: Request, answer: Response) -> Response:
    if not wants_page(request):
        return answer
    status, t = answer.status_code, strings_for(request)
    known = str(status) if f"base.problem.{status}.title" in t else "500" if status >= 500 else "400"
    shown = page(request, "problem.html.j2", status=status, kind=known, request_id=request_id())
    if "Retry-After" in answer.headers:
        shown.headers["Retry-After"] = answer.headers["Retry-After"]
    return shown
