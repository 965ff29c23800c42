"""The API put together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool

from coachwork import __version__
from coachwork.api import (
    assess,
    comparisons,
    corrections,
    customer_calls,
    direct_puts,
    inspections,
    kpis,
    messages,
    operations,
    results,
    valuations,
    webhooks,
)
from coachwork.api.logs import LoggedRequests
from coachwork.api.operations import Measured, Metrics
from coachwork.api.problems import answer_problems
from coachwork.api.rate_limit import RateLimit
from coachwork.api.release_figures import ReleaseFigures
from coachwork.api.request_ids import RequestIds
from coachwork.api.traced import Traced
from coachwork.api.upload_limit import UploadLimit
from coachwork.api.work_figures import WorkFigures
from coachwork.casework.service import Service
from coachwork.settings import MEGABYTE

_ABOUT = """Photos of a car in; damages, repair estimate and a proposal out.

1. `POST /v1/inspections` opens an inspection,
2. `POST /v1/inspections/{inspection}/photos` adds photos (each is durable before it is acknowledged),
3. `POST /v1/inspections/{inspection}/complete` hands it over,
4. `GET /v1/inspections/{inspection}/result` tells what was found.

Errors are problem details (RFC 9457). Every call but `/health`, `/ready` and `/metrics` needs a key;
a `put` address is one itself."""


def create_app(service: Service, *, works: bool = True) -> FastAPI:
    """The app of a service.

    Args:
        service: put together, not yet started.
        works: whether this process does the queued work, too.
    """

    @asynccontextmanager
    async def running(_app: FastAPI) -> AsyncIterator[None]:
        if works:
            await run_in_threadpool(service.start)
        yield
        if works:
            await run_in_threadpool(service.stop)

    app = FastAPI(
        title="Coachwork", version=__version__, description=_ABOUT, lifespan=running, docs_url=None, redoc_url=None
    )
    settings = service.settings
    app.state.service = service
    app.state.metrics = Metrics()
    app.state.metrics.registry.register(ReleaseFigures(service))
    app.state.metrics.registry.register(WorkFigures(service))
    app.state.rate_limit = RateLimit(a_minute=settings.requests_a_minute)
    answer_problems(app)
    for room in (
        inspections,
        results,
        corrections,
        customer_calls,
        messages,
        direct_puts,
        assess,
        webhooks,
        valuations,
        comparisons,
        kpis,
        operations,
    ):
        app.include_router(room.router)
    app.add_middleware(UploadLimit, most_bytes=settings.most_upload_mb * MEGABYTE)
    app.add_middleware(Measured, metrics=app.state.metrics)
    app.add_middleware(LoggedRequests)
    app.add_middleware(Traced)
    app.add_middleware(RequestIds)
    return app
