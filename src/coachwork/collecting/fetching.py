"""One attempt to fetch one address over HTTP, within limits; what goes wrong is an outcome, not a surprise."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import httpcore2
import httpx2

from coachwork.public_network import AddressRefused, CheckedNetwork, Resolve, resolved

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_BUSY = frozenset({408, 425, 429, 500, 502, 503, 504})
_GONE = frozenset({404, 410})
_PLACEHOLDER = "photo_unavailable"
"""Flickr redirects to a picture of this name where a photo was taken away."""

_CHUNK_FAULTS = (httpcore2.RemoteProtocolError, httpcore2.LocalProtocolError)
_NETWORK_FAULTS = (httpcore2.NetworkError, httpcore2.TimeoutException, httpcore2.ProtocolError)


class FetchProblem(StrEnum):
    """Why an address gave no file."""

    GONE = "gone"
    REFUSED = "refused"
    BUSY = "busy"
    UNREACHABLE = "unreachable"
    CUT_OFF = "cut_off"
    TOO_MANY_BYTES = "too_many_bytes"
    TOO_SLOW = "too_slow"
    WRONG_TYPE = "wrong_type"
    BAD_REDIRECT = "bad_redirect"
    PRIVATE_ADDRESS = "private_address"


class FetchError(Exception):
    """An attempt failed.

    Attributes:
        problem: for programs.
        explanation: for people, one sentence without capital and full stop.
        passing: whether another attempt may help.
        wait_s: how long the host asks to wait before that; None where it does not say.
    """

    def __init__(
        self, problem: FetchProblem, explanation: str, *, passing: bool = False, wait_s: float | None = None
    ) -> None:
        super().__init__(explanation)
        self.problem = problem
        self.explanation = explanation
        self.passing = passing
        self.wait_s = wait_s


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchLimits:
    """What one fetch may cost.

    Attributes:
        max_bytes: of the body.
        max_seconds: for all of it, redirects included.
        idle_seconds: for a connection, and between two pieces of the body.
        max_redirects: one after the other.
    """

    max_bytes: int = 64 * 2**20
    max_seconds: float = 300.0
    idle_seconds: float = 30.0
    max_redirects: int = 5


class Fetcher:
    """Fetches files with one pool of connections; a context manager."""

    def __init__(
        self,
        *,
        user_agent: str,
        limits: FetchLimits,
        allow_private: bool = False,
        resolve: Resolve = resolved,
        before_request: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Prepares the pool; nothing is connected yet.

        Args:
            user_agent: what hosts are told of us.
            limits: of each fetch.
            allow_private: also connect to addresses of private networks.
            resolve: host and port -> addresses.
            before_request: called with the host before every redirect's request; may wait.
        """
        network = CheckedNetwork(allow_private=allow_private, resolve=resolve)
        self._pool = httpcore2.ConnectionPool(
            ssl_context=httpx2.create_ssl_context(), network_backend=network, keepalive_expiry=30.0
        )
        self._headers = [("User-Agent", user_agent), ("Accept-Encoding", "identity")]
        self._limits = limits
        self._before_request = before_request

    def __enter__(self) -> Self:
        """The fetcher itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Closes all connections."""
        self._pool.close()

    def fetch(self, url: str, *, accept: str = "image/*") -> bytes:
        """The body that an address gives, redirects followed.

        Raises:
            FetchError: it gives none, or one beyond the limits.
        """
        deadline = time.monotonic() + self._limits.max_seconds
        for _ in range(self._limits.max_redirects + 1):
            answer = self._request(url, accept, deadline)
            if isinstance(answer, bytes):
                return answer
            url = answer
            self._before_request(host_of(url))
        raise FetchError(FetchProblem.BAD_REDIRECT, f"more than {self._limits.max_redirects} redirects")

    def _request(self, url: str, accept: str, deadline: float) -> bytes | str:
        """The body, or the address that the host sends us on to."""
        target = _target(url)
        idle = self._limits.idle_seconds
        headers = [("Host", target.netloc.decode("ascii")), *self._headers, ("Accept", accept)]
        timeouts = {"connect": idle, "read": idle, "write": idle, "pool": idle}
        with (
            _faults_named(),
            self._pool.stream("GET", _core_url(target), headers=headers, extensions={"timeout": timeouts}) as response,
        ):
            answered = httpx2.Headers(response.headers)
            if response.status in _REDIRECTS:
                return _next_address(target, answered)
            _check_status(response.status, answered)
            _check_type(answered, accept)
            return self._body(response, answered, deadline)

    def _body(self, response: httpcore2.Response, headers: httpx2.Headers, deadline: float) -> bytes:
        limit = self._limits.max_bytes
        length = headers.get("content-length", "")
        if length.isdigit() and int(length) > limit:
            raise _too_large(limit)
        found = bytearray()
        for piece in response.iter_stream():
            found += piece
            if len(found) > limit:
                raise _too_large(limit)
            if time.monotonic() > deadline:
                explanation = f"the host took longer than {self._limits.max_seconds:g} seconds"
                raise FetchError(FetchProblem.TOO_SLOW, explanation, passing=True)
        return bytes(found)


def host_of(url: str) -> str:
    """The host that an address lies at, by which requests are paced.

    >>> host_of("https://Photos.example:8443/a.jpg")
    'photos.example'
    """
    return (urlsplit(url).hostname or "").lower()


def retry_after(value: str | None, now: datetime | None = None) -> float | None:
    """Seconds of a Retry-After header, which states seconds or a date (RFC 9110, section 10.2.3); None if unreadable.

    >>> retry_after("120")
    120.0
    """
    text = (value or "").strip()
    if text.isascii() and text.isdigit() and len(text) < 10:
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - (now or datetime.now(UTC))).total_seconds())


def _target(url: str) -> httpx2.URL:
    try:
        target = httpx2.URL(url)
    except (httpx2.InvalidURL, ValueError) as error:
        raise FetchError(FetchProblem.REFUSED, "the address is broken") from error
    if target.scheme not in {"http", "https"} or not target.raw_host:
        raise FetchError(FetchProblem.BAD_REDIRECT, "the address is neither http nor https")
    return target


def _core_url(target: httpx2.URL) -> httpcore2.URL:
    return httpcore2.URL(scheme=target.raw_scheme, host=target.raw_host, port=target.port, target=target.raw_path)


def _next_address(target: httpx2.URL, headers: httpx2.Headers) -> str:
    try:
        following = target.join(headers.get("location", ""))
    except (httpx2.InvalidURL, ValueError) as error:
        raise FetchError(FetchProblem.BAD_REDIRECT, "the host redirects to a broken address") from error
    if following.scheme not in {"http", "https"} or following.userinfo or not headers.get("location"):
        raise FetchError(FetchProblem.BAD_REDIRECT, "the host redirects to an address that is not followed")
    if target.scheme == "https" and following.scheme == "http":
        raise FetchError(FetchProblem.BAD_REDIRECT, "the host redirects from https to http")
    if following.path.rsplit("/", 1)[-1].startswith(_PLACEHOLDER):
        raise FetchError(FetchProblem.GONE, "the photo was taken away by its owner")
    return str(following)


def _check_status(status: int, headers: httpx2.Headers) -> None:
    if status == 200:
        return
    if status in _BUSY:
        wait = retry_after(headers.get("retry-after"))
        raise FetchError(FetchProblem.BUSY, f"the host answered {status}", passing=True, wait_s=wait)
    if status in _GONE:
        raise FetchError(FetchProblem.GONE, f"the host answered {status}: there is no such photo")
    raise FetchError(FetchProblem.REFUSED, f"the host answered {status}")


def _check_type(headers: httpx2.Headers, accept: str) -> None:
    """Turns away what says itself to be a page, before its body is read; a picture is told by its bytes later."""
    if headers.get("content-encoding", "identity").strip().lower() not in {"", "identity"}:
        raise FetchError(FetchProblem.WRONG_TYPE, "the host sent a compressed body that was not asked for")
    kind = headers.get("content-type", "").split(";")[0].strip().lower()
    if accept.startswith("image/") and (kind.startswith(("text/", "video/", "audio/")) or kind == "application/json"):
        raise FetchError(FetchProblem.WRONG_TYPE, f"the host sent {kind[:60]}, not a photo")


def _too_large(limit: int) -> FetchError:
    return FetchError(FetchProblem.TOO_MANY_BYTES, f"the file is larger than {limit / 2**20:.3g} MB")


@contextmanager
def _faults_named() -> Iterator[None]:
    """Turns what httpcore raises into outcomes."""
    try:
        yield
    except AddressRefused as error:
        raise FetchError(FetchProblem.PRIVATE_ADDRESS, str(error)) from error
    except _CHUNK_FAULTS as error:
        raise FetchError(FetchProblem.CUT_OFF, "the connection was cut off", passing=True) from error
    except httpcore2.TimeoutException as error:
        raise FetchError(FetchProblem.UNREACHABLE, "the host did not answer in time", passing=True) from error
    except _NETWORK_FAULTS as error:
        why = str(error)[:200] or "the connection failed"
        raise FetchError(FetchProblem.UNREACHABLE, f"the host cannot be reached: {why}", passing=True) from error
