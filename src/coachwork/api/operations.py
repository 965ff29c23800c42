"""For whoever runs the service: is it alive, can it work, what does it do."""

import time
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from coachwork import __version__
from coachwork.api.context import ServiceHere
from coachwork.casework.service import Service

router = APIRouter(tags=["operations"])


class Metrics:
    """The figures of one app.

    Attributes:
        registry: where they lie.
        requests: answered, by method, route and status.
        seconds: that answers took, by method and route.
    """

    def __init__(self) -> None:
        """Begins at zero."""
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "coachwork_requests", "Requests answered.", ("method", "route", "status"), registry=self.registry
        )
        self.seconds = Histogram(
            "coachwork_request_seconds", "Seconds until the answer.", ("method", "route"), registry=self.registry
        )


class Measured:
    """Counts and times the requests of an app by their routes, so that no id ends up as a label."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics) -> None:
        """Stands around an app."""
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 500

        async def answered(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        begun = time.perf_counter()
        try:
            await self._app(scope, receive, answered)
        finally:
            route = getattr(scope.get("route"), "path", "unknown")
            self._metrics.requests.labels(scope["method"], route, str(status)).inc()
            self._metrics.seconds.labels(scope["method"], route).observe(time.perf_counter() - begun)


@router.get("/health", summary="Whether the process is alive")
def health() -> dict[str, str]:
    """Always the same, as long as anything is answered at all."""
    return {"status": "ok", "version": __version__}


@router.get("/ready", summary="Whether it can work", response_model=None)
def ready(service: ServiceHere) -> JSONResponse:
    """200 where database and photo store answer, 503 else; and which bundle answers, as far as one is loaded.

    A service that cannot follow the release goes on with the bundle that it has, and is ready: `problem` says why.
    """
    checks = {"database": service.database.answers(), "photos": service.photo_store.answers()}
    told = {"ready": all(checks.values()), **checks, "release": _release(service)}
    return JSONResponse(told, status_code=200 if all(checks.values()) else 503)


def _release(service: Service) -> dict[str, Any] | None:
    serving = service.models.loaded
    if serving is None:
        return None
    challenger = None if serving.challenger is None else serving.challenger.words
    revision, champion = serving.release.revision, serving.champion.words
    told = {"revision": revision, "champion": champion, "challenger": challenger}
    return told | {"problem": "the last release cannot be followed: see the log" if service.models.problem else ""}


@router.get("/metrics", summary="Figures for Prometheus", include_in_schema=False)
def metrics(request: Request) -> Response:
    """All figures in Prometheus' text format."""
    return Response(generate_latest(request.app.state.metrics.registry), media_type=CONTENT_TYPE_LATEST)
