"""The accounts of a tenant, for its admins: add people, make links, disable accounts."""

import logging

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from coachwork.api.context import ServiceHere
from coachwork.cases.people import AccountRefused, Person, Right, Role, Session
from coachwork.casework.service import Service
from coachwork.web.workbench.signed_in import FormHere, SessionHere
from coachwork.web.workbench.words import work_page

_log = logging.getLogger("coachwork.people")
router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@router.get("/workbench/people")
def people(request: Request, service: ServiceHere, session: SessionHere) -> HTMLResponse:
    """The accounts of the admin's tenant."""
    session.person.need(Right.PEOPLE)
    return _people_page(request, service, session)


@router.post("/workbench/people")
def change_people(request: Request, service: ServiceHere, session: SessionHere, form: FormHere) -> HTMLResponse:
    """Adds a person, makes a link or disables an account; the link stands on the answer, and nowhere else."""
    session.person.need(Right.PEOPLE)
    login, deed, link = form.get("login", ""), form.get("deed", ""), None
    try:
        if deed == "add":
            role = form.get("role", "")
            added, link = service.people.add(
                session.person.tenant, login, Role(role) if role in list(Role) else Role.HANDLER
            )
            login = added.login
        else:
            own = _own(service, session.person, login)
            if deed == "link":
                link = service.people.link(own.login)
            elif deed == "disable":
                service.people.disable(own.login)
            else:
                return _people_page(request, service, session, status=422)
    except AccountRefused as refused:
        return _people_page(request, service, session, refused=str(refused), status=422)
    _log.info("%s: %s %s", session.person.login, deed, login)
    if link is None:
        return _people_page(request, service, session)
    base = service.settings.public_url or str(request.base_url).rstrip("/")
    return _people_page(request, service, session, link=f"{base}/link/{link}", linked=login)


def _own(service: Service, admin: Person, login: str) -> Person:
    """An account of the admin's own tenant; another's is as unknown as none."""
    found = next((one for one in service.people.all(admin.tenant) if one.login == login), None)
    if found is None:
        message = f"there is no account {login[:200]!r}"
        raise AccountRefused(message)
    return found


def _people_page(
    request: Request,
    service: Service,
    session: Session,
    *,
    link: str = "",
    linked: str = "",
    refused: str = "",
    status: int = 200,
) -> HTMLResponse:
    return work_page(
        request,
        "people.html.j2",
        session,
        status=status,
        people=service.people.all(session.person.tenant),
        roles=list(Role),
        link=link,
        linked=linked,
        refused=refused,
    )
