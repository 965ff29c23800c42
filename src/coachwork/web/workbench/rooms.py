"""The workbench's pages put into an app."""

from fastapi import FastAPI

from coachwork.web.workbench import (
    case_page,
    evidence,
    kpi_page,
    messages_page,
    openid,
    people_page,
    photos,
    queue,
    sign_in,
)
from coachwork.web.workbench.signed_in import answer_signed_out


def add_workbench(app: FastAPI) -> None:
    """Adds the pages for people who work on cases."""
    answer_signed_out(app)
    for room in (sign_in, openid, queue, case_page, messages_page, photos, evidence, people_page, kpi_page):
        app.include_router(room.router)
