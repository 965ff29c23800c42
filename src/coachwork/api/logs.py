"""Log lines that tell which request and which case they are about: as text for people, or as JSON lines."""

import json
import logging
import re
import sys
import time
from datetime import UTC, datetime

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from typing_extensions import override

from coachwork.api.request_ids import request_id

_access = logging.getLogger("coachwork.requests")
_QUIET = frozenset({"/health", "/ready", "/metrics"})
_CASE = re.compile(r"case_[0-9a-z]{26}")
_LINK = re.compile(r"(/(?:c|r|first|link|v1/uploads)/)[^/?]+")
"""What stands in an address instead of a name and opens a door: never in a log."""

_CONTROL = re.compile("[\\x00-\\x1f\\x7f-\\x9f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]")
_OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "color_message"}


class JsonLines(logging.Formatter):
    """One JSON object a line: time, level, logger, message, request, and whatever a call added."""

    @override
    def format(self, record: logging.LogRecord) -> str:
        told = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            "request": request_id() or None,
            **{name: value for name, value in vars(record).items() if name not in _OWN},
        }
        if record.exc_info:
            told["trace"] = self.formatException(record.exc_info)
        return json.dumps({name: value for name, value in told.items() if value is not None}, default=str)


class TextLines(logging.Formatter):
    """A line for people; the request's id stands at its end."""

    def __init__(self) -> None:
        """Takes no settings."""
        super().__init__("%(asctime)s %(levelname)s %(message)s")

    @override
    def format(self, record: logging.LogRecord) -> str:
        own = request_id()
        return super().format(record) + (f"  [{own}]" if own else "")

    @override
    def formatMessage(self, record: logging.LogRecord) -> str:
        """One line: what somebody else wrote begins none of its own, and moves no cursor."""
        return _CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode(), super().formatMessage(record))


def log_to_stderr(*, as_json: bool) -> None:
    """Sends the log of this process to stderr; the server's own lines on requests give way to `LoggedRequests`."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if as_json else TextLines())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    for name in ("uvicorn", "uvicorn.error"):
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True
    for name in ("uvicorn.access", "alembic", "dbos", "httpx", "httpcore", "httpx2", "httpcore2"):
        logging.getLogger(name).setLevel(logging.WARNING)


class LoggedRequests:
    """A line for each request that was answered, without anything that opens a door."""

    def __init__(self, app: ASGIApp) -> None:
        """Stands around an app."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] != "http" or scope["path"] in _QUIET:
            await self._app(scope, receive, send)
            return
        status, begun = 500, time.perf_counter()

        async def answered(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, answered)
        finally:
            shown = _LINK.sub(r"\1...", scope["path"])
            case = _CASE.search(shown)
            spent = round(1000 * (time.perf_counter() - begun), 1)
            more = {"status": status, "ms": spent, "case": case.group() if case else None}
            _access.info("%s %s %d %.1f ms", scope["method"], shown, status, spent, extra=more)
