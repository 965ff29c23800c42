"""A span for each request: by its route, so that neither an id nor a private link becomes its name."""

import re

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from coachwork import tracing
from coachwork.api.request_ids import request_id

_QUIET = frozenset({"/health", "/ready", "/metrics"})
_CASE = re.compile(r"case_[0-9a-z]{26}")
_PARENT = re.compile(r"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")


class Traced:
    """Traces the requests of an app; a caller's traceparent is gone on with."""

    def __init__(self, app: ASGIApp) -> None:
        """Stands around an app."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if not tracing.is_on() or scope["type"] != "http" or scope["path"] in _QUIET:
            await self._app(scope, receive, send)
            return
        told = dict(scope["headers"]).get(b"traceparent", b"").decode("latin-1")
        method = scope["method"] if scope["method"].isalpha() and len(scope["method"]) < 10 else "OTHER"
        with tracing.span(
            method, parent=told if _PARENT.fullmatch(told) else "", kind="SERVER", request=request_id()
        ) as span:
            span.tell({"http.request.method": method})

            async def answered(message: Message) -> None:
                if message["type"] == "http.response.start":
                    span.tell({"http.response.status_code": message["status"]})
                    if message["status"] >= 500:
                        span.failed()
                await send(message)

            try:
                await self._app(scope, receive, answered)
            finally:
                route = str(getattr(scope.get("route"), "path", "unknown"))
                span.rename(f"{method} {route}")
                case = _CASE.search(scope["path"])
                span.tell({"http.route": route} | ({"coachwork.case": case.group()} if case else {}))
