"""Every error as one JSON shape: problem details, RFC 9457, with the request's id."""

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi import status as status_codes
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from coachwork.api.rate_limit import TooManyRequests
from coachwork.api.request_ids import request_id
from coachwork.cases.access import NotAllowed, UnknownKey
from coachwork.cases.comparison import UnknownComparison
from coachwork.cases.customer import UnknownLink, UnknownUpload, UploadMoved, UploadRefused
from coachwork.cases.listing import TermsRefused, UnknownLot, UnknownReport
from coachwork.cases.problems import (
    CaseBusy,
    CaseChanged,
    CaseNotReady,
    CaseRefused,
    KeyReused,
    UnknownCase,
)
from coachwork.cases.webhook import UnknownWebhook
from coachwork.errors import CoachworkError, MissingExtra
from coachwork.json_objects import JsonFileError
from coachwork.photos.problems import PhotoError, PhotoProblem
from coachwork.storage.database import AWAY
from coachwork.storage.photo_store import PhotoLost, PhotoStoreError

MEDIA_TYPE = "application/problem+json"

_STATUS: Mapping[type[CoachworkError], tuple[int, str]] = {
    UnknownKey: (status_codes.HTTP_401_UNAUTHORIZED, "unknown-key"),
    NotAllowed: (status_codes.HTTP_403_FORBIDDEN, "not-allowed"),
    UnknownCase: (status_codes.HTTP_404_NOT_FOUND, "unknown-inspection"),
    CaseBusy: (status_codes.HTTP_409_CONFLICT, "busy"),
    CaseChanged: (status_codes.HTTP_412_PRECONDITION_FAILED, "changed"),
    CaseNotReady: (status_codes.HTTP_409_CONFLICT, "not-ready"),
    CaseRefused: (status_codes.HTTP_422_UNPROCESSABLE_CONTENT, "refused"),
    UnknownLink: (status_codes.HTTP_404_NOT_FOUND, "unknown-link"),
    UnknownReport: (status_codes.HTTP_404_NOT_FOUND, "unknown-report"),
    UnknownLot: (status_codes.HTTP_404_NOT_FOUND, "unknown-lot"),
    UnknownComparison: (status_codes.HTTP_404_NOT_FOUND, "unknown-comparison"),
    TermsRefused: (status_codes.HTTP_422_UNPROCESSABLE_CONTENT, "terms-refused"),
    UnknownUpload: (status_codes.HTTP_404_NOT_FOUND, "unknown-upload"),
    UnknownWebhook: (status_codes.HTTP_404_NOT_FOUND, "unknown-webhook"),
    UploadRefused: (status_codes.HTTP_422_UNPROCESSABLE_CONTENT, "upload-refused"),
    KeyReused: (status_codes.HTTP_422_UNPROCESSABLE_CONTENT, "idempotency-key-reused"),
    JsonFileError: (status_codes.HTTP_422_UNPROCESSABLE_CONTENT, "invalid"),
    MissingExtra: (status_codes.HTTP_501_NOT_IMPLEMENTED, "not-installed"),
    PhotoLost: (status_codes.HTTP_500_INTERNAL_SERVER_ERROR, "photo-lost"),
    PhotoStoreError: (status_codes.HTTP_503_SERVICE_UNAVAILABLE, "photo-not-kept"),
}
"""Error -> status and the last part of the problem's type; of an error's bases the nearest counts."""

_log = logging.getLogger("coachwork.database")

RESPONSES: dict[int | str, dict[str, Any]] = {
    status: {"description": "A problem, see RFC 9457.", "content": {MEDIA_TYPE: {"schema": {"type": "object"}}}}
    for status in (401, 403, 404, 409, 412, 413, 422, 429, 500, 503)
}
"""What any call may answer beside its own answer, for the OpenAPI document."""


def problem(status: int, kind: str, detail: str, **more: Any) -> JSONResponse:
    """One problem as a response; `kind` names it for programs, `detail` tells people what to do."""
    body = {
        "type": f"urn:coachwork:problem:{kind}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "request_id": request_id(),
        **more,
    }
    headers = {"WWW-Authenticate": "Bearer"} if status == status_codes.HTTP_401_UNAUTHORIZED else None
    return JSONResponse(body, status_code=status, media_type=MEDIA_TYPE, headers=headers)


def expected_problem(error: CoachworkError) -> JSONResponse:
    """The answer to an error that somebody caused who asked."""
    if isinstance(error, PhotoError):
        large = error.reason is PhotoProblem.TOO_MANY_BYTES
        status = status_codes.HTTP_413_CONTENT_TOO_LARGE if large else status_codes.HTTP_422_UNPROCESSABLE_CONTENT
        return problem(status, "photo", str(error), reason=error.reason.value)
    if isinstance(error, TooManyRequests):
        answer = problem(status_codes.HTTP_429_TOO_MANY_REQUESTS, "too-many-requests", str(error))
        answer.headers["Retry-After"] = str(error.wait_s)
        return answer
    if isinstance(error, UploadMoved):
        return problem(status_codes.HTTP_409_CONFLICT, "upload-moved", str(error), offset=error.offset)
    for kind in type(error).__mro__:
        if kind in _STATUS:
            status, name = _STATUS[kind]
            return problem(status, name, str(error))
    return problem(status_codes.HTTP_422_UNPROCESSABLE_CONTENT, "refused", str(error))


def invalid_problem(error: RequestValidationError) -> JSONResponse:
    """The answer to a request that is not what the call takes."""
    errors = [{"where": ".".join(map(str, one["loc"])), "why": one["msg"]} for one in error.errors()]
    told = "; ".join(f"{one['where']}: {one['why']}" for one in errors[:5])
    return problem(
        status_codes.HTTP_422_UNPROCESSABLE_CONTENT, "invalid", f"the request is not valid: {told}", errors=errors
    )


def away_problem(error: Exception) -> JSONResponse:
    """The answer while the database cannot be used; the log tells what failed, without the statement's values."""
    _log.error("the database cannot be used: %s", error)
    message = "the database does not answer, or its disk is full: send the same again in a moment"
    answer = problem(status_codes.HTTP_503_SERVICE_UNAVAILABLE, "database-away", message)
    answer.headers["Retry-After"] = "2"
    return answer


def answer_problems(app: FastAPI) -> None:
    """Lets an app answer every error so."""

    @app.exception_handler(CoachworkError)
    def _expected(_request: Request, error: CoachworkError) -> JSONResponse:
        return expected_problem(error)

    for away in AWAY:
        app.add_exception_handler(away, lambda _request, error: away_problem(error))

    @app.exception_handler(RequestValidationError)
    def _invalid(_request: Request, error: RequestValidationError) -> JSONResponse:
        return invalid_problem(error)

    @app.exception_handler(HTTPException)
    def _refused(_request: Request, error: HTTPException) -> JSONResponse:
        return problem(error.status_code, "http", str(error.detail))

    @app.exception_handler(Exception)
    def _fault(_request: Request, _error: Exception) -> JSONResponse:
        message = "a fault of Coachwork; its log tells more under the request's id"
        return problem(status_codes.HTTP_500_INTERNAL_SERVER_ERROR, "fault", message)
