"""The log of a whole run: nothing in it opens a door, and nobody writes lines of their own into it."""

import io
import json
import logging
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from coachwork.api.logs import log_to_stderr
from coachwork.cases.access import Scope
from coachwork.casework.service import Service
from coachwork.settings import read_settings
from coachwork.web.app import create_app
from tests.openid.small_provider import CLIENT, SECRET, small_provider
from tests.web.live import serving
from tests.web.workbench_cases import PASSWORD, ready_case


@contextmanager
def logged(monkeypatch: pytest.MonkeyPatch, *, as_json: bool, level: int = logging.INFO) -> Iterator[io.StringIO]:
    """The log as `coachwork serve` writes it."""
    root, told = logging.getLogger(), io.StringIO()
    before = (root.handlers[:], root.level)
    names = ("uvicorn.access", "alembic", "dbos", "httpx", "httpx2", "httpcore", "httpcore2")
    levels = {name: logging.getLogger(name).level for name in names}
    monkeypatch.setattr(sys, "stderr", told)
    try:
        log_to_stderr(as_json=as_json)
        root.setLevel(level)
        yield told
    finally:
        monkeypatch.undo()
        root.handlers[:], root.level = before
        for name, one in levels.items():
            logging.getLogger(name).setLevel(one)


@pytest.mark.parametrize("as_json", [False, True])
def test_a_whole_run_logs_no_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, as_json: bool) -> None:
    secrets: dict[str, str] = {"password": PASSWORD, "client secret": SECRET, "wrong": "wrong-password-typed"}
    with small_provider() as provider, logged(monkeypatch, as_json=as_json) as log:
        told = {
            "COACHWORK_DATA_DIR": str(tmp_path),
            "COACHWORK_OIDC_ISSUER": provider.issuer,
            "COACHWORK_OIDC_CLIENT_ID": CLIENT,
            "COACHWORK_OIDC_CLIENT_SECRET": SECRET,
            "COACHWORK_OIDC_CREATE": "1",
            "COACHWORK_PUBLIC_TENANT": "default",
        }
        service = Service(read_settings(told))
        tenant = service.keys.tenant("default")
        secrets["key"] = service.keys.make(tenant, "run", tuple(Scope))[1].partition(".")[2]
        key = service.keys.make(tenant, "run", tuple(Scope))[1]
        secrets["other key"] = key.partition(".")[2]
        with TestClient(create_app(service), follow_redirects=False, headers={"Accept": "text/html"}) as browser:
            _people(browser, service, secrets)
            _by_provider(browser, provider, secrets)
            _programs(browser, service, key, secrets)
            service.database.engine.dispose()
            with service.database.writing() as connection:
                connection.execute(text("alter table sign_in_attempts rename to gone"))
            secrets["login in a fault"] = "somebody-private@example.org"
            with serving(service) as address, httpx2.Client(base_url=address) as client:
                told = {"login": secrets["login in a fault"], "password": "x"}
                missing = 503 if service.database.engine.dialect.name == "sqlite" else 500  # what each calls the fault
                assert client.post("/login", data=told).status_code == missing
    lines = log.getvalue()
    assert len(lines.splitlines()) > 10
    assert "/c/..." in lines
    assert "sign_in_attempts" in lines, "the fault is told"
    found = {name: secret for name, secret in secrets.items() if secret in lines}
    assert found == {}
    if as_json:
        assert all(json.loads(line) for line in lines.splitlines() if line.startswith("{"))


def _people(browser: TestClient, service: Service, secrets: dict[str, str]) -> None:
    secrets["first link"] = service.people.first_link(service.keys.tenant("default")) or ""
    told = {"login": "boss", "password": PASSWORD, "again": PASSWORD}
    assert browser.post(f"/first/{secrets['first link']}", data=told).status_code == 303
    secrets["session"] = browser.cookies["session"]
    page = browser.get("/workbench/account").text
    secrets["form token"] = re.findall(r'name="csrf" value="(\w+)"', page)[0]
    added = browser.post(
        "/workbench/people", data={"csrf": secrets["form token"], "deed": "add", "login": "anna", "role": "handler"}
    )
    secrets["link"] = re.findall(r"/link/([\w-]+)", added.text)[0]
    browser.get(f"/link/{secrets['link']}")
    browser.post("/login", data={"login": "boss", "password": secrets["wrong"]})
    browser.post("/logout", data={"csrf": secrets["form token"]})


def _by_provider(browser: TestClient, provider: object, secrets: dict[str, str]) -> None:
    from tests.openid.small_provider import SmallProvider  # noqa: PLC0415

    assert isinstance(provider, SmallProvider)
    provider.user["preferred_username"] = "anna.of.the.provider"
    address = browser.get("/login/openid").headers["location"]
    back = provider.authorize(address)
    secrets["code"], secrets["state"] = re.findall(r"(?:code|state)=([^&]+)", back)
    assert browser.get(back.removeprefix("http://testserver")).status_code == 303
    secrets["session by provider"] = browser.cookies["session"]
    assert browser.get(back.removeprefix("http://testserver")).status_code == 401


def _programs(browser: TestClient, service: Service, key: str, secrets: dict[str, str]) -> None:
    case = ready_case(service)
    shown = {"Authorization": f"Bearer {key}"}
    link = browser.post(f"/v1/inspections/{case.id}/link", headers=shown).json()["url"].rsplit("/", 1)[1]
    secrets["customer's link"] = link
    browser.get(f"/c/{link}")
    browser.get(f"/c/{link}x")
    hook = {"url": "https://hooks.example.invalid/secret-place-in-a-path", "kinds": ["case.decided"]}
    secrets["webhook"] = browser.post("/v1/webhooks", json=hook, headers=shown).json()["secret"]
    upload = {"bytes": 1, "sha256": "0" * 64, "direct": True}
    opened = browser.post("/v1/inspections", json={}, headers=shown).json()["id"]
    put = browser.post(f"/v1/inspections/{opened}/uploads", json=upload, headers=shown).json()["put"]["url"]
    secrets["put"] = put.rsplit("/", 1)[1]
    browser.put(put.removeprefix("http://testserver"), content=b"x")
    shared = browser.post(f"/v1/inspections/{case.id}/report-links", headers=shown).json()
    secrets["shared report"] = str(shared["url"]).rsplit("/", 1)[1]
    browser.get(f"/r/{secrets['shared report']}")
    browser.get(f"/v1/inspections?cursor={key}", headers=shown)
    browser.get("/v1/inspections", headers={"Authorization": f"Bearer {key}wrong"})


@pytest.mark.parametrize(
    "path", ["/v1/%0a2026-01-01 INFO forged", "/%0d%0aforged", "/x%1b[2Jforged", "/%e2%80%a8forged", "/%c2%85forged"]
)
def test_nobody_writes_lines_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    service = Service(read_settings({"COACHWORK_DATA_DIR": str(tmp_path)}))
    client = TestClient(create_app(service, works=False))
    for as_json in (False, True):
        with logged(monkeypatch, as_json=as_json) as log:
            client.get(path, headers={"X-Request-Id": "a\x0bforged", "User-Agent": "forged"})
        (line,) = [one for one in log.getvalue().splitlines() if "GET" in one]
        assert not line.startswith("forged")
        assert line.isprintable()
        assert len(log.getvalue().splitlines()) == 1
