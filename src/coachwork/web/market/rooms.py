"""The pages about listings and rentals put into an app."""

from fastapi import FastAPI

from coachwork.web.market import adding, listings, rentals, shared


def add_market(app: FastAPI) -> None:
    """Adds the pages for sellers and rental firms, and for whoever reads a shared report."""
    for room in (adding, listings, rentals, shared):
        app.include_router(room.router)
