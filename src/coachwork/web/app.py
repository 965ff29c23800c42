"""The API and the pages as one app."""

from fastapi import FastAPI

from coachwork.api import app as api
from coachwork.casework.service import Service
from coachwork.web import front, static_files
from coachwork.web.customer import answering, capturing, messaging, opening, telling
from coachwork.web.customer.context import CustomerLimits
from coachwork.web.market.rooms import add_market
from coachwork.web.problems import answer_problems
from coachwork.web.security import SecureHeaders
from coachwork.web.workbench.rooms import add_workbench


def create_app(service: Service, *, works: bool = True) -> FastAPI:
    """The whole app of a service: its API, and its pages below that.

    Args:
        service: put together, not yet started.
        works: whether this process does the queued work, too.
    """
    app = api.create_app(service, works=works)
    app.mount("/", create_pages(service), name="pages")
    app.add_middleware(SecureHeaders)
    return app


def create_pages(service: Service) -> FastAPI:
    """The pages alone; they have handlers of errors of their own."""
    pages = FastAPI(title="Coachwork", openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    pages.state.service = service
    answer_problems(pages)
    pages.state.customer_limits = CustomerLimits(a_minute=service.settings.requests_a_minute)
    for room in (front, static_files, opening, telling, capturing, answering, messaging):
        pages.include_router(room.router)
    add_workbench(pages)
    add_market(pages)
    return pages
