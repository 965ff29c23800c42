import re

import pytest
from fastapi.testclient import TestClient
from starlette.datastructures import Headers

from coachwork.casework.service import Service
from coachwork.web.security import is_foreign
from coachwork.web.static_files import static_files


def test_pages_speak_the_readers_language(browser: TestClient) -> None:
    german = browser.get("/", headers={"Accept-Language": "de-AT,en;q=0.5"})
    assert german.headers["content-language"] == "de"
    assert '<html lang="de">' in german.text
    assert browser.get("/", headers={"Accept-Language": "xx"}).headers["content-language"] == "en"


def test_a_language_once_chosen_is_kept(browser: TestClient) -> None:
    chosen = browser.get("/?lang=de")
    assert "httponly" in chosen.headers["set-cookie"].lower()
    assert "samesite=lax" in chosen.headers["set-cookie"].lower()
    assert browser.get("/", headers={"Accept-Language": "en"}).headers["content-language"] == "de"


def test_a_language_that_is_none_is_passed_over(browser: TestClient) -> None:
    answer = browser.get('/?lang="><script>')
    assert answer.headers["content-language"] == "en"
    assert "set-cookie" not in answer.headers
    assert "<script>" not in answer.text


@pytest.mark.parametrize("path", ["/", "/offline", "/nothing", "/v1/inspections", "/health", "/sw.js"])
def test_browsers_are_told_what_to_refuse(browser: TestClient, path: str) -> None:
    headers = browser.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert "camera=(self)" in headers["permissions-policy"]
    assert headers["cross-origin-opener-policy"] == "same-origin"


def test_pages_hold_nothing_that_the_policy_refuses(browser: TestClient) -> None:
    text = browser.get("/").text
    assert re.search(r"<script(?![^>]*\bsrc=)", text) is None
    assert re.search(r"\sstyle=|<style|\son\w+=|javascript:", text) is None
    assert re.search(r"""(src|href)=["']?(https?:)?//""", text) is None


def test_every_file_that_a_page_names_is_there_and_kept_for_long(browser: TestClient) -> None:
    names = re.findall(r'(?:src|href)="(/[^"?]+\.\w+)"', browser.get("/").text)
    assert any(name.endswith("style.css") for name in names)
    for name in names:
        answer = browser.get(name)
        assert answer.status_code == 200, name
        if name.startswith("/static/"):
            assert "immutable" in answer.headers["cache-control"]


def test_a_file_of_another_version_is_given_and_not_kept(browser: TestClient) -> None:
    answer = browser.get("/static/0000/style.css")
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-cache")
    assert browser.get("/static/0000/../app.py").status_code == 404
    assert browser.get(f"/static/{static_files().digest}/%2e%2e/app.py").status_code == 404


def test_the_pages_can_be_installed(browser: TestClient) -> None:
    manifest = browser.get("/manifest.webmanifest")
    assert manifest.headers["content-type"] == "application/manifest+json"
    for icon in manifest.json()["icons"]:
        assert browser.get(icon["src"]).status_code == 200
    worker = browser.get("/sw.js").text
    assert "__" not in worker
    for name in re.findall(r'"(/static/[^"]+\.\w+)"', worker):
        assert browser.get(name).status_code == 200


def test_an_unknown_address_is_a_page_for_people_and_a_problem_for_programs(browser: TestClient) -> None:
    shown = browser.get("/nothing")
    assert shown.status_code == 404
    assert "<h1>There is nothing here</h1>" in shown.text
    told = browser.get("/nothing", headers={"Accept": "application/json"})
    assert told.json()["type"] == "urn:coachwork:problem:http"
    assert told.headers["x-request-id"] == told.json()["request_id"]


def test_a_fault_is_a_page_without_its_insides(browser: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_args: object, **_options: object) -> None:
        raise ZeroDivisionError("secret")  # noqa: EM101

    monkeypatch.setattr("coachwork.web.front.static_files", broken)
    answer = browser.get("/manifest.webmanifest")
    assert (answer.status_code, "secret" in answer.text) == (500, False)
    assert "on our side" in answer.text


@pytest.mark.parametrize(
    "headers", [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://evil.example"}]
)
def test_another_sites_page_changes_nothing(browser: TestClient, headers: dict[str, str]) -> None:
    answer = browser.post("/new", data={}, headers=headers)
    assert answer.status_code == 403
    assert "not allowed" in answer.text


@pytest.mark.parametrize(
    ("origin", "foreign"),
    [
        ("https://cases.example.org", False),
        ("http://inside:8000", False),
        ("null", True),
        ("https://cases.example.org.evil.example", True),
    ],
)
def test_older_browsers_are_told_apart_by_their_origin(*, origin: str, foreign: bool) -> None:
    headers = Headers({"host": "inside:8000", "origin": origin})
    assert is_foreign("POST", headers, public_url="https://cases.example.org") is foreign
    assert not is_foreign("GET", headers)


def test_the_way_in_is_shown_only_where_anybody_may_open_a_case(browser: TestClient, service: Service) -> None:
    assert service.settings.public_tenant == "public"
    assert 'href="/new"' in browser.get("/").text


def test_robots_are_sent_away(browser: TestClient) -> None:
    assert "Disallow: /" in browser.get("/robots.txt").text
    assert 'name="robots" content="noindex' in browser.get("/").text
