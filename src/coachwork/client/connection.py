"""Requests to a service: repeated where they failed on the way, refusals told as errors."""

import time
from collections.abc import Container, Mapping
from types import TracebackType
from typing import Any, Self

import httpx2

from coachwork.errors import CoachworkError

_PASSING = frozenset({429, 502, 503, 504})
_PASSING_AT_BUCKETS = _PASSING | {500}  # their servers' "internal error", which they say to repeat
_LONGEST_WAIT_S = 30.0


class ServiceError(CoachworkError):
    """The service refused a request, or does not answer.

    Attributes:
        status: of the answer; None where there was none.
        problem: last part of the problem's type, such as ``unknown-inspection``; empty where there is none.
        request_id: by which the service's log knows the request; empty where there was no answer.
    """

    def __init__(self, message: str, *, status: int | None = None, problem: str = "", request_id: str = "") -> None:
        super().__init__(message)
        self.status, self.problem, self.request_id = status, problem, request_id


class Connection:
    """A connection to a service; a context manager."""

    def __init__(
        self, url: str, key: str, *, timeout_s: float = 60.0, attempts: int = 5, direct: bool | None = None
    ) -> None:
        """Connects nothing yet.

        Args:
            url: of the service, such as ``http://127.0.0.1:8000``.
            key: made by ``coachwork keys add``.
            timeout_s: for one request.
            attempts: at most so many for each request.
            direct: whether photos are put to signed addresses, which lead into the bucket of a service that has one;
                None where, and as long as, the service offers that.
        """
        self._http = httpx2.Client(base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=timeout_s)
        self._attempts, self.direct = attempts, direct
        self._elsewhere = httpx2.Client(timeout=timeout_s)  # a bucket is not shown the key

    def __enter__(self) -> Self:
        """The connection itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Closes the connection."""
        self._http.close()
        self._elsewhere.close()

    def put(self, url: str, data: bytes, headers: Mapping[str, str]) -> None:
        """Puts bytes to a signed address.

        Raises:
            ServiceError: it was refused, or failed every time.
        """
        told = dict(headers)
        self._repeated(self._elsewhere, "PUT", url, passing=_PASSING_AT_BUCKETS, content=data, headers=told)

    def ask(self, method: str, path: str, **request: Any) -> httpx2.Response:
        """Any request; it is repeated where it failed on the way, so it must be one that may be.

        Raises:
            ServiceError: it was refused, or failed every time.
        """
        return self._repeated(self._http, method, path, **request)

    def _repeated(
        self, http: httpx2.Client, method: str, path: str, *, passing: Container[int] = _PASSING, **request: Any
    ) -> httpx2.Response:
        for attempt in range(self._attempts):
            last = attempt == self._attempts - 1
            try:
                answer = http.request(method, path, **request)
            except httpx2.TransportError as fault:
                if last:
                    message = f"the service at {self._http.base_url} does not answer: {fault}"
                    raise ServiceError(message) from fault
                time.sleep(min(0.2 * 2**attempt, _LONGEST_WAIT_S))
                continue
            if answer.status_code not in passing or last:
                return _taken(answer)
            told = answer.headers.get("Retry-After", "")
            time.sleep(min(max(float(told) if told.isdigit() else 0.0, 0.2 * 2**attempt), _LONGEST_WAIT_S))
        raise ServiceError("no attempt was allowed")  # noqa: EM101, TRY003


def _taken(answer: httpx2.Response) -> httpx2.Response:
    if answer.is_success:
        return answer
    told: Any = None
    if answer.headers.get("content-type", "").startswith("application/problem+json"):
        told = answer.json()
    if not isinstance(told, dict):
        message = f"the service answered {answer.status_code}: is {answer.url.host} a Coachwork service?"
        raise ServiceError(message, status=answer.status_code)
    raise ServiceError(
        str(told.get("detail", "")),
        status=answer.status_code,
        problem=str(told.get("type", "")).rsplit(":", 1)[-1],
        request_id=str(told.get("request_id", "")),
    )
