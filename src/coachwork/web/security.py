"""What browsers are told to refuse, and requests of strange pages that are refused."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_SOURCES = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' blob:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "manifest-src": "'self'",
    "worker-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}
CONTENT_SECURITY_POLICY = "; ".join(f"{kind} {sources}" for kind, sources in _SOURCES.items())
"""Everything comes from the service itself, nothing stands in the pages' own text; ``blob:`` shows chosen photos."""

HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_HTTPS_ONLY = "max-age=31536000"


class SecureHeaders:
    """Gives every answer the headers; one that an answer brings itself stays."""

    def __init__(self, app: ASGIApp) -> None:
        """Stands around an app."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def answered(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                if scope.get("scheme") == "https":
                    headers.setdefault("Strict-Transport-Security", _HTTPS_ONLY)
            await send(message)

        await self._app(scope, receive, answered)


def is_foreign(method: str, headers: Headers, *, public_url: str = "") -> bool:
    """Whether a page of another origin makes a browser send a request that changes something.

    Browsers say so themselves (``Sec-Fetch-Site``, or ``Origin`` of older ones and without TLS); what is no browser
    says neither, and holds no cookie that somebody could abuse.

    Args:
        method: of the request.
        headers: of the request.
        public_url: the address that browsers see, where a proxy puts another host into the request.
    """
    if method in {"GET", "HEAD", "OPTIONS"}:
        return False
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site not in {"same-origin", "none"}
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc not in {
        headers.get("host"),
        urlsplit(public_url).netloc or None,
    }
