"""The way in, and what makes the pages an app on a phone: its name and icons, and a word where the network is gone."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response

from coachwork.api.context import ServiceHere
from coachwork.web.pages import page, strings_for
from coachwork.web.static_files import static_files

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

_SHORTLY = {"Cache-Control": "no-cache"}


@router.get("/")
def home(request: Request, service: ServiceHere) -> HTMLResponse:
    """What this is, and where one goes from here."""
    return page(request, "home.html.j2", public=bool(service.settings.public_tenant))


@router.get("/offline")
def offline(request: Request) -> HTMLResponse:
    """What the service worker shows where the network is gone."""
    return page(request, "offline.html.j2", headers=_SHORTLY)


@router.get("/manifest.webmanifest")
def manifest(request: Request) -> JSONResponse:
    """What makes the pages installable."""
    t, files = strings_for(request), static_files()
    icons = [
        {"src": files.url("icon.svg"), "sizes": "any", "type": "image/svg+xml"},
        {"src": files.url("icon-192.png"), "sizes": "192x192", "type": "image/png"},
        {"src": files.url("icon-512.png"), "sizes": "512x512", "type": "image/png", "purpose": "any maskable"},
    ]
    values = {
        "name": t("base.name"),
        "short_name": t("base.name"),
        "description": t("base.about"),
        "lang": t.language,
        "id": "/",
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "background_color": "#f6f7f9",
        "theme_color": "#0b3b53",
        "icons": icons,
    }
    return JSONResponse(values, media_type="application/manifest+json", headers=_SHORTLY)


@router.get("/sw.js")
def service_worker() -> Response:
    """The service worker; it lies at the root, so that it may stand in for every page that the network keeps back."""
    files = static_files()
    kept = [files.url(name) for name in ("style.css", "icon.svg")]
    text = files.contents["offline-worker.js"].decode()
    text = text.replace("__DIGEST__", files.digest).replace('"__KEPT__"', ", ".join(f'"{one}"' for one in kept))
    return Response(text, media_type="text/javascript", headers=_SHORTLY)


@router.get("/favicon.ico")
def favicon() -> Response:
    """The icon, for whoever asks without reading a page."""
    return Response(static_files().contents["icon.svg"], media_type="image/svg+xml", headers=_SHORTLY)


@router.get("/robots.txt")
def robots() -> PlainTextResponse:
    """No search engine has any business here."""
    return PlainTextResponse("User-agent: *\nDisallow: /\n")
