"""No request may send more bytes than it may, however it says how many they are."""

import contextlib

from starlette import status as status_codes
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from coachwork.api.problems import problem


class _TooLong(Exception):
    """The body went on past the limit."""


class UploadLimit:
    """Refuses bodies that are too long: at once where the length is told, else as soon as they are."""

    def __init__(self, app: ASGIApp, *, most_bytes: int) -> None:
        """Stands around an app."""
        self._app, self._most = app, most_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        told = dict(scope["headers"]).get(b"content-length", b"0")
        if told.isdigit() and int(told) > self._most:
            await self._refuse(scope, receive, send)
            return
        seen, begun = 0, False

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > self._most:
                raise _TooLong
            return message

        async def watched(message: Message) -> None:
            nonlocal begun
            if seen <= self._most or begun:  # else the app answers that it could not read the body
                begun = True
                await send(message)

        with contextlib.suppress(_TooLong):
            await self._app(scope, counted, watched)
        if seen > self._most and not begun:
            await self._refuse(scope, receive, send)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        detail = f"a request may hold {self._most // 2**20} MB: send fewer photos at once, or smaller ones"
        await problem(status_codes.HTTP_413_CONTENT_TOO_LARGE, "too-long", detail)(scope, receive, send)
