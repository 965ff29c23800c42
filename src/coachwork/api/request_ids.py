"""An id for each request: the caller's, where it sends a decent one; told in the answer and in every log line."""

import re
import secrets
from contextvars import ContextVar

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADER = "X-Request-Id"
_DECENT = re.compile(r"[A-Za-z0-9._-]{8,64}")
_current: ContextVar[str] = ContextVar("request_id", default="")


def request_id() -> str:
    """The id of the request that is being answered; empty outside of one."""
    return _current.get()


class RequestIds:
    """Gives each request its id."""

    def __init__(self, app: ASGIApp) -> None:
        """Stands around an app."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        told = dict(scope["headers"]).get(HEADER.lower().encode(), b"").decode("latin-1")
        own = told if _DECENT.fullmatch(told) else secrets.token_hex(8)
        token = _current.set(own)

        async def answered(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[HEADER] = own
            await send(message)

        try:
            await self._app(scope, receive, answered)
        finally:
            _current.reset(token)
