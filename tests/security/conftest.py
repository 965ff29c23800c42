"""A service with the things of one tenant, and strangers: another tenant's key, its admin, another customer."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from fastapi.testclient import TestClient
from starlette.types import ASGIApp

from coachwork.cases.access import Scope
from coachwork.cases.case import Case, Facts
from coachwork.cases.people import Role
from coachwork.casework.service import Service
from coachwork.inspections.vehicle import Vehicle
from coachwork.settings import read_settings
from coachwork.web.app import create_app
from tests.web.workbench_cases import PASSWORD, PHOTOS, person, ready_case

MARK = "owned-by-victim"
"""Stands in everything of the victim's that has words: no answer to a stranger may hold it."""


@dataclass(kw_only=True)
class Estate:
    """What belongs to the victim, and who asks.

    Attributes:
        names: name of a path parameter -> the victim's thing.
        case: the victim's.
        link: a private link of the victim's customer, and one of another customer of the same tenant.
        keys: tenant -> its key with every scope.
        sessions: login -> the session that its browsers share.
    """

    service: Service
    app: ASGIApp
    case: Case
    names: dict[str, str] = field(default_factory=dict)
    link: tuple[str, str] = ("", "")
    keys: dict[str, str] = field(default_factory=dict)
    sessions: dict[str, str] = field(default_factory=dict)

    def client(self, tenant: str) -> TestClient:
        """A program with a tenant's key."""
        return TestClient(
            self.app, headers={"Authorization": f"Bearer {self.keys[tenant]}"}, raise_server_exceptions=False
        )

    def browser(self, login: str = "", *, fresh: bool = False, **more: Any) -> TestClient:
        """A browser, of somebody who is signed in where a login is told; `fresh` does not share its session."""
        made = TestClient(
            self.app, headers={"Accept": "text/html"}, follow_redirects=False, raise_server_exceptions=False, **more
        )
        if login in self.sessions and not fresh:
            made.cookies.set("session", self.sessions[login])
        elif login:
            assert made.post("/login", data={"login": login, "password": PASSWORD}).status_code == 303
            if not fresh:
                self.sessions[login] = made.cookies["session"]
        return made


def csrf_of(browser: TestClient) -> str:
    """The token of a session's forms."""
    found = re.search(r'name="csrf" value="([0-9a-f]{64})"', browser.get("/workbench/account").text)
    assert found is not None
    return found[1]


@pytest.fixture(scope="module")
def estate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Estate]:
    told = {
        "COACHWORK_DATA_DIR": str(tmp_path_factory.mktemp("estate")),
        "COACHWORK_PUBLIC_TENANT": "public",
        "COACHWORK_REQUESTS_A_MINUTE": "100000",
    }
    service = Service(read_settings(told))
    app = create_app(service, works=False)
    facts = Facts(reference=MARK, vehicle=Vehicle(make="Volkswagen", model="Golf", plate=MARK))
    case = ready_case(service, tenant="victim", facts=facts)
    made = Estate(service=service, app=app, case=case)
    for tenant in ("victim", "stranger"):
        own = service.keys.tenant(tenant)
        made.keys[tenant] = service.keys.make(own, tenant, tuple(Scope))[1]
        for role in Role:
            person(service, f"{tenant}-{role}", role, tenant=tenant)
    made.link = tuple(  # type: ignore[assignment]
        service.customers.links.make(case.tenant, one.id, by="tests", days=9)[1]
        for one in (case, ready_case(service, tenant="victim"))
    )
    made.names = _names(made)
    yield made
    service.database.close()


def _names(estate: Estate) -> dict[str, str]:
    victim, case = estate.client("victim"), estate.case
    own = f"/v1/inspections/{case.id}"
    later = ready_case(estate.service, tenant="victim", facts=case.facts)
    hook = victim.post("/v1/webhooks", json={"url": f"https://{MARK}.example/", "kinds": ["case.ready"]}).json()["id"]
    lot = victim.post("/v1/lots", json={"name": MARK})
    assert lot.status_code in {200, 201}, lot.text
    compared = victim.post("/v1/comparisons", json={"before": case.id, "after": later.id, "reference": MARK})
    assert compared.status_code in {200, 201}, compared.text
    shared = victim.post(f"{own}/report-links")
    assert shared.status_code in {200, 201}, shared.text
    opened = victim.post("/v1/inspections", json={"reference": MARK}).json()["id"]
    upload = victim.post(f"/v1/inspections/{opened}/uploads", json={"bytes": 9, "name": MARK}).json()["id"]
    offer = {"kind": "close", "revision": 1, "reason": MARK}
    decision = victim.post(f"{own}/decisions", json=offer)
    assert decision.status_code == 201, decision.text
    photo = estate.service.cases.photos(case.tenant, case.id)[0]
    assert photo.name in PHOTOS
    boss = estate.service.people.person("victim-supervisor")
    view = estate.service.queue_views.save(boss, MARK, {"state": "ready"}, shared=True, default=False)
    return {
        "view": view,
        "inspection": case.id,
        "opened": opened,
        "other": later.id,
        "upload": upload,
        "webhook": hook,
        "lot": lot.json()["id"],
        "comparison": compared.json()["id"],
        "link": shared.json()["id"],
        "decision": decision.json()["id"],
        "photo": photo.id,
        "size": "small",
        "place": "1",
        "side": "before",
    }
