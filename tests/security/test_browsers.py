"""What every page and form holds to: headers, caches, tokens of forms, other sites, sessions, where one is led."""

import re
from typing import Any

import pytest

from tests.security.conftest import Estate, csrf_of
from tests.security.walking import Call, every_call
from tests.web.workbench_cases import PASSWORD

_UNSAFE = [call for call in every_call() if call.method not in {"GET", "HEAD"} and not call.path.startswith("/v1/")]
_PAGES = [call for call in every_call() if call.method == "GET"]
_WITHOUT_SESSION = re.compile(r"/(login|new|c/|link/|first/)")
_PUBLIC = re.compile(r"/(static/|sw\.js|favicon|manifest|robots|openapi|health|ready|metrics|offline$)|^/$")
_REPORTS = re.compile(r"(report|valuation)\.(pdf|html)$")
"""Made from results of a real assessment, which the victim's made-up case lacks; tests/api and tests/web read them."""


def _path(call: Call, estate: Estate) -> str:
    names = estate.names | {"token": estate.link[0], "digest": "0", "name:path": "style.css", "opened": ""}
    return re.sub(r"{([^}]+)}", lambda found: names[found[1]], call.path)


@pytest.mark.parametrize("call", _PAGES, ids=str)
def test_every_answer_tells_browsers_what_to_refuse(estate: Estate, call: Call) -> None:
    for browser in (estate.browser("victim-admin"), estate.client("victim"), estate.browser()):
        answer = browser.get(_path(call, estate))
        headers = answer.headers
        if _REPORTS.search(call.path):
            continue
        assert answer.status_code < 500
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe-eval" not in policy
        assert "'unsafe-inline'" not in policy.replace("style-src 'unsafe-inline'", "") or "script" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] in {"same-origin", "no-referrer"}
        assert headers["cross-origin-opener-policy"] == "same-origin"
        assert "camera" in headers["permissions-policy"]
        assert "access-control-allow-origin" not in headers
        assert "server" not in headers
        if "html" in headers.get("content-type", ""):
            for inline in (r"<script(?![^>]*\bsrc=)(?![^>]*type=\"application/json\")", r"\son\w+\s*=", r"\sstyle\s*="):
                assert re.search(inline, re.sub(r"<svg.*?</svg>", "", answer.text, flags=re.DOTALL)) is None, inline


@pytest.mark.parametrize("call", [call for call in _PAGES if not _PUBLIC.search(call.path)], ids=str)
def test_no_cache_in_between_keeps_what_is_private(estate: Estate, call: Call) -> None:
    for browser in (estate.browser("victim-admin"), estate.client("victim")):
        answer = browser.get(_path(call, estate))
        kept = answer.headers.get("cache-control", "")
        assert "public" not in kept
        if answer.status_code == 200:
            wanted = ("no-store", "private")
            assert any(word in kept for word in wanted), f"{call}: {kept!r}"


@pytest.mark.parametrize("call", _UNSAFE, ids=str)
@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://testserver.evil.example"},
    ],
    ids=str,
)
def test_other_sites_forms_are_refused(estate: Estate, call: Call, headers: dict[str, str]) -> None:
    browser = estate.browser("victim-admin")
    answer = browser.request(call.method, _path(call, estate), headers=headers, data={"csrf": csrf_of(browser)})
    assert answer.status_code == 403, answer.text
    assert browser.get("/workbench").status_code == 200


@pytest.mark.parametrize("call", [one for one in _UNSAFE if not _WITHOUT_SESSION.match(one.path)], ids=str)
@pytest.mark.parametrize("token", [None, "", "0" * 64, "ä"])
def test_forms_need_their_sessions_token(estate: Estate, call: Call, token: str | None) -> None:
    browser = estate.browser("victim-admin")
    before = estate.service.cases.events(estate.case.tenant, estate.case.id)
    request: dict[str, Any] = {"data": {} if token is None else {"csrf": token}}
    if token is not None and token.isascii():
        request["headers"] = {"X-Csrf": token}
    answer = browser.request(call.method, _path(call, estate), **request)
    assert answer.status_code in {403, 422}, answer.text
    assert browser.get("/workbench").status_code == 200
    assert estate.service.cases.events(estate.case.tenant, estate.case.id) == before


@pytest.mark.parametrize("call", [one for one in every_call() if one.path.startswith("/workbench")], ids=str)
def test_nothing_of_the_workbench_without_a_session(estate: Estate, call: Call) -> None:
    for cookie in ("", "x" * 43, "session"):
        browser = estate.browser(cookies={"session": cookie} if cookie else {})
        answer = browser.request(call.method, _path(call, estate))
        assert answer.status_code in {303, 403, 422}, answer.text
        if answer.status_code == 303:
            assert answer.headers["location"].startswith("/login")
        if call.method == "GET":
            assert answer.status_code == 303


def test_a_session_that_was_there_before_signing_in_is_worth_nothing(estate: Estate) -> None:
    planted = "p" * 43
    browser = estate.browser(cookies={"session": planted})
    browser.post("/login", data={"login": "victim-handler", "password": PASSWORD})
    assert estate.browser(cookies={"session": planted}).get("/workbench").status_code == 303
    signed_in = estate.browser("victim-handler", fresh=True)
    token = signed_in.cookies["session"]
    signed_in.post("/logout", data={"csrf": csrf_of(signed_in)})
    assert estate.browser(cookies={"session": token}).get("/workbench").status_code == 303


_ELSEWHERE = [
    "//evil.example",
    "https://evil.example",
    "/\\evil.example",
    "/workbench/../../x",
    "javascript:alert(1)",
    "/workbench\r\nLocation: https://evil.example",
    "%2f%2fevil.example",
    "/workbench@evil.example",
]


@pytest.mark.parametrize("wanted", _ELSEWHERE)
def test_no_address_leads_to_another_site(estate: Estate, wanted: str) -> None:
    told = {"login": "victim-handler", "password": PASSWORD, "next": wanted}
    answer = estate.browser().post("/login", data=told)
    assert re.match(r"/workbench(/|\?|$)", answer.headers["location"])
    for path in ("/login", "/login/openid", "/new", "/"):
        led = estate.browser().get(path, params={"next": wanted, "lang": wanted, "return": wanted})
        assert "evil.example" not in led.headers.get("location", "")


@pytest.mark.parametrize("host", ["evil.example", "testserver\\@evil.example", "testserver:80@evil.example"])
def test_a_made_up_host_stands_in_no_link_to_others(estate: Estate, host: str) -> None:
    """Behind a public address links are made of that alone; without one, the answer goes to who told the host."""
    told = estate.service.settings
    assert told.public_url == ""
    answer = estate.browser().get("/workbench", headers={"Host": host})
    assert answer.headers["location"] == "/login"


def test_paths_lead_to_no_files(estate: Estate) -> None:
    for path in ("../../settings.py", "..%2f..%2fsettings.py", "%2e%2e/%2e%2e/app.py", "/etc/passwd", "style.css%00"):
        answer = estate.browser().get(f"/static/0/{path}")
        assert answer.status_code == 404
        assert "import" not in answer.text


def test_a_brute_force_is_slowed_down_for_every_way_in(estate: Estate) -> None:
    browser = estate.browser()
    seen = [browser.get(f"/c/{'x' * 40}{number:03d}").status_code for number in range(80)]
    assert seen.count(429) > 0
    names = [browser.post("/login", data={"login": f"nobody-{n}", "password": "x"}).status_code for n in range(30)]
    assert names.count(429) > 0


def test_methods_that_nobody_offers_are_refused(estate: Estate) -> None:
    for path in ("/", "/workbench", "/v1/inspections", "/login", "/health"):
        for method in ("TRACE", "CONNECT", "PROPFIND"):
            assert estate.browser("").request(method, path).status_code in {404, 405}
